"""Supervised fine-tuning, reward models and preference optimisation.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
