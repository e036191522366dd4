"""Hashed character and word n-grams of a text, in numpy.

Characters carry over to inflections, compounds, misspellings and languages without spaces, and cost no
tokeniser (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification", section 2.2: the hashing
trick).
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

CHARACTERS = (1, 2, 3, 4, 5)
LONGEST = 4_000
"""Code points of a text that are looked at; windows are shorter."""

_PRIME = np.uint64(0x100000001B3)
_SPACE = 32


def ngram_ids(text: str, bits: int) -> NDArray[np.int64]:
    """Bucket of every n-gram of ``text``, in ``[0, 2**bits)``: characters 1 to 5, words 1 and 2.

    The text is compared without case, width and the value of its digits; runs of spaces are one.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).lower().split())
    points = np.frombuffer(f" {plain} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    points = np.where((points >= 48) & (points <= 57), np.uint64(48), points)
    hashes = [*_characters(points), *_words(points)]
    mixed = _mix(np.concatenate(hashes))
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


def ngram_weights(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Distinct buckets and their weights: 1 + ln(count), scaled to Euclidean length 1."""
    buckets, counts = np.unique(ids, return_counts=True)
    weights = 1.0 + np.log(counts)
    return buckets, (weights / np.linalg.norm(weights)).astype(np.float32)


def _characters(points: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    rolling = np.zeros(len(points), dtype=np.uint64)
    found = []
    for n in CHARACTERS:
        length = len(points) - n + 1
        if length < 1:
            break
        rolling = rolling[:length] * _PRIME + points[n - 1 :]
        found.append(rolling + np.uint64(n * 0x9E3779B97F4A7C15 % 2**64))
    return found


def _words(points: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    spaces = np.flatnonzero(points == _SPACE)
    if len(spaces) < 2:
        return []
    powers = points * _powers(len(points))
    sums = np.add.reduceat(powers, spaces)[:-1]
    # The same word has the same hash wherever it stands: its first power is divided out.
    words = sums * _inverse_powers(len(points))[spaces[:-1]]
    pairs = words[:-1] * _PRIME + words[1:] + np.uint64(0x2545F4914F6CDD1D)
    return [words + np.uint64(0xD6E8FEB86659FD93), pairs]


def _powers(length: int) -> NDArray[np.uint64]:
    return np.cumprod(np.full(length, _PRIME, dtype=np.uint64), dtype=np.uint64)


def _inverse_powers(length: int) -> NDArray[np.uint64]:
    inverse = np.uint64(pow(int(_PRIME), -1, 2**64))
    return np.cumprod(np.full(length, inverse, dtype=np.uint64), dtype=np.uint64)


def _mix(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over the high ones (the finaliser of MurmurHash3)."""
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return hashes ^ (hashes >> np.uint64(33))
