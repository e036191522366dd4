"""Text taken apart by code: strings that are joined, lists of characters, variables; and Morse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from tomllib import loads
from typing import cast

from octarine.guard.normalise.characters.ranges import SCRIPT_MARKS
from octarine.guard.normalise.decoders.readings import Meter, Reading, deliver, speaks
from octarine.guard.normalise.results import Edit, rewrite

_IS_MARK = re.compile(f"[{SCRIPT_MARKS}]").match
_QUOTE = r"""(?:"[^"\\\n]{0,200}"|'[^'\\\n]{0,200}')"""
_JOINT = r"\s{0,4}(?:\+|\.\.|\.|&|\|\||~|<>|\+\+)\s{0,4}"
_SPLIT = re.compile(rf"{_QUOTE}(?:{_JOINT}{_QUOTE})+")
_PIECE = re.compile(_QUOTE)
_LIST = re.compile(r"""(?:["'][^"'\\\n]{1,3}["']\s{0,2},\s{0,2}){3,}["'][^"'\\\n]{1,3}["']""")
_ASSIGNED = re.compile(rf"\b([A-Za-z_]\w{{0,30}})\s?(?::=|=|:)\s?({_QUOTE})")
_SUM = re.compile(r"(?<![\w\"'])([A-Za-z_]\w{0,30}(?:\s?\+\s?[A-Za-z_]\w{0,30})+)(?![\w\"'])")
_MORSE = re.compile(r"(?<![^\s\"'(:])[.\-·•–—−_]{1,7}(?:(?:[ \t]+|[ \t]*[/|\n][ \t]*)[.\-·•–—−_]{1,7}){4,}")


def split_strings(text: str, meter: Meter) -> Iterator[Reading]:
    """String literals that are joined by an operator inside a word, lists of characters, joined variables."""
    edits = [
        Edit(match.start(), match.end(), made)
        for match in _SPLIT.finditer(text)
        if (made := _joined(_PIECE.findall(match[0])))
    ]
    if edits and meter.spend(len(text)):
        yield Reading(("split_strings",), *rewrite(text, edits), edits)
    listed = []
    for match in _LIST.finditer(text):
        made = "".join(piece[1:-1] for piece in _PIECE.findall(match[0]))
        if sum(map(str.isalpha, made)) >= 5 and speaks(made) and meter.spend(len(made)):
            listed.append((("split_strings",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "split_strings", listed, meter)
    yield from _variables(text, meter)


def _joined(pieces: list[str]) -> str:
    """What the pieces say together, or nothing where no seam lies inside a word, or where it is the short
    one of minified code."""
    inner = [piece[1:-1] for piece in pieces]
    if sum(map(str.isalpha, "".join(inner))) < 5:
        return ""
    if not any(_inside_word(left[-1:], right[:1]) for left, right in pairwise(inner)):
        return ""
    return "".join(inner)


def _inside_word(left: str, right: str) -> bool:
    wordlike = all(side.isalpha() or _IS_MARK(side) for side in (left, right))
    return wordlike and (left.isupper() or not right.isupper())


def _variables(text: str, meter: Meter) -> Iterator[Reading]:
    values = {match[1]: match[2][1:-1] for match in _ASSIGNED.finditer(text)}
    if len(values) < 2:
        return
    found = []
    for match in _SUM.finditer(text):
        names = re.split(r"\s?\+\s?", match[1])
        if all(name in values for name in names):
            made = "".join(values[name] for name in names)
            if sum(map(str.isalpha, made)) >= 5 and meter.spend(len(made)):
                found.append((("split_strings",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "split_strings", found, meter)


@cache
def morse_table() -> dict[str, str]:
    """Dots and dashes → character (ITU-R M.1677-1, with the accented letters in use)."""
    table = loads((files("octarine.guard.normalise") / "data/morse.toml").read_text("utf-8"))
    return {code: letter for letter, code in cast(dict[str, str], table["codes"]).items()}


_DASHES = str.maketrans("·•–—−_", "..----")


def morse(text: str, meter: Meter) -> Iterator[Reading]:
    """Morse: letters apart by a space, words by a slash, a bar, a line or a wider gap."""
    found = []
    for match in _MORSE.finditer(text):
        words = re.split(r"[ \t]*[/|\n][ \t]*|[ \t]{2,}", match[0].translate(_DASHES))
        spelt = [[morse_table().get(code, "\ufffd") for code in word.split()] for word in words]
        made = " ".join(map("".join, spelt)).strip()
        unknown = made.count("\ufffd")
        if len(set(made)) >= 3 and unknown * 5 <= len(made) and speaks(made, 0.4) and meter.spend(len(made)):
            found.append((("morse",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "morse", found, meter)
