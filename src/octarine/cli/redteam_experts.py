"""``octarine redteam import``, ``findings``, ``finding``, ``export``, ``access``."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.jobs import panel_of
from octarine.cli.output import print_json, print_table
from octarine.cli.progress import bars
from octarine.core.access import access_labels, label_of
from octarine.core.dimensions import Dimension
from octarine.core.files import write_bytes
from octarine.core.results import Finding
from octarine.store import Store, open_store

if TYPE_CHECKING:
    from octarine.redteam.experts import Imported

_FORMATS = ("auto", "octarine", "garak", "pyrit", "promptfoo")
_selection = shared.stacked(
    click.option("--model", "of_model", metavar="NAME", help="Only of this model."),
    click.option(
        "--dimension", type=click.Choice([one.value for one in Dimension]), help="Only of this dimension."
    ),
    click.option(
        "--origin", default="", metavar="TEXT", help="Only where the origin begins so: import:garak."
    ),
    click.option(
        "--access", metavar="LABEL", help="Only with this access label; 'public' for those without one."
    ),
)


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(dir_okay=False, path_type=Path)
)
@click.option(
    "--format", "name", type=click.Choice(_FORMATS), default="auto", show_default=True, help="What they are."
)
@click.option(
    "--model", default="", metavar="NAME", help="Which model answered. [default: what the rows say]"
)
@click.option("--access", default="", metavar="LABEL", help="Of rows that say none. [default: by their risk]")
@click.option("--language", default="", metavar="CODE", help="Of rows that say none. [default: recognised]")
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="NAME=DIMENSION[/RISK]",
    help="What a probe or plug-in of theirs is about; repeatable.",
)
@shared.judge_options
@click.option("--second-judge", default="", metavar="JUDGE", help="Another one, whose word is kept, too.")
@click.option("--trust", is_flag=True, help="Ask no judge: keep what their tool says as an opinion.")
@click.option("--skip-bad", is_flag=True, help="Leave out and count lines that cannot be read.")
@click.option("--dry-run", is_flag=True, help="Say what would be kept, and keep nothing.")
@shared.store_url
@shared.as_json
def import_(
    files: tuple[Path, ...],
    name: str,
    model: str,
    access: str,
    language: str,
    pairs: tuple[str, ...],
    judges: tuple[str, ...],
    judge_max_tokens: int,
    judge_counts: Path | None,
    second_judge: str,
    trust: bool,
    skip_bad: bool,
    dry_run: bool,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Bring in what people and other tools found: JSON Lines, garak, PyRIT, promptfoo.

    Every row is judged by our judges, and knows its file and line. A line that cannot be read stops it before
    anything is kept.

    \b
    Examples:
      octarine redteam import findings.jsonl --model openai:gpt-4o-mini
      octarine redteam import run.hitlog.jsonl --judge guard_harm --dry-run
      octarine redteam import results.json --access embargo --map policy=controllability
    """
    from octarine.redteam.experts import Judges, Options, categories_said, import_findings, read_all

    options = Options(model, access, language, categories_said(pairs), trust)
    sources = read_all(files, name, skip_bad=skip_bad)
    with open_store(store_url) as store, bars(quiet=json_out) as shown:
        panel = panel_of(judges, judge_max_tokens, judge_counts, store)
        second = panel_of((second_judge,), judge_max_tokens, None, store) if second_judge else None

        async def work() -> list[Imported]:
            try:
                return await import_findings(
                    sources,
                    store,
                    Judges(panel, second, again=bool(judges)),
                    options,
                    dry_run=dry_run,
                    on_progress=(lambda n, of: shown.stage("judging", n, of)) if shown else None,
                )
            finally:
                await panel.aclose()
                if second:
                    await second.aclose()

        done = asyncio.run(work())
    told = [_told(one) for one in done]
    if json_out:
        print_json({"kept": not dry_run, "files": told})
        return
    for one in told:
        _show_imported(one, dry_run)


def _told(one: Imported) -> dict[str, Any]:
    from octarine.redteam.experts import all_visible, row, standing, visible

    told = {
        "file": one.source.path,
        "sha256": one.source.sha256,
        "format": one.source.format,
        "new": len(one.new),
        "standing": dict(Counter(map(standing, one.new))),
        "access": dict(Counter(filter(None, map(label_of, one.new)))),
        "duplicates": one.duplicates,
        "bad": [str(error) for error in one.source.bad],
        "unmapped": {visible(name): n for name, n in one.unmapped.items()},
        "findings": [row(finding) for finding in one.new],
    }
    # Names and errors quote the file, whoever wrote it.
    return dict(all_visible(told))


def _show_imported(one: dict[str, Any], dry_run: bool) -> None:
    rows = one["new"] + one["duplicates"]
    click.echo(f"{one['file']} ({one['format']}): {rows} findings, {one['duplicates']} known already")
    kept = ", ".join(f"{n} {name}" for name, n in sorted(one["standing"].items()))
    click.echo(f"  {'would be kept' if dry_run else 'kept'}: {one['new']}" + (f" ({kept})" if kept else ""))
    if one["access"]:
        labels = ", ".join(f"{name} {n}" for name, n in sorted(one["access"].items()))
        click.echo(f"  not public: {labels}")
    for name, n in sorted(one["unmapped"].items()):
        click.echo(f"  unmapped: '{name}' ({n}); say what it is about with --map '{name}=DIMENSION/RISK'")
    if one["bad"]:
        click.echo(f"  left out, cannot be read: {len(one['bad'])}; the first: {one['bad'][0]}")


