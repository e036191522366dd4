"""Marks on letters."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

import numpy as np

from octarine.redteam.seed import Seed, graphemes
from octarine.redteam.technique import LATIN, Category, Effect, Parameter, Technique

ABOVE = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u030f\u0311\u0352\u0357\u035b"
MIDDLE = "\u0315\u031b\u0340\u0341\u0358\u0321\u0322\u0334"
BELOW = "\u0316\u0317\u0318\u0319\u031c\u031d\u031e\u031f\u0320\u0324\u0325\u0326\u0329\u032a\u032b\u032c"
_STACKED = re.compile(f"[{ABOVE}{MIDDLE}{BELOW}]")
OVERLAYS = {
    "long stroke": "\u0336",
    "short stroke": "\u0335",
    "slash": "\u0338",
    "short slash": "\u0337",
    "line below": "\u0332",
    "line above": "\u0305",
    "double line below": "\u0333",
    "vertical line": "\u20d2",
    "circle": "\u20dd",
    "square": "\u20de",
    "keycap": "\u20e3",
}
_OVERLAID = re.compile(f"[{''.join(OVERLAYS.values())}]")


def accented(seed: Seed) -> str:
    """One accent on each vowel that has none, as one character where Unicode has it."""

    def write(match: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", match[0] + seed.pick(ABOVE[:11]))

    return re.sub(r"[aeiouyAEIOUY](?![\u0300-\u036f])", write, seed.text)


def stacked(seed: Seed) -> str:
    """Many marks on each letter."""

    letters = graphemes(seed.text)
    rows = [np.array(list(row)) for row in (ABOVE, BELOW, MIDDLE)]
    # All at once: a draw of its own for each mark would take most of the time.
    heights = seed.rng.integers(seed["height"] + 1, size=(len(letters), len(rows)))
    drawn = [
        row[seed.rng.integers(len(row), size=total)] for row, total in zip(rows, heights.sum(0), strict=True)
    ]
    ends = heights.cumsum(0)
    pieces = []
    for place, letter in enumerate(letters):
        pieces.append(letter)
        if letter.strip():
            for marks, height, end in zip(drawn, heights[place], ends[place], strict=True):
                pieces += marks[end - height : end].tolist()
    return "".join(pieces)


def _unstacked(text: str) -> str:
    return _STACKED.sub("", text)


def struck(seed: Seed) -> str:
    """A stroke through each character, or a frame round it."""
    mark = OVERLAYS[seed["mark"]]
    return "".join(letter + mark if letter.strip() else letter for letter in graphemes(seed.text))


def _unstruck(text: str) -> str:
    return _OVERLAID.sub("", text)


_marks = partial(Technique, category=Category.OBFUSCATION, group="marks on letters")
TECHNIQUES = (
    _marks(
        id="accented-vowels",
        name="Accents on vowels",
        mechanism="Each vowel without an accent gets one accent that the language does not want there.",
        apply=accented,
        effect=Effect.ALTERS,
        scripts=LATIN,
        reference="PyRIT: diacritic",
    ),
    _marks(
        id="zalgo",
        name="Zalgo",
        mechanism="Several combining marks are stacked above, in and below every character.",
        apply=stacked,
        effect=Effect.ENCODES,
        parameters=(Parameter("height", 3, "Marks in each direction, at most.", low=1, high=9),),
        inverse=lambda text, _: _unstacked(text),
        survives=_unstacked,
        reference="garak, PyRIT: zalgo",
    ),
    _marks(
        id="strikethrough",
        name="Struck through or enclosed",
        mechanism="The same combining mark, a stroke, a line or a frame, is laid over every character.",
        apply=struck,
        effect=Effect.ENCODES,
        parameters=(Parameter("mark", "long stroke", "What is laid over.", choices=tuple(OVERLAYS)),),
        inverse=lambda text, _: _unstruck(text),
        survives=_unstruck,
        reference="Unicode, Combining Diacritical Marks and those for Symbols; ours",
    ),
)
