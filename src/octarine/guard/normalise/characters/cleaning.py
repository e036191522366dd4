"""The cleaning of one text: every kind of abused character in turn, each on what the last one left."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from octarine.guard.normalise.characters import hidden, letterforms, lookalikes, marks
from octarine.guard.normalise.characters.hidden import Step
from octarine.guard.normalise.characters.ranges import CONTROLS, CROWDED, UNUSUAL
from octarine.guard.normalise.decoders.readings import Reading
from octarine.guard.normalise.results import Offsets, fragment, rewrite

_STEPS: tuple[Callable[[str], Step], ...] = (
    hidden.controls,
    hidden.tags,
    hidden.selectors,
    hidden.bidi,
    hidden.zero_width,
    marks.combining,
    marks.composed,
    letterforms.letterforms,
    lookalikes.confusables,
)
MOST_ODD = 64
"""Odd spans of one kind that are told apart."""
_CONTROL = re.compile(f"[{CONTROLS}]")
_UNUSUAL = re.compile(f"[{CONTROLS}{UNUSUAL}]|{CROWDED}")


class Cleaned(NamedTuple):
    """The cleaned text; what was undone; the way back; odd spans and hidden messages of the text before."""

    text: str
    names: tuple[str, ...]
    offsets: tuple[Offsets, ...]
    odd: tuple[tuple[str, int, int], ...]
    messages: tuple[tuple[tuple[Offsets, ...], Reading], ...]


def unusual(text: str) -> bool:
    """Whether ``text`` holds any character that cleaning would look at: the quick question."""
    return (_CONTROL if text.isascii() else _UNUSUAL).search(text) is not None


def _summed_up(odd: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The first spans one by one, and one span for all that follow: a text may be odd at every character."""
    if len(odd) <= MOST_ODD:
        return odd
    return [*odd[: MOST_ODD - 1], (odd[0][0], odd[MOST_ODD - 1][1], odd[-1][2])]


def clean(text: str) -> Cleaned:
    """``text`` without what only hides or disguises; honest text comes back as it is."""
    names: list[str] = []
    ways: tuple[Offsets, ...] = ()
    odd: list[tuple[str, int, int]] = []
    messages = []
    for look in _STEPS:
        step = look(text)
        for kind, first, last in _summed_up(step.odd):
            start, end = first, last
            for way in reversed(ways):
                start, end = way.span(start, end)
            odd.append((kind, start, end))
        for name, message, start, end in step.messages:
            messages.append((ways, Reading((name,), message, fragment(message, start, end))))
        if step.edits:
            text, way = rewrite(text, step.edits)
            names.append(step.name)
            ways = (*ways, way)
    return Cleaned(text, tuple(names), ways, tuple(odd), tuple(messages))
