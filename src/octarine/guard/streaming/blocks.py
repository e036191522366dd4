"""Where an answer is cut into blocks. The cuts depend on the text alone, never on how it came in."""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 192, 384
"""Code points of a block but the last."""
HOLD_BACK = 512
"""Code points behind a block that are seen before it goes out: what begins in it is then seen whole."""

_END = re.compile(r"\n|[.!?…]['\"”’»)\]]{0,3}\s|[。！？｡।؟]")
_END_WIDTH = 5
_JOINER = "\u200d"


def next_cut(text: str, start: int) -> int:
    """Where the block that begins at ``start`` ends: at the first end of a sentence or line after
    ``SHORTEST``; else at the last blank, else at the last whole character before ``LONGEST``.

    Args:
        text: holds more than ``LONGEST`` code points from ``start`` on, so that no later one changes the cut.
    """
    least, most = start + SHORTEST, start + LONGEST
    for found in _END.finditer(text, least - _END_WIDTH, most):
        if found.end() >= least:
            return found.end()
    for cut in range(most, least - 1, -1):
        if text[cut - 1].isspace():
            return cut
    for cut in range(most, least - 1, -1):
        if not _belong_together(text[cut - 1], text[cut]):
            return cut
    return most


def _belong_together(left: str, right: str) -> bool:
    """Whether what a reader takes for one character would be torn apart between the two."""
    return (
        _JOINER in (left, right)
        or unicodedata.category(right).startswith("M")
        or "\U0001f3fb" <= right <= "\U0001f3ff"
        or ("\ud800" <= left <= "\udbff" and "\udc00" <= right <= "\udfff")
    )
