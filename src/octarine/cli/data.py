"""``octarine data``: the samples that ship."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.benchmarks import public_of
from octarine.cli.output import print_json, print_table
from octarine.core.codec import encode
from octarine.core.errors import InputError
from octarine.core.files import make_folder, write_text
from octarine.core.registry import registry
from octarine.core.samples import Sample
from octarine.evaluate.audit import audit
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.benchmarks import fetch
from octarine.evaluate.benchmarks.frame import Source, data_folder
from octarine.evaluate.dialects import source as dialects_source
from octarine.evaluate.dialects.transform import DATA as DIALECTS
from octarine.evaluate.suite import ORDINARY, SuiteFile, suite_files
from octarine.report import words


@click.group()
def data() -> None:
    """The samples that ship with Octarine, and the official data of public benchmarks.

    \b
    Examples:
      octarine data list
      octarine data audit                          what each cell holds
      octarine data get octarine --to samples      copy the suite's files out, hashes checked
      octarine data get fever                      official data of a public benchmark, hashes checked
    """


@data.command("list")
@shared.as_json
def list_(json_out: bool) -> None:
    """List the suite's files with version, samples and SHA-256, then the official data of public benchmarks:
    what of it is here, where, and under which licence."""
    rows = [_row(file) for file in suite_files()]
    official = [_official(name, source) for name, source in sources().items()]
    if json_out:
        print_json({"suite": rows, "official": official})
        return
    table = Table("file", "dimension", "language", "version", "samples", "sha256", box=None)
    for row in rows:
        table.add_row(*(str(cell)[:12] if key == "sha256" else str(cell) for key, cell in row.items()))
    print_table(table)
    click.echo()
    table = Table("data", "here", "folder", "licence", "from", box=None)
    for entry in official:
        table.add_row(*entry.values())
    print_table(table)


def sources() -> dict[str, Source]:
    """Name → where the official data of that name is from: public benchmarks, and the tables of dialects."""
    benchmarks = ((name, public_of(name)) for name in registry.names("benchmark"))
    return {name: public.source for name, public in benchmarks if public} | {DIALECTS: dialects_source.SOURCE}


def _official(name: str, source: Source) -> dict[str, str]:
    folder = data_folder(name)
    return {
        "name": name,
        "here": fetch.standing(source, folder),
        "folder": str(folder),
        "licence": source.licence,
        "home": source.home,
    }


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
    "--from",
    "copy_of",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of a public benchmark's official files, where there is no network.",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="[default: octarine-data; for a public benchmark $OCTARINE_DATA/NAME or your data folder]",
)
@shared.as_json
def get(name: str, copy_of: Path | None, to: Path | None, json_out: bool) -> None:
    """Copy the files of the suite (NAME is octarine) and their cards into a folder; or get the official data
    of a public benchmark from its own repository, or with --from out of a copy, each file checked by its
    SHA-256.

    \b
    Examples:
      octarine data get octarine --to samples
      octarine data get fever
      octarine data get invite --from /media/stick/invite-llm-hallucinations
      octarine data get multi-value                the table of dialects
    """
    if name == "octarine":
        if copy_of:
            raise InputError("the suite ships with Octarine", hint="Leave --from out.")
        written = _copy_suite(to or Path("octarine-data"))
        print_json([str(path) for path in written]) if json_out else click.echo("\n".join(map(str, written)))
        return
    _get_public(name, copy_of, to, json_out)


def _copy_suite(to: Path) -> list[Path]:
    source = resources.files("octarine.evaluate") / "suite"
    written = []
    for file in suite_files():
        for entry in (file.name, file.name.removesuffix(".jsonl") + ".md"):
            target = to / entry
            make_folder(target.parent)
            written.append(write_text(target, (source / entry).read_text("utf-8")))
    return written


def _get_public(name: str, copy_of: Path | None, to: Path | None, json_out: bool) -> None:
    known = sources()
    if name not in known:
        raise InputError(f"there is no data set '{name}'", hint=f"Data sets: octarine, {', '.join(known)}.")
    source, folder = known[name], to or data_folder(name)
    got = fetch.get(name, source, folder, copy_of=copy_of)
    if json_out:
        print_json({"folder": str(folder), "licence": source.licence, "files": encode(got)})
        return
    checked = sum(item.checked for item in got)
    click.echo(f"{folder}: {len(got)} files, {checked} checked by SHA-256; licence {source.licence}")
    if source.note:
        click.echo(source.note)
