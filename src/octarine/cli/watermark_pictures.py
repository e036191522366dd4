"""What is told of pictures that were marked or looked at: as they come, so that of a folder none is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.markup import escape
from rich.table import Table

from octarine.cli.output import json_array, table_text
from octarine.cli.progress import bars

if TYPE_CHECKING:
    from octarine.watermark import Found
    from octarine.watermark.files.folders import Looked, Marked

T = TypeVar("T")
ROWS = 1000
"""Pictures of one table."""


def shown(results: Iterable[T], what: str, total: int, quiet: bool) -> Iterator[T]:
    """The results, with a bar that shows how far they are."""
    with bars(quiet) as bar:
        for n, result in enumerate(results, 1):
            if bar:
                bar.stage(what, n, total)
            yield result


def tell_marked(done: Iterator[Marked], json_out: bool) -> bool:
    """Tell each; whether one could not be marked."""
    failed = False
    if json_out:
        with json_array() as put:
            for marked in done:
                put(_marked_row(marked))
                failed |= bool(marked.error)
        return failed
    skipped = 0
    for marked in done:
        if marked.error:
            click.echo(f"{marked.source}: {marked.error}", err=True)
        elif marked.psnr is not None:
            click.echo(f"{marked.target}: marked, PSNR {marked.psnr:.1f} dB")
        failed |= bool(marked.error)
        skipped += marked.skipped
    if skipped:
        click.echo(f"{skipped} were there already and were left alone.")
    return failed


def _marked_row(marked: Marked) -> dict[str, Any]:
    return {
        "source": str(marked.source),
        "target": str(marked.target),
        "psnr": None if marked.psnr is None else round(marked.psnr, 2),
        "skipped": marked.skipped,
        "error": marked.error,
    }


def tell_looked(looked: Iterator[Looked], json_out: bool) -> bool:
    """Tell each; whether one could not be looked at."""
    failed = False
    if json_out:
        with json_array() as put:
            for one in looked:
                put(_looked_row(one))
                failed |= bool(one.error)
        return failed
    table, told = _table(), 0
    try:
        for one in looked:
            table.add_row(*_cells(one))
            failed |= bool(one.error)
            if table.row_count == ROWS:
                click.echo(table_text(table), nl=False)
                table, told = _table(), told + ROWS
    finally:
        # Also of a command that breaks off.
        if table.row_count:
            click.echo(table_text(table), nl=False)
    if not table.row_count and not told:
        click.echo(table_text(table), nl=False)
    return failed


def _looked_row(one: Looked) -> dict[str, Any]:
    if one.found is None:
        return {"path": str(one.path), "error": one.error}
    found = one.found
    return {
        "path": str(one.path),
        "confidence": found.confidence.value,
        "score": round(found.score, 2),
        "p_value": found.p_value,
        "payload": None if found.payload is None else f"{found.payload:#x}",
        "zero_bit": found.zero_bit,
        "geometry": found.geometry,
        "edited": found.edited,
        "edited_area": None if found.edit_map is None else round(found.edit_map.area, 4),
        "edited_regions": None if found.edit_map is None else found.edit_map.regions,
        "told_area": None if found.edit_map is None else round(float(found.edit_map.told.mean()), 4),
        "key": found.key,
    }


def _table() -> Table:
    return Table("picture", "confidence", "p-value", "payload", "geometry", "edited", box=None)


def _cells(one: Looked) -> tuple[str, ...]:
    found = one.found
    if found is None:
        return escape(str(one.path)), escape(one.error)
    absent = "none" if found.zero_bit else "not read"
    payload = absent if found.payload is None else f"{found.payload:#x}"
    return (
        escape(str(one.path)),
        found.confidence.value,
        f"1e-{found.score:.0f}" if found.score >= 1 else f"{found.p_value:.2f}",
        payload if found.geometry else "",
        str(found.geometry or ""),
        _edited(found),
    )


def _edited(found: Found) -> str:
    """The largest region and how many more there are, or that there is none."""
    if found.edit_map is None:
        return ""
    if not found.edit_map.regions:
        return "no" if found.edited is False else "cannot be told"
    first, *others = found.edit_map.regions
    return f"{first}, and {len(others)} more" if others else str(first)
