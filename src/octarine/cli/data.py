"""``octarine data``: the samples that ship."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.core.codec import encode
from octarine.core.errors import InputError
from octarine.core.files import make_folder, write_text
from octarine.core.samples import Sample
from octarine.evaluate.audit import audit
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.suite import ORDINARY, SuiteFile, suite_files
from octarine.report import words


@click.group()
def data() -> None:
    """The samples that ship with Octarine.

    \b
    Examples:
      octarine data list
      octarine data audit                          what each cell holds
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


@data.command("audit")
@click.argument("name", default="octarine")
@shared.as_json
def audit_(name: str, json_out: bool) -> None:
    """Count what the benchmark NAME or FILE.jsonl holds, by dimension and language.

    Distinct templates and how often the commonest is used, the shares of samples with several turns and with
    pictures, near duplicates, and samples whose user is told to speak another language.
    """
    cells: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in open_benchmark(name).load():
        place = (sample.provenance.benchmark, sample.dimension.value, sample.language)
        cells.setdefault(place, []).append(sample)
    found = {place: audit(samples) for place, samples in cells.items()}
    if json_out:
        keys = ("benchmark", "dimension", "language")
        print_json([dict(zip(keys, place, strict=True)) | encode(item) for place, item in found.items()])
        return
    heads = (
        "samples",
        "groups",
        "templates",
        "most used",
        "several turns",
        "pictures",
        "near dup.",
        "elsewhere",
    )
    table = Table("dimension", "language", *heads, box=None)
    for (benchmark, dimension, language), item in found.items():
        ordinary = " (ordinary)" if benchmark == ORDINARY else ""
        table.add_row(
            dimension + ordinary,
            language,
            *map(str, (item.samples, item.groups, item.templates, item.largest_template)),
            words.percent(item.several_turns / item.samples),
            str(item.pictured),
            words.percent(item.near_duplicate_rate),
            words.percent(len(item.elsewhere) / item.samples),
        )
    print_table(table)


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
            make_folder(target.parent)
            written.append(write_text(target, (source / entry).read_text("utf-8")))
    print_json([str(path) for path in written]) if json_out else click.echo("\n".join(map(str, written)))
