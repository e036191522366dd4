"""The part of each reading of a text that a block is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from octarine.guard.normalise.results import View

_START, _END = 0, 1
_RUN = re.compile(r"\s*[!-~]{24}")


def parts(views: Iterable[View], low: int, high: int) -> Iterator[View]:
    """Of each view the part that comes from ``[low, high)`` of the original. A view that runs backwards, and
    what was decoded from one fragment, is taken whole where it touches that."""
    from octarine.guard.normalise.results import fragment

    for view in views:
        start, end = view.span(0, len(view.text))
        if end <= low or start >= high:
            continue
        first, last = 0, len(view.text)
        if _runs_forwards(view):
            first, last = _first(view, _END, low + 1), _first(view, _START, high)
        if (first, last) == (0, len(view.text)):
            yield view
        elif first < last:
            text = view.text[first:last]
            yield replace(view, text=text, offsets=(*view.offsets, fragment(text, first, last, 1)))


def encoded_before(text: str) -> bool:
    """Whether ``text`` begins with a run as long as no word: the rest of a token or of something encoded,
    which may read only from where it began."""
    return _RUN.match(text) is not None


def _runs_forwards(view: View) -> bool:
    """Whether what stands later in the view stands no earlier in the original."""
    return all(
        min(way.steps, default=0) >= 0 and all(one <= other for one, other in pairwise(way.sources))
        for way in view.offsets
    )


def _first(view: View, side: int, bound: int) -> int:
    """The first code point of a view that runs forwards whose ``side`` in the original is at least
    ``bound``; the view's length for none."""
    low, high = 0, len(view.text)
    while low < high:
        middle = (low + high) // 2
        if view.span(middle, middle + 1)[side] >= bound:
            high = middle
        else:
            low = middle + 1
    return low
