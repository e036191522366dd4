"""Techniques, strategies, campaigns and the evergreen benchmark.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
