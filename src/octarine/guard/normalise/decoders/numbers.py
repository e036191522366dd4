"""Numbers that stand for the bytes or the characters of a text: lists, runs without gaps, ``chr``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain

from octarine.guard.normalise.decoders.readings import Meter, Reading, asked, deliver, speaks
from octarine.guard.normalise.results import Edit

_GAP = r"""[\s,;|"'_+\\\-]{1,6}"""
# A run of digits has one way to be read: one without gaps between its sevens and eights takes for ever.
_LISTS = {
    "binary": (
        re.compile(
            rf"(?<!\w)(?:0b)?(?:[01]{{21,}}|[01]{{7,8}}(?:{_GAP}(?:0b)?[01]{{7,8}}){{2,}}"
            rf"|[01]{{4}}(?:{_GAP}(?:0b)?[01]{{4}}){{7,}})(?!\w)"
        ),
        2,
    ),
    "decimal": (
        re.compile(
            r"""(?<![\w.])\d{2,6}(?:(?:[ \t"']{0,4}[,;|/][ \t\r\n"']{0,16}|[ \t]{1,3}|\r?\n[ \t]{0,16}"""
            r"""|[\\-])\d{2,6}){3,}(?![\w.]\w)"""
        ),
        10,
    ),
    "octal": (re.compile(r"(?<![\w.])(?:0o?)?[0-7]{2,3}(?:[\s,;\\]{1,3}(?:0o?)?[0-7]{2,3}){3,}(?!\w)"), 8),
}
_NOT_DIGITS = re.compile(r"[^0-9]+")
_CODE = r"(?:[12]\d\d|0?[3-9]\d)"
_RUN = re.compile(rf"(?<![\w.]){_CODE}{{8,}}(?!\w)")
_ONE_CODE = re.compile(_CODE)
_NUMBER = r"(?:0[xX][0-9A-Fa-f]{1,6}|\d{1,7})"
_CALLS = re.compile(
    rf"(?:(?:(?:String\.)?\b(?:n?char|chrw?|unichr|fromCharCode|fromCodePoint)\$?\(\s{{0,2}}{_NUMBER}\s{{0,2}}\)"
    rf"|\[char\]\s?\(?{_NUMBER}\)?)\s{{0,4}}[+.&|,~]{{0,2}}\s{{0,4}}){{4,}}",
    re.IGNORECASE,
)
_ARGUMENT = re.compile(rf"[(\]]\s{{0,2}}\(?({_NUMBER})")
_PLACES = re.compile(r"(?<![\w.\-])\d{1,2}(?:[-,]\d{1,2}|[ /|]{1,3}\d{1,2}){9,}(?![\w\-])")
_VARIED = 6
"""Different letters of a text, at least: measurements are the same few numbers."""
_SHORT = 16
"""Letters of the alphabet counted out without gaps between words, from which they can be told by chance."""


def number_lists(text: str, meter: Meter) -> Iterator[Reading]:
    """Binary, octal and decimal numbers that stand for the bytes or the code points of a text."""
    for name, (pattern, radix) in _LISTS.items():
        found = []
        for match in pattern.finditer(text):
            made = _characters(_values(match[0], radix))
            # Four groups of four digits are a card, not a word.
            if made and (_wordy(made) or (len(made) > 4 and speaks(made))) and meter.spend(len(made)):
                found.append(((name,), Edit(match.start(), match.end(), made)))
        yield from deliver(text, name, found, meter)
    yield from _runs(text, meter)
    yield from _places(text, meter)


def calls(text: str, meter: Meter) -> Iterator[Reading]:
    """``chr(104) + chr(105)`` and the like of other languages."""
    found = []
    for match in _CALLS.finditer(text):
        numbers = _ARGUMENT.findall(match[0])
        made = _characters([int(number, 16 if number[1:2] in ("x", "X") else 10) for number in numbers])
        if made and speaks(made, 0.4) and meter.spend(len(made)):
            found.append((("character_calls",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "character_calls", found, meter)


def _runs(text: str, meter: Meter) -> Iterator[Reading]:
    """Decimal codes without a gap: those of printable ASCII say where each ends."""
    found = []
    for match in _RUN.finditer(text):
        made = _characters([int(code) for code in _ONE_CODE.findall(match[0])])
        if made and (_wordy(made) or speaks(made, 1.2)) and meter.spend(len(made)):
            found.append((("decimal",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "decimal", found, meter)


def _places(text: str, meter: Meter) -> Iterator[Reading]:
    """Places in the alphabet: 8-5-12-12-15."""
    found = []
    for match in _PLACES.finditer(text):
        words = [[int(place) for place in re.findall(r"\d+", word)] for word in re.split(r"[ /|]+", match[0])]
        if not all(0 < place <= 26 for place in chain(*words)):
            continue
        # One number a word is a text without gaps between its words.
        gap = "" if all(len(word) == 1 for word in words) else " "
        made = gap.join("".join(chr(96 + place) for place in word) for word in words)
        enough = len(words) > 2 if gap else len(made) >= _SHORT
        varied = len(set(made)) > _VARIED
        if enough and varied and speaks(made, 0.5 if gap else 0.0) and meter.spend(len(made)):
            found.append((("alphabet_places",), Edit(match.start(), match.end(), asked(made))))
    yield from deliver(text, "alphabet_places", found, meter)


def _wordy(made: str) -> bool:
    """Whether what numbers spell has spaces among small letters: measurements hardly ever do."""
    return len(made) >= 12 and made.count(" ") * 12 >= len(made) and made.replace(" ", "").islower()


def _values(run: str, radix: int) -> list[int]:
    digits = [group for group in _NOT_DIGITS.split(run.replace("0b", " ").replace("0o", " ")) if group]
    if radix == 2 and (len(digits) == 1 or all(len(group) == 4 for group in digits)):
        joined = "".join(digits)
        size = 7 if len(joined) % 8 and not len(joined) % 7 else 8
        digits = [joined[i : i + size] for i in range(0, len(joined), size)]
    return [int(group, radix) for group in digits]


def _characters(values: Sequence[int]) -> str | None:
    """What ``values`` spell as bytes of UTF-8 or as code points, where that is mostly letters. Numbers that
    only rise or only fall are sizes."""
    if any(
        value > 0x10FFFF or 0xD800 <= value < 0xE000 or (value < 32 and value not in (9, 10, 13))
        for value in values
    ):
        return None
    if max(values) > 255 and list(values) in (sorted(values), sorted(values, reverse=True)):
        return None
    made = "".join(map(chr, values))
    if all(value < 256 for value in values) and not made.isascii():
        # Code points of Latin-1, where they are no UTF-8.
        with suppress(UnicodeDecodeError):
            made = bytes(values).decode()
    letters = sum(c.isalpha() or c == " " or (not c.isascii() and c.isprintable()) for c in made)
    return made if letters >= 0.75 * len(made) and len(made) >= 4 else None
