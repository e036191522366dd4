"""The cleaning of one text: every kind of abused character in turn, each on what the last one left."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from octarine.guard.normalise.characters import hidden, lookalikes
from octarine.guard.normalise.characters.hidden import CONTROLS, HIDDEN, Step
from octarine.guard.normalise.decoders.readings import Reading
from octarine.guard.normalise.results import Offsets, fragment, rewrite

_STEPS: tuple[Callable[[str], Step], ...] = (
    hidden.controls,
    hidden.tags,
    hidden.selectors,
    hidden.bidi,
    hidden.zero_width,
    lookalikes.combining,
    lookalikes.composed,
    lookalikes.letterforms,
    lookalikes.confusables,
)
_CONTROL = re.compile(f"[{CONTROLS}]")
# Greek to Armenian, and beyond kana what UTS #39 maps to Latin: Cherokee, Canadian, Coptic, Lisu, Deseret …
OTHER_ALPHABETS = "\u0370-\u058f\u13a0-\u16ff\u2c80-\u2dff\ua4d0-\ua69f\uab70-\uabbf\U00010100-\U000107ff\U00011800-\U000118ff"
_UNUSUAL = re.compile(
    f"[{CONTROLS}{HIDDEN}{lookalikes.MARKS}{lookalikes.LETTERFORMS}{OTHER_ALPHABETS}]|[\u064b-\u065f\u0e31-\u0e4e]{{4}}"
)


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


def clean(text: str) -> Cleaned:
    """``text`` without what only hides or disguises; honest text comes back as it is."""
    names: list[str] = []
    ways: tuple[Offsets, ...] = ()
    odd: list[tuple[str, int, int]] = []
    messages = []
    for look in _STEPS:
        step = look(text)
        for kind, start, end in step.odd:
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
