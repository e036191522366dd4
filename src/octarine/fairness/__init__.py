"""Speech, dialect, disaggregated metrics and last-mile conditions.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
