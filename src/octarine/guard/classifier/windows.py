"""Overlapping windows of a long text, so that an attack cannot be diluted by what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TOKENS = 64
"""Tokens of a window, with the special ones."""
PROMPT_TOKENS = 24
"""Tokens of the request that stand before each window of an answer."""
OVERLAP = 0.25


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``[first, last)`` of a text, and the code points ``[start, end)`` that they cover."""

    first: int
    last: int
    start: int
    end: int


def windows(offsets: list[tuple[int, int]], size: int) -> Iterator[Window]:
    """Windows of ``size`` tokens that overlap by a quarter and cover every token; the last one is as long.

    Args:
        offsets: code points of each token of the text, without special tokens.
    """
    count = len(offsets)
    step = max(1, int(size * (1 - OVERLAP)))
    first = 0
    while True:
        first = max(0, min(first, count - size))
        last = min(count, first + size)
        start = offsets[first][0] if count else 0
        yield Window(first, last, start, offsets[last - 1][1] if count else 0)
        if last >= count:
            return
        first += step
