"""What a technique is given, and what most of them need to do with a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from octarine.core.content import Message, Modality, Part, Role
from octarine.redteam.technique import Script

AWAITED = Message(Role.ASSISTANT)
"""A turn that the model is to fill when the conversation is played."""


@dataclass(frozen=True)
class Seed:
    """The text that is to be transformed.

    Attributes:
        text: never empty, and valid Unicode without lone surrogates.
        language: one of the nine, or "" where it is not known.
        others: the parts of the same message that are not text (pictures that an earlier technique made).
        rng: everything that is drawn comes from here.
        parameters: every parameter that is declared, with its value; None: to be drawn.
    """

    text: str
    language: str
    rng: np.random.Generator
    others: tuple[Part, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of ``choices``."""
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        """True in ``share`` of cases."""
        return bool(self.rng.random() < share)

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        """``items`` in another order where there is one."""
        order = list(range(len(items)))
        for _ in range(8):
            self.rng.shuffle(order)
            if order != list(range(len(items))):
                break
        return [items[i] for i in order]


def user(text: str, *others: Part) -> Message:
    """A user's message."""
    return Message(Role.USER, (*others, Part.of_text(text)))


def assistant(text: str) -> Message:
    """A turn of the model's that is made up."""
    return Message(Role.ASSISTANT, (Part.of_text(text),))


def system(text: str) -> Message:
    """A system message."""
    return Message(Role.SYSTEM, (Part.of_text(text),))


def text_and(text: str, *files: Part) -> tuple[Part, ...]:
    """Files, and the text that goes with them."""
    return (*files, Part.of_text(text))


_SCRIPTS = {
    Script.LATIN: re.compile(r"[A-Za-z\u00AA\u00BA\u00C0-\u024F\u1E00-\u1EFF]"),
    Script.ARABIC: re.compile(r"[\u0620-\u064A\u066E-\u06D3\u06FA-\u06FF\u0750-\u077F]"),
    Script.DEVANAGARI: re.compile(r"[\u0900-\u097F\uA8E0-\uA8FF]"),
    Script.JAPANESE: re.compile(
        r"[\u3041-\u30FF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\uFF66-\uFF9D]"
    ),
}


def in_scripts(text: str, scripts: frozenset[Script]) -> bool:
    """Whether at least half of the letters are of these scripts, and there is one."""
    letters = sum(map(str.isalpha, text))
    found = sum(len(_SCRIPTS[script].findall(text)) for script in scripts)
    return found > 0 and 2 * found >= letters


def graphemes(text: str) -> list[str]:
    """Characters as a reader sees them: a base with its combining marks, joiners and selectors.

    Close to UAX #29, without its tables: marks (M*), variation selectors, ZWJ sequences, emoji modifiers,
    regional indicators in pairs, and CR LF stay together.
    """
    return _GRAPHEME.findall(text)


_GRAPHEME = re.compile(
    r"\r\n|[\U0001F1E6-\U0001F1FF]{2}"
    r"|(?s:.)(?:[\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4"
    r"\u0900-\u0903\u093A-\u094F\u0951-\u0957\u0962\u0963\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\u3099\u309A"
    r"\uFE00-\uFE0F\uFE20-\uFE2F\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F\U000E0100-\U000E01EF]"
    r"|\u200D(?s:.)?)*"
)


def width(text: str) -> int:
    """Columns of a terminal that a text takes: two for wide characters, none for marks."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def words(text: str) -> list[str]:
    """Words with the blanks behind them: joined, they are the text again. Where a script sets no blanks,
    runs of one kind of character (kanji with the kana that follow), else four characters."""
    pieces: list[str] = []
    for piece in re.findall(r"\S+\s*|\s+", text):
        unspaced = len(piece) > 12 and bool(_SCRIPTS[Script.JAPANESE].search(piece))
        pieces += _JAPANESE_WORD.findall(piece) if unspaced else [piece]
    return pieces


_JAPANESE_WORD = re.compile(
    r"[\u3400-\u9FFF々]+[\u3041-\u309F]{0,3}|[\u30A0-\u30FF]+[\u3041-\u309F]{0,2}|[\u3041-\u309F]{1,4}"
    r"|(?s:.)[^\u3041-\u30FF\u3400-\u9FFF]*"
)


def cut(text: str, pieces: int) -> list[str]:
    """``text`` in ``pieces`` of about the same length, between words where there are enough of them, else
    between characters. Joined, they are the text again. Fewer where it has fewer characters."""
    units = words(text)
    if len(units) < pieces:
        units = graphemes(text)
    pieces = max(1, min(pieces, len(units)))
    edges = [round(i * len(units) / pieces) for i in range(pieces + 1)]
    return ["".join(units[first:last]) for first, last in pairwise(edges)]


def content_words(text: str, least: int = 4) -> list[tuple[int, int]]:
    """Where the longer words stand (the ones that carry the sense, by a crude measure): spans of at least
    ``least`` letters; in scripts without blanks, runs of kanji or katakana; the longest word if none."""
    spans = [
        match.span()
        for match in re.finditer(
            r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036F\u064B-\u065F\u0900-\u0903\u093A-\u094F])*", text
        )
    ]
    japanese = [match.span() for match in re.finditer(r"[\u3400-\u9FFF]+|[\u30A1-\u30FF]{2,}", text)]
    if japanese:
        return japanese
    long = [span for span in spans if span[1] - span[0] >= least]
    return long or sorted(spans, key=lambda span: span[0] - span[1])[:1]


def is_text(part: Part) -> bool:
    """Whether a part is text."""
    return part.modality is Modality.TEXT
