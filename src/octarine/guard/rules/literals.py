"""Searching for many patterns at once: what each match of a pattern holds, and patterns joined to one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from octarine.guard.rules.patterns import PatternItem, PatternReader
from octarine.guard.rules.reach import OPENING, branches

_FEW = re.compile(r"\[[A-Za-z0-9]{1,8}\]")


def longest_literal(pattern: str) -> int:
    """Bytes of UTF-8 of a literal that stands in every match of ``pattern`` (RE2 syntax, readable): the
    longest that is easy to see."""
    reader = PatternReader(pattern)
    reader.alternatives()
    return min((_of_sequence(pattern, items) for items in branches(pattern, reader.top)), default=0)


def _of_sequence(pattern: str, items: Sequence[PatternItem]) -> int:
    longest = run = 0
    for item in items:
        if item.assertion:
            continue
        body = pattern[item.start : item.body_end]
        size = _of_character(body) if item.least else 0
        run = run + size if size and item.least == item.most == 1 else size
        opening = OPENING.match(body)
        if opening and item.least:
            longest = max(longest, longest_literal(body[opening.end() : -1]))
        longest = max(longest, run)
    return longest


def _of_character(body: str) -> int:
    """Bytes of an element that is one character, written as itself or with a backslash, or one of a few
    letters and digits; 0 for any other."""
    if _FEW.fullmatch(body):
        return 1
    character = body.removeprefix("\\")
    if len(character) != 1 or (body[0] == "\\" and character.isalnum()) or body == ".":
        return 0
    return len(character.encode())


def joined(patterns: Sequence[str]) -> str:
    """A pattern that matches wherever one of ``patterns`` (RE2 syntax, readable, no ``\\Q``) does. Names of
    groups are taken out: each may stand once in a pattern."""
    return "|".join(f"(?:{_unnamed(pattern)})" for pattern in patterns)


def _unnamed(pattern: str) -> str:
    reader = PatternReader(pattern)
    reader.alternatives()
    pieces, at = [], 0
    for start, end in reader.names:
        pieces += [pattern[at:start], "(?:"]
        at = end
    return "".join((*pieces, pattern[at:]))
