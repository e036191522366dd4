"""A run told apart along axes: the same grid on a terminal, in Markdown and in HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.core.dimensions import Dimension
from octarine.evaluate.scorecard import Contrast, SliceCell, SliceTable
from octarine.report import words

ROOM = 17
"""Characters that a cell of a cross needs on a terminal."""
SURE = 0.05
_DIMENSIONS = {dimension.value: dimension.label for dimension in Dimension}


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line: its label and a cell for each column."""

    label: str
    cells: tuple[SliceCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table laid out. ``columns`` are the values of the last axis of a cross; of one axis there is one
    column without a name."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]


def grid(table: SliceTable) -> Grid:
    """The layout: all axes but the last go down, the last one goes across."""
    title = f"{table.metric} by {' × '.join(table.axes)}"
    if len(table.axes) == 1:
        return Grid(title, ("",), tuple(GridRow(label(cell), (cell,)) for cell in table.cells))
    width = len(table.levels[-1])
    rows = [table.cells[start : start + width] for start in range(0, len(table.cells), width)]
    across = tuple(_DIMENSIONS.get(value, value) for value in table.levels[-1])
    return Grid(title, across, tuple(GridRow(label(row[0], table.axes[:-1]), row) for row in rows))


def label(cell: SliceCell, axes: tuple[str, ...] = ()) -> str:
    """``Safety · en``: where a cell lies, on some axes or on all."""
    places = [cell.place[axis] for axis in axes or cell.place]
    return words.printable(" · ".join(_DIMENSIONS.get(place, place) for place in places))


def figure(cell: SliceCell) -> str:
    """``89 % [83, 94]``, or that it is missing."""
    if cell.estimate is None:
        return f"missing, {cell.failed} failed" if cell.failed else "missing"
    return words.with_interval(cell.estimate)


def count(cell: SliceCell) -> str:
    """``120 in 40``: samples, and clusters where those are others."""
    if cell.estimate is None:
        return "0"
    n, clusters = cell.estimate.n, cell.estimate.clusters
    return f"{n} in {clusters}" if n != clusters else str(n)


def contrast(found: Contrast | None) -> str:
    """``−4 [−9, +1], p 0.021``; a dash where nothing was compared."""
    if found is None:
        return "–"
    difference = found.difference
    return f"{words.points(difference)} {words.points_interval(difference)}, p {words.p_value(found.p)}"


def standing_out(table: SliceTable) -> list[str]:
    """A sentence on each cell of a cross whose contrast is sure."""
    return [
        f"{label(cell)}: {contrast(found)} against {kind}"
        for cell in table.cells
        for kind, found in (("the rest", cell.rest), ("Standard American English", cell.standard))
        if found is not None and found.p < SURE
    ]


def notes(table: SliceTable) -> list[str]:
    """What a reader must know, a sentence each."""
    missing, cells = table.counted
    said = [f"{missing} of {cells} cells are missing: nothing is known there."] if missing else []
    for samples, why in (
        (table.nowhere, f"lie nowhere on {' × '.join(table.axes)}"),
        (table.apart, "are of objectives that stand apart (--by group shows them)"),
        (sum(cell.failed for cell in table.cells), "failed and are in no rate"),
    ):
        if samples:
            said.append(f"{samples} samples {why}.")
    for name, found in (
        ("all other samples", [cell.rest for cell in table.cells if cell.rest]),
        ("the same samples in Standard American English", [c.standard for c in table.cells if c.standard]),
    ):
        if found:
            paired = sum(one.paired for one in found)
            how = {len(found): "paired", 0: "unpaired"}.get(paired, f"{paired} of them paired")
            said.append(
                f"Against {name}: points, 95 % intervals, {how}; p two-sided, Holm over {len(found)} cells."
            )
    return said


def show_slices(console: Console, table: SliceTable) -> None:
    """Print it: one axis as a list with its contrasts; a cross as a matrix where the terminal has room."""
    found = grid(table)
    console.print()
    console.print(Text(words.printable(found.title), style="bold"))
    widest = max((len(row.label) for row in found.rows), default=0)
    if len(table.axes) == 1 or widest + ROOM * len(found.columns) > console.width:
        console.print(_listed(table))
    else:
        console.print(_crossed(found))
        for line in standing_out(table):
            console.print(Text(line))
    for note in notes(table):
        console.print(Text(words.printable(note), style="dim"))


def columns(table: SliceTable) -> list[tuple[str, list[str]]]:
    """Header → a text for each cell, of what the table has."""
    found = [(table.metric, [figure(cell) for cell in table.cells]), ("n", [count(c) for c in table.cells])]
    if any(cell.false_refusals for cell in table.cells):
        shown = [words.with_interval(cell.false_refusals) for cell in table.cells]
        found.append(("false refusals", shown))
    for header, contrasts in (
        ("minus the rest", [cell.rest for cell in table.cells]),
        ("minus Standard American English", [cell.standard for cell in table.cells]),
    ):
        if any(contrasts):
            found.append((header, [contrast(one) for one in contrasts]))
    return found


def _listed(table: SliceTable) -> Table:
    shown = columns(table)
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column(" · ".join(table.axes), overflow="fold")
    for header, _ in shown:
        made.add_column(header, overflow="fold")
    for number, cell in enumerate(table.cells):
        style = "yellow" if cell.missing else ""
        made.add_row(label(cell), *(Text(texts[number], style=style) for _, texts in shown))
    return made


def _crossed(found: Grid) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column("", overflow="fold")
    for name in found.columns:
        made.add_column(words.printable(name), no_wrap=False)
    for row in found.rows:
        made.add_row(row.label, *(_cell(cell) for cell in row.cells))
    return made


def _cell(cell: SliceCell) -> Text:
    if cell.missing:
        return Text(figure(cell), style="yellow")
    return Text(f"{figure(cell)}\nn {count(cell)}")


def rows(table: SliceTable) -> Iterator[list[str]]:
    """Rows of cells, the header first: a cross as a matrix, one axis as a list."""
    found = grid(table)
    if len(table.axes) == 1:
        shown = columns(table)
        yield [table.axes[0], *(header for header, _ in shown)]
        for number, cell in enumerate(table.cells):
            yield [label(cell), *(texts[number] for _, texts in shown)]
        return
    yield ["", *found.columns]
    for row in found.rows:
        yield [
            row.label,
            *(figure(cell) if cell.missing else f"{figure(cell)} (n {count(cell)})" for cell in row.cells),
        ]
