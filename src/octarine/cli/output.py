"""What goes to standard output as JSON."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from octarine.core.codec import encode


def print_json(value: Any) -> None:
    """``value`` as indented JSON. Characters that a terminal's encoding may lack are escaped."""
    click.echo(json.dumps(encode(value), indent=2, ensure_ascii=True))


def wide_console() -> Console:
    """A console as wide as the terminal; in a pipe, where nothing needs to be cut, wide enough."""
    console = Console()
    return console if console.is_terminal else Console(width=1000)


def print_table(table: Table) -> None:
    """A table as wide as the terminal; in a pipe, where nothing needs to be cut, as wide as it is."""
    wide_console().print(table)
