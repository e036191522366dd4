"""How likely a chain succeeds, from its members and its own results: a logistic model with random effects.

    logit p(c) = m[length of c] + sum of u[i] over its techniques + sum of v[d] over pairs within it + v[c]

``u[i]`` is what technique i does alone and in any company, ``v[c]`` what this combination does beyond that,
in this order; the pairs within it are those of a triple. Both are normal around 0. Their variances are
estimated with them: where combinations do nothing of their own the members decide, and where they do, a chain
has to be tried. So a chain's prior comes from its members' results alone and with other partners.

Fitted by penalised quasi-likelihood (Breslow and Clayton, "Approximate inference in generalized linear mixed
models", JASA 1993, section 2), the variances by EM with a weak prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Chained = tuple[int, ...]
"""A chain as places of its techniques in a list, in order."""

LENGTHS = 3
"""Techniques of a chain, at most."""
BASE, BASE_SD = -3.0, 2.0
"""Prior of each length's level, in logits: most chains fail, and nobody knows how many."""
SPREAD = 1.0
"""Where both standard deviations start, in logits; it counts as much as ``WEIGHT`` observed effects."""
WEIGHT = 5.0
ROUNDS = 15
STEP = 2.0
"""Logits by which a round moves any chain, at most: where a rate is near 0 or 1 a Newton step overshoots."""


@dataclass(frozen=True)
class Counts:
    """What was tried, as arrays; one row a chain.

    Attributes:
        row: chain → its row.
        columns: (chains, 4): the techniques of each and its length's level; ``techniques + LENGTHS`` where it
            has fewer.
        pairs: (chains, 3): rows of the pairs within a triple; the number of rows where there is none.
        successes, attempts: (chains,).
    """

    techniques: int
    row: Mapping[Chained, int]
    columns: Places
    pairs: Places
    successes: Numbers
    attempts: Numbers

    @staticmethod
    def of(counts: Mapping[Chained, tuple[int, int]], techniques: int) -> Counts:
        """Chain → (successes, attempts) in an order of its own, so that equal counts give equal fits."""
        chains = sorted(counts, key=lambda chain: (len(chain), chain))
        row = {chain: place for place, chain in enumerate(chains)}
        columns = np.full((len(chains), LENGTHS + 1), techniques + LENGTHS)
        pairs = np.full((len(chains), LENGTHS), len(chains))
        for place, chain in enumerate(chains):
            columns[place, : len(chain)] = chain
            columns[place, -1] = techniques + len(chain) - 1
            within = [row[pair] for pair in combinations(chain, 2) if pair in row and len(chain) > 2]
            pairs[place, : len(within)] = within
        tally = np.array([counts[chain] for chain in chains], dtype=float).reshape(-1, 2)
        return Counts(techniques, row, columns, pairs, tally[:, 0], tally[:, 1])

    def members(self, effects: Numbers) -> Numbers:
        """Of every chain, the level and the effects of its techniques."""
        total: Numbers = np.r_[effects, 0.0][self.columns].sum(1)
        return total

    def inside(self, own: Numbers) -> Numbers:
        """Of every chain, what the pairs within it do."""
        total: Numbers = np.r_[own, 0.0][self.pairs].sum(1)
        return total

    def normal(self, trust: Numbers, working: Numbers) -> tuple[Numbers, Numbers]:
        """The normal equations of the members' effects, rows weighted by ``trust``: (size, size), (size,)."""
        size = self.techniques + LENGTHS + 1
        left, right = np.zeros((size, size)), np.zeros(size)
        for first in self.columns.T:
            np.add.at(right, first, trust * working)
            for second in self.columns.T:
                np.add.at(left, (first, second), trust)
        return left[:-1, :-1], right[:-1]

    def leverage(self, covariance: Numbers) -> Numbers:
        """Of every chain, the variance of ``members`` where the effects have ``covariance``."""
        padded = np.pad(covariance, (0, 1))
        total: Numbers = padded[self.columns[:, :, None], self.columns[:, None, :]].sum((1, 2))
        return total


