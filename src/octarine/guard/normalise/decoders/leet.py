"""Leet: digits and signs in place of letters, undone where the words that come out look like a language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from octarine.guard.normalise.decoders.readings import LANGUAGE, Meter, Reading
from octarine.guard.normalise.likeness import bits, classes
from octarine.guard.normalise.results import Edit, rewrite

SANDWICH = re.compile(r"[A-Za-z][0-9@$!|+€]{1,3}[A-Za-z]")
_TOKEN = re.compile(r"[A-Za-z0-9@$!|+€]+(?:['’][a-z]+)?")
_SIGNS = re.compile(r"[0-9@$!|+€]")
_LETTER = str.maketrans("0345789@$+€62", "oeastbgastegz") | str.maketrans({"4": "a", "5": "s", "3": "e"})
_ONE_AS = tuple(_LETTER | {ord(c): letter for c in "1!|"} for letter in "il")
_NAME_AND_NUMBER = re.compile(r"[A-Za-z]+\d+|\d+[A-Za-z]{1,4}|\d+")
GAIN = 9.0
"""Bits that the folded words must gain together."""


def _evidence(token: str) -> tuple[float, int]:
    letters = classes(token)
    return float(bits(letters).sum()), int((letters != 0).sum())


def _folded(token: str) -> tuple[str, float, int]:
    """The likelier of the two readings of ``1``, its bits and its letters."""
    best = ("", -1e9, 0)
    for table in _ONE_AS if _SIGNS.search(token) else _ONE_AS[:1]:
        made = token.translate(table)
        sum_, count = _evidence(made)
        if sum_ > best[1]:
            best = (made, sum_, count)
    return best


def leet(text: str, meter: Meter) -> Iterator[Reading]:
    """Words with digits or signs among their letters; their neighbours follow once the text is full of them."""
    tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text)]
    sure = gain = letters = total = 0.0
    sandwiches = 0
    for _, _, token in tokens:
        if not SANDWICH.search(token):
            continue
        sandwiches += 1
        _, sum_, count = _folded(token)
        if sum_ >= LANGUAGE * count and count >= 3:
            sure += 1
            gain += sum_ - _evidence(token)[0]
            letters, total = letters + count, total + sum_
    if not sure or gain < GAIN or sure < 0.5 * sandwiches or not meter.spend(len(text)):
        return
    # One odd word in a long text is a name; a short one or several is a way of writing.
    if sure == 1 and len(tokens) > 1 and (letters < 4 or total < 1.3 * letters):
        return
    everywhere = sandwiches * 4 >= len(tokens)
    edits = [edit for start, end, token in tokens if (edit := _edit(text, start, end, token, everywhere))]
    if edits:
        yield Reading(("leet",), *rewrite(text, edits))


def _edit(text: str, start: int, end: int, token: str, everywhere: bool) -> Edit | None:
    bare = token.rstrip("!+|") if not SANDWICH.search(token[-3:]) else token
    if not _SIGNS.search(bare) or (not everywhere and _NAME_AND_NUMBER.fullmatch(bare)):
        return None
    made, sum_, count = _folded(bare)
    if not everywhere and sum_ < 0.5 * count:
        return None
    return Edit(start, start + len(bare), made, 1)
