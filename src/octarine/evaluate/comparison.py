"""Two runs of one benchmark, compared on the samples that both have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from octarine.core.dimensions import Metric, Objective, objectives
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Run
from octarine.core.stats import holm, paired_difference, paired_p_value
from octarine.evaluate.scorecard import MIN_SAMPLES
from octarine.evaluate.scoring import group_gaps
from octarine.evaluate.tallies import refused
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


def compare(store: Store, first: Run, second: Run, *, seed: int = 0) -> Comparison:
    """Pair the runs sample by sample.

    Raises:
        InputError: when the runs share no sample, or are one and the same.
    """
    if first.id == second.id:
        raise InputError(
            f"the run {first.id} would be compared with itself",
            hint="'octarine evaluate list --runs' names the others.",
        )
    left, right = _values(store.scores(first.id)), _values(store.scores(second.id))
    found: list[tuple[Objective, float, float, Estimate, float]] = []
    for objective in objectives():
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


def _values(rows: Iterable[ScoreRow]) -> dict[str, dict[_Key, tuple[float, str]]]:
    """objective → (sample, repeat) → (value, cluster). The empty name holds every judged sample.

    A gap is a property of a group, not of a sample: objectives with that metric are paired by group.
    """
    metrics = {objective.id: objective.metric for objective in objectives()}
    found: dict[str, dict[_Key, tuple[float, str]]] = defaultdict(dict)
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
