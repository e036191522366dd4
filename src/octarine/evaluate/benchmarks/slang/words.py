"""How the paper cuts a sentence into words, finds the slang in it and masks a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from octarine.evaluate.benchmarks.slang.rows import Row

MASK = "[MASK]"
_MARKS = "[" + re.escape("!'\"#$%&()*+,-./:;<=>?@[]^_`{|}~") + "]+"
_RUN = re.compile(_MARKS)
_APART = re.compile(f" ({_MARKS}) ")
_CLOSING = re.compile(r"[,.!;:&<>-]+")
_BLANKS = re.compile(" +")
_COMMON = frozenset(
    [
        "a",
        "about",
        "after",
        "again",
        "all",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "but",
        "by",
        "can",
        "did",
        "do",
        "does",
        "doing",
        "don",
        "down",
        "during",
        "each",
        "few",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "ll",
        "m",
        "me",
        "more",
        "most",
        "my",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "re",
        "s",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "ve",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "you",
        "your",
    ]
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A usable sentence: its words (with the marks as words of their own, or without any) and where the slang
    stands among them."""

    row: Row
    tokens: tuple[str, ...]
    place: int

    @property
    def text(self) -> str:
        """The sentence, put together again."""
        return joined(self.tokens)

    def masked(self, place: int) -> str:
        """The sentence with one word masked."""
        return joined([*self.tokens[:place], MASK, *self.tokens[place + 1 :]])

    @property
    def content(self) -> list[int]:
        """The places of words that carry content and are not the slang."""
        return [
            place
            for place, token in enumerate(self.tokens)
            if place != self.place and token and token.lower() not in _COMMON and not _RUN.fullmatch(token)
        ]


def tokens(sentence: str, *, marks: bool = True) -> list[str]:
    """Words and runs of marks; without ``marks``, words alone."""
    spaced = _RUN.sub(lambda run: f" {run.group()} " if marks else "", sentence)
    return _BLANKS.sub(" ", spaced).split(" ")


def joined(words: Sequence[str]) -> str:
    """Words and marks as a sentence."""
    closed = _APART.sub(lambda run: run.group(1), " ".join(words))
    return _CLOSING.sub(lambda run: f"{run.group()} ", closed).strip()


def marked(row: Row) -> Marked | None:
    """The sentence, where the slang is exactly one word of it; nothing otherwise."""
    if row.confidence < 2:
        return None
    for marks in (True, False):
        words = tokens(row.sentence, marks=marks)
        term = (row.term if marks else _RUN.sub("", row.term)).lower()
        places = [place for place, word in enumerate(words) if word.lower() == term]
        if places:
            return Marked(row, tuple(words), places[0]) if len(places) == 1 else None
    return None
