"""Texts with differences taken out that a rule does not care about, and the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from octarine.guard.rules.databases import seeker
from octarine.guard.rules.patterns import compiled
from octarine.guard.rules.rule import Fold

# Where each script's ten digits start (Unicode 15, general category Nd).
_ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
)  # fmt: skip
# The Japanese long-vowel mark is typed for a dash in numbers; terms are folded the same way, so words stay.
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\u30fc\uff70"
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SURROGATES = re.compile("[\ud800-\udfff]")
LONGEST_RUN = 16
"""Blanks that are one to ``Fold.SPACING``: a stream holds back what may still be a phrase."""
_RUN = re.compile(rf"\s{{1,{LONGEST_RUN}}}")
_UNEVEN = re.compile(r"[^\S ]|  ")
_BLOCK = 512  # bytes between two counts of code points
_CHUNK = 1 << 14  # code points that are translated together: what fits into a processor's cache
_FEW = 128  # code points, below which Python's own translation is faster


@cache
def _forms() -> dict[int, str]:
    """The characters that have another form, and the forms."""
    table = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}
    table |= {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
    return table | dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _SPACES), " ")


@cache
def _has_forms() -> Callable[[bytes], bool]:
    """Whether a text in UTF-8 holds a character that has another form. Hyperscan looks through a text ten
    times as fast as RE2, and RE2 a hundred times as fast as a large class of Python's ``re``."""
    characters = "[" + "".join(f"\\x{{{point:x}}}" for point in sorted(_forms())) + "]"
    fast = seeker(characters)
    if fast is not None:
        return fast
    slow = compiled(characters)
    return lambda data: slow.search(data) is not None


@cache
def _form_of() -> npt.NDArray[np.uint32]:
    """Code point → the code point of its form, up to the last that has one."""
    forms = np.arange(max(_forms()) + 1, dtype="<u4")
    for point, form in _forms().items():
        forms[point] = ord(form)
    return forms


@cache
def _expanding() -> re.Pattern[str]:
    """The characters whose case folding is longer than they are; all lie in the first plane."""
    found = [chr(point) for point in range(0x80, 0x10000) if len(chr(point).casefold()) > 1]
    return re.compile("([" + "".join(found) + "])")


@cache
def _base(character: str) -> str:
    """``character`` without accents: empty for an accent that stands alone."""
    if "\u0300" <= character <= "\u036f":
        return ""
    parts = unicodedata.normalize("NFD", character)
    rest = parts[1:]
    return parts[0] if rest and all("\u0300" <= mark <= "\u036f" for mark in rest) else character


def fold_form(text: str) -> str:
    """One form for digits, full-width characters, dashes and spaces; as many code points as before."""
    if text.isascii():
        return text
    return _formed(text, text.encode("utf-8", "replace"))[0]


def _formed(text: str, data: bytes) -> tuple[str, bytes]:
    if not _has_forms()(data):
        return text, data
    if len(text) < _FEW:
        text = text.translate(_forms())
    else:
        text = "".join(_translated(text[at : at + _CHUNK]) for at in range(0, len(text), _CHUNK))
    return text, text.encode("utf-8", "surrogatepass")


def _translated(text: str) -> str:
    """``text.translate(_forms())``, several times as fast where a text is no longer than a cache."""
    forms = _form_of()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    last = len(forms) - 1
    points = np.where(points <= last, forms[np.minimum(points, last)], points)
    return points.tobytes().decode("utf-32-le", "surrogatepass")


