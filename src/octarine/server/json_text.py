"""JSON that comes from outside and goes there: strict in, UTF-8 out; see ``guard.chat.json_text``."""

from __future__ import annotations

from octarine.guard.chat.json_text import dumps, loads

__all__ = ["dumps", "loads"]
