"""``octarine label``: a local page on which people label the answers of a run."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Iterable
from pathlib import Path

import click

from octarine.cli import options as shared
from octarine.cli.output import print_json
from octarine.core.codec import Json, encode
from octarine.core.dimensions import Dimension
from octarine.core.files import write_text
from octarine.evaluate.interop.imported import refuse_imported
from octarine.evaluate.labelling import (
    LabelQueue,
    PairQueue,
    Selected,
    findings,
    labelled_lines,
    pair_agreements,
    preference_lines,
)
from octarine.store import Store, open_store

PORT = 8765


@click.command()
@click.argument("run_id", metavar="[RUN]", default="latest")
@click.option("--against", metavar="RUN", help="Compare pairs of answers with those of this run, too.")
@click.option("--annotator", default="", help="Your name or a pseudonym; else the page asks.")
@click.option("--limit", type=click.IntRange(1), help="At most so many answers, drawn at random.")
@click.option(
    "--labels", "wanted", type=click.IntRange(1), default=2, show_default=True, help="People for each answer."
)
@click.option(
    "--dimension", "dimensions", multiple=True, type=click.Choice([d.value for d in Dimension]),
    help="Only this dimension; repeatable.",
)  # fmt: skip
@click.option("--language", "languages", multiple=True, help="Only this language; repeatable.")
@click.option("--for-judge", "judges", multiple=True, help="Only samples of this judge; repeatable.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random order.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the labels that stand as JSON Lines, for calibrate-judge, and serve nothing.",
)  # fmt: skip
@click.option(
    "--export-preferences", type=click.Path(dir_okay=False, path_type=Path),
    help="With --against: write prompt, chosen and rejected as JSON Lines, and serve nothing.",
)  # fmt: skip
@click.option(
    "--findings",
    "keep_findings",
    is_flag=True,
    help="Keep what people found wrong as findings, and serve nothing.",
)
@shared.store_url
@shared.as_json
def label(
    run_id: str,
    against: str | None,
    annotator: str,
    limit: int | None,
    wanted: int,
    dimensions: tuple[str, ...],
    languages: tuple[str, ...],
    judges: tuple[str, ...],
    seed: int,
    host: str,
    port: int,
    no_browser: bool,
    export: Path | None,
    export_preferences: Path | None,
    keep_findings: bool,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Label the answers of RUN (default: latest) on a local page.

    A key for each verdict; each answer is labelled by several people who do not see each other's labels; what
    they do not agree on somebody else settles. Labels correct the run's scorecard and calibrate judges.

    \b
    Examples:
      octarine label latest --language de --limit 100
      octarine label 3f9a --against 81c0                   pairwise preferences too
      octarine label 3f9a --export labelled.jsonl
      octarine evaluate calibrate-judge labelled.jsonl
    """
    selected = Selected(tuple(map(Dimension, dimensions)), languages, judges, limit, wanted, seed)
    if export_preferences and not against:
        raise click.UsageError("--export-preferences needs --against RUN")
    with open_store(store_url) as store:
        run = store.run(run_id).run
        refuse_imported(run, "labelling")
        queue = LabelQueue(store, run, selected)
        other = store.run(against).run if against else None
        if other:
            refuse_imported(other, "labelling")
        pairs = PairQueue(store, queue.run, other, selected) if other else None
        if export or export_preferences or keep_findings:
            done = _export(store, queue, pairs, export, export_preferences, keep_findings)
            print_json(done) if json_out else click.echo("\n".join(_sentences(done)))
            return
        _serve(queue, pairs, annotator, host, port, no_browser)


def _export(
    store: Store,
    queue: LabelQueue,
    pairs: PairQueue | None,
    export: Path | None,
    export_preferences: Path | None,
    keep_findings: bool,
) -> dict[str, Json]:
    done: dict[str, Json] = {"agreement": encode(pair_agreements(queue.labels(item) for item in queue.items))}
    if export:
        done["labels"] = _lines(export, labelled_lines(queue))
        done["left_out"] = len(queue.settled()) - done["labels"]
    if export_preferences and pairs:
        done["preferences"] = _lines(export_preferences, preference_lines(pairs))
    if keep_findings:
        found = list(findings(queue))
        for finding in found:
            store.add_finding(finding)
        done["findings"] = len(found)
    return done


def _lines(path: Path, records: Iterable[Json]) -> int:
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    write_text(path, "".join(lines))
    return len(lines)


def _sentences(done: dict[str, Json]) -> list[str]:
    told = [f"{done[name]} {name}" for name in ("labels", "preferences", "findings") if name in done]
    if done.get("left_out"):
        told.append(f"{done['left_out']} labels left out: their conversations hold pictures or tools")
    return told


def _serve(
    queue: LabelQueue, pairs: PairQueue | None, annotator: str, host: str, port: int, no_browser: bool
) -> None:
    from octarine.server.label import LabelPage
    from octarine.server.serving import free_port, serve

    port = free_port(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    click.echo(f"{len(queue.items)} answers at {address}  (Ctrl-C ends; every label is kept at once)")
    if not no_browser:
        webbrowser.open(address)
    serve(LabelPage(queue, pairs, annotator).app(), host, port)
