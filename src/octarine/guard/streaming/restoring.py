"""Placeholders put back into a text that comes in pieces."""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_HELD = 300
"""Code points that the longest placeholder takes, however it is written."""
# What may become a placeholder (``rules.placeholders``) with what follows; rather more than that than less.
_BEGUN = re.compile(
    r"(?:[<＜\[{《]|&(?:l(?:t;?)?)?)[A-Za-z\\_ \t-]{0,280}[0-9]{0,9}[ \t]{0,3}(?:&(?:gt?)?)?\Z"
    r"|(?<![A-Za-z0-9_<\\])[A-Z][A-Z_\\]{0,280}[0-9]{0,9}\Z"
)
_JOINED = re.compile(r"[A-Za-z0-9_<\\]")


class Restorer:
    """Calls ``restore`` on pieces such that together they read as the whole would.

    Args:
        restore: puts values in place of placeholders, as ``rules.Placeholders.restore`` does.
    """

    def __init__(self, restore: Callable[[str], str]) -> None:
        self._restore = restore
        self._held = ""
        self._before = ""

    def feed(self, text: str) -> str:
        """``text`` with what was kept before it, up to where a placeholder may have begun."""
        self._held += text
        begun = _BEGUN.search(self._held, max(0, len(self._held) - MOST_HELD - len("&lt;")))
        return self._passed(begun.start() if begun else len(self._held))

    def finish(self) -> str:
        """The rest."""
        return self._passed(len(self._held))

    def _passed(self, end: int) -> str:
        piece, self._held = self._held[:end], self._held[end:]
        if not piece:
            return ""
        # A letter in front of a bare placeholder makes it none; a small one begins none itself.
        guarded = "a" if _JOINED.match(self._before) else ""
        self._before = piece[-1]
        return self._restore(guarded + piece)[len(guarded) :]
