"""What the routes share: the guard in force, threads to ask it in, the model tier behind a queue."""
