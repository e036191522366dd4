"""WordPiece: a word as the longest pieces of a vocabulary, from its beginning on."""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "##"
"""Of a piece that goes on a word."""
_ONE = (1,)


class Pieces:
    """Cuts words (Schuster and Nakajima 2012; greedily, as Devlin et al. 2019 do).

    Args:
        vocabulary: piece → id.
        unknown: id of a word that cannot be cut, or is longer than ``longest`` characters.
    """

    def __init__(self, vocabulary: Mapping[str, int], unknown: int, longest: int) -> None:
        self._unknown = unknown
        self._longest = longest
        self._first = {piece: id for piece, id in vocabulary.items() if piece}
        self._later = {
            piece.removeprefix(PREFIX): id
            for piece, id in vocabulary.items()
            if piece.startswith(PREFIX) and piece != PREFIX
        }
        self._first_lengths = _lengths(self._first)
        self._later_lengths = _lengths(self._later)

    def __call__(self, word: str) -> list[tuple[int, int, int]]:
        """``(id, start, end)`` of each piece; of one, the unknown, where the word cannot be cut."""
        if len(word) > self._longest:
            return [(self._unknown, 0, len(word))]
        if word in self._first:
            return [(self._first[word], 0, len(word))]
        found, at = [], 0
        pieces, lengths = self._first, self._first_lengths
        while at < len(word):
            for length in lengths.get(word[at : at + 2], _ONE):
                id = pieces.get(word[at : at + length])
                if id is not None and at + length <= len(word):
                    break
            else:
                return [(self._unknown, 0, len(word))]
            found.append((id, at, at + length))
            at += length
            pieces, lengths = self._later, self._later_lengths
        return found


def _lengths(pieces: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """The first two characters → the lengths of pieces that begin with them or are the first, longest first:
    how often is looked up depends on the pieces like it, not on the word's length."""
    found: dict[str, set[int]] = {}
    for piece in pieces:
        found.setdefault(piece[:2], {1}).add(len(piece))
    return {beginning: tuple(sorted(lengths, reverse=True)) for beginning, lengths in found.items()}
