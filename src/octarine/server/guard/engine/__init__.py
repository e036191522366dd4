"""What the routes share: the guard in force, and threads to ask it in."""
