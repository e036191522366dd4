"""What the commands do with public benchmarks: run several, score official files, show tables as in the
paper.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from octarine.cli.jobs import RunOptions, job_of, model_of, panel_of_options
from octarine.cli.output import wide_console
from octarine.cli.progress import bars
from octarine.core.codec import Json, encode
from octarine.core.errors import DataError, InputError, UnknownPlugin
from octarine.core.registry import registry
from octarine.core.results import Result, Run
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark, open_benchmark
from octarine.evaluate.benchmarks.fedmultimodal import published as fedmultimodal
from octarine.evaluate.benchmarks.frame import Answer, PublicBenchmark, Table
from octarine.evaluate.scorecard import Scorecard
from octarine.evaluate.session import Evaluation
from octarine.evaluate.session import evaluate as evaluate_model
from octarine.report.benchmark_table import show_table, table_record
from octarine.report.terminal import show_results
from octarine.store import Store


def names(given: str) -> list[str]:
    """The benchmarks of ``bold,tango``; a name that holds a comma itself is none."""
    found = [name.strip() for name in given.split(",") if name.strip()]
    if not found:
        raise InputError("no benchmark is named", hint="octarine evaluate list shows them.")
    if len(set(found)) < len(found):
        raise InputError(f"a benchmark is named twice: {given}")
    return found


def run_each(model: str, size: str, store: Store, options: RunOptions, *, quiet: bool) -> list[Scorecard]:
    """Run every benchmark that the options name, one after the other, on one opened model.

    All are opened before the first runs: a wrong name costs no run.
    """
    jobs = [job_of(size, {**options, "benchmark": name}) for name in names(options["benchmark"])]
    with bars(quiet=quiet) as shown:
        opened = model_of(model, options, shown.stage if shown else None)
        panel = panel_of_options(options, store)

        async def work() -> list[Evaluation]:
            try:
                return [
                    await evaluate_model(
                        opened, job, store, panel=panel, on_progress=shown.run if shown else None
                    )
                    for job in jobs
                ]
            finally:
                await panel.aclose()
                await opened.aclose()

        return [found.scorecard for found in asyncio.run(work())]


def public_of(name: str) -> PublicBenchmark | None:
    """The public benchmark that a run names, in a dialect or not; None for any other."""
    if name.partition("@")[0] not in registry.names("benchmark"):
        return None
    return open_benchmark(name).public


def table_of(results: Iterable[Result], benchmark: PublicBenchmark) -> Table:
    """The figures of a run."""
    return benchmark.score([Answer(result.sample, result.completion) for result in results])


def record_of(card: Scorecard, store: Store) -> Json:
    """What ``--json`` prints of a run: the table of a public benchmark, the scorecard of any other."""
    benchmark = public_of(card.run.benchmark)
    if benchmark is None:
        return encode(card)
    record = table_record(table_of(store.results(card.run.id), benchmark), benchmark, card.run.id)
    assert isinstance(record, dict)
    return (
        record
        | {"model": encode(card.run.model), "samples": card.samples, "errors": card.errors}
        | ({"sliced": encode(card.sliced)} if card.sliced else {})
        | {"planned": card.planned, "notes": [*record["notes"], *card.notes]}
    )


def show_run(card: Scorecard, store: Store, console: Console | None = None) -> None:
    """Print the table of a public benchmark's run, the scorecard of any other."""
    benchmark = public_of(card.run.benchmark)
    if benchmark is None:
        show_results(console or Console(), card)
        return
    console = console or wide_console()
    show_table(console, table_of(store.results(card.run.id), benchmark), benchmark, card.run.id)
    console.print(f"{card.run.model.name} · {card.samples} of {card.planned} samples", style="dim")
    for note in card.notes:
        console.print(note, style="dim", highlight=False)


def score_official(name: str, gold: Path, predictions: Path) -> tuple[Table, PublicBenchmark]:
    """The figures of predictions in a benchmark's official format."""
    benchmark = public_of(name)
    if benchmark is None:
        known = [item for item in registry.names("benchmark") if public_of(item)]
        raise UnknownPlugin(
            f"'{name}' is no public benchmark with an official format", hint=f"Those are: {', '.join(known)}."
        )
    return benchmark.score_files(gold, predictions), benchmark


def is_public(run: Run) -> bool:
    """Whether a run is of a public benchmark."""
    return public_of(run.benchmark) is not None


def listed(found: Sequence[str]) -> list[dict[str, Json]]:
    """A row for each benchmark. What is not on this machine, or not whole, has no count; ``problem`` says
    why.
    """
    rows: list[dict[str, Json]] = []
    for name in found:
        item = open_benchmark(name)
        samples, problem = _counted(item)
        rows.append(
            {
                "name": item.name,
                "version": item.version,
                "samples": None if problem else len(samples),
                "languages": sorted({sample.language for sample in samples}),
                "licence": item.licence,
                "title": item.title,
                "problem": problem,
            }
        )
    return rows


def federated_row() -> dict[str, Json]:
    """The row of the benchmark that trains: it has no samples, and a command of its own."""
    return {
        "name": fedmultimodal.NAME,
        "version": fedmultimodal.VERSION,
        "samples": None,
        "languages": [],
        "licence": fedmultimodal.SOURCE.licence,
        "title": fedmultimodal.TITLE,
        "problem": "octarine evaluate federated",
    }


def _counted(item: Benchmark) -> tuple[Sequence[Sample], str]:
    if not item.here:
        return (), f"octarine data get {item.name}"
    try:
        return item.load(), ""
    except DataError as error:
        return (), error.message
