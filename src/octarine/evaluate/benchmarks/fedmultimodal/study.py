"""The benchmark: strategies × corruptions × rates × repeats, and what each costs against clean clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats import mean
from octarine.evaluate.benchmarks.fedmultimodal.corpus import Corpus, IntArray
from octarine.evaluate.benchmarks.fedmultimodal.corruption import Corruption, Draws, damage
from octarine.evaluate.benchmarks.fedmultimodal.engine import Strategy, federate
from octarine.evaluate.benchmarks.fedmultimodal.metrics import METRICS, figures
from octarine.evaluate.benchmarks.fedmultimodal.network import (
    Parameters,
    Patches,
    initial,
    patches,
    predicted,
)
from octarine.evaluate.benchmarks.fedmultimodal.partition import Partition, partition
from octarine.evaluate.benchmarks.fedmultimodal.training import Lesson, Settings, train

CHOSEN_BY = "macro_f1"
"""The figure on the development windows by which the reported round is chosen, as in the official code."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. Clean clients (rate 0) are always measured: every cost is against them."""

    strategies: tuple[Strategy, ...] = tuple(Strategy)
    corruptions: tuple[Corruption, ...] = tuple(Corruption)
    rates: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)
    repeats: int = 5
    alpha: float = 5.0
    draws: Draws = Draws.FIXED
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        if self.repeats < 2:
            raise InputError("an interval needs at least two repeats")
        if not all(0.0 <= rate < 1.0 for rate in self.rates):
            raise InputError("a rate of corruption lies between 0 and 1, and is not 1")
        object.__setattr__(self, "rates", tuple(sorted({rate for rate in self.rates if rate > 0.0})))


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of a curve.

    Attributes:
        corruption: None where clients are clean.
        figures: by metric, on the test windows, over the repeats.
        drop: by metric, 1 − figure / clean figure of the same repeat; empty where clients are clean, and
            without a metric that is 0 for clean clients.
        able: mean number of clients that had anything to learn from, of ``clients``.
    """

    strategy: Strategy
    corruption: Corruption | None
    rate: float
    figures: dict[str, Estimate]
    drop: dict[str, Estimate]
    able: float
    clients: int


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that was measured."""

    corpus: str
    plan: Plan
    windows: dict[str, int]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]

    def cell(self, strategy: Strategy, corruption: Corruption | None, rate: float) -> Cell:
        """One point; of rate 0 for every corruption."""
        for cell in self.cells:
            known = (cell.strategy, cell.corruption, cell.rate)
            if known == (strategy, corruption if rate else None, rate):
                return cell
        raise InputError(f"{strategy} was not measured with {corruption} at {rate:g}")


@dataclass(frozen=True, slots=True)
class _Run:
    """One training: a row of figures for every model that it made."""

    rows: list[dict[str, float]]
    able: int

    def mean(self, metric: str) -> float:
        return float(np.mean([row[metric] for row in self.rows]))


def run_study(corpus: Corpus, plan: Plan, on_progress: Callable[[int, int], None] | None = None) -> Study:
    """Train and test all of the plan.

    Raises:
        MissingExtra: Flower is not installed and a strategy needs it.
        InputError: the corpus cannot be dealt; the official draws stop (``noise.official_matrix``).
    """
    bench = _Bench(corpus, plan)
    points = list(_points(plan))
    cells: list[Cell] = []
    clean: dict[Strategy, list[_Run]] = {}
    for done, (strategy, corruption, rate) in enumerate(points):
        if on_progress:
            on_progress(done, len(points))
        runs = [bench.run(strategy, corruption, rate, repeat) for repeat in range(plan.repeats)]
        base = clean.setdefault(strategy, runs)
        cells.append(_cell(strategy, corruption, rate, runs, base, len(bench.dealt.clients)))
    if on_progress:
        on_progress(len(points), len(points))
    windows = {"train": len(corpus.train) - len(bench.dealt.dev), "dev": len(bench.dealt.dev)}
    return Study(
        corpus.name, plan, windows | {"test": len(corpus.test)}, tuple(cells), (*corpus.notes, *_notes(plan))
    )


def _points(plan: Plan) -> Iterator[tuple[Strategy, Corruption | None, float]]:
    for strategy in plan.strategies:
        yield strategy, None, 0.0
        for corruption in plan.corruptions:
            for rate in plan.rates:
                yield strategy, corruption, rate


def _notes(plan: Plan) -> Iterator[str]:
    if plan.draws is Draws.OFFICIAL:
        yield (
            "intervals are over repeats of weights and batches alone: official draws give all repeats "
            "the same corruption and the same clients in each round"
        )
    else:
        yield (
            "intervals are over repeats (weights, batches, the clients of each round, corruption), "
            "not over other people"
        )
    if Strategy.LOCAL in plan.strategies:
        yield "local: mean over clients, each alone for as many passes as a federated client gets on average"