@click.command("findings")
@_selection
@shared.store_url
@shared.as_json
def findings_(
    of_model: str | None,
    dimension: str | None,
    origin: str,
    access: str | None,
    store_url: str | None,
    json_out: bool,
) -> None:
    """List findings: who found them, how they stand before the judges, how they begin.

    \b
    Examples:
      octarine redteam findings --dimension safety --origin import:garak
      octarine redteam findings --access public --json
    """
    from octarine.redteam.experts import row

    with open_store(store_url) as store:
        rows = [row(one) for one in _selected(store, of_model, dimension, origin, access)]
    if json_out:
        print_json(rows)
        return
    table = Table("id", "dimension", "risk", "origin", "standing", "model", "how it begins", box=None)
    for one in rows:
        cells = ("id", "dimension", "risk", "origin", "standing", "model", "first_line")
        table.add_row(*(escape(str(one[cell])) for cell in cells))
    print_table(table)
    click.echo(f"\n{len(rows)} findings" + (f", {_labelled(rows)} not public" if _labelled(rows) else ""))


def _labelled(rows: Sequence[dict[str, Any]]) -> int:
    return sum(bool(one["access"]) for one in rows)


def _selected(
    store: Store, model: str | None, dimension: str | None, origin: str, access: str | None
) -> Iterator[Finding]:
    from octarine.core.access import PUBLIC, known_label

    wanted = None if access is None else known_label(access)
    for finding in store.findings(model=model, dimension=Dimension(dimension) if dimension else None):
        if finding.origin.startswith(origin) and wanted in (None, label_of(finding) or PUBLIC):
            yield finding


@click.command("finding")
@click.argument("finding_id", metavar="ID")
@shared.store_url
@shared.as_json
def finding_(finding_id: str, store_url: str | None, json_out: bool) -> None:
    """Show one finding whole: transcript, judgements, where it comes from, how to replay it.

    \b
    Examples:
      octarine redteam finding 3f9a
      octarine redteam finding 3f9a --json
    """
    from octarine.redteam.experts import whole

    with open_store(store_url) as store:
        told = whole(store.finding(finding_id))
    if json_out:
        print_json(told)
        return
    for name in ("id", "model", "dimension", "risk", "origin", "standing", "severity", "access", "created"):
        if told[name]:
            click.echo(f"{name + ':':<12}{told[name]}")
    for step in told["techniques"]:
        click.echo(f"{'technique:':<12}{step}")
    for said in told["transcript"]:
        click.echo(f"\n[{said['who']}]\n{said['text']}" if said["who"] else f"\n{said['text']}")
    click.echo("")
    for one in told["judgements"]:
        score = "no score" if one["score"] is None else f"score {one['score']:g}"
        click.echo(
            f"{one['judge']} {one['version']}: {one['outcome']}, {score}; {'; '.join(one['evidence'])}"
        )
    if told["note"]:
        click.echo(f"\n{told['note']}")
    if told["replay"]:
        click.echo(f"\nreplay:  {told['replay']}")


@click.command("export")
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE")
@click.option(
    "--format",
    "name",
    type=click.Choice(["octarine", "traffic"]),
    default="octarine",
    show_default=True,
    help="Whole records, which import reads; or texts for the guard's commands.",
)
@click.option("--public", "public_only", is_flag=True, help="Only what all may read.")
@_selection
@shared.store_url
@shared.as_json
def export_(
    path: Path,
    name: str,
    public_only: bool,
    of_model: str | None,
    dimension: str | None,
    origin: str,
    access: str | None,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Write findings to a file, one a line; imported elsewhere they are the same findings.

    \b
    Examples:
      octarine redteam export --to findings.jsonl --public
      octarine redteam export --to attacks.jsonl --format traffic --dimension safety
    """
    from octarine.redteam.experts import export

    with open_store(store_url) as store:
        chosen = _selected(store, of_model, dimension, origin, access)
        done = export(list(chosen), store, name, public_only=public_only)
    write_bytes(path, done.data, hint="Choose another file with --to.")
    if json_out:
        told = {"findings": done.findings, "left_out": done.left_out, "routed_to_benchmark": done.measured}
        print_json({"file": str(path), **told})
        return
    click.echo(f"wrote {done.findings} findings to {path}")
    if name == "traffic" and done.measured:
        click.echo(
            f"{done.measured} of them are routed to the evergreen benchmark: do not grade by it what is "
            "trained or tuned on them ('octarine redteam evergreen --training' writes the others)"
        )
    if public_only:
        labels = ", ".join(f"{label} {n}" for label, n in sorted(done.left_out.items()))
        click.echo(
            f"left out, not public: {sum(done.left_out.values())}" + (f" ({labels})" if labels else "")
        )


@click.command("access")
@shared.as_json
def access_(json_out: bool) -> None:
    """List the access labels: what each means, and which risks get it by themselves."""
    labels = access_labels().values()
    if json_out:
        print_json(list(labels))
        return
    table = Table("label", "risks", "what it means", box=None)
    for label in labels:
        table.add_row(label.id, ", ".join(label.risks), label.meaning)
    print_table(table)