@dataclass(frozen=True)
class Effects:
    """The posterior given counts.

    Attributes:
        mean, factor: of the techniques' effects and the levels of the lengths 1 to 3, in logits: mean
            (techniques + 3,) and a square root of the covariance.
        own: mean of v of every chain with results.
        working, weight: the results of every chain as one normal observation of its logit, and its precision.
        alone, combination: the variances of u and v.
    """

    counts: Counts
    mean: Numbers
    factor: Numbers
    own: Numbers
    working: Numbers
    weight: Numbers
    alone: float
    combination: float

    def drawn(self, rng: np.random.Generator, scale: float = 1.0) -> Numbers:
        """Effects and levels, from the posterior, its standard deviations times ``scale``."""
        return self.mean + scale * self.factor @ rng.standard_normal(len(self.mean))

    def tried(self, effects: Numbers, rng: np.random.Generator, scale: float = 1.0) -> Numbers:
        """A draw of the logit of every chain with results, given the effects of its members."""
        fixed = self.counts.members(effects) + self.counts.inside(self.own)
        variance = 1.0 / (1.0 / self.combination + self.weight)
        own = variance * self.weight * (self.working - fixed)
        return fixed + own + scale * np.sqrt(variance) * rng.standard_normal(len(fixed))

    def additive(self, chain: Chained, effects: Numbers) -> float:
        """The logit of a chain by the effects of its members and the pairs within it."""
        pairs = combinations(chain, 2) if len(chain) > 2 else ()
        inside = sum(float(self.own[self.counts.row[pair]]) for pair in pairs if pair in self.counts.row)
        return float(effects[self.counts.techniques + len(chain) - 1] + effects[list(chain)].sum()) + inside

    def expected(self) -> Numbers:
        """The rate of every chain with results, 0 to 1, where everything is at its mean."""
        return _rate(self.counts.members(self.mean) + self.counts.inside(self.own) + self.own)


def fit(counts: Counts) -> Effects:
    """The posterior."""
    size = counts.techniques + LENGTHS
    level = np.arange(size) >= counts.techniques
    centre = np.where(level, BASE, 0.0)
    seen = np.unique(counts.columns[counts.columns < counts.techniques])
    mean: Numbers = centre
    own: Numbers = np.zeros(len(counts.row))
    alone = combination = SPREAD**2
    for _ in range(ROUNDS):
        logit = counts.members(mean) + counts.inside(own) + own
        weight, working = _observed(counts, logit)
        trust = 1.0 / (1.0 / weight + combination)
        prior = 1.0 / np.where(level, BASE_SD**2, alone)
        left, right = counts.normal(trust, working - counts.inside(own))
        covariance: Numbers = np.linalg.inv(left + np.diag(prior)).astype(np.float64)
        new = covariance @ (right + prior * centre)
        new_own = combination * trust * (working - counts.members(new) - counts.inside(own))
        change = counts.members(new) + counts.inside(new_own) + new_own - logit
        step = min(1.0, STEP / max(np.abs(change).max(initial=0.0), STEP))
        mean, own = mean + step * (new - mean), own + step * (new_own - own)
        # What v still may be: its own variance given the members, and what theirs adds.
        spread = combination * trust / weight + (combination * trust) ** 2 * counts.leverage(covariance)
        combination = _variance(own**2 + spread)
        alone = _variance(mean[seen] ** 2 + covariance.diagonal()[seen])
    weight, working = _observed(counts, counts.members(mean) + counts.inside(own) + own)
    factor: Numbers = np.linalg.cholesky(covariance).astype(np.float64)
    return Effects(counts, mean, factor, own, working, weight, alone, combination)


def _observed(counts: Counts, logit: Numbers) -> tuple[Numbers, Numbers]:
    """The counts as normal observations of the logits, near ``logit``: precision and value."""
    rate = _rate(logit)
    weight = counts.attempts * rate * (1.0 - rate)
    return weight, logit + (counts.successes - counts.attempts * rate) / weight


def _variance(squares: Numbers) -> float:
    return float((WEIGHT * SPREAD**2 + squares.sum()) / (WEIGHT + len(squares)))


def _rate(logit: Numbers) -> Numbers:
    rate: Numbers = 1.0 / (1.0 + np.exp(-logit))
    return rate
