"""The guard inside a program: an OpenAI client, a LangChain runnable, ASGI applications, LiteLLM's proxy.

Each is a module of its own, because each needs another library: ``openai``, ``langchain``, ``asgi``,
``litellm``. What is blocked raises ``Blocked`` or is answered with the policy's message, as the user chooses.
"""

from octarine.guard.integrations.exchange import Blocked

__all__ = ["Blocked"]
