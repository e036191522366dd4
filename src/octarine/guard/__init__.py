"""Runtime moderation of what goes into a model and what comes out.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
