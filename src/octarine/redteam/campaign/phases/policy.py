"""Which attack to try next in the search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

PRIOR = 2.0
"""Attempts that the rate of all attacks together counts for in the rank of one."""
FIRST = 0.75
"""Of the calls of a search, at most, for the first pass over all attacks."""


class Policy(Protocol):
    """Proposes attacks and learns from what they did. Equal calls in equal order give equal proposals: so a
    search that was stopped is resumed."""

    def propose(self, count: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
        """At most ``count`` attempts to make next, each a chain as ids; empty: nothing is left to try."""
        ...

    def learn(self, chain: tuple[str, ...], successes: int, attempts: int) -> None:
        """What came of it."""
        ...

    def drop(self, chain: tuple[str, ...], reason: str) -> None:
        """It has nothing to say to the seeds: not to be proposed again."""
        ...


class Halving:
    """Successive halving over single attacks (Karnin, Koren & Somekh, "Almost optimal exploration in
    multi-armed bandits", ICML 2013): all are tried alike, then the better half again, until ``keep`` are left
    and share what remains. A pass spends at most half of what is left, but one attempt of each.

    Where the calls do not suffice for one attempt of each and as many again, only the first of ``names`` are
    tried at all: give them in an order that is fair.

    Args:
        names: the attacks; each at most ``most`` times (its seeds).
    """

    def __init__(self, names: Sequence[tuple[str, ...]], keep: int, most: int) -> None:
        self._names = list(names)
        self._keep, self._most = keep, most
        self._counts = dict.fromkeys(names, (0, 0))
        self._passes = 0

    def propose(self, count: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
        """The next pass: every attack that is still in, as often as the pass has it."""
        if self._passes == 0:
            alive = self._names[: max(1, int(FIRST * count))]
            self._names = alive
        else:
            half = max(self._keep, math.ceil(len(self._names) / 2))
            self._names = self.ranked()[:half]
            alive = [name for name in self._names if self._counts[name][1] < self._most]
        self._passes += 1
        if not alive or count < 1:
            return []
        last = len(alive) <= self._keep
        tries = math.ceil(count / len(alive)) if last else max(1, count // 2 // len(alive))
        batch = [name for turn in range(tries) for name in alive if self._counts[name][1] + turn < self._most]
        return batch[:count]

    def learn(self, chain: tuple[str, ...], successes: int, attempts: int) -> None:
        """Add what came of it."""
        before = self._counts.get(chain, (0, 0))
        self._counts[chain] = (before[0] + successes, before[1] + attempts)

    def drop(self, chain: tuple[str, ...], reason: str) -> None:
        """Out, with what it did so far."""
        self._names = [name for name in self._names if name != chain]

    def ranked(self) -> list[tuple[str, ...]]:
        """Those still in, the best first."""
        return ranked({name: self._counts[name] for name in self._names})


def ranked(counts: dict[tuple[str, ...], tuple[int, int]]) -> list[tuple[str, ...]]:
    """Attack → (successes, attempts), the best first: by the rate, drawn towards that of all as if there had
    been ``PRIOR`` attempts more at it; then by attempts; then in the order given."""
    successes = sum(s for s, _ in counts.values())
    attempts = sum(n for _, n in counts.values())
    rate = successes / attempts if attempts else 0.0

    def worth(name: tuple[str, ...]) -> tuple[float, int]:
        s, n = counts[name]
        return (s + PRIOR * rate) / (n + PRIOR), n

    return sorted(counts, key=worth, reverse=True)
