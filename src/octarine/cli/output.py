"""What goes to standard output as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from octarine.core.codec import encode


def print_json(value: Any) -> None:
    """``value`` as indented JSON. Characters that a terminal's encoding may lack are escaped."""
    click.echo(json.dumps(encode(value), indent=2, ensure_ascii=True))


@contextmanager
def json_array() -> Iterator[Callable[[Any], None]]:
    """An array whose items are written as they are put, in the form of ``print_json``. Where the block raises
    after some, the array ends there; before any, nothing is written."""
    written = 0

    def put(value: Any) -> None:
        nonlocal written
        row = json.dumps(encode(value), indent=2, ensure_ascii=True)
        click.echo(("," if written else "[") + "\n" + textwrap.indent(row, "  "), nl=False)
        written += 1

    try:
        yield put
    finally:
        if written:
            click.echo("\n]")
    if not written:
        click.echo("[]")


def wide_console() -> Console:
    """A console as wide as the terminal; in a pipe, where nothing needs to be cut, wide enough."""
    console = Console()
    return console if console.is_terminal else Console(width=1000)


def print_table(table: Table) -> None:
    """A table as wide as the terminal; in a pipe, where nothing needs to be cut, as wide as it is."""
    wide_console().print(table)


def table_text(table: Table) -> str:
    """What ``print_table`` prints."""
    console = wide_console()
    with console.capture() as captured:
        console.print(table)
    return captured.get()
