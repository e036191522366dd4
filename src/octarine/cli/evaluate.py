"""``octarine evaluate``: benchmarks and runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli import slices
from octarine.cli.benchmarks import (
    federated_row,
    is_public,
    listed,
    record_of,
    run_each,
    score_official,
    show_run,
)
from octarine.cli.calibrate import calibrate_judge
from octarine.cli.federated import federated
from octarine.cli.interop import export, import_
from octarine.cli.jobs import RunOptions, ScoreOptions, panel_of
from octarine.cli.output import print_json, print_table, wide_console
from octarine.core.codec import encode
from octarine.core.errors import InputError
from octarine.core.registry import registry
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.benchmarks.frame import at
from octarine.evaluate.comparison import compare
from octarine.evaluate.difficulty import ENOUGH, add_results, read_difficulty, write_difficulty
from octarine.evaluate.interop.figures import imported_figures
from octarine.evaluate.interop.imported import refuse_imported
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.recorded import RecordedAnswers
from octarine.evaluate.scorecard import Scorecard
from octarine.evaluate.session import evaluate as evaluate_model
from octarine.evaluate.session import score_run
from octarine.evaluate.validation import read_counts
from octarine.report.benchmark_table import show_table, table_record
from octarine.report.imported import imported_record, show_imported
from octarine.report.slices import show_slices
from octarine.report.terminal import show_comparison, show_results
from octarine.store import RunRecord, Store, open_store
from octarine.workflows.assess import write_reports
from octarine.workflows.guard_effect import stored_effect


@click.group()
def evaluate() -> None:
    """Run benchmarks, score recorded answers, show and compare runs.

    \b
    Examples:
      octarine evaluate list
      octarine evaluate run http://localhost:8000/v1#m --benchmark mine.jsonl
      octarine evaluate score octarine --answers answers.jsonl
      octarine evaluate show latest --against 3f9a
      octarine evaluate calibrate-judge labelled.jsonl
      octarine evaluate federated
    """


for command in (calibrate_judge, export, federated, import_):
    evaluate.add_command(command)


@evaluate.command("run")
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option(
    "--suite", "size", type=click.Choice(["quick", "core", "full"]), default="full", show_default=True,
    help="How many samples.",
)  # fmt: skip
@shared.selection_options
@shared.generation_options
@shared.limit_options
@shared.judge_options
@shared.allow_shared_lineage
@shared.model_options
@shared.store_url
@shared.as_json
def run(model: str, size: str, store_url: str | None, json_out: bool, **options: Unpack[RunOptions]) -> None:
    """Run benchmarks on MODEL and print their scorecards, or of a public benchmark its table with the paper's
    figures beside ours; no files are written.

    \b
    Examples:
      octarine evaluate run embedded:smollm2 --suite quick --dimension safety
      octarine evaluate run python:my_bot:reply --benchmark mine.jsonl --repeats 3 --temperature 0.7
      octarine evaluate run embedded:smollm2 --benchmark invite --limit 40
    """
    with open_store(store_url) as store:
        cards = run_each(model, size, store, options, quiet=json_out)
        if json_out:
            records = [record_of(card, store) for card in cards]
            print_json(records[0] if len(records) == 1 else records)
            return
        for card in cards:
            show_run(card, store)


@evaluate.command("score")
@click.argument("benchmark")
@click.option(
    "--answers",
    type=click.Path(path_type=Path),
    help='JSON Lines of {"id": SAMPLE, "answer": TEXT}, or with "prompt" in place of "id".',
)
@click.option(
    "--gold", type=click.Path(path_type=Path), help="Of a public benchmark: its gold, in the official format."
)
@click.option(
    "--predictions", type=click.Path(path_type=Path), help="With --gold: predictions in the official format."
)
@shared.data_folder
@click.option(
    "--name", default="", help="What to call the model whose answers these are. [default: the file]"
)
@shared.judge_options
@shared.store_url
@shared.as_json
def score(
    benchmark: str,
    answers: Path | None,
    gold: Path | None,
    predictions: Path | None,
    json_out: bool,
    **options: Unpack[ScoreOptions],
) -> None:
    """Score answers that were recorded elsewhere, without calling any model.

    Samples without an answer count as failed and are in no rate. What is given in a public benchmark's own
    format (--gold and --predictions) is scored as it is and not kept in the store.

    \b
    Examples:
      octarine evaluate score octarine --answers answers.jsonl
      octarine evaluate score mine.jsonl --answers answers.jsonl --json
      octarine evaluate score fever --gold actual.jsonl --predictions predictions.jsonl
    """
    if answers is not None and gold is None and predictions is None:
        _score_answers(benchmark, answers, json_out, options)
    elif answers is None and gold is not None and predictions is not None:
        table, public = score_official(benchmark, gold, predictions)
        print_json(table_record(table, public)) if json_out else show_table(wide_console(), table, public)
    else:
        raise InputError("give either --answers, or --gold and --predictions", hint="See --help.")


def _score_answers(benchmark: str, answers: Path, json_out: bool, options: ScoreOptions) -> None:
    opened = at(open_benchmark(benchmark), options["data"])
    with open_store(options["store_url"]) as store:
        model, job = RecordedAnswers.job(opened, answers, options["name"])
        panel = panel_of(options["judges"], options["judge_max_tokens"], options["judge_counts"], store)

        async def work() -> Scorecard:
            try:
                return (await evaluate_model(model, job, store, panel=panel)).scorecard
            finally:
                await panel.aclose()

        card = asyncio.run(work())
        print_json(record_of(card, store)) if json_out else show_run(card, store)


@evaluate.command("difficulty")
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--write",
    "write_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Add to this record, one line a sample; made where it is not there.",
)
@shared.store_url
@shared.as_json
def difficulty(
    run_ids: tuple[str, ...], write_to: Path | None, store_url: str | None, json_out: bool
) -> None:
    """Say how many models met each sample of the runs, and which samples tell models apart no more.

    Samples that all of at least three models meet, or none, are candidates to be retired: give them
    "retired": "VERSION: WHY" in their file, so that they are drawn no more and stay where they were.

    \b
    Examples:
      octarine evaluate difficulty 3f9a 81c0 77d2
      octarine evaluate difficulty latest --write difficulty.jsonl
    """
    records = read_difficulty(write_to) if write_to and write_to.exists() else ()
    with open_store(store_url) as store:
        for name in run_ids:
            run = store.run(name).run
            refuse_imported(run, "record of difficulty")
            records = add_results(records, run.model.name, store.results(run.id))
    saturated = [record for record in records if record.saturated]
    if write_to:
        write_difficulty(records, write_to)
    if json_out:
        print_json({"samples": len(records), "saturated": encode(saturated)})
        return
    models = sorted({model for record in records for model in record.models})
    click.echo(f"{len(records)} samples, {len(models)} models: {', '.join(models)}")
    click.echo(
        f"{sum(r.met == r.asked for r in records)} met by all that were asked, "
        f"{sum(r.met == 0 for r in records)} by none"
    )
    for record in saturated:
        click.echo(f"saturated: {record.id} ({record.met} of {record.asked})")
    if len(models) < ENOUGH:
        click.echo(f"None can be called saturated before {ENOUGH} models were asked.")


@evaluate.command("list")
@click.option("--runs", is_flag=True, help="List the runs in the store instead.")
@shared.store_url
@shared.as_json
def list_(runs: bool, store_url: str | None, json_out: bool) -> None:
    """List benchmarks, or with --runs the runs that the store holds, newest first."""
    if runs:
        _list_runs(store_url, json_out)
        return
    rows = [*listed(registry.names("benchmark")), federated_row()]
    if json_out:
        print_json(rows)
        return
    table = Table("benchmark", "version", "samples", "languages", "licence", "what it is", box=None)
    for row in rows:
        cells = {**row, "samples": row["problem"] or row["samples"]}
        del cells["problem"]
        table.add_row(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in cells.values()))
    print_table(table)


def _list_runs(store_url: str | None, json_out: bool) -> None:
    with open_store(store_url) as store:
        records = store.runs()
    if json_out:
        print_json(encode(records))
        return
    table = Table(box=None)
    for heading in ("run", "started", "model", "benchmark", "suite", "status"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("run", "started"))
    for record in records:
        run = record.run
        suite_name = str(run.plan.get("suite", ""))
        started = run.created[:16].replace("T", " ")
        table.add_row(run.id, started, escape(run.model.name), run.benchmark, suite_name, str(record.status))
    if records:
        print_table(table)
    else:
        click.echo("No runs yet: octarine assess makes the first.")


def _show_imported(store: Store, record: RunRecord, json_out: bool) -> None:
    figures = imported_figures(store, record)
    if json_out:
        print_json(imported_record(record.run, figures))
    else:
        show_imported(wide_console(), record.run, figures)


@evaluate.command("show")
@click.argument("run_id", metavar="RUN", default="latest")
@click.option("--against", default="", metavar="RUN", help="Compare with another run, paired by sample.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write the reports again, here."
)
@click.option("--report", "reports", multiple=True, default=("html", "json"), show_default=True)
@slices.by
@slices.metric
@shared.judge_counts
@shared.store_url
@shared.as_json
def show(
    run_id: str,
    against: str,
    out: Path | None,
    reports: tuple[str, ...],
    by: tuple[str, ...],
    metric: str,
    judge_counts: Path | None,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Show the scorecard of RUN, or the table of a public benchmark's run: an id, the beginning of one, or
    'latest'; with what a guard around its model changes, where 'octarine assess' tried one.

    \b
    Examples:
      octarine evaluate show
      octarine evaluate show 3f9a --against 81c0
      octarine evaluate show latest --out report --report html --report markdown
      octarine evaluate show latest --by group --by dimension,language
    """
    with open_store(store_url) as store:
        record = store.run(run_id)
        if record.run.imported and not (against or out or by or metric):
            _show_imported(store, record, json_out)
            return
        refuse_imported(record.run, "report, slice or comparison")
        panel = JudgePanel(validations=read_counts(judge_counts) if judge_counts else ())
        card = replace(score_run(store, record.run, panel), guard=stored_effect(store, record.run))
        card = slices.sliced(card, store, by, metric)
        found = compare(store, record.run, store.run(against).run) if against else None
        files = write_reports(card, store, out, reports) if out else ()
        public = is_public(record.run)
        if json_out and public:
            written = [str(file) for file in files]
            print_json({"table": record_of(card, store), "comparison": encode(found), "files": written})
            return
        if not json_out and public:
            show_run(card, store)
    if json_out:
        print_json({"scorecard": encode(card), "comparison": encode(found), "files": [str(f) for f in files]})
        return
    console = Console()
    if not public:
        show_results(console, card)
    for table in card.sliced:
        show_slices(wide_console(), table)
    if found:
        show_comparison(console, found)
    for file in files:
        console.print(f"wrote {file}", highlight=False, soft_wrap=True)
