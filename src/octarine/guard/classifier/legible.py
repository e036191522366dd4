"""Characters that would hide a word from the model tier, blanked before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

SYMBOLS = 3
"""Symbols (emoji, dingbats …) that a text may hold before all of them are taken for decoration."""
KNOWN, UNKNOWN, SYMBOL = range(3)
_NATIVE = re.compile("[\u0000-\u024f\u0600-\u06ff\u0900-\u097f\u1e00-\u1eff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of the nine languages, whether the vocabulary has them or not: n-grams know them."""
_ALONE = re.compile("[\u3400-\u9fff]|[^\\w]")
"""The tokeniser makes a word of each."""


class Legible:
    """Blanks what hides words; a text stays as long as it was.

    One character that the vocabulary lacks makes WordPiece give up the whole word, and a symbol glued to a
    word or between all words takes it apart. A symbol on its own stays: it may carry meaning. Safe to use
    from several threads.

    Args:
        pieces: of the tokeniser's vocabulary; None keeps the letters of the nine languages and no others.
    """

    def __init__(self, pieces: Collection[str] | None) -> None:
        self._pieces = pieces
        self._kinds = _Kinds(self)

    def __call__(self, text: str) -> str:
        """``text`` with blanks."""
        if text.isascii():
            return text
        kinds = [self._kinds[character] for character in text]
        crowded = kinds.count(SYMBOL) > SYMBOLS
        if not crowded and not any(kinds):
            return text
        return "".join(
            " " if kind and (kind == UNKNOWN or crowded or _glued(text, index)) else character
            for index, (character, kind) in enumerate(zip(text, kinds, strict=True))
        )

    def kind(self, character: str) -> int:
        """``KNOWN``, ``UNKNOWN`` or ``SYMBOL``."""
        if character.isascii():
            return KNOWN
        if unicodedata.category(character) == "So":
            return SYMBOL
        return KNOWN if all(map(self._spelt, _stripped(character))) else UNKNOWN

    def _spelt(self, character: str) -> bool:
        if self._pieces is None:
            return _NATIVE.match(character) is not None or not character.isalnum()
        within = _ALONE.match(character) is not None or f"##{character}" in self._pieces
        return within and character in self._pieces


class _Kinds(dict[str, int]):
    def __init__(self, legible: Legible) -> None:
        super().__init__()
        self._legible = legible

    def __missing__(self, character: str) -> int:
        self[character] = kind = self._legible.kind(character)
        return kind


def _glued(text: str, index: int) -> bool:
    around = text[max(0, index - 1) : index], text[index + 1 : index + 2]
    return any(neighbour.isalnum() for neighbour in around)


def _stripped(character: str) -> str:
    """What the tokeniser makes of a character: lower case, without accents."""
    apart = unicodedata.normalize("NFD", character.lower())
    return "".join(one for one in apart if unicodedata.category(one) not in ("Mn", "Cc", "Cf"))
