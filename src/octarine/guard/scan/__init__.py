"""From a text to what was found in it."""
