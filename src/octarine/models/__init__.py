"""What is under test: the embedded model, OpenAI-compatible servers, any JSON endpoint, Python functions …

``open_model(name, options)`` opens any of them by its URL-like name.
"""

from octarine.models.names import DEFAULT_MODEL, ModelOptions, open_model

__all__ = ["DEFAULT_MODEL", "ModelOptions", "open_model"]
