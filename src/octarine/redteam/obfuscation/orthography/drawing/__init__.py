"""Words drawn with characters."""
