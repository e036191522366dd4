"""Which attacks are the same attack in other words.

Two texts of a sample are compared: what stands there (the *surface*), and what it says once every disguise is
undone (the *meaning*; who undoes it is a parameter). **The rule**, for samples in clear text:

- known to come from different seeds: the same only where the surface is the same, or a long frame would make
  one of all that it frames;
- from one seed: the same where the technique family is the same too and the meanings are alike; the same
  request in another disguise is another attack;
- where the seed of either is not known (what people bring in): the same where meanings are alike, or, if
  their families differ, surfaces.

Of samples that carry bytes, surfaces must be equal, or seed and family the same and the meanings alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octarine.core.samples import Sample, plain, said
from octarine.redteam.evergreen.candidates import is_text
from octarine.redteam.flirt.embedding import Embedder, ngrams

ALIKE = 0.9
"""Cosine from which two texts are alike, with ``ngrams``; another embedder may need another."""
_ROUNDING = 1e-6
Reader = Callable[[str], str]
"""What a text says with its disguise undone; equal texts to equal texts."""


def as_it_stands(text: str) -> str:
    """The reader that undoes nothing."""
    return text


@dataclass(frozen=True, slots=True)
class Likeness:
    """How texts are read and compared. ``name`` stands in the changelog."""

    read: Reader = as_it_stands
    embed: Embedder = ngrams
    threshold: float = ALIKE
    name: str = "ngrams"


@dataclass(frozen=True, slots=True)
class Near:
    """A sample that another one is like: its id, and the cosine (1 for equal texts)."""

    id: str
    cosine: float


@dataclass(frozen=True, slots=True)
class _Seen:
    id: str
    surface: str
    meaning: str
    seed: str
    family: str
    clear: bool

    @property
    def known(self) -> bool:
        return not self.seed.startswith("text ")


class Likenesses:
    """What was seen so far, and what of it a sample is like."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._seen: list[_Seen] = []
        self._equal: dict[str, list[int]] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._cache: dict[str, NDArray[np.float32]] = {}

    def add(self, sample: Sample) -> None:
        """See this one from now on."""
        one = self._of(sample)
        for space, text in (("surface", one.surface), ("meaning", one.meaning)):
            self._append(space, self._embedded(text))
        self._equal.setdefault(one.surface, []).append(len(self._seen))
        self._seen.append(one)

    def nearest(self, sample: Sample, *, surfaces: bool = False) -> Near | None:
        """The one that ``sample`` is the same as, by the rule above; None where it is new.

        ``surfaces``: compare surfaces alone, whatever the families: what would show the one to whoever has
        learnt the other.
        """
        if not self._seen:
            return None
        one = self._of(sample)
        surface = self._cosines("surface", one.surface)
        meaning = surface if surfaces else self._cosines("meaning", one.meaning)
        best: Near | None = None
        least = self._likeness.threshold - _ROUNDING
        near = set(np.flatnonzero((surface >= least) | (meaning >= least)).tolist())
        for place in near | set(self._equal.get(one.surface, ())):
            other = self._seen[place]
            cosine = self._same(one, other, float(surface[place]), float(meaning[place]), surfaces)
            if cosine is not None and (best is None or (cosine, other.id) > (best.cosine, best.id)):
                best = Near(other.id, round(min(cosine, 1.0), 6))
        return best

    def _same(self, one: _Seen, other: _Seen, surface: float, meaning: float, surfaces: bool) -> float | None:
        if one.surface == other.surface:
            return 1.0
        related = one.seed == other.seed
        known = one.known and other.known
        if (known and not related) or not ((one.clear and other.clear) or related):
            return None
        if surfaces:
            cosine = surface
        elif one.family == other.family:
            cosine = 1.0 if one.meaning == other.meaning else meaning
        elif known:
            return None
        else:
            cosine = surface
        return cosine if cosine >= self._likeness.threshold - _ROUNDING else None

    def _of(self, sample: Sample) -> _Seen:
        text = said(sample.conversation)
        surface, meaning = plain(text), plain(self._likeness.read(text))
        return _Seen(sample.id, surface, meaning, sample.seed, sample.family, is_text(sample))

    def _embedded(self, text: str) -> NDArray[np.float32]:
        if text not in self._cache:
            vector = np.asarray(self._likeness.embed(text), dtype=np.float64)
            norm = float(np.linalg.norm(vector))
            self._cache[text] = (vector / norm if norm else vector).astype(np.float32)
        return self._cache[text]

    def _cosines(self, space: str, text: str) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._vectors[space][: len(self._seen)] @ self._embedded(text)
        return found

    def _append(self, space: str, vector: NDArray[np.float32]) -> None:
        held, n = self._vectors.get(space), len(self._seen)
        if held is None or n == len(held):
            grown = np.zeros((max(16, 2 * n), len(vector)), np.float32)
            if held is not None:
                grown[:n] = held
            self._vectors[space] = held = grown
        held[n] = vector
