"""Local pages and services: ASGI applications, each made by its area's module here."""
