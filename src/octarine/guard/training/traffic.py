"""Thresholds of several heads, held together to the share of ordinary traffic that may be stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from octarine.core.stats import clopper_pearson
from octarine.guard.classifier.card import STRENGTHS

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Names = NDArray[np.str_]
Levels = Mapping[str, float]
"""Key → threshold."""
ENOUGH = 200
"""Rows of a set of ordinary traffic, from which on it has a say in a threshold."""
LEAST = 20
"""Rows of a class, without which nothing can be said of a head."""
SLACK = 2.0
"""How many times a strength's share may be stopped of a set that is not in these rows."""
TOLD = 0.005
"""The least share of a set that can be told of a few hundred rows."""


@dataclass(frozen=True)
class Fired:
    """What a head says of every row.

    Attributes:
        chances: probabilities, shape (rows,).
        keys: of each row the threshold that judges it: the head's own, or that of the head and a hazard.
        positive: whether it should fire.
    """

    chances: Floats
    keys: Names
    positive: Bools

    @cached_property
    def _numbered(self) -> tuple[Names, NDArray[np.int64]]:
        return np.unique(self.keys, return_inverse=True)

    def at(self, levels: Levels) -> Bools:
        """Whether each row fires."""
        names, places = self._numbered
        return self.chances >= np.array([levels[name] for name in names])[places]

    @property
    def gives_way(self) -> bool:
        """A head with next to no rows that it should catch does not: nobody could say what it costs."""
        return int(self.positive.sum()) >= LEAST


def kept_to_share(
    thresholds: Mapping[str, Levels], heads: Sequence[Fired], traffic: Names
) -> dict[str, Mapping[str, float]]:
    """``thresholds``, raised until no set of traffic has more rows on which some head fires than ``allowed``;
    where heads that do not give way fire on more, as few as can be.

    Which threshold gives way is decided row by row: that which frees a row at the least cost in recall. Then
    it is tried to do without raising each, and each is lowered as far as the shares allow.

    Args:
        thresholds: key (a head, or a head and hazard) → strength → probability.
        traffic: of each row the set of ordinary traffic that it is in, or nothing; shape (rows,).
    """
    names, counts = np.unique(traffic, return_counts=True)
    sets = [traffic == name for name, count in zip(names, counts, strict=True) if name and count >= ENOUGH]
    found = {key: dict(levels) for key, levels in thresholds.items()}
    least: Levels = {}
    for strength, share in sorted(STRENGTHS.items(), key=lambda one: -one[1]):
        # A lower strength never stops what a higher one lets pass.
        base = {key: max(levels[strength], least.get(key, 0.0)) for key, levels in found.items()}
        kept = _Kept(heads, [(mine, allowed(share, int(mine.sum()))) for mine in sets])
        least = kept.cheapest(base)
        for key, level in least.items():
            found[key][strength] = level
    return {key: dict(levels) for key, levels in found.items()}


def allowed(share: float, rows: int) -> int:
    """How many of a set's rows may fire: at most ``share`` of them (``TOLD`` at least), and so few that of
    all traffic like them no more than ``SLACK`` times the share is stopped, with 95 % confidence."""
    share = max(share, TOLD)
    most = int(share * rows)
    while most and clopper_pearson(most, rows, 0.9).high > SLACK * share:
        most -= 1
    return most


@dataclass(frozen=True)
class _Kept:
    heads: Sequence[Fired]
    sets: Sequence[tuple[Bools, int]]

    def cheapest(self, base: Levels) -> dict[str, float]:
        """Levels of at least ``base`` that keep to the shares: of those tried, those that miss least."""
        best = self._lowered(self._raised(base, frozenset()), base)
        fewest = self._over(best)
        for key in sorted(key for key in base if best[key] > base[key]):
            other = self._lowered(self._raised(base, frozenset({key})), base)
            if self._over(other) <= fewest and self._missed(other) < self._missed(best):
                best = other
        return best

    def _raised(self, levels: Levels, fixed: Set[str]) -> dict[str, float]:
        found = dict(levels)
        for mine, allowed in self.sets:
            while ways := self._ways(mine, allowed, found, fixed):
                found |= min(ways, key=lambda way: self._missed({**found, **way}))
        return found

    def _over(self, levels: Levels) -> int:
        return sum(max(0, self._firing(mine, levels) - allowed) for mine, allowed in self.sets)

    def _lowered(self, levels: Levels, base: Levels) -> dict[str, float]:
        """Each key, the one that gains most first, back to the lowest level at which every set still keeps to
        what ``levels`` make of it."""
        found, limits = dict(levels), [max(n, self._firing(mine, levels)) for mine, n in self.sets]
        risen = [key for key in levels if levels[key] > base[key]]
        for key in sorted(risen, key=lambda key: self._missed({**levels, key: base[key]})):
            for level in self._steps(key, base[key], found[key]):
                lower = {**found, key: level}
                if all(self._firing(m, lower) <= n for (m, _), n in zip(self.sets, limits, strict=True)):
                    found = lower
                    break
        return found

    def _ways(self, mine: Bools, allowed: int, levels: Levels, fixed: Set[str]) -> list[dict[str, float]]:
        """For each row of a set that has too many: the keys that have to give way, and to what."""
        fires = [head.at(levels) for head in self.heads]
        some = mine & np.any(fires, axis=0)
        if some.sum() <= allowed:
            return []
        ways = []
        for row in np.flatnonzero(some):
            stopping = [head for head, flags in zip(self.heads, fires, strict=True) if flags[row]]
            way = {str(head.keys[row]): _above(head.chances[row]) for head in stopping}
            if all(head.gives_way for head in stopping) and not way.keys() & fixed:
                ways.append(way)
        return ways

    def _steps(self, key: str, low: float, high: float) -> list[float]:
        """Levels from ``low`` to ``high`` at which the sets change."""
        found = {low}
        for head in self.heads:
            for mine, _ in self.sets:
                chances = head.chances[mine & (head.keys == key)]
                found |= {_above(chance) for chance in chances if low <= chance < high}
        return sorted(found)

    def _firing(self, mine: Bools, levels: Levels) -> int:
        return int((mine & np.any([head.at(levels) for head in self.heads], axis=0)).sum())

    def _missed(self, levels: Levels) -> float:
        """Recall lost, summed over the heads that give way."""
        lost = [1 - float(head.at(levels)[head.positive].mean()) for head in self.heads if head.gives_way]
        return sum(lost)


def _above(chance: np.float32) -> float:
    return float(np.nextafter(chance, np.float32(2.0)))
