"""Letters that are spelt out in another alphabet: Braille, the words of the radio, lines of uuencode."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any

from octarine.guard.normalise.decoders.readings import (
    LANGUAGE,
    UNBROKEN,
    Meter,
    Reading,
    asked,
    deliver,
    speaks,
    unpacked,
)
from octarine.guard.normalise.likeness import mean_bits
from octarine.guard.normalise.results import Edit

_CELLS = re.compile("[\u2801-\u28ff](?:[\u2800-\u28ff]|[ \t\r\n]{1,2}(?=[\u2800-\u28ff])){4,}")
_NUMBER, _SIGNS = "\u283c", "\u2820\u2828\u2838"
"""What makes digits of the letters behind it, and what only says how letters look."""
_UU = re.compile(r"^[!-M][ -`]{8,60}$", re.MULTILINE)
_FEW = 8
"""Letters under which they must look like a language without doubt."""


@cache
def _table(name: str) -> Mapping[str, Any]:
    tables: dict[str, Mapping[str, Any]] = loads(
        (files("octarine.guard.normalise") / "data/spelling.toml").read_text("utf-8")
    )
    return tables[name]


@cache
def spelling_words() -> Mapping[str, str]:
    """Word of the radio → letter; ``space`` → blank."""
    return {word: letter for letter, words in _table("words").items() for word in words}


@cache
def braille_cells() -> Mapping[str, str]:
    """Cell → letter or punctuation."""
    return {cell: letter for letter, cell in _table("braille").items()}


@cache
def _spelt() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, spelling_words()), key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z])(?:{words})(?:[\s,.;:/|()\-–]{{1,4}}(?:{words})(?![A-Za-z])){{4,}}", re.IGNORECASE
    )


@cache
def _one_word() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, spelling_words()), key=len, reverse=True))
    return re.compile(rf"({words})([\s,.;:/|()\-–]*)", re.IGNORECASE)


def looks_spelt(text: str) -> bool:
    """Whether ``text`` holds several words of the radio alphabet, wherever."""
    lowered = text.lower()
    return sum(word in lowered for word in spelling_words()) >= 3


def spelt(text: str, meter: Meter) -> Iterator[Reading]:
    """Words of the radio (Alfa, Bravo …), letter by letter; a slash, a line or a wider gap parts words."""
    found = []
    for match in _spelt().finditer(text):
        pieces = _one_word().findall(match[0])
        gaps = [gap for _, gap in pieces[:-1]]
        usual = max(set(gaps), key=gaps.count)
        made = "".join(
            spelling_words()[word.lower()]
            + (" " if len(gap) > len(usual) or "/" in gap or "\n" in gap else "")
            for word, gap in pieces
        )
        made = re.sub(" +", " ", made).strip()
        # The alphabet itself, and names in its order.
        listed = made.replace(" ", "") == "".join(sorted(made.replace(" ", "")))
        if not listed and _likely(made, UNBROKEN) and meter.spend(len(made)):
            found.append((("spelling_alphabet",), Edit(match.start(), match.end(), asked(made))))
    yield from deliver(text, "spelling_alphabet", found, meter)


def braille(text: str, meter: Meter) -> Iterator[Reading]:
    """Uncontracted Braille."""
    found = []
    for match in _CELLS.finditer(text):
        made = _of_cells(match[0])
        unknown = made.count("\ufffd")
        if unknown * 5 <= len(made) and _likely(made, UNBROKEN) and meter.spend(len(made)):
            found.append((("braille",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "braille", found, meter)


def _of_cells(run: str) -> str:
    made, digits = [], False
    for character in run:
        # Dots 7 and 8 say how a letter looks.
        cell = chr(0x2800 | ord(character) & 0x3F) if character > "\u2800" else " "
        letter = " " if cell in " \u2800" else "" if cell in _SIGNS else braille_cells().get(cell, "\ufffd")
        if cell == _NUMBER:
            digits = True
            continue
        digits = digits and "a" <= letter <= "j"
        made.append("1234567890"[ord(letter) - 97] if digits else letter)
    return "".join(made)


def _likely(made: str, least: float) -> bool:
    """Whether the letters look like a language, with ``least`` bits where they are more than a few."""
    letters = sum(map(str.isalpha, made))
    return letters >= 5 and mean_bits(made) >= (LANGUAGE if letters < _FEW else least)


def uuencoded(text: str, meter: Meter) -> Iterator[Reading]:
    """Lines of uuencode, each of which says how long it is."""
    rows: list[tuple[int, int, bytes]] = []
    for match in _UU.finditer(text):
        line = match[0]
        data = _of_line(line)
        if data is None:
            continue
        if rows and rows[-1][1] + 2 >= match.start():
            start, _, before = rows.pop()
            rows.append((start, match.end(), before + data))
        else:
            rows.append((match.start(), match.end(), data))
    found = []
    for start, end, data in rows:
        read = unpacked(data, "uuencode", meter)
        if read and speaks(read[1], 0.5) and meter.spend(len(read[1])):
            found.append((read[0], Edit(start, end, read[1])))
    yield from deliver(text, "uuencode", found, meter)


def _of_line(line: str) -> bytes | None:
    length = ord(line[0]) - 32
    # Blanks at the end may be lost.
    whole = -(-length // 3) * 4 + 1
    if not whole - 3 <= len(line) <= whole + 1:
        return None
    try:
        return binascii.a2b_uu(line[:whole].encode())
    except binascii.Error:
        return None
