"""``octarine evaluate calibrate-judge``: a judge held against people's labels."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from octarine.cli import options as shared
from octarine.cli.jobs import panel_of
from octarine.cli.output import print_json, print_table
from octarine.core.codec import Json, encode
from octarine.core.estimate import Estimate
from octarine.evaluate.calibration import Agreement, calibrate, file_hash, read_labelled
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.rubric import MajorityJudge, RubricJudge, Tally
from octarine.evaluate.validation import JudgeValidation, read_counts, write_counts
from octarine.report import words
from octarine.store import open_store


@click.command("calibrate-judge")
@click.argument("labelled", type=click.Path(path_type=Path))
@shared.judge_options
@click.option(
    "--write",
    "write_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Put the confusion counts into this file, for --judge-counts; those of other judges, languages "
    "and models stay.",
)
@click.option("--licence", default="unknown", show_default=True, help="Of the labelled file, for the record.")
@shared.store_url
@shared.as_json
def calibrate_judge(
    labelled: Path,
    judges: tuple[str, ...],
    judge_max_tokens: int,
    judge_counts: Path | None,
    write_to: Path | None,
    licence: str,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Measure a judge against people's labels, by language and by model that answered.

    LABELLED is JSON Lines as 'octarine label --export' writes it: prompt (or messages), answer, outcome and
    language; the judge is the one that each line names (refusal), or the models of --judge.

    \b
    Examples:
      octarine evaluate calibrate-judge labelled.jsonl
      octarine evaluate calibrate-judge labelled.jsonl --judge openai:gpt-x --write counts.toml
      octarine assess http://localhost:8000/v1#m --judge-counts counts.toml
    """
    lines = read_labelled(labelled)
    with open_store(store_url) as store:
        panel = panel_of(judges, judge_max_tokens, judge_counts, store)

        async def work() -> list[Agreement]:
            try:
                return await calibrate(lines, panel)
            finally:
                await panel.aclose()

        found = asyncio.run(work())
    if write_to:
        _write(found, labelled, licence, write_to)
    tallies = _tallies(panel, {line.judge for line in lines})
    if json_out:
        print_json({"agreement": [_row(item) for item in found], "asked": encode(tallies)})
        return
    _show(found, tallies)
    if write_to:
        click.echo(f"wrote {write_to}")


def _write(found: list[Agreement], labelled: Path, licence: str, write_to: Path) -> None:
    sha256 = file_hash(labelled)
    made = [item.validation(labelled.name, sha256, licence, "a person said so") for item in found if item.n]
    renewed = {(item.judge, item.language, item.model, item.positive) for item in found}
    there = read_counts(write_to) if write_to.exists() else ()
    kept = [entry for entry in there if _stratum(entry) not in renewed]
    write_counts([*kept, *made], write_to, "octarine evaluate calibrate-judge LABELLED --write FILE")


def _stratum(entry: JudgeValidation) -> tuple[str, str, str, str]:
    return entry.judge, entry.language, entry.model, entry.positive


def _rates(item: Agreement) -> tuple[Estimate | None, Estimate | None]:
    """Sensitivity and specificity, where there are labels for them."""
    counts = item.validation("", "", "", "").counts
    positives = item.cells[True, True] + item.cells[True, False]
    return counts.sensitivity if positives else None, counts.specificity if item.n > positives else None


def _row(item: Agreement) -> dict[str, Json]:
    rates = _rates(item)
    return {
        "judge": item.judge,
        "version": item.version,
        "language": item.language,
        "model": item.model,
        "positive": item.positive,
        "n": item.n,
        "undecided": item.undecided,
        "true_positive": item.cells[True, True],
        "false_negative": item.cells[True, False],
        "true_negative": item.cells[False, False],
        "false_positive": item.cells[False, True],
        "sensitivity": encode(rates[0]),
        "specificity": encode(rates[1]),
        "kappa": encode(item.kappa),
    }


def _tallies(panel: JudgePanel, names: set[str]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for name in sorted(names):
        judge = panel[name]
        for member in judge.judges if isinstance(judge, MajorityJudge) else (judge,):
            if isinstance(member, RubricJudge):
                found[member.name] = member.tally
    return found


def _show(found: list[Agreement], tallies: dict[str, Tally]) -> None:
    rates = ("sensitivity", "specificity", "kappa")
    table = Table("judge", "language", "answers of", "positive", "n", *rates, box=None)
    for item in found:
        table.add_row(
            item.judge,
            item.language,
            item.model,
            item.positive,
            f"{item.n}" + (f" (+{item.undecided} undecided)" if item.undecided else ""),
            *map(words.with_interval, _rates(item)),
            _kappa(item.kappa),
        )
    print_table(table)
    for name, tally in tallies.items():
        line = (
            f"{name}: {tally.verdicts} verdicts, {tally.calls} calls and {tally.cached} from the store; "
            f"{tally.parse_failures} replies could not be read, {tally.by_order} verdicts changed with the "
            f"order of the options, {tally.by_language} with the language, {tally.undecided} stayed undecided"
        )
        Console().print(Text(words.printable(line), style="dim"))


def _kappa(estimate: Estimate | None) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]" if estimate else "–"
