"""A public benchmark's figures, the paper's own beside them: as a record and on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from octarine.core.codec import Json
from octarine.evaluate.benchmarks.frame import Figure, PublicBenchmark, Published, Table
from octarine.report import words

SHOWN = 8
"""So many systems of the paper beside one figure."""


def table_record(table: Table, benchmark: PublicBenchmark, run: str = "") -> Json:
    """Everything that ``show_table`` shows; ``published`` is the paper's and was not measured here."""
    return {
        "benchmark": table.benchmark,
        "version": table.version,
        "run": run,
        "source": benchmark.source.home,
        "figures": [_figure(figure, benchmark) for figure in table.figures],
        "published": [asdict(item) for item in benchmark.published if not _matched(item, table)],
        "notes": list(table.notes),
    }


def _figure(figure: Figure, benchmark: PublicBenchmark) -> Json:
    estimate = figure.estimate
    return {
        "metric": figure.metric,
        "slice": figure.slice,
        "estimate": None if estimate is None else asdict(estimate),
        "note": figure.note,
        "published": [asdict(item) for item in _beside(figure, benchmark)],
    }


def show_table(console: Console, table: Table, benchmark: PublicBenchmark, run: str = "") -> None:
    """Print it."""
    console.print(Text.assemble("\n", (benchmark.title, "bold")))
    console.print(
        Text(f"{table.benchmark} {table.version}{f' · run {run}' if run else ''}", style="dim"),
        highlight=False,
    )
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, header in enumerate(
        ("metric", "slice", "measured here", "n", "the paper's, not measured here")
    ):
        grid.add_column(header, no_wrap=place == 2, justify="right" if place in (2, 3) else "left")
    for figure in table.figures:
        grid.add_row(*_cells(figure, benchmark))
    console.print(grid)
    rest = [item for item in benchmark.published if not _matched(item, table)]
    if rest:
        console.print(Text("the paper's alone: " + "; ".join(map(_told, rest)), style="dim"), highlight=False)
    for note in table.notes:
        console.print(Text(words.printable(note), style="dim"), highlight=False)


def _cells(figure: Figure, benchmark: PublicBenchmark) -> Iterator[Text]:
    estimate = figure.estimate
    yield Text(figure.metric)
    yield Text(words.printable(figure.slice or "all"))
    if estimate is None:
        yield Text("missing", style="yellow")
        yield Text("0")
    else:
        yield Text(f"{estimate.value:.4f} [{estimate.low:.3f}, {estimate.high:.3f}]", style="bold")
        yield Text(str(estimate.n) + (f" in {estimate.clusters}" if estimate.clusters != estimate.n else ""))
    paper = _beside(figure, benchmark)
    told = "; ".join(f"{item.system} {item.value:g}".strip() for item in paper[:SHOWN])
    yield Text("; ".join(filter(None, (told, words.printable(figure.note)))))


def _beside(figure: Figure, benchmark: PublicBenchmark) -> list[Published]:
    place = (figure.metric, figure.slice)
    return [item for item in benchmark.published if (item.metric, item.slice) == place]


def _matched(item: Published, table: Table) -> bool:
    return any((figure.metric, figure.slice) == (item.metric, item.slice) for figure in table.figures)


def _told(item: Published) -> str:
    name = " ".join(filter(None, (item.system, item.metric, item.slice)))
    return f"{name} {item.value:g}" + (f" ({item.where})" if item.where else "")
