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

Profile = tuple[Any, Any]
"""The buckets of a text's n-grams, and their weights."""
Profiles = dict[str, Profile]


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

    def nearest(self, text: str, profiles: Profiles | None = None) -> Near:
        """The stretch of ``text`` that comes nearest. A long text is compared in overlapping stretches as
        long as the longest example, so that what stands around an attack does not dilute it."""
        return max(self.all_near(text, profiles), key=lambda near: near.score)

    def all_near(self, text: str, profiles: Profiles | None = None) -> Iterator[Near]:
        """Every stretch that ``nearest`` chooses from. ``profiles`` is filled, so that a stretch that many
        topics look at is taken apart once: that is nearly all of the work."""
        kept: Profiles = {} if profiles is None else profiles
        for start, end in stretches(text, self._size):
            stretch = readable(text[start:end])
            if stretch not in kept:
                kept[stretch] = _profile(stretch)
            yield self._near(kept[stretch], start, end)

    def _near(self, profile: Profile, start: int, end: int) -> Near:
        import numpy as np

        buckets, weights = profile
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


def _profile(text: str) -> Profile:
    from octarine.guard.classifier.ngrams import ngram_ids, ngram_weights

    return ngram_weights(ngram_ids(text, BITS))


def _profiles(texts: Sequence[str]) -> tuple[Any, Any]:
    """(buckets,) sorted, and (buckets, texts) of weights."""
    import numpy as np

    found = [_profile(readable(text)) for text in texts]
    known = np.unique(np.concatenate([buckets for buckets, _ in found]))
    profiles = np.zeros((len(known), len(texts)), dtype=np.float32)
    for column, (buckets, weights) in enumerate(found):
        profiles[np.searchsorted(known, buckets), column] = weights
    return known, profiles
