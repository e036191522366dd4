"""Topics and signatures by example: how near a text comes to one of them, in hashed n-grams.

The similarity is the cosine of two texts' n-gram profiles, so that a threshold on it is a nearest-neighbour
rule (Cover & Hart 1967). It knows wordings and their variations, and no meaning: for what is meant rather
than how it is put, there is the model tier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from octarine.guard.scan.unicode_text import readable

BITS = 20
"""Two n-grams of an example's few hundred then share a bucket with a chance of one in a thousand."""
LEAST = 120
"""Code points of the shortest stretch that is compared."""

_BREAK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Near:
    """How near ``[start, end)`` of a text comes to the nearest example, 0 to 1."""

    score: float
    start: int
    end: int


class Signature:
    """Examples of one topic, and texts that look like it and are not.

    A stretch of a text that is nearer to a counterexample than to every example scores 0.
    """

    def __init__(self, examples: Sequence[str], counterexamples: Sequence[str] = ()) -> None:
        if not examples:
            raise ValueError("a signature needs at least one example")
        self._own = len(examples)
        self._size = max(LEAST, *map(len, examples))
        self._buckets, self._profiles = _profiles([*examples, *counterexamples])

    def nearest(self, text: str) -> Near:
        """The stretch of ``text`` that comes nearest. A long text is compared in overlapping stretches as
        long as the longest example, so that what stands around an attack does not dilute it."""
        return max(self.all_near(text), key=lambda near: near.score)

    def all_near(self, text: str) -> Iterator[Near]:
        """Every stretch that ``nearest`` chooses from."""
        for start, end in stretches(text, self._size):
            yield self._near(readable(text[start:end]), start, end)

    def _near(self, text: str, start: int, end: int) -> Near:
        import numpy as np

        from octarine.guard.classifier.ngrams import ngram_ids, ngram_weights

        buckets, weights = ngram_weights(ngram_ids(text, BITS))
        places = np.minimum(np.searchsorted(self._buckets, buckets), len(self._buckets) - 1)
        shared = self._buckets[places] == buckets
        cosines = weights[shared] @ self._profiles[places[shared]]
        best = float(cosines[: self._own].max())
        if len(cosines) > self._own and float(cosines[self._own :].max()) > best:
            best = 0.0
        return Near(min(max(best, 0.0), 1.0), start, end)


def stretches(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Stretches of about ``size`` code points, each beginning half-way through the one before, at blanks
    where there are any; one for a text that is hardly longer."""
    start = 0
    while True:
        if len(text) - start <= size + size // 2:
            yield start, len(text)
            return
        yield start, start + size
        middle = start + size // 2
        blank = _BREAK.search(text, middle, middle + size // 4)
        start = blank.end() if blank else middle


def _profiles(texts: Sequence[str]) -> tuple[Any, Any]:
    """(buckets,) sorted, and (buckets, texts) of weights."""
    import numpy as np

    from octarine.guard.classifier.ngrams import ngram_ids, ngram_weights

    found = [ngram_weights(ngram_ids(readable(text), BITS)) for text in texts]
    known = np.unique(np.concatenate([buckets for buckets, _ in found]))
    profiles = np.zeros((len(known), len(texts)), dtype=np.float32)
    for column, (buckets, weights) in enumerate(found):
        profiles[np.searchsorted(known, buckets), column] = weights
    return known, profiles
