"""Judges of the four adversarial outcomes, and of whether a model says what it believes."""
