"""How the guard covers what was found: a label for good, or a placeholder that is put back in the answer."""

from __future__ import annotations

from collections.abc import Mapping

from octarine.core.results import Span
from octarine.guard.rules import Placeholders, label


class Cover:
    """The cover of one conversation; see ``policy.decision.Cover``."""

    def __init__(self, values: Mapping[str, str] | None = None, *, behind: int = 0) -> None:
        """Start empty, or from what ``values()`` gave; numbers come behind ``behind``."""
        self._placeholders = Placeholders(values, behind=behind)

    def notice(self, text: str) -> None:
        """See a text before it is covered: what looks like a placeholder in it will not be given out as
        one."""
        self._placeholders.replace(text, ())

    def mask(self, found: str, category: str) -> str:
        """``[EMAIL]``."""
        return f"[{label(category)}]"

    def replace(self, found: str, category: str) -> str:
        """``<EMAIL_1>``; the same for the same text, another one for any other."""
        return self._placeholders.replace(found, (Span(0, len(found), category, ""),))

    def values(self) -> Mapping[str, str]:
        """Placeholder → what it stands for."""
        return self._placeholders.values()