def fold_case(text: str) -> str:
    """Case folded; as many code points as before: ``ß`` and the like stay as they are."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    pieces = _expanding().split(text)
    return "".join(piece if index % 2 else piece.casefold() for index, piece in enumerate(pieces))


def fold_accents(text: str) -> str:
    """Accents taken off. May be shorter than ``text``."""
    return text if text.isascii() else "".join(map(_base, text))


def _fold_spacing(text: str) -> tuple[str, list[int] | None]:
    """One blank for each run of them, and each code point's place in ``text``, its length at the end; None
    where all stayed."""
    if not _UNEVEN.search(text):
        return text, None
    pieces: list[str] = []
    places: list[int] = []
    here = 0
    for run in _RUN.finditer(text):
        pieces += (text[here : run.start()], " ")
        places += range(here, run.start() + 1)
        here = run.end()
    return "".join((*pieces, text[here:])), [*places, *range(here, len(text) + 1)]


def fold(text: str, folds: frozenset[Fold]) -> str:
    """``text`` under ``folds``: what both terms and texts are reduced to before they are compared."""
    text = _fold_rest(fold_form(text) if Fold.FORM in folds else text, folds)
    return _fold_spacing(text)[0] if Fold.SPACING in folds else text


def _fold_rest(text: str, folds: frozenset[Fold]) -> str:
    if Fold.CASE in folds:
        text = fold_case(text)
    return fold_accents(text) if Fold.ACCENTS in folds else text


def _encoded(text: str) -> tuple[str, bytes]:
    try:
        return text, text.encode()
    except UnicodeEncodeError:
        text = _SURROGATES.sub("\ufffd", text)
        return text, text.encode()


@dataclass(frozen=True)
class Folded:
    """A folded text as code points and as UTF-8 bytes, and offsets between the two and the original.

    ``origin`` gives each code point's place in the original, and the original's length at the end; None
    where both have the same number of code points. Lone surrogates are searched as U+FFFD.
    """

    text: str
    data: bytes
    origin: tuple[int, ...] | None = None

    @staticmethod
    def all_of(text: str, wanted: Iterable[frozenset[Fold]]) -> Iterator[Folded]:
        """``text`` under each of the sets of folds; what they share is done once."""
        plain = _encoded(text)
        formed = None
        for folds in wanted:
            folded = plain
            if Fold.FORM in folds and len(plain[1]) > len(text):
                folded = formed = formed or _formed(*plain)
            if folds <= {Fold.FORM}:
                yield Folded(*folded)
                continue
            rest = _fold_rest(folded[0], folds)
            origin = None
            if Fold.ACCENTS in folds and len(rest) != len(text):
                origin = (*(index for index, one in enumerate(text) if _base(one)), len(text))
            if Fold.SPACING in folds:
                rest, places = _fold_spacing(rest)
                if places is not None:
                    origin = tuple(places) if origin is None else tuple(origin[place] for place in places)
            yield Folded(*_encoded(rest), origin)

    @cached_property
    def ascii(self) -> bool:
        """Whether each code point is one byte."""
        return len(self.data) == len(self.text)

    @cached_property
    def _points(self) -> list[int]:
        """Code points that start before each block of bytes."""
        blocks = len(self.data) // _BLOCK
        if not blocks:
            return [0]
        starts = np.frombuffer(self.data, np.int8, blocks * _BLOCK) >= -64  # no byte 10xxxxxx
        counts = starts.reshape(blocks, _BLOCK).sum(axis=1, dtype=np.int64)
        return [0, *np.cumsum(counts).tolist()]

    def back(self, offset: int, characters: int) -> int:
        """The byte that lies so many characters before byte ``offset``, or the first one."""
        if self.ascii:
            return max(0, offset - characters)
        before = self.data[max(0, offset - 4 * characters - 3) : offset].decode("utf-8", "ignore")
        return offset - len(before[-characters:].encode()) if characters else offset

    def forth(self, offset: int, characters: int) -> int:
        """The byte that lies so many characters after byte ``offset``, or the end."""
        if self.ascii:
            return min(len(self.data), offset + characters)
        after = self.data[offset : offset + 4 * characters + 3].decode("utf-8", "ignore")
        return offset + len(after[:characters].encode())

    def point(self, offset: int) -> int:
        """The code point of ``text`` that starts at byte ``offset``."""
        if self.ascii:
            return offset
        block = offset // _BLOCK
        # A character that began in the block before was counted there; its rest is passed over here.
        return self._points[block] + len(self.data[block * _BLOCK : offset].decode("utf-8", "ignore"))

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that ``text[start:end]`` comes from, with accents that follow it."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end]


_WORD_BYTES = frozenset(b"0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def touched(data: bytes, start: int, end: int) -> bool:
    """Whether the word that ``data[start:end]`` (UTF-8) begins or ends with goes on outside of it."""
    return (start > 0 and _joined(data, start)) or (end < len(data) and _joined(data, end))


def _joined(data: bytes, at: int) -> bool:
    """Whether the characters before and after byte ``at`` belong to one word.

    Letters, digits and marks of one script do; Chinese, Japanese, Thai and their neighbours write words
    without spaces, so nothing there is joined, and neither are two scripts.
    """
    left, right = data[at - 1], data[at]
    if left < 0x80 and right < 0x80:
        return left in _WORD_BYTES and right in _WORD_BYTES
    before = at - 1
    while data[before] & 0xC0 == 0x80:
        before -= 1
    script = _script(data[before:at].decode())
    return script > 0 and script == _script(data[at : at + 4].decode("utf-8", "ignore")[0])


# First code point of each block of scripts, and the number that tells it from others; -1: no spaces.
_SCRIPTS = (
    (0x0000, 1), (0x0590, 2), (0x0600, 3), (0x0900, 4), (0x0980, 5), (0x0A00, 6), (0x0A80, 7), (0x0B00, 8),
    (0x0B80, 9), (0x0C00, 10), (0x0C80, 11), (0x0D00, 12), (0x0D80, 13), (0x0E00, -1), (0x1000, -1),
    (0x10A0, 14), (0x1100, 15), (0x1200, 16), (0x1780, -1), (0x1800, 17), (0x1D00, 1), (0x2E80, -1),
    (0xA640, 1), (0xA8E0, 4), (0xA900, 18), (0xAC00, 15), (0xF900, -1), (0xFB00, 1), (0xFB1D, 2), (0xFB50, 3),
    (0xFF00, 1), (0xFF66, -1), (0x10000, 19), (0x1B000, -1), (0x1D400, 1), (0x20000, -1),
)  # fmt: skip


@cache
def _first_points() -> list[int]:
    return [first for first, _ in _SCRIPTS]


@lru_cache(maxsize=8192)
def _script(character: str) -> int:
    """The number of the script that ``character`` writes words in; 0 for what is no part of a word."""
    if not (character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")):
        return 0
    return _SCRIPTS[bisect_right(_first_points(), ord(character)) - 1][1]
