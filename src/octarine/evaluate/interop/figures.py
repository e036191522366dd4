"""The figures of an imported run: what its tool reports, and beside it what its samples say here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from octarine.core.codec import decode
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats import mean
from octarine.evaluate.interop.imported import Reported
from octarine.evaluate.tallies import Values
from octarine.store import RunRecord, Store


@dataclass(frozen=True, slots=True)
class OfSamples:
    """The mean of a metric's numbers, sample by sample. It need not be how the tool comes to its figure.

    Attributes:
        estimate: None where the numbers allow no interval.
        scored: samples with a number; ``unscored``: those without one.
    """

    judge: str
    estimate: Estimate | None
    scored: int
    unscored: int


@dataclass(frozen=True, slots=True)
class ImportedFigures:
    """All figures of an imported run."""

    reported: tuple[Reported, ...]
    samples: tuple[OfSamples, ...]


def imported_figures(store: Store, record: RunRecord, *, seed: int = 0) -> ImportedFigures:
    """The figures of an imported run. Answers to one sample, and its metrics, are one cluster."""
    found: dict[str, Values] = defaultdict(Values)
    missing: dict[str, int] = defaultdict(int)
    for result in store.results(record.run.id):
        judge, number = result.judgement.judge, result.judgement.number
        values = found[judge]
        if number is None:
            missing[judge] += 1
        else:
            values.add(number, result.sample.cluster)
    reported = tuple(
        decode(Reported, item, path=record.run.id) for item in record.totals.get("reported") or ()
    )
    return ImportedFigures(
        reported,
        tuple(
            OfSamples(judge, _estimate(values, seed), len(values.values), missing[judge])
            for judge, values in found.items()
        ),
    )


def _estimate(values: Values, seed: int) -> Estimate | None:
    if not values.values:
        return None
    if all(0.0 <= value <= 1.0 for value in values.values):
        return values.estimate(seed)
    try:
        return mean(values.values, values.clusters, rng=np.random.default_rng(seed), bounds=None)
    except InputError:  # one cluster, or all alike: without bounds nothing says how far the mean may be off
        return None
