"""Judges that need no model, and what is known of their errors."""
