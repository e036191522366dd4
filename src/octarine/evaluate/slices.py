"""A run told apart: by language, dialect, modality, turns, dimension, a benchmark's own axes, or their cross.

Every benchmark is cut the same way: the general axes are read off the sample, its own ones are
``Sample.slices``. What a cell holds is the mean of the judgements' scores, clustered as everywhere, or with a
``figure`` of a public benchmark what that makes of the cell's answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np

from octarine.core.dimensions import Dimension, objectives_by_id
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Result
from octarine.core.samples import FILES, Sample
from octarine.core.stats import (
    holm,
    mean,
    paired_difference,
    paired_p_value,
    unpaired_difference,
    unpaired_p_value,
)
from octarine.evaluate.dialects.paired import STANDARD, dialect_of
from octarine.evaluate.scorecard import Contrast, SliceCell, SliceTable
from octarine.evaluate.tallies import declined, to_answer

GROUP = "group"
FEWEST_CLUSTERS = 6
"""With fewer no two-sided test of signs reaches 0.05, before any adjustment."""
TURNS = {False: "one turn", True: "several turns"}
AXES: dict[str, Callable[[Sample], str]] = {
    "dimension": lambda sample: sample.dimension.value,
    "language": lambda sample: "" if sample.modality == FILES else sample.language,
    "dialect": lambda sample: dialect_of(sample) or (STANDARD if sample.language == "en" else ""),
    "modality": lambda sample: sample.modality,
    "turns": lambda sample: TURNS[sample.conversation.turns > 1],
    GROUP: lambda sample: sample.slices.get(GROUP) or next(iter(sample.objectives), ""),
    "risk": lambda sample: sample.risk,
    "variant": lambda sample: sample.variant,
}
"""Axis of every benchmark → where a sample lies on it; empty for nowhere. ``group`` is the benchmark's own
grouping; of one that declares none, the (first) objective of the sample."""


class _Seen(NamedTuple):
    """A result without its payloads. ``parent`` is the sample that a twin in dialect was made of."""

    place: tuple[str, ...]
    id: str
    cluster: str
    parent: str
    score: float | None
    refused: float | None


def read_axes(given: str) -> tuple[str, ...]:
    """The axes of ``group,language``.

    Raises:
        InputError: none, or one of them twice.
    """
    axes = tuple(name.strip().lower() for name in given.split(",") if name.strip())
    if not axes or len(set(axes)) < len(axes):
        what = f"an axis is named twice: {given}" if axes else "no axis is named"
        raise InputError(what, hint=f"Axes of every run: {', '.join(AXES)}.")
    return axes


def slice_results(
    results: Iterable[Result],
    axes: Sequence[str],
    *,
    declared: Mapping[str, Sequence[str]] | None = None,
    metric: str = "adherence",
    figure: Callable[[Sequence[Result]], Estimate | None] | None = None,
    refusals: bool = False,
    seed: int = 0,
) -> SliceTable:
    """The table of a run's results along ``axes``.

    Args:
        declared: axis → values that have a row even where no sample lies there.
        metric: what the estimates are called.
        figure: makes the estimate of a cell's results in place of the mean score; no contrasts then.
        refusals: whether false refusals are shown beside.

    Raises:
        InputError: no sample of the run lies on an axis, with the axes that it has.
    """
    seen: list[_Seen] = []
    kept: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    own: dict[str, None] = {}
    nowhere = apart = 0
    for result in results:
        own |= dict.fromkeys(result.sample.slices)
        place = tuple(_value(result.sample, axis) for axis in axes)
        if GROUP not in axes and _apart(result.sample):
            apart += 1
            continue
        if not all(place):
            nowhere += 1
            continue
        seen.append(_seen(result, place))
        if figure is not None:
            kept[place].append(result)
    if not seen:
        raise _no_axis(axes, own)
    levels = tuple(
        _levels(axis, {row.place[number] for row in seen}, (declared or {}).get(axis, ()))
        for number, axis in enumerate(axes)
    )
    places = list(_places(levels, {row.place for row in seen}))
    inside: dict[tuple[str, ...], list[_Seen]] = defaultdict(list)
    for row in seen:
        inside[row.place].append(row)
    cells = [_cell(dict(zip(axes, place, strict=True)), inside[place], refusals, seed) for place in places]
    if figure is not None:
        cells = [
            replace(cell, estimate=figure(kept[place]) if kept[place] else None)
            for cell, place in zip(cells, places, strict=True)
        ]
    else:
        cells = _with_contrasts(cells, [inside[place] for place in places], seen, seed)
    return SliceTable(tuple(axes), levels, tuple(cells), metric, nowhere, apart)


def _apart(sample: Sample) -> bool:
    """Whether all objectives of a sample stand apart, so that it is in no rate of its dimension."""
    known = [objectives_by_id()[name] for name in sample.objectives if name in objectives_by_id()]
    return bool(known) and all(objective.apart for objective in known)


def _value(sample: Sample, axis: str) -> str:
    read = AXES.get(axis)
    return read(sample) if read else sample.slices.get(axis, "")


def _seen(result: Result, place: tuple[str, ...]) -> _Seen:
    sample, judged = result.sample, result.judgement
    asked = to_answer(sample.expectation.behaviour, sample.modality)
    refused = float(declined(judged.outcome, judged.judge)) if asked else None
    parent = sample.provenance.parent if dialect_of(sample) else ""
    return _Seen(place, sample.id, sample.cluster, parent, judged.score, refused)


def _no_axis(axes: Sequence[str], own: Collection[str]) -> InputError:
    known = ", ".join(dict.fromkeys((*AXES, *own)))
    unknown = [axis for axis in axes if axis not in AXES and axis not in own]
    what = f"the run has no axis '{unknown[0]}'" if unknown else f"no sample lies on {' × '.join(axes)}"
    older = "" if own else " One stored before its benchmark had others gets them if it is run again."
    return InputError(what, hint=f"Axes of this run: {known}.{older}")


def _levels(axis: str, there: set[str], declared: Sequence[str]) -> tuple[str, ...]:
    first = {"dimension": tuple(Dimension), "turns": tuple(TURNS.values()), "dialect": (STANDARD,)}
    order = [*declared, *(str(value) for value in first.get(axis, ()) if value in there)]
    return tuple(dict.fromkeys((*order, *sorted(there))))


def _places(levels: Sequence[Sequence[str]], there: Iterable[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    if len(levels) <= 2:
        return product(*levels)
    rows = {place[:-1] for place in there}
    ordered = (row for row in product(*levels[:-1]) if row in rows)
    return ((*row, last) for row in ordered for last in levels[-1])


def _cell(place: Mapping[str, str], rows: Sequence[_Seen], refusals: bool, seed: int) -> SliceCell:
    judged = [row for row in rows if row.score is not None]
    asked = [row for row in judged if row.refused is not None] if refusals else []
    return SliceCell(
        place,
        _mean([row.score or 0.0 for row in judged], judged, seed),
        failed=len(rows) - len(judged),
        false_refusals=_mean([row.refused or 0.0 for row in asked], asked, seed),
    )


def _mean(values: Sequence[float], rows: Sequence[_Seen], seed: int) -> Estimate | None:
    if not rows:
        return None
    return mean(values, [row.cluster for row in rows], rng=np.random.default_rng(seed))


def _with_contrasts(
    cells: Sequence[SliceCell], inside: Sequence[Sequence[_Seen]], seen: Sequence[_Seen], seed: int
) -> list[SliceCell]:
    """The cells with both contrasts, the p-values of each kind adjusted together."""
    plain = _scores(row for row in seen if not row.parent)
    clusters = {row.parent or row.id: row.cluster for row in seen}
    rest = [_against_rest(rows, seen, seed) for rows in inside]
    standard = [_against_standard(rows, plain, clusters, seed) for rows in inside]
    return [
        replace(cell, rest=ours, standard=theirs)
        for cell, ours, theirs in zip(cells, _adjusted(rest), _adjusted(standard), strict=True)
    ]


def _adjusted(found: Sequence[Contrast | None]) -> list[Contrast | None]:
    adjusted = iter(holm(one.p for one in found if one is not None))
    return [None if one is None else replace(one, p=next(adjusted)) for one in found]


def _against_rest(rows: Sequence[_Seen], seen: Sequence[_Seen], seed: int) -> Contrast | None:
    """Over the clusters that stand on both sides, where most of the cell's do; else side against side."""
    place = rows[0].place if rows else ()
    ours = _by_cluster(rows)
    others = _by_cluster(row for row in seen if row.place != place)
    both = [name for name in ours if name in others]
    rng = np.random.default_rng(seed)
    if ours and 2 * len(both) >= len(ours):
        return _paired([_average(ours[n]) for n in both], [_average(others[n]) for n in both], rng=rng)
    if min(len(ours), len(others)) < FEWEST_CLUSTERS:
        return None
    sides = [
        ([value for values in side.values() for value in values], [n for n, v in side.items() for _ in v])
        for side in (ours, others)
    ]
    (a, a_clusters), (b, b_clusters) = sides
    difference = unpaired_difference(mean(a, a_clusters, rng=rng), mean(b, b_clusters, rng=rng))
    return Contrast(difference, unpaired_p_value(a, b, a_clusters, b_clusters, rng=rng), paired=False)


def _by_cluster(rows: Iterable[_Seen]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.score is not None:
            found[row.cluster].append(row.score)
    return dict(found)


def _against_standard(
    rows: Sequence[_Seen], plain: Mapping[str, float], clusters: Mapping[str, str], seed: int
) -> Contrast | None:
    twins = _scores((row for row in rows if row.parent), of_parent=True)
    shared = [name for name in twins if name in plain]
    rng = np.random.default_rng(seed)
    return _paired(
        [twins[name] for name in shared],
        [plain[name] for name in shared],
        [clusters[name] for name in shared],
        rng=rng,
    )


def _scores(rows: Iterable[_Seen], *, of_parent: bool = False) -> dict[str, float]:
    """Sample (or parent) → its mean score over repeats and seeds."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.score is not None:
            found[row.parent if of_parent else row.id].append(row.score)
    return {name: _average(scores) for name, scores in found.items()}


def _average(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _paired(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str] | None = None, *, rng: np.random.Generator
) -> Contrast | None:
    if len(set(clusters) if clusters is not None else a) < FEWEST_CLUSTERS:
        return None
    difference = paired_difference(a, b, clusters, rng=rng)
    return Contrast(difference, paired_p_value(a, b, clusters, rng=rng), paired=True)
