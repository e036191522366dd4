"""The guard as a server: an OpenAI-compatible proxy, and verdicts on their own."""

from octarine.server.guard.config import BlockAs, GuardConfig
from octarine.server.guard.part import GuardPart

__all__ = ["BlockAs", "GuardConfig", "GuardPart"]
