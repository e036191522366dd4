"""Covering what was found, for good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Protocol


class Located(Protocol):
    """A part of a text with a category: a ``Match`` or a ``Span``."""

    @property
    def category(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Style(StrEnum):
    """What stands in place of what was found."""

    LABEL = "label"
    """What it was: ``[EMAIL]``."""
    LAST_FOUR = "last_four"
    """Stars but for its last four letters and digits, where it has at least nine."""
    STARS = "stars"
    """A star for each letter and digit."""


def label(category: str) -> str:
    """What a category is called in a text: ``EMAIL``, ``GITHUB_SECRET``, ``DENIED_WORD``: letters and
    ``_``."""
    head, _, rest = category.partition(".")
    kind = rest.rpartition(".")[2] or rest
    named = {"secret": f"{kind}_{head}", "denied_word": head}.get(head, kind or head)
    return re.sub("[^A-Z]+", "_", named.upper()).strip("_") or "TEXT"


def mask(text: str, found: Iterable[Located], style: Style = Style.LABEL) -> str:
    """``text`` with every part in ``found`` covered; parts that overlap are covered as one, called by the
    first."""
    parts: list[str] = []
    at = 0
    for start, end, category in merged(found):
        parts += [text[at:start], _covered(text[start:end], category, style)]
        at = end
    return "".join((*parts, text[at:]))


def merged(found: Iterable[Located]) -> Iterator[tuple[int, int, str]]:
    """Parts by start, those that overlap joined, as ``(start, end, category)``. Empty ones are left out."""
    start, end, category = -1, -1, ""
    for one in sorted(found, key=lambda part: (part.start, -part.end)):
        if one.start >= one.end:
            continue
        if one.start < end:
            end = max(end, one.end)
            continue
        if end > start:
            yield start, end, category
        start, end, category = one.start, one.end, one.category
    if end > start:
        yield start, end, category


def _covered(value: str, category: str, style: Style) -> str:
    if style is Style.LABEL:
        return f"[{label(category)}]"
    kept = 0
    if style is Style.LAST_FOUR and sum(map(str.isalnum, value)) >= 9:
        kept = 4
    covered = []
    for character in reversed(value):
        if not character.isalnum():
            covered.append(character)
        elif kept:
            covered.append(character)
            kept -= 1
        else:
            covered.append("*")
    return "".join(reversed(covered))
