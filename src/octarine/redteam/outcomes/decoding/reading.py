"""Readings of a text: the text, what it says in every code, and what that says in turn."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from octarine.redteam.outcomes.decoding import alphabets, codes
from octarine.redteam.outcomes.decoding.letters import shifted, spoken_digits, tagged, turned

DEPTH = 3
"""Codes on top of each other."""
READ = 8_000
"""Characters of a text that are decoded; all of it is read as it stands."""
BUDGET = 400_000
"""Characters that all readings of one text may have together."""
_PRINTABLE = re.compile(r"[\x20-\x7e\n]{8,}")


class Reading(NamedTuple):
    """What a text says once ``undone`` is undone, the outermost code first."""

    text: str
    undone: tuple[str, ...] = ()


def _one(function: Callable[[str], str]) -> Callable[[str], Iterator[str]]:
    def read(text: str) -> Iterator[str]:
        made = function(text)
        if made and made != text:
            yield made

    return read


def _word_by_word(text: str) -> str:
    return " ".join(word[::-1] for word in text.split(" "))


DECODERS: Mapping[str, Callable[[str], Iterator[str]]] = MappingProxyType(
    {
        "base64": codes.base64s,
        "hexadecimal": codes.hexadecimals,
        "base32": codes.base32s,
        "base85": codes.base85s,
        "numbers": codes.numbers,
        "bits": codes.bits,
        "references": codes.references,
        "uuencode": codes.uuencoded,
        "morse": alphabets.morse,
        "braille": alphabets.braille,
        "radio": alphabets.radio,
        "places": alphabets.places,
        "initials": alphabets.initials,
        "invisible": alphabets.invisible,
        "tags": _one(tagged),
        "upside_down": _one(turned),
        "digits": _one(spoken_digits),
        "reversed_words": _one(_word_by_word),
    }
)
"""Name → what a text says in that code; each may say nothing, or several things."""
_BEFORE: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"reversed": lambda text: text[::-1], "rot13": lambda text: shifted(text, 13)}
)
"""Done to a text before it is decoded: base 64 written backwards."""


def readings(text: str, *, depth: int = DEPTH, budget: int = BUDGET) -> Iterator[Reading]:
    """``text`` itself, then everything it says in ``DECODERS``, ``depth`` deep, widest first, each once."""
    yield Reading(text)
    head = text[:READ]
    seen = {text, head}
    queue = deque([Reading(head), *(Reading(change(head), (name,)) for name, change in _BEFORE.items())])
    while queue:
        reading = queue.popleft()
        if reading.undone:
            yield reading
        steps = sum(name not in _BEFORE for name in reading.undone)
        if steps >= depth:
            continue
        for name, decode in DECODERS.items():
            for made in decode(reading.text):
                if len(made) < 4 or made in seen:
                    continue
                budget -= len(made)
                if budget < 0:
                    return
                seen.add(made)
                undone = (*reading.undone, name)
                yield Reading(made, undone)
                # What is coded again is printable: rubbish is not decoded on.
                queue.extend(_inner(made, undone) if steps + 1 < depth and name in _GOES_ON else ())


_GOES_ON = frozenset(
    {"base64", "hexadecimal", "base32", "base85", "references", "bits", "numbers", "uuencode"}
)


def _inner(made: str, undone: tuple[str, ...]) -> Iterator[Reading]:
    runs = _PRINTABLE.findall(made)
    if 2 * sum(map(len, runs)) >= len(made):
        yield from (Reading(run, undone) for run in runs)
