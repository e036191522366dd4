"""Leet: digits and signs in place of letters, undone where the words that come out look like a language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from octarine.guard.normalise.decoders.readings import LANGUAGE, Meter, Reading
from octarine.guard.normalise.likeness import bits, classes
from octarine.guard.normalise.results import Edit, rewrite

SANDWICH = re.compile(r"[A-Za-z][0-9@$!|+€]{1,3}[A-Za-z]")
_TOKEN = re.compile(r"[A-Za-z0-9@$!|+€]+(?:['’][a-z]+)?")
_SIGNS = re.compile(r"[0-9@$!|+€]")
_ODD_WORD = re.compile(r"\b[A-Za-z0-9@$!|+€]{0,20}?[A-Za-z][0-9@$!|+€]{1,3}[A-Za-z][A-Za-z0-9@$!|+€]{0,20}")
_IDENTIFIER = re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
_FIRST = 50
_ENDING = re.compile(r"(?<![!+|])[!+|]+(?![A-Za-z0-9@$!|+€])")
_LETTER = str.maketrans("0345789@$+€62", "oeastbgastegz")
_ONE_AS = tuple(_LETTER | {ord(c): letter for c in "1!|"} for letter in "il")
_NAME_AND_NUMBER = re.compile(r"[A-Za-z]+\d+|\d+[A-Za-z]{1,4}|\d+")
GAIN = 9.0
"""Bits that the folded words must gain together."""
LONG = 8
"""Letters of a word that tell more than chance does."""


class _Token(NamedTuple):
    """A token as it stands and as it folds: the likelier of the two readings of ``1``, its bits and its
    letters, and the bits that the token has as it stands."""

    start: int
    end: int
    text: str
    folded: str
    evidence: float
    letters: int
    plain: float


def _tokens(text: str) -> list[_Token]:
    import numpy as np

    # Marks that end a sentence are no letters. Same length, so that places stay.
    bare = _IDENTIFIER.sub(lambda match: " " * len(match[0]), text)
    bare = _ENDING.sub(lambda match: " " * len(match[0]), bare)
    spans = [match.span() for match in _TOKEN.finditer(bare)]
    if not spans:
        return []
    starts, ends = np.array(spans).T
    readings = [bare, *(bare.translate(table) for table in _ONE_AS)]

    def within(values: np.ndarray) -> list[float]:
        sums = np.concatenate((np.zeros(1), np.cumsum(values, dtype=np.float64)))
        found: list[float] = (sums[ends] - sums[starts]).tolist()
        return found

    letters = [classes(reading) for reading in readings]
    plain, as_i, as_l = (within(bits(found)) for found in letters)
    counts = within(letters[1] != 0)
    return [
        _Token(
            start, end, bare[start:end], readings[1 if i >= el else 2][start:end], max(i, el), int(count), own
        )
        for (start, end), own, i, el, count in zip(spans, plain, as_i, as_l, counts, strict=True)
    ]


def leet(text: str, meter: Meter) -> Iterator[Reading]:
    """Words with digits or signs among their letters; once a text is full of them, all its words."""
    if not _promising(text):
        return
    tokens = _tokens(text)
    sandwiches = [token for token in tokens if SANDWICH.search(token.text)]
    sure = list(filter(_is_word, sandwiches))
    gain = sum(token.evidence - token.plain for token in sure)
    if not sure or gain < GAIN or 2 * len(sure) < len(sandwiches):
        return
    # One odd word in a long text is a name; a short one or several is a way of writing.
    only = sure[0]
    if len(sure) == 1 and len(tokens) > 1 and (only.letters < 4 or only.evidence < 1.3 * only.letters):
        return
    everywhere = len(sandwiches) * 4 >= len(tokens)
    edits = [Edit(t.start, t.end, t.folded, 1) for t in tokens if _folds(t, everywhere)]
    if edits and meter.spend(len(text)):
        yield Reading(("leet",), *rewrite(text, edits))


def _is_word(token: _Token) -> bool:
    """Whether a token folds to what looks like a language, or a long one to what does so much rather than the
    token as it stands: names of chemistry are no everyday words."""
    if token.letters >= 3 and token.evidence >= LANGUAGE * token.letters:
        return True
    gain = token.evidence - token.plain
    return token.letters >= LONG and token.evidence >= 0 and gain >= token.letters


def _promising(text: str) -> bool:
    """Whether any of the first odd words could be leet: spares source code the rest."""
    words = [word for _, word in zip(range(_FIRST), _ODD_WORD.finditer(text), strict=False)]
    for match in words:
        for table in _ONE_AS:
            letters = classes(match[0].translate(table))
            count = int((letters != 0).sum())
            if count >= 3 and float(bits(letters).sum()) >= LANGUAGE * count:
                return True
    return len(words) == _FIRST


def _folds(token: _Token, everywhere: bool) -> bool:
    if not _SIGNS.search(token.text):
        return False
    if everywhere:
        return True
    return not _NAME_AND_NUMBER.fullmatch(token.text) and token.evidence >= 0.5 * token.letters