def _cell(
    strategy: Strategy,
    corruption: Corruption | None,
    rate: float,
    runs: Sequence[_Run],
    clean: Sequence[_Run],
    clients: int,
) -> Cell:
    random = np.random.default_rng(0)
    found, drop = {}, {}
    repeats = [repeat for repeat, run in enumerate(runs) for _ in run.rows]
    for metric in METRICS:
        values = [row[metric] for run in runs for row in run.rows]
        found[metric] = mean(values, repeats, rng=random)
        base = [run.mean(metric) for run in clean]
        if corruption and min(base) > 0:
            lost = [1 - run.mean(metric) / before for run, before in zip(runs, base, strict=True)]
            drop[metric] = mean(lost, rng=random, bounds=(1 - 1 / min(base), 1.0))
    able = float(np.mean([run.able for run in runs]))
    return Cell(strategy, corruption, rate, found, drop, able, clients)


class _Bench:
    """A corpus dealt to clients and cut for the network, once for all trainings."""

    def __init__(self, corpus: Corpus, plan: Plan) -> None:
        self._plan = plan
        self._classes = len(corpus.classes)
        self._channels = (corpus.train.first.shape[2], corpus.train.second.shape[2])
        self.dealt: Partition = partition(corpus.train, plan.alpha)
        self._train = corpus.train
        dev = corpus.train.take(self.dealt.dev)
        self._dev = patches(dev.first, dev.second), dev.labels
        self._test = patches(corpus.test.first, corpus.test.second), corpus.test.labels
        self._whole = [
            patches(corpus.train.first[client.rows], corpus.train.second[client.rows])
            for client in self.dealt.clients
        ]

    def run(self, strategy: Strategy, corruption: Corruption | None, rate: float, repeat: int) -> _Run:
        """Train once and test."""
        lessons = self._lessons(corruption, rate, repeat)
        if not lessons:
            raise InputError(f"no client has anything to learn from ({corruption} at {rate:g})")
        seed = 8 * (repeat + 1)  # the official code's seeds of its five runs
        start = initial(self._channels, self._classes, seed)
        if strategy is Strategy.LOCAL:
            return self._alone(start, lessons, seed)
        best = _Best(self._dev, self._classes, start)
        federate(strategy, start, lessons, self._rounds(repeat), self._plan.settings, seed, best.offer)
        return _Run([self._tested(best.parameters)], len(lessons))

    def _alone(self, start: Parameters, lessons: dict[int, Lesson], seed: int) -> _Run:
        settings = self._plan.settings
        passes = max(1, round(settings.rounds * settings.fraction))
        rows = []
        for client, lesson in lessons.items():
            random = np.random.default_rng([seed, 0, client])
            rows.append(self._tested(train(start, lesson, settings, random, passes)))
        return _Run(rows, len(lessons))

    def _tested(self, parameters: Parameters) -> dict[str, float]:
        seen, labels = self._test
        return figures(labels, predicted(parameters, seen), self._classes)

    def _lessons(self, corruption: Corruption | None, rate: float, repeat: int) -> dict[int, Lesson]:
        found = {}
        for number, (client, whole) in enumerate(zip(self.dealt.clients, self._whole, strict=True)):
            labels = self._train.labels[client.rows]
            if corruption is None:
                found[number] = Lesson(whole, labels)
                continue
            left = damage(
                corruption,
                rate,
                labels,
                self._classes,
                client=client.seed,
                draws=self._plan.draws,
                repeat=repeat,
            )
            if not left.lost:
                seen = Patches(whole.first, whole.second, left.missing)
                kept = np.flatnonzero(~left.unlabelled)
                found[number] = Lesson(seen.take(kept), left.labels[kept])
        return found

    def _rounds(self, repeat: int) -> list[list[int]]:
        clients = len(self.dealt.clients)
        size = max(1, int(self._plan.settings.fraction * clients))
        official = self._plan.draws is Draws.OFFICIAL
        return [
            np.random.RandomState(number).choice(clients, size, replace=False).tolist()
            if official
            else np.random.default_rng([repeat, number]).choice(clients, size, replace=False).tolist()
            for number in range(self._plan.settings.rounds)
        ]


class _Best:
    """The parameters of the round that did best on the development windows, the first of equals."""

    def __init__(self, dev: tuple[Patches, IntArray], classes: int, start: Parameters) -> None:
        self._dev, self._classes = dev, classes
        self._best = -1.0
        self.parameters = start

    def offer(self, parameters: Parameters) -> None:
        """Keep them if they are better."""
        seen, labels = self._dev
        found = figures(labels, predicted(parameters, seen), self._classes)[CHOSEN_BY]
        if found > self._best:
            self._best, self.parameters = found, parameters
