"""How much letters look like a language: bits of evidence for each letter, by trigram.

The tables are made by ``benchmarks/guard/normaliser_tables.py`` from the ordinary requests of our own suite.
``trigrams`` holds log2(27 · P(letter | the two before it)) of six languages in Latin script mixed evenly
(en, de, fr, es, it, pt), accents folded: text of those languages has a mean near 2, other languages near 0,
enciphered text under −1. ``direction`` holds log2(n(ab) / n(ba)) of neighbouring characters of Arabic, Hindi
and Japanese: text read in its own direction sums to a positive number, reversed text to the negative of it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

CELLS = 1 << 15
DIRECTION_CELLS = 1 << 14
_LATIN_END = 0x1F00
_OTHER_SCRIPTS = 0x590
_SPECIAL = {
    "ß": "s",
    "æ": "a",
    "œ": "o",
    "ø": "o",
    "đ": "d",
    "ł": "l",
    "ı": "i",
    "ð": "d",
    "þ": "t",
    "ħ": "h",
}
_SIXTEENTH = 1 / 16

Array = Any
"""A numpy array; numpy is imported at the first use, so that importing the normaliser costs nothing."""


def _load(name: str) -> Array:
    import numpy as np

    data = (files(__package__) / "data" / name).read_bytes()
    return np.load(BytesIO(data), allow_pickle=False)


@cache
def _class_table() -> Array:
    import numpy as np

    table = np.zeros(_LATIN_END + 1, np.uint8)
    for point in (*range(0x250), *range(0x1E00, _LATIN_END)):
        lowered = chr(point).lower()
        base = unicodedata.normalize("NFD", _SPECIAL.get(lowered, lowered))[:1]
        if "a" <= base <= "z":
            table[point] = ord(base) - 96
    return table


@cache
def _trigram_table() -> Array:
    import numpy as np

    table = np.zeros((32, 32, 32), np.float32)
    table[:27, :27, :27] = _load("trigrams.npy") * np.float32(_SIXTEENTH)
    return table.ravel()


@cache
def _direction_table() -> Array:
    import numpy as np

    return _load("direction.npy").astype(np.float32) * np.float32(_SIXTEENTH)


def _points(text: str) -> Array:
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def classes(text: str) -> Array:
    """1–26 for each character that is a Latin letter, accents folded, 0 for every other."""
    import numpy as np

    if text.isascii():
        return _class_table()[np.frombuffer(text.encode("ascii"), np.uint8)]
    return _class_table()[np.minimum(_points(text), _LATIN_END)]


def bits(letters: Array) -> Array:
    """Evidence of each letter given its neighbours along the last axis, in bits; 0 where ``letters`` is 0."""
    import numpy as np

    padded = np.zeros((*letters.shape[:-1], letters.shape[-1] + 2), np.uint16)
    padded[..., 1:-1] = letters
    cells = padded[..., :-2] << 10
    cells |= padded[..., 1:-1] << 5
    cells |= padded[..., 2:]
    return _trigram_table().take(cells)


def mean_bits(text: str) -> float:
    """Mean evidence over the Latin letters of ``text``; 0.0 where it has none."""
    letters = classes(text)
    count = int((letters != 0).sum())
    return float(bits(letters).sum()) / count if count else 0.0


@cache
def _common_words() -> frozenset[str]:
    return frozenset((files(__package__) / "data/words.txt").read_text("utf-8").split())


_WORDS = re.compile(r"[^\W\d_]{2,}")


def common_words(text: str) -> int:
    """How many different words of ``text`` are among the commonest of the six languages, single letters
    aside. A name of code that is one by chance is one as often as it stands there."""
    return len(_common_words().intersection(_WORDS.findall(text.lower())))


def direction_cells(text: str) -> Array:
    """The cell of each pair of neighbours; what is no letter beyond Latin, Greek and Cyrillic is one edge."""
    import numpy as np

    points = np.full(len(text) + 2, 32, np.int32)
    points[1:-1] = _points(text)
    points[points < _OTHER_SCRIPTS] = 32
    first, second = points[:-1], points[1:]
    cells = (first * 1021 + second * 31) & (DIRECTION_CELLS - 1)
    cells[first == second] = 0
    return cells


def direction_bits(text: str) -> float:
    """Evidence that ``text`` runs in its own direction, in bits: under 0 where it rather runs backwards."""
    return float(_direction_table()[direction_cells(text)].sum())


STRANGE = 0.4
"""Bits a letter under which letters begin to look strange."""


FEW = 15
"""Letters under which their mean says nothing."""


@cache
def _quick_tables() -> tuple[bytes, Array]:
    """Latin-1 byte → class, and trigram → what it lacks to look like a language."""
    import numpy as np

    middle = (np.arange(CELLS) >> 5) & 31
    lack = np.where(middle > 0, STRANGE - _trigram_table(), 0).astype(np.float32)
    return bytes(_class_table()[:256]), lack


def strangeness(text: str) -> tuple[float, float]:
    """How little ``text`` looks like a language, at a quick look: letters beyond Latin-1 part words.

    The first number is the most bits that a run of letters lacks; the second what all of them lack, in bits a
    letter, −2 or so for the six languages and minus infinity where there are too few to say.
    """
    import numpy as np

    table, lack = _quick_tables()
    data = text.encode("latin-1", "replace").translate(table)
    count = len(data) - data.count(0)
    if not count:
        return 0.0, -math.inf
    padded = np.frombuffer(b"\0" + data + b"\0", np.uint8).astype(np.uint16)
    cells = padded[:-2] << 10
    cells |= padded[1:-1] << 5
    cells |= padded[2:]
    sums = lack.take(cells).cumsum()
    most = float((sums - np.minimum.accumulate(sums)).max()) + max(0.0, float(sums[0]))
    return most, float(sums[-1]) / count if count >= FEW else -math.inf


def densest(evidence: Array) -> tuple[int, int, float]:
    """``[start, end)`` of the run with the largest sum, and that sum; zeros where none is positive."""
    import numpy as np

    sums = np.concatenate((np.zeros(1, evidence.dtype), np.cumsum(evidence)))
    rises = sums - np.minimum.accumulate(sums)
    end = int(rises.argmax())
    start = int(sums[: end + 1].argmin()) if end else 0
    return start, end, float(rises[end])
