"""``octarine evaluate show RUN --by AXIS[,AXIS]``: a run told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import click

from octarine.cli.benchmarks import public_of
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Result
from octarine.evaluate.benchmarks.frame import Answer, PublicBenchmark, Table
from octarine.evaluate.dialects.paired import InDialect
from octarine.evaluate.judges.language_id import LANGUAGES
from octarine.evaluate.scorecard import Scorecard
from octarine.evaluate.slices import TURNS, read_axes, slice_results
from octarine.report.matrix import MODALITIES
from octarine.store import Store

OWN_SUITE = "octarine"
_DECLARED: dict[str, Sequence[str]] = {
    "dimension": tuple(dimension.value for dimension in Dimension),
    "language": ("en", *(language for language in LANGUAGES if language and language != "en")),
    "modality": MODALITIES,
    "turns": tuple(TURNS.values()),
}
"""What the built-in suite is expected to cover: the same as in the matrix of its scorecard."""

by = click.option(
    "--by",
    multiple=True,
    metavar="AXIS[,AXIS]",
    help="Tell the run apart by language, dialect, modality, turns, dimension, group, risk, variant or an "
    "axis of the benchmark's own; several, with commas, are crossed. Repeat it for several tables.",
)
metric = click.option(
    "--metric",
    default="",
    help="With --by: a figure of a public benchmark in each cell, in place of the mean score of its answers.",
)


def sliced(card: Scorecard, store: Store, by: Sequence[str], metric: str) -> Scorecard:
    """The scorecard with its tables along the axes asked for.

    Raises:
        InputError: the run has no such axis, or its benchmark no such figure.
    """
    if metric and not by:
        raise InputError("--metric says what --by tells apart", hint="Give both: --by group --metric NAME.")
    axes = [read_axes(given) for given in by]
    public = public_of(card.run.benchmark)
    if metric and public is None:
        raise InputError(
            f"'{card.run.benchmark}' has no figures of its own to choose from",
            hint="Leave --metric out: its cells are adherence and false refusals.",
        )
    run = card.run
    declared = _DECLARED if run.benchmark == OWN_SUITE else {"language": run.plan.get("languages", ())}
    figure = _figure(public, metric, store.results(run.id)) if metric and public else None
    return replace(
        card,
        sliced=tuple(
            slice_results(
                store.results(run.id),
                each,
                declared=declared,
                metric=metric or ("adherence" if public is None else "score"),
                figure=figure,
                refusals=public is None,
                seed=card.seed,
            )
            for each in axes
        ),
    )


def _figure(
    public: PublicBenchmark, metric: str, results: Iterable[Result]
) -> Callable[[Sequence[Result]], Estimate | None]:
    """How a cell's answers become the figure; of a run in dialect it is the base's."""
    base = public.base if isinstance(public, InDialect) else public

    def table(chosen: Iterable[Result]) -> Table:
        return base.score([Answer(result.sample, result.completion) for result in chosen])

    known = table(results).figures
    names = {figure.metric for figure in known} | {f"{one.metric}: {one.slice}" for one in known if one.slice}
    if metric not in names:
        some = ", ".join(dict.fromkeys(figure.metric for figure in known))
        raise InputError(f"{base.name} has no figure '{metric}'", hint=f"Figures of this run: {some}.")
    return lambda chosen: table(chosen).overall(metric)
