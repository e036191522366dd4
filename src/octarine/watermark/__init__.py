"""Invisible marks in pictures and video, and content credentials (C2PA).

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
