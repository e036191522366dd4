"""One ASGI application at which each area registers its routes.

Nothing here yet: the place is held so that the import contract covers it from the start.
"""
