"""``octarine data``: the samples that ship."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.core.errors import InputError
from octarine.core.files import write_text
from octarine.evaluate.suite import SuiteFile, suite_files


@click.group()
def data() -> None:
    """The samples that ship with Octarine.

    \b
    Examples:
      octarine data list
      octarine data get octarine --to samples      copy the suite's files out, hashes checked
    """


@data.command("list")
@shared.as_json
def list_(json_out: bool) -> None:
    """List every file with its version, samples and SHA-256."""
    rows = [_row(file) for file in suite_files()]
    if json_out:
        print_json(rows)
        return
    table = Table("file", "dimension", "language", "version", "samples", "sha256", box=None)
    for row in rows:
        table.add_row(*(str(cell)[:12] if key == "sha256" else str(cell) for key, cell in row.items()))
    print_table(table)


def _row(file: SuiteFile) -> dict[str, str | int]:
    return {
        "file": file.name,
        "dimension": file.header.dimension.value,
        "language": file.header.language,
        "version": file.header.version,
        "samples": len(file.samples),
        "sha256": file.sha256,
    }


@data.command("get")
@click.argument("name")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default=Path("octarine-data"), show_default=True
)
@shared.as_json
def get(name: str, to: Path, json_out: bool) -> None:
    """Copy the files of the benchmark NAME and their cards into a folder."""
    if name != "octarine":
        raise InputError(f"there is no data set '{name}'", hint="Data sets: octarine.")
    source = resources.files("octarine.evaluate") / "suite"
    written = []
    for file in suite_files():
        for entry in (file.name, file.name.removesuffix(".jsonl") + ".md"):
            target = to / entry
            _make(target.parent)
            written.append(write_text(target, (source / entry).read_text("utf-8")))
    print_json([str(path) for path in written]) if json_out else click.echo("\n".join(map(str, written)))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made: {error.strerror}") from None
