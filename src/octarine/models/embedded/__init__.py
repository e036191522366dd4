"""``embedded:smollm2``: a small model in this process, fetched once with the user's own pip."""

from octarine.models.embedded.model import EmbeddedModel, open_model

__all__ = ["EmbeddedModel", "open_model"]
