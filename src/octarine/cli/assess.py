"""``octarine assess``."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import click
from rich.console import Console

from octarine.cli import options as shared
from octarine.cli.jobs import RunOptions, job_of, model_of, panel_of_options
from octarine.cli.output import print_json
from octarine.cli.progress import bars
from octarine.core.codec import encode
from octarine.core.errors import ExitCode
from octarine.evaluate.plan import Plan, plan_run
from octarine.evaluate.session import Job
from octarine.report.terminal import show_comparison, show_plan, show_results
from octarine.store import Store, open_store
from octarine.workflows.assess import Assessment
from octarine.workflows.assess import assess as assess_model
from octarine.workflows.gate import Gate, read_gate
from octarine.workflows.guard_effect import GuardChoice, choose_guard
from octarine.workflows.guard_plan import plan_guard


@click.command()
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option(
    "--suite",
    "size",
    type=click.Choice(["quick", "core", "full"]),
    default="quick",
    show_default=True,
    help="How many samples: quick fits six minutes with the embedded model.",
)
@shared.selection_options
@shared.generation_options
@shared.limit_options
@shared.judge_options
@shared.allow_shared_lineage
@shared.model_options
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("octarine-report"),
    show_default=True,
    help="Folder for the reports.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    default=("html", "json"),
    show_default=True,
    help="html, json, markdown, junit or a registered one; repeatable.",
)
@click.option(
    "--fail-under",
    "gate_file",
    type=click.Path(path_type=Path),
    help="TOML file of thresholds; exit code 1 when one is not reached.",
)
@click.option(
    "--against",
    default="",
    metavar="RUN",
    help="Compare with an earlier run, paired by sample: its id, the beginning of it, or 'latest'.",
)
@click.option(
    "--guard",
    "policy",
    default="auto",
    metavar="POLICY",
    help="Measure behind this guard, too: a policy's name or YAML file, or 'none'. "
    "[default: the policy 'default', where the extra is installed]",
)
@click.option(
    "--dry-run", is_flag=True, help="Print calls, tokens, rough cost and what could be detected; stop."
)
@click.option("--price-in", type=shared.Number(0), help="Price of a million input tokens, for --dry-run.")
@click.option("--price-out", type=shared.Number(0), help="Price of a million output tokens, for --dry-run.")
@shared.store_url
@shared.as_json
def assess(
    model: str,
    size: str,
    out: Path,
    reports: tuple[str, ...],
    gate_file: Path | None,
    against: str,
    policy: str,
    dry_run: bool,
    price_in: float | None,
    price_out: float | None,
    store_url: str | None,
    json_out: bool,
    **options: Unpack[RunOptions],
) -> int:
    """Measure MODEL over the eight dimensions of responsible AI.

    Without MODEL it takes the embedded one and needs no network once its weights are there. The same command
    again continues an interrupted run and reuses every result.

    Each dimension is shown with and without the guard: recorded answers pass through it, and only what it
    changes is asked again. Thresholds and exit code look at the model without it.

    \b
    Examples:
      octarine assess
      octarine assess http://localhost:11434/v1#llama3.2 --suite core
      octarine assess openai:gpt-4o-mini --dry-run --price-in 0.15 --price-out 0.60
      octarine assess http-json:chatbot.yaml --artefacts ./model-card --report html --report junit
      octarine assess openai:gpt-4o-mini --guard strict
      octarine assess hf:org/name --fail-under release.toml --against 3f9a

    \b
    MODEL is one of
      embedded:smollm2          openai:NAME              http://HOST/v1#NAME
      http-json:FILE.yaml       python:MODULE:FUNCTION   hf:ORG/NAME
      bedrock:ID                scripted:FILE.jsonl      guarded:MODEL (any of them behind the guard)

    Exit codes: 0 good, 1 a threshold of --fail-under not reached, 2 a mistake in the command, 3 ours.
    """
    gate = read_gate(gate_file) if gate_file else None
    job = job_of(size, options)
    with open_store(store_url) as store:
        guard = choose_guard(policy, model)
        if dry_run:
            plan = _plan(model, options, job, store, guard, (price_in, price_out), quiet=json_out)
            print_json(plan) if json_out else show_plan(Console(), plan)
            return ExitCode.OK
        with bars(quiet=json_out) as shown:
            found = asyncio.run(
                assess_model(
                    model_of(model, options, shown.stage if shown else None),
                    job,
                    store,
                    out=out,
                    reports=reports,
                    gate=gate,
                    against=against,
                    panel=panel_of_options(options, store),
                    guard=guard,
                    on_progress=shown.run if shown else None,
                    on_guard_progress=shown.guarded_run if shown else None,
                )
            )
    print_json(_as_json(found)) if json_out else _show(found, job, gate)
    return ExitCode.FINDING if found.failures else ExitCode.OK


def _plan(
    model: str,
    options: RunOptions,
    job: Job,
    store: Store,
    guard: GuardChoice | None,
    prices: tuple[float | None, float | None],
    *,
    quiet: bool,
) -> Plan:
    opened, (price_in, price_out) = model_of(model, options, None), prices
    plan = plan_run(opened, job, store, price_in=price_in, price_out=price_out)
    if guard is None:
        return plan
    with bars(quiet=quiet) as shown:
        behind = plan_guard(
            guard,
            opened,
            job,
            store,
            panel=panel_of_options(options, store),
            price_in=price_in,
            price_out=price_out,
            on_progress=partial(shown.stage, "what the guard would change") if shown else None,
        )
    return replace(plan, guard=behind)


def _as_json(found: Assessment) -> dict[str, Any]:
    return {
        "scorecard": encode(found.evaluation.scorecard),
        "files": [str(file) for file in found.files],
        "failures": encode(found.failures),
        "comparison": encode(found.comparison),
    }


def _show(found: Assessment, job: Job, gate: Gate | None) -> None:
    console = Console()
    show_results(console, found.evaluation.scorecard)
    if found.comparison:
        show_comparison(console, found.comparison)
    if gate:
        _show_gate(console, found)
    for file in found.files:
        console.print(f"wrote {file}", highlight=False, soft_wrap=True)


def _show_gate(console: Console, found: Assessment) -> None:
    if not found.failures:
        console.print("gate: passed", style="green")
    for failure in found.failures:
        console.print(f"gate: {failure.objective}: {failure.reason}", style="red", highlight=False)
