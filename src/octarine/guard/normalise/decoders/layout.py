"""Text taken apart: spaced-out letters, strings split in code, and Morse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from tomllib import loads
from typing import cast

from octarine.guard.normalise.decoders.readings import Meter, Reading, deliver, speaks
from octarine.guard.normalise.results import Edit, rewrite

# Categories Mn, Mc and Me up to Khmer, and of kana: Python's \\w leaves them out.
_MARK = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a"
    "\u07a6-\u07b0\u07eb-\u07f3\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b"
    "\u0898-\u089f\u08ca-\u08e1\u08e3-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963"
    "\u0981-\u0983\u09bc\u09be-\u09c4\u09c7-\u09c8\u09cb-\u09cd\u09d7\u09e2-\u09e3\u09fe\u0a01-\u0a03"
    "\u0a3c\u0a3e-\u0a42\u0a47-\u0a48\u0a4b-\u0a4d\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0ac5"
    "\u0ac7-\u0ac9\u0acb-\u0acd\u0ae2-\u0ae3\u0afa-\u0aff\u0b01-\u0b03\u0b3c\u0b3e-\u0b44\u0b47-\u0b48"
    "\u0b4b-\u0b4d\u0b55-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bc2\u0bc6-\u0bc8\u0bca-\u0bcd\u0bd7"
    "\u0c00-\u0c04\u0c3c\u0c3e-\u0c44\u0c46-\u0c48\u0c4a-\u0c4d\u0c55-\u0c56\u0c62-\u0c63\u0c81-\u0c83"
    "\u0cbc\u0cbe-\u0cc4\u0cc6-\u0cc8\u0cca-\u0ccd\u0cd5-\u0cd6\u0ce2-\u0ce3\u0d00-\u0d03\u0d3b-\u0d3c"
    "\u0d3e-\u0d44\u0d46-\u0d48\u0d4a-\u0d4d\u0d57\u0d62-\u0d63\u0d81-\u0d83\u0dca\u0dcf-\u0dd4\u0dd6"
    "\u0dd8-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
    "\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0f97\u0f99-\u0fbc"
    "\u0fc6\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d"
    "\u108f\u109a-\u109d\u17b4-\u17d3\u17dd\u3099-\u309a"
)
_UNIT = rf"(?:(?:[^\W_]|[{_MARK}])[{_MARK}]*+)"
_SPACED = re.compile(
    rf"(?<![^\W_])(?<![{_MARK}]){_UNIT}(?:[^\w\n\r{_MARK}]{{1,3}}{_UNIT}(?![^\W_{_MARK}])){{4,}}|"
    rf"(?<![^\W_])(?<![{_MARK}]){_UNIT}(?:_{_UNIT}(?![^\W_])){{4,}}"
)
_IS_MARK = re.compile(f"[{_MARK}]").match
_SEPARATORS = re.compile(rf"[^\w{_MARK}]+|_+")
_QUOTE = r"""(?:"[^"\\\n]{0,200}"|'[^'\\\n]{0,200}')"""
_JOINT = r"\s{0,4}(?:\+|\.\.|\.|&|\|\||~|<>|\+\+)\s{0,4}"
_SPLIT = re.compile(rf"{_QUOTE}(?:{_JOINT}{_QUOTE})+")
_PIECE = re.compile(_QUOTE)
_LIST = re.compile(r"""(?:["'][^"'\\\n]{1,3}["']\s{0,2},\s{0,2}){3,}["'][^"'\\\n]{1,3}["']""")
_ASSIGNED = re.compile(rf"\b([A-Za-z_]\w{{0,30}})\s?(?::=|=|:)\s?({_QUOTE})")
_SUM = re.compile(r"(?<![\w\"'])([A-Za-z_]\w{0,30}(?:\s?\+\s?[A-Za-z_]\w{0,30})+)(?![\w\"'])")
_MORSE = re.compile(r"(?<![^\s\"'(:])[.\-·•–—−_]{1,7}(?:(?:[ \t]+|[ \t]*[/|\n][ \t]*)[.\-·•–—−_]{1,7}){4,}")


looks_spaced = re.compile(
    rf"(?<![^\W_])(?<![{_MARK}]){_UNIT}(?:[\W_]{{1,3}}?{_UNIT}(?![^\W_{_MARK}])){{4}}"
).search


def spaced(text: str, meter: Meter) -> Iterator[Reading]:
    """Letters set apart: ``s p a c e d``, ``s.p.a.c.e.d``, ``s-p-a-c-e-d``; a wider gap parts words."""
    edits = []
    for match in _SPACED.finditer(text):
        made = _closed_up(match[0])
        letters = sum(c.isalpha() or _IS_MARK(c) is not None for c in made)
        if letters >= 5 and letters >= 0.7 * len(made.replace(" ", "")) and _is_word(made, match[0]):
            edits.append(Edit(match.start(), match.end(), made))
    if edits and meter.spend(len(text)):
        yield Reading(("spaced",), *rewrite(text, edits))


def _closed_up(run: str) -> str:
    gaps = _SEPARATORS.findall(run)
    usual = max(set(gaps), key=gaps.count)
    return _SEPARATORS.sub(
        lambda gap: "" if gap[0] == usual else " " if usual in gap[0] or " " in gap[0] else "", run
    )


def _is_word(made: str, run: str) -> bool:
    if not any("a" <= c <= "z" for c in made.lower()):
        # Lists of single letters or syllables are rare in other scripts, and joining them hides nothing.
        return len(set(made)) >= 4
    # Lists of letters have commas; ten in a row without are hardly one.
    return speaks(made, 0.4 if "," in run or len(made) < 10 else -0.6)


def split_strings(text: str, meter: Meter) -> Iterator[Reading]:
    """String literals that are joined by an operator inside a word, lists of characters, joined variables."""
    edits = [
        Edit(match.start(), match.end(), made)
        for match in _SPLIT.finditer(text)
        if (made := _joined(_PIECE.findall(match[0])))
    ]
    if edits and meter.spend(len(text)):
        yield Reading(("split_strings",), *rewrite(text, edits))
    listed = []
    for match in _LIST.finditer(text):
        made = "".join(piece[1:-1] for piece in _PIECE.findall(match[0]))
        if sum(map(str.isalpha, made)) >= 5 and speaks(made) and meter.spend(len(made)):
            listed.append((("split_strings",), Edit(match.start(), match.end(), made)))
    yield from deliver(text, "split_strings", listed, meter)
    yield from _variables(text, meter)


def _joined(pieces: list[str]) -> str:
    """The pieces as one literal, or nothing where no seam lies inside a word."""
    inner = [piece[1:-1] for piece in pieces]
    seams = pairwise(inner)
    if not any(_inside_word(left[-1:], right[:1]) for left, right in seams):
        return ""
    return f'"{"".join(inner)}"'


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
