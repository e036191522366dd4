"""Rewriting by tables: words for words, patterns for patterns, in the case that was there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any

MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
"""Marks that belong to the letter before them, as ranges of a character class."""
WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*")
"""A run of letters with their marks."""
_BEFORE, _BEHIND = rf"(?<![\w{MARKS}])", rf"(?![\w{MARKS}])"


@cache
def table(package: str, name: str) -> dict[str, Any]:
    """The TOML file ``name`` of the folder ``data`` beside the code."""
    found: dict[str, Any] = tomllib.loads(files(package).joinpath("data", name).read_text("utf-8"))
    return found


def cased(word: str, model: str) -> str:
    """``word`` in capitals, or with one, where ``model`` has them."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


class Words:
    """Words and phrases for others, in one pass, the longest first. ``whole``: never inside a word; scripts
    without blanks have no such border."""

    def __init__(self, pairs: Mapping[str, str], *, whole: bool = True) -> None:
        self.pairs = {key.casefold(): value for key, value in pairs.items()}
        either = "|".join(re.escape(key) for key in sorted(self.pairs, key=len, reverse=True)) or r"(?!)"
        self._any = re.compile(rf"{_BEFORE}(?:{either}){_BEHIND}" if whole else either, re.I)

    def __call__(self, text: str) -> str:
        """``text`` with every one of them replaced."""
        return self._any.sub(lambda m: cased(self.pairs.get(m[0].casefold(), m[0]), m[0]), text)

    def found(self, text: str) -> list[re.Match[str]]:
        """Where they stand."""
        return list(self._any.finditer(text))


def _expanded(by: str, match: re.Match[str]) -> str:
    return cased(match.expand(by), match[0])


class Rules:
    """Patterns for patterns, one after another, case ignored. A pattern sees what the ones before it made."""

    def __init__(self, pairs: Iterable[Sequence[str]]) -> None:
        self.pairs = [(re.compile(pattern, re.I), by) for pattern, by in pairs]

    def __call__(self, text: str) -> str:
        """``text`` after all of them."""
        for pattern, by in self.pairs:
            text = pattern.sub(partial(_expanded, by), text)
        return text


def written(text: str, table: Mapping[str, str]) -> str:
    """``text`` with characters replaced."""
    return text.translate({ord(here): there for here, there in table.items()})


def each(text: str, spans: Iterable[tuple[int, int]], write: Callable[[str], str]) -> str:
    """``text`` with ``write`` applied to each span; the spans are in order and do not touch."""
    pieces, place = [], 0
    for first, last in spans:
        pieces += [text[place:first], write(text[first:last])]
        place = last
    return "".join([*pieces, text[place:]])


def in_words(text: str, write: Callable[[str], str]) -> str:
    """``text`` with ``write`` applied to every run of letters."""
    return WORD.sub(lambda m: write(m[0]), text)
