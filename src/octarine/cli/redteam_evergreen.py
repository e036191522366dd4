"""``octarine redteam evergreen``: the next version of the benchmark, out of confirmed findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.codec import encode
from octarine.core.errors import DataError, ExitCode, InputError
from octarine.core.files import json_lines, make_folder, read_text, write_text
from octarine.core.registry import registry
from octarine.core.samples import Sample
from octarine.store import Store, open_store

if TYPE_CHECKING:
    from octarine.evaluate.versions import Version
    from octarine.redteam.evergreen import Draft, Likeness, TrainingSet


@dataclass(frozen=True, slots=True)
class _Asked:
    folder: Path
    number: int | None
    public: bool
    likeness: Likeness
    per_cell: int
    per_seed: int
    new: int


@click.command("evergreen")
@shared.store_url
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("evergreen"),
    show_default=True,
    help="The folder of versions; the benchmark has its name.",
)
@click.option(
    "--from", "number", type=click.IntRange(1), help="Go on from this version. [default: the newest]"
)
@click.option("--public", is_flag=True, help="Keep out what has an access label.")
@click.option("--per-cell", type=click.IntRange(1), default=100, show_default=True,
              help="Attacks of a dimension and language.")  # fmt: skip
@click.option("--per-seed", type=click.IntRange(1), default=4, show_default=True, help="Attacks of a seed.")
@click.option("--new", type=click.IntRange(1), default=500, show_default=True, help="New attacks, at most.")
@click.option(
    "--alike",
    type=shared.Number(0, 1),
    default=0.9,
    show_default=True,
    help="Likeness from which two attacks are one.",
)
@click.option(
    "--embedder",
    metavar="python:MODULE:FUNCTION",
    help="From a text to a vector, to compare by meaning. [default: runs of characters, hashed]",
)
@click.option(
    "--training",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write no version but the rows that may be trained on, for 'octarine guard train --rows'.",
)
@click.option(
    "--check",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write nothing, and look whether rows share a lineage with any version: exit code 1 if so.",
)
@click.option("--dry-run", is_flag=True, help="Say what would come in, and write nothing.")
@shared.as_json
def evergreen_(
    store_url: str | None,
    folder: Path,
    number: int | None,
    public: bool,
    per_cell: int,
    per_seed: int,
    new: int,
    alike: float,
    embedder: str | None,
    training: Path | None,
    check: Path | None,
    dry_run: bool,
    json_out: bool,
) -> int:
    """Make confirmed findings the next version of the benchmark.

    A lineage (seed and technique family) is routed once: to the benchmark, or to training (--training), never
    to both. Versions before stay as they are and can be run: --benchmark evergreen@1.

    \b
    Examples:
      octarine redteam evergreen --dry-run
      octarine redteam evergreen --to evergreen --public
      octarine redteam evergreen --training rows.jsonl
      octarine redteam evergreen --check rows.jsonl
      octarine evaluate run openai:gpt-4o-mini --benchmark evergreen
    """
    if check:
        return _check(check, folder, json_out)
    asked = _Asked(folder, number, public, _likeness(embedder, alike), per_cell, per_seed, new)
    with open_store(store_url) as store:
        if training:
            _train(store, asked, training, dry_run=dry_run, json_out=json_out)
        else:
            _version(store, asked, dry_run=dry_run, json_out=json_out)
    return ExitCode.OK


def _check(path: Path, folder: Path, json_out: bool) -> int:
    from octarine.evaluate.versions import read_version, version_numbers

    rows: dict[str, list[int]] = {}
    for number, value in json_lines(read_text(path).split("\n"), path):
        note = value.get("note", value) if isinstance(value, dict) else {}
        if not isinstance(note, dict) or not isinstance(note.get("lineage"), str):
            raise DataError(
                "names no lineage",
                path=path,
                line=number,
                hint='A row that may be trained on has {"note": {"lineage": SHA-256}}, as --training writes.',
            )
        rows.setdefault(note["lineage"], []).append(number)
    versions = [read_version(folder, number) for number in version_numbers(folder)]
    held = {sample.lineage: sample.id for version in versions for sample, _ in version.pairs}
    shared = sorted((rows[lineage][0], held[lineage]) for lineage in rows.keys() & held.keys())
    if json_out:
        print_json({"lineages": len(rows), "versions": len(versions), "shared": shared})
    else:
        for number, name in shared:
            click.echo(f"line {number} has the lineage of {name}")
        told = f"{len(rows)} lineages, {len(held)} in {len(versions)} versions of {folder}"
        click.echo(f"{told}: {len(shared) or 'none'} shared")
    return ExitCode.FINDING if shared else ExitCode.OK


def _version(store: Store, asked: _Asked, *, dry_run: bool, json_out: bool) -> None:
    from octarine.redteam.evergreen import write_version

    with bars(quiet=json_out) as shown:
        told = (lambda done, of: shown.stage("comparing", done, of)) if shown else None
        parent, draft = _draft(store, asked, told)
    written = None
    if not (dry_run or draft.changes.empty):
        written = write_version(asked.folder, draft, store.blob, parent=parent)
    if json_out:
        wrote = str(written.folder) if written else ""
        print_json({"changes": encode(draft.changes), "written": wrote})
        return
    _show(draft)
    if written:
        name = f"{asked.folder}@{written.number}"
        click.echo(f"wrote {written.folder}: octarine evaluate run MODEL --benchmark {name}")
    elif not dry_run:
        click.echo("Nothing is new: no version was written.")


def _draft(
    store: Store, asked: _Asked, on_progress: Callable[[int, int], None] | None
) -> tuple[Version | None, Draft]:
    from octarine.evaluate.versions import read_version, version_numbers
    from octarine.redteam.evergreen import Caps, Plan, next_number, next_version, records

    there = version_numbers(asked.folder)
    if asked.number is not None and not there:
        raise InputError(f"{asked.folder} holds no version {asked.number}", hint="Leave --from out.")
    parent = read_version(asked.folder, asked.number) if there else None
    name = parent.manifest.benchmark if parent else _name(asked.folder)
    plan = Plan(
        name,
        _seeds_of(parent),
        Caps(asked.per_cell, asked.per_seed, asked.new),
        asked.likeness,
        public=asked.public,
    )
    known = records(store, name) if parent else {}
    findings = store.findings()
    number = next_number(asked.folder)
    draft = next_version(findings, plan, number, parent=parent, known=known, on_progress=on_progress)
    return parent, draft


def _name(folder: Path) -> str:
    return re.sub(r"[^\w.-]+", "-", folder.resolve().name) or "evergreen"


def _seeds_of(*versions: Version | None) -> Callable[[str], Sequence[Sample]]:
    """The samples of a registered benchmark, or of one of the versions."""
    own = {version.manifest.benchmark: version for version in versions if version}

    def seeds(name: str) -> Sequence[Sample]:
        if name in own:
            return own[name].samples
        known = name in registry.names("benchmark")
        found: Sequence[Sample] = registry.get("benchmark", name)().load() if known else ()
        return found

    return seeds


def _likeness(embedder: str | None, threshold: float) -> Likeness:
    from octarine.guard.normalise import Budget, judged_views, normalise
    from octarine.models.python import load_function
    from octarine.redteam.evergreen import Likeness
    from octarine.redteam.flirt import ngrams

    def read(text: str) -> str:
        views = judged_views(normalise(text), Budget(), around=False)
        return "\n".join(dict.fromkeys(view.text for view in views))

    if not embedder:
        return Likeness(read, ngrams, threshold)
    if not embedder.startswith("python:"):
        raise InputError(f"'{embedder}' is no embedder", hint="Name a function: python:my_module:embed")
    return Likeness(read, load_function(embedder.removeprefix("python:")), threshold, embedder)


def _train(store: Store, asked: _Asked, path: Path, *, dry_run: bool, json_out: bool) -> None:
    from octarine.evaluate.versions import read_version, version_numbers
    from octarine.redteam.evergreen import training_set

    make_folder(path.parent, hint="Choose another file with --training.")
    versions = [read_version(asked.folder, number) for number in version_numbers(asked.folder)]
    found = training_set(
        store.findings(),
        [sample for version in versions for sample, _ in version.pairs],
        _seeds_of(*versions),
        likeness=asked.likeness,
        public=asked.public,
    )
    if not dry_run:
        write_text(path, found.text, hint="Choose another file with --training.")
    if json_out:
        told = {"rows": len(found.rows), "left_out": found.left_out, "seeds_of": found.benchmarks}
        print_json({**told, "written": "" if dry_run else str(path)})
        return
    _show_training(found, path, dry_run)


def _show_training(found: TrainingSet, path: Path, dry_run: bool) -> None:
    firing = sum(any(row.line["labels"].values()) for row in found.rows)
    click.echo(f"{len(found.rows)} rows, {firing} of them with a label that fires")
    for why, n in sorted(found.left_out.items()):
        click.echo(f"  {n} findings left out: {why}")
    for name, n in sorted(found.benchmarks.items()):
        click.echo(
            f"  {n} findings grew from seeds of '{name}': do not grade what is trained on these rows by the "
            "plain samples of those seeds"
        )
    if found.labelled:
        click.echo(
            f"  {found.labelled} rows have an access label: keep the file where only those may read it"
        )
    if not dry_run:
        click.echo(f"wrote {path}")


def _show(draft: Draft) -> None:
    from octarine.redteam.evergreen.building import is_labelled

    changes = draft.changes
    click.echo(f"{changes.benchmark}, version {changes.version}")
    table = Table("dimension", "language", "category", "drawn", "new", "retired", box=None)
    for one in changes.counts:
        table.add_row(
            one.dimension, one.language, one.category, str(one.drawn), str(one.added), str(one.retired)
        )
    if changes.counts:
        print_table(table)
    for left in changes.left_out:
        like = f" {left.like} ({left.cosine:.2f})" if left.like and left.cosine is not None else ""
        click.echo(f"left out  {left.finding}: {left.why}{like}")
    for retired in changes.retired:
        click.echo(f"retired   {retired.id}: {retired.why}")
    labelled = sum(is_labelled(sample) for sample, _ in draft.pairs)
    if labelled:
        click.echo(f"{labelled} samples have an access label: keep this version where only those may read it")
    for why, n in changes.not_considered.items():
        click.echo(f"{n} findings: {why}")
