"""How far two prompts are apart. Any function from a text to a vector will do; this one needs no weights."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Embedder = Callable[[str], Vector]
"""A text to a vector of fixed length; equal texts to equal vectors."""
_LENGTH = 1024
_SIZES = (3, 4, 5)


def ngrams(text: str) -> Vector:
    """Runs of three to five characters, hashed with a sign to shape (1024,), of length 1 (0 for an empty
    text). Two texts are near where they share spelling: it knows nothing of meaning, so a paraphrase counts
    as new. Give a sentence encoder where that matters.
    """
    vector = np.zeros(_LENGTH)
    padded = f" {' '.join(text.casefold().split())} "
    if not padded.strip():
        return vector
    data = padded.encode("utf-32-le", "replace")
    for size in _SIZES:
        for start in range(0, max(4, len(data) - 4 * size + 4), 4):
            code = zlib.crc32(data[start : start + 4 * size])
            vector[code % _LENGTH] += 1.0 if code & 0x8000_0000 else -1.0
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


def distance(first: Vector, second: Vector) -> float:
    """One minus the cosine: 0 the same direction, 1 nothing in common, 2 opposite. 1 where either is zero."""
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    if not norms:
        return 1.0
    return 1.0 - min(1.0, max(-1.0, float(first @ second) / norms))
