"""The bandit over pairs against chance and against pairs of the best singles, where the truth is known.

    python benchmarks/redteam/combining.py [--repetitions 30] [--techniques 200] [--budgets 500 2000]

Techniques are drawn from the catalogue, so that what fits together is real; success rates are simulated. All
three policies are told the same screening (5 attempts of every technique alone) and spend the same attempts
on pairs, 5 on each proposal, 20 proposals a batch. In the end each names the pair that the same model of
effects ranks first given all that the policy has seen: so they differ in what they tried, not in how they
read it. The bandit's defaults were chosen on repetitions 1000 to 1011 (``--first 1000``).

- additive: logit −4; a sixth of the techniques add 0.8 on average (exponential), the rest nothing; a pair
  costs 0.5.
- synergy: the same, and of the pairs of which one member adds something, one in fifty adds 3
  more in one order.
- null: 0.03 for everything.

Printed: the true rate of the pair that is named, the regret an attempt (rate of the best pair that fits, less
that of the pair tried) and the share of attempts that succeeded, each with a 95 % interval over repetitions;
and how far the bandit is from the others on the same surfaces.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from octarine.core.estimate import Estimate
from octarine.core.stats import mean, paired_difference
from octarine.redteam import Technique, techniques
from octarine.redteam.combining import ChainBandit

SCREENED, TRIED, BATCH = 5, 5, 20
POLICIES = ("bandit", "best singles", "chance")
Propose = Callable[[ChainBandit, int, np.random.Generator], list[tuple[str, ...]]]


@dataclass(frozen=True)
class Surface:
    """True rates of singles (n,) and of pairs in order (n, n); ``fits`` those that can be tried."""

    singles: NDArray[np.float64]
    pairs: NDArray[np.float64]
    fits: NDArray[np.bool_]

    @property
    def best(self) -> float:
        """Of the pairs that fit."""
        return float(self.pairs[self.fits].max())


def surface(kind: str, fits: NDArray[np.bool_], rng: np.random.Generator) -> Surface:
    """One draw of a kind of surface."""
    n = len(fits)
    if kind == "null":
        return Surface(np.full(n, 0.03), np.full((n, n), 0.03), fits)
    adds = np.where(rng.random(n) < 1 / 6, rng.exponential(0.8, n), 0.0)
    pairs = -4.5 + adds[:, None] + adds[None, :]
    if kind == "synergy":
        some = (adds > 0)[:, None] | (adds > 0)[None, :]
        pairs = pairs + 3.0 * (some & (rng.random((n, n)) < 1 / 50))
    return Surface(_rate(-4 + adds), _rate(pairs), fits)


def _rate(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logit))


def bandit(learner: ChainBandit, count: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """The policy under test."""
    return learner.propose(count, rng)


def chance(names: list[str], fits: NDArray[np.bool_], rng: np.random.Generator) -> Propose:
    """Pairs that fit, in random order, each once."""
    places = rng.permutation(np.argwhere(fits))
    return _in_turn((names[i], names[j]) for i, j in places)


def best_singles(
    names: list[str], fits: NDArray[np.bool_], seen: NDArray[np.int64], rng: np.random.Generator
) -> Propose:
    """Pairs by the sum of what their members did in the screening, ties at random, each once."""
    places = rng.permutation(np.argwhere(fits))
    sums = seen[places[:, 0]] + seen[places[:, 1]]
    return _in_turn((names[i], names[j]) for i, j in places[np.argsort(-sums, kind="stable")])


def _in_turn(chains: Iterator[tuple[str, str]]) -> Propose:
    return lambda _, count, __: [next(chains) for _ in range(count)]


class Spending:
    """One policy at work on one surface: what it was told, and what it spent."""

    def __init__(self, learner: ChainBandit, names: list[str], truth: Surface, number: int) -> None:
        self.learner = learner
        self._place = {name: i for i, name in enumerate(names)}
        self._truth = truth
        self._rng = np.random.default_rng([14, number])
        self._spent, self._regret, self._successes = 0, 0.0, 0

    def screened(self, seen: NDArray[np.int64]) -> None:
        """Told of every technique alone."""
        for name, place in self._place.items():
            self.learner.learn((name,), int(seen[place]), SCREENED)

    def until(self, budget: int, propose: Propose) -> tuple[float, float, float]:
        """True rate of the pair that is named, regret an attempt and share of successes by then."""
        while self._spent < budget:
            for chain in propose(self.learner, BATCH, self._rng):
                rate = self._rate(chain)
                won = int(self._rng.binomial(TRIED, rate))
                self.learner.learn(chain, won, TRIED)
                self._spent += TRIED
                self._regret += TRIED * (self._truth.best - rate)
                self._successes += won
        named = self._rate(self.learner.ranked(1)[0][0])
        return named, self._regret / self._spent, self._successes / self._spent

    def _rate(self, chain: tuple[str, ...]) -> float:
        return float(self._truth.pairs[self._place[chain[0]], self._place[chain[1]]])


def repetition(
    number: int, kind: str, size: int, budgets: list[int], ready: dict[str, Technique]
) -> dict[tuple[str, int], tuple[float, float, float]]:
    """Policy and budget → true rate of the pair that is named, regret an attempt, share of successes."""
    rng = np.random.default_rng([11, number])
    names = sorted(str(name) for name in rng.choice(sorted(ready), size, replace=False))
    chosen = {name: ready[name] for name in names}
    fits = ChainBandit(chosen).candidates.pairs
    truth = surface(kind, fits, rng)
    seen = rng.binomial(SCREENED, truth.singles)
    policies = {
        "bandit": bandit,
        "chance": chance(names, fits, np.random.default_rng([12, number])),
        "best singles": best_singles(names, fits, seen, np.random.default_rng([13, number])),
    }
    found = {("(best)", 0): (truth.best, 0.0, truth.best)}
    for name, propose in policies.items():
        spending = Spending(ChainBandit(chosen), names, truth, number)
        spending.screened(seen)
        for budget in sorted(budgets):
            found[name, budget] = spending.until(budget, propose)
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=30)
    parser.add_argument("--first", type=int, default=0, help="number of the first repetition")
    parser.add_argument("--techniques", type=int, default=200)
    parser.add_argument("--budgets", type=int, nargs="+", default=[500, 2000])
    parser.add_argument("--surfaces", nargs="+", default=["additive", "synergy", "null"])
    options = parser.parse_args()
    ready = {name: one for name, one in techniques.items() if not one.missing()}
    print("| surface | policy | attempts | rate of the pair named | regret an attempt | successes |")
    print("|---|---|--|--|--|--|")
    for kind in options.surfaces:
        runs = [
            repetition(number, kind, options.techniques, options.budgets, ready)
            for number in range(options.first, options.first + options.repetitions)
        ]
        best = mean([run["(best)", 0][0] for run in runs], rng=np.random.default_rng(0), bounds=None)
        print(f"| {kind} | (the best pair that fits) | | {_cell(best)} | | |")
        for budget in sorted(options.budgets):
            for policy in POLICIES:
                columns = zip(*(run[policy, budget] for run in runs), strict=True)
                cells = [_cell(mean(list(one), rng=np.random.default_rng(0))) for one in columns]
                print(f"| {kind} | {policy} | {budget} | {' | '.join(cells)} |")
            for other in POLICIES[1:]:
                print(
                    f"| {kind} | bandit less {other} | {budget} | {_less(runs, other, budget)} |", flush=True
                )
    return 0


def _less(runs: list[dict[tuple[str, int], tuple[float, float, float]]], other: str, budget: int) -> str:
    """The differences on the same surfaces."""
    cells = []
    for place in range(3):
        own, theirs = [[run[name, budget][place] for run in runs] for name in ("bandit", other)]
        cells.append(_cell(paired_difference(own, theirs, rng=np.random.default_rng(0))))
    return " | ".join(cells)


def _cell(found: Estimate) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
