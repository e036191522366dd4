"""What the tokeniser makes of characters before it looks for words, and which character each came from.

Compatibility forms (NFKC), control characters away, lower case, accents of U+0300 to U+036F away, composed
again (NFC). Where each character came from is counted as the library ``tokenizers`` counts it: a composed one
is its first, one that a decomposition adds is at the character before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

_ACCENTS = re.compile("[\u0300-\u036f]+")
_SLICE = 256
"""Characters that are normalised at once: the standard library takes quadratic time to put marks in order."""
_REMEMBERED = 20_000
"""Characters that a table keeps."""

Change = tuple[str, int]
"""A character, and how many characters it adds: 1 for one that is new, 0 for one that stands for another, -n
for one that swallows the n after it."""


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the index of the one that it came from. Takes time in
    proportion to the text, but for sorting runs of marks."""
    plain = text.translate(_PLAIN)
    if "\0" not in plain:
        return plain, range(len(text))
    if len(text) <= _SLICE:
        return _folded(text)
    found, origins, start = [], [], 0
    while start < len(text):
        end = _safe_end(text, start)
        part, came_from = _folded(text[start:end])
        found.append(part)
        origins += [start + index for index in came_from]
        start = end
    return "".join(found), origins


def _safe_end(text: str, start: int) -> int:
    """Where a slice from ``start`` on may end: nothing is put in order or composed across it."""
    end = start + _SLICE
    while end > start + 1 and end < len(text) and not _SAFE[ord(text[end])]:
        end -= 1
    if end > start + 1:
        return min(end, len(text))
    end = start + _SLICE
    while end < len(text) and not _SAFE[ord(text[end])]:
        end += 1
    return end


def _folded(text: str) -> tuple[str, Sequence[int]]:
    if len(text) > _SLICE:
        return _step_by_step(text)
    compatible = unicodedata.normalize("NFKC", text)
    cleaned = compatible.translate(_CLEANED)
    apart = unicodedata.normalize("NFD", cleaned)
    found = unicodedata.normalize("NFC", _ACCENTS.sub("", apart))
    alone = [_ALONE[point] for point in map(ord, text)]
    # Where no step puts anything in another order or joins it with its neighbour, each is on its own.
    if (
        "".join(alone) == found
        and text.translate(_COMPATIBLE) == compatible
        and cleaned.translate(_APART) == apart
    ):
        if len(found) == len(text) and all(alone):
            return found, range(len(text))
        return found, [index for index, part in enumerate(alone) for _ in part]
    return _step_by_step(text)


def _cleaned(character: str) -> str:
    """Nothing of a control character, a blank of white space, lower case."""
    if character in "\t\n\r":
        return " "
    if character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return " " if character.isspace() else character.lower()


def _alone(character: str) -> str:
    cleaned = "".join(map(_cleaned, unicodedata.normalize("NFKC", character)))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", cleaned)))


def _safe(character: str) -> bool:
    """Whether what a character begins with is neither put before what stands before it nor joined to it: no
    mark and no vowel or final consonant of Hangul."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] in "LNPSZ" and not "\u1160" <= first <= "\u11ff"


def _plain(character: str) -> str:
    """The one character that is made of it whatever stands around it, where that can be told from it alone;
    otherwise U+0000, which is in no folded text."""
    sign = "\u0900" <= character <= "\u097f" and not unicodedata.combining(character)
    found = _ALONE[ord(character)]
    return found if len(found) == 1 and (sign or _SAFE[ord(character)]) else "\0"


class Table(dict[int, Any]):
    """Code point → what ``make`` makes of the character; filled as characters come, up to a bound."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, point: int) -> Any:
        found = self._make(chr(point))
        if len(self) < _REMEMBERED:
            self[point] = found
        return found


_CLEANED = Table(_cleaned)
_ALONE = Table(_alone)
_SAFE = Table(_safe)
_PLAIN = Table(_plain)
_COMPATIBLE = Table(lambda character: unicodedata.normalize("NFKC", character))
_APART = Table(lambda character: unicodedata.normalize("NFD", character))


def _step_by_step(text: str) -> tuple[str, list[int]]:
    pairs = _moved(zip(text, range(len(text)), strict=True), _composed(_decomposed(text, "NFKD")))
    pairs = [(one, origin) for character, origin in pairs for one in _CLEANED[ord(character)]]
    pairs = _moved(pairs, _decomposed([character for character, _ in pairs], "NFD"))
    pairs = [(character, origin) for character, origin in pairs if not _ACCENTS.match(character)]
    pairs = _moved(pairs, _composed(_decomposed([character for character, _ in pairs], "NFD")))
    return "".join(character for character, _ in pairs), [origin for _, origin in pairs]


def _moved(before: Iterable[tuple[str, int]], changes: Iterator[Change]) -> list[tuple[str, int]]:
    """What became of ``(character, origin)`` pairs."""
    origins, at, pairs = [origin for _, origin in before], 0, []
    for character, change in changes:
        pairs.append((character, origins[at - 1 if change > 0 else at]))
        at += 1 - change
    return pairs


def _decomposed(text: Sequence[str], form: Literal["NFD", "NFKD"]) -> Iterator[Change]:
    """In canonical order (Unicode, section 3.11, D109): the marks of a run by their class."""
    marks: list[tuple[int, str, int]] = []
    for character in text:
        for index, one in enumerate(_apart(character, form)):
            mark = unicodedata.combining(one)
            if mark:
                marks.append((mark, one, int(index > 0)))
                continue
            yield from _ordered(marks)
            yield one, int(index > 0)
    yield from _ordered(marks)


def _apart(character: str, form: Literal["NFD", "NFKD"]) -> str:
    return character if character.isascii() else unicodedata.normalize(form, character)


def _ordered(marks: list[tuple[int, str, int]]) -> Iterator[Change]:
    yield from ((one, change) for _, one, change in sorted(marks, key=lambda mark: mark[0]))
    marks.clear()


def _composed(changes: Iterator[Change]) -> Iterator[Change]:
    """The canonical composition algorithm (Unicode, section 3.11, D117)."""
    starter: Change | None = None
    waiting: list[Change] = []
    last = 0
    for one, change in changes:
        mark = unicodedata.combining(one)
        if starter is None:
            if mark:
                yield one, change
            else:
                starter = one, change
            continue
        blocked = bool(waiting) and last >= mark
        if not blocked and (made := _together(starter[0], one)):
            starter = made, starter[1] + change - 1
        elif mark:
            waiting.append((one, change))
            last = mark
        else:
            yield starter
            yield from waiting
            waiting.clear()
            starter = one, change
    if starter is not None:
        yield starter
        yield from waiting


def _together(first: str, second: str) -> str:
    if second.isascii():
        return ""
    made = unicodedata.normalize("NFC", first + second)
    return made if len(made) == 1 else ""
