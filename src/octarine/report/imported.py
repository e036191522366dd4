"""The figures of an imported run, as a record and on a terminal: another tool's, and never shown as ours."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.core.codec import Json, encode
from octarine.core.results import Run
from octarine.evaluate.interop.figures import ImportedFigures, OfSamples
from octarine.evaluate.interop.imported import Reported
from octarine.report import words

_TOLD = ("tool_version", "task_version", "n_shot", "model_args", "task_args", "status")


def imported_record(run: Run, figures: ImportedFigures) -> Json:
    """Everything that ``show_imported`` shows, and the whole provenance."""
    return {
        "run": run.id,
        "benchmark": run.benchmark,
        "version": run.version,
        "created": run.created,
        "model": encode(run.model),
        "imported": run.plan["imported"],
        "reported": encode(figures.reported),
        "samples": encode(figures.samples),
    }


def show_imported(console: Console, run: Run, figures: ImportedFigures) -> None:
    """Print it."""
    source = run.plan["imported"]
    console.print(
        Text.assemble("\n", (words.printable(f"{run.benchmark} {run.version}"), "bold"), " imported")
    )
    files = ", ".join(f"{file['name']} {file['sha256'][:12]}" for file in source["files"])
    console.print(
        Text(words.printable(f"{run.model.name} · {run.created} · {files}"), style="dim"), soft_wrap=True
    )
    grid = Table("figure", "value", "n", "from", box=None, pad_edge=False, header_style="dim")
    for item in figures.reported:
        grid.add_row(*_reported(item, source["tool"]))
    for own in figures.samples:
        grid.add_row(*_of_samples(own))
    console.print(grid)
    told = [f"{name}: {source[name]}" for name in _TOLD if source.get(name) not in (None, "", {}, [])]
    console.print(Text(words.printable(" · ".join(told)), style="dim"), highlight=False, soft_wrap=True)
    console.print(Text("Another tool's scores: in no scorecard, comparison or gate of ours.", style="dim"))


def _reported(item: Reported, tool: str) -> tuple[Text, ...]:
    error = "" if item.stderr is None else f" ± {item.stderr:.4f}"
    arrow = {True: " ↑", False: " ↓", None: ""}[item.higher_is_better]
    return (
        Text(words.printable(item.metric) + arrow),
        Text(f"{item.value:.4f}{error}"),
        Text("not told" if item.n is None else str(item.n)),
        Text(f"reported by {tool}; ± is its standard error" if error else f"reported by {tool}", style="dim"),
    )


def _of_samples(own: OfSamples) -> tuple[Text, ...]:
    found = own.estimate
    bare = "no interval" if own.scored else "no number"
    value = f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]" if found else bare
    without = f", {own.unscored} without a number" if own.unscored else ""
    return (
        Text(words.printable(own.judge)),
        Text(value, style="bold" if found else "yellow"),
        Text(f"{own.scored}{without}"),
        Text("mean of its samples, computed here", style="dim"),
    )
