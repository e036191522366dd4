"""``openai:``, ``http://`` and ``https://``: anything that speaks OpenAI's chat completions."""

from octarine.models.openai.model import OpenAIModel, open_http, open_https, open_openai

__all__ = ["OpenAIModel", "open_http", "open_https", "open_openai"]
