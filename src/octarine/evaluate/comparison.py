"""Two runs of one benchmark, compared on the samples that both have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from octarine.core.dimensions import Dimension, Metric, Objective, objectives_by_id
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Run
from octarine.core.stats import holm, paired_difference, paired_p_value
from octarine.evaluate.guard_effect import Change, DimensionChange
from octarine.evaluate.interop.imported import refuse_imported
from octarine.evaluate.scorecard import MIN_SAMPLES
from octarine.evaluate.scoring import apart_of, group_gaps
from octarine.evaluate.tallies import may_be_refused, refused
from octarine.store import ScoreRow, Store


@dataclass(frozen=True, slots=True)
class ObjectiveDifference:
    """``difference`` is the first run's rate minus the second's, over ``difference.n`` shared samples.

    ``p`` is adjusted by Holm's method over all the objectives compared.
    """

    objective: Objective
    first: float
    second: float
    difference: Estimate
    p: float

    @property
    def better(self) -> bool | None:
        """Whether the first run is better; None where the interval holds zero."""
        if self.difference.low <= 0.0 <= self.difference.high:
            return None
        higher = self.difference.low > 0.0
        return higher if self.objective.metric is Metric.ADHERENCE else not higher


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, objective by objective. ``shared`` counts samples that both have a judgement for."""

    first: Run
    second: Run
    shared: int
    differences: tuple[ObjectiveDifference, ...]


_Key = tuple[str, int]
_Values = dict[_Key, tuple[float, str]]
"""(sample, repeat) → (value, cluster)."""


def compare(store: Store, first: Run, second: Run, *, seed: int = 0) -> Comparison:
    """Pair the runs sample by sample.

    Raises:
        InputError: when the runs share no sample, are one and the same, or one was imported.
    """
    if first.id == second.id:
        raise InputError(
            f"the run {first.id} would be compared with itself",
            hint="'octarine evaluate list --runs' names the others.",
        )
    for run in (first, second):
        refuse_imported(run, "comparison")
    left, right = _values(store.scores(first.id)), _values(store.scores(second.id))
    found: list[tuple[Objective, float, float, Estimate, float]] = []
    for objective in objectives_by_id().values():
        ours, theirs = left.get(objective.id, {}), right.get(objective.id, {})
        shared = sorted(ours.keys() & theirs.keys())
        if len(shared) < MIN_SAMPLES:
            continue
        a, b = [ours[key][0] for key in shared], [theirs[key][0] for key in shared]
        clusters = [ours[key][1] for key in shared]
        difference = paired_difference(a, b, clusters, rng=np.random.default_rng(seed))
        p = paired_p_value(a, b, clusters, rng=np.random.default_rng(seed))
        found.append((objective, sum(a) / len(a), sum(b) / len(b), difference, p))
    shared_count = len(left.get("", {}).keys() & right.get("", {}).keys())
    if not shared_count:
        raise InputError(
            f"the runs {first.id} and {second.id} share no sample",
            hint="Compare two runs of the same benchmark, suite and seed.",
        )
    adjusted = holm([p for *_, p in found])
    return Comparison(
        first,
        second,
        shared_count,
        tuple(ObjectiveDifference(*entry[:4], p) for entry, p in zip(found, adjusted, strict=True)),
    )


def _values(rows: Iterable[ScoreRow]) -> dict[str, _Values]:
    """objective → (sample, repeat) → (value, cluster). The empty name holds every judged sample.

    A gap is a property of a group, not of a sample: objectives with that metric are paired by group.
    """
    metrics = {objective.id: objective.metric for objective in objectives_by_id().values()}
    found: dict[str, _Values] = defaultdict(dict)
    members: dict[tuple[str, str, int], dict[str, list[float]]] = defaultdict(dict)
    for row in rows:
        if row.score is None:
            continue
        key = (row.sample_key, row.repeat)
        found[""][key] = (row.score, row.cluster)
        for name in row.objectives:
            metric = metrics.get(name)
            if metric is Metric.GROUP_GAP:
                members[name, row.cluster, row.repeat].setdefault(row.variant, []).append(row.score)
            elif metric is not None:
                value = float(refused(row)) if metric is Metric.FALSE_REFUSAL else row.score
                found[name][key] = (value, row.cluster)
    for (name, cluster, repeat), variants in members.items():
        for gap in group_gaps({cluster: variants}):
            found[name][cluster, repeat] = (gap, cluster)
    return found


def dimension_changes(store: Store, before: Run, after: Run, *, seed: int = 0) -> tuple[DimensionChange, ...]:
    """What changes from one run to another in each dimension, over the samples that both have.

    Which samples count is as in the scorecard: those of objectives that stand apart do not.
    """
    old, new = _rates(store.scores(before.id)), _rates(store.scores(after.id))

    def change(dimension: Dimension, rate: str) -> Change | None:
        return _change(old[dimension, rate], new[dimension, rate], seed)

    return tuple(
        DimensionChange(dimension, change(dimension, "adherence"), change(dimension, "false_refusals"))
        for dimension in Dimension
    )


def _rates(rows: Iterable[ScoreRow]) -> dict[tuple[Dimension, str], _Values]:
    known = objectives_by_id()
    found: dict[tuple[Dimension, str], _Values] = defaultdict(dict)
    for row in rows:
        if row.score is None or apart_of(row, known):
            continue
        key = (row.sample_key, row.repeat)
        found[row.dimension, "adherence"][key] = (row.score, row.cluster)
        if may_be_refused(row):
            found[row.dimension, "false_refusals"][key] = (float(refused(row)), row.cluster)
    return found


def _change(old: _Values, new: _Values, seed: int) -> Change | None:
    shared = sorted(old.keys() & new.keys())
    if len(shared) < MIN_SAMPLES:
        return None
    before, after = [old[key][0] for key in shared], [new[key][0] for key in shared]
    clusters = [old[key][1] for key in shared]
    difference = paired_difference(after, before, clusters, rng=np.random.default_rng(seed))
    return Change(sum(before) / len(before), sum(after) / len(after), difference)
