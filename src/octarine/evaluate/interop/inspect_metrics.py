"""Our figures as Inspect's metrics: every rate with its interval and n. Imports Inspect.

Each is one observation an epoch; epochs of a sample, and samples of a group, are one cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from inspect_ai.scorer import metric

from octarine.core.codec import decode
from octarine.core.estimate import Estimate
from octarine.core.results import Completion, Outcome
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.interop.inspect_samples import OURS, sample_of
from octarine.evaluate.tallies import Values

Figures = dict[str, float]
SEED = 0
"""Of the resampling behind the intervals."""


def _adherence() -> Callable[[Sequence[Any]], Figures]:
    """How far expectations were met: over all samples, and in each dimension where there are several."""

    def compute(scores: Sequence[Any]) -> Figures:
        cells: dict[str, Values] = defaultdict(Values)
        for item in scores:
            for name in ("adherence", _dimension(item)):
                cells[name].add(item.score.as_float(), _cluster(item))
        if len(cells) == 2:  # a single dimension, which is everything
            cells = {"adherence": cells["adherence"]}
        return written((name, values.estimate(SEED)) for name, values in cells.items())

    return compute


def _outcomes() -> Callable[[Sequence[Any]], Figures]:
    """The share of every label that a judge gave."""

    def compute(scores: Sequence[Any]) -> Figures:
        cells: dict[str, Values] = {outcome: Values() for outcome in (*_LABELS,)}
        for item in scores:
            for outcome, values in cells.items():
                values.add(float((item.score.metadata or {}).get("outcome") == outcome), _cluster(item))
        return written((name, values.estimate(SEED)) for name, values in cells.items())

    return compute


def _figures(benchmark: str) -> Callable[[Sequence[Any]], Figures]:
    """The figures of a public benchmark, as its paper defines them."""

    def compute(scores: Sequence[Any]) -> Figures:
        public = open_benchmark(benchmark).public
        answers = [answer for answer in map(_answer, scores) if answer is not None]
        if public is None or not answers:
            return {}
        table = public.score(answers)
        return written(
            (" · ".join(filter(None, (figure.metric, figure.slice))), figure.estimate)
            for figure in table.figures
        )

    return compute


_LABELS = (Outcome.COMPLIED, Outcome.PARTIAL, Outcome.DEFLECTED, Outcome.INCOHERENT)
adherence = metric(name="adherence", scores="unreduced")(_adherence)
outcomes = metric(name="outcomes", scores="unreduced")(_outcomes)
figures = metric(name="figures", scores="unreduced")(_figures)


def written(estimates: Iterable[tuple[str, Estimate | None]]) -> Figures:
    """Estimates as the values of a metric: ``NAME``, ``NAME_low``, ``NAME_high``, ``NAME_n``; what could not
    be estimated is left out."""
    values: Figures = {}
    for name, found in estimates:
        if found is not None:
            values |= {
                str(name): found.value,
                f"{name}_low": found.low,
                f"{name}_high": found.high,
                f"{name}_n": float(found.n),
            }
    return values


def _cluster(item: Any) -> str:
    return str((item.score.metadata or {}).get("cluster") or item.sample_id)


def _dimension(item: Any) -> str:
    return str((item.sample_metadata or {}).get("dimension") or "")


def _answer(item: Any) -> Answer | None:
    sample = sample_of(item.sample_metadata)
    said = (item.score.metadata or {}).get(OURS)
    return Answer(sample, decode(Completion, said["completion"])) if sample and said else None
