"""``octarine redteam regress``: every confirmed finding as a permanent check."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from octarine.cli import options as shared
from octarine.cli.jobs import panel_of
from octarine.cli.output import print_json
from octarine.cli.progress import bars
from octarine.core.codec import encode
from octarine.core.errors import DataError, ExitCode
from octarine.core.files import make_folder, write_text
from octarine.core.results import Finding, Settings
from octarine.models.names import ModelOptions, open_model
from octarine.store import Store, open_store

if TYPE_CHECKING:
    from octarine.redteam.evergreen import Asked, Check, Regression


@click.command("regress")
@click.argument("model", default=shared.DEFAULT_MODEL)
@click.option(
    "--findings",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Those of a file that 'octarine redteam export' wrote. [default: those of the store]",
)
@click.option("--samples", type=click.IntRange(1), default=3, show_default=True, help="Answers a finding.")
@click.option(
    "--max-rate",
    type=shared.Number(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="Share of a finding's answers in which its attack may work.",
)
@click.option("--max-tokens", type=click.IntRange(1), default=256, show_default=True, help="An answer.")
@click.option("--temperature", type=shared.Number(0), default=0.7, show_default=True)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML here.")
@click.option(
    "--concurrency", type=click.IntRange(1), help="Calls in flight. [default: what the model takes]"
)
@shared.limit_options
@shared.judge_options
@shared.allow_shared_lineage
@shared.store_url
@shared.as_json
def regress_(
    model: str,
    path: Path | None,
    samples: int,
    max_rate: float,
    max_tokens: int,
    temperature: float,
    junit: Path | None,
    concurrency: int | None,
    time_limit: float | None,
    max_errors: int | None,
    judges: tuple[str, ...],
    judge_max_tokens: int,
    judge_counts: Path | None,
    allow_shared_lineage: bool,
    store_url: str | None,
    json_out: bool,
) -> int:
    """Put every confirmed finding to MODEL again: none may work any more.

    Says which work since the last check ('regressed') and which did all along ('still open'). A run that was
    stopped goes on; each new one asks anew. For models that you are entitled to test.

    \b
    Examples:
      octarine redteam regress guarded:openai:gpt-4o-mini --junit regress.xml
      octarine redteam regress http://localhost:8000/v1#m --findings findings.jsonl --samples 5 --max-rate 0.2

    Exit codes: 0 none works more often than --max-rate, 1 one does or could not be judged, 2 a mistake in the
    command, 3 ours.
    """
    from octarine.evaluate.runner import Limits
    from octarine.redteam.evergreen import Asked

    if junit:
        make_folder(junit.parent, hint="Choose another file with --junit.")
    asked = Asked(
        samples,
        max_rate,
        Settings(max_tokens=max_tokens, temperature=temperature),
        Limits(concurrency, time_limit or None, max_errors),
    )
    judging = (judges, judge_max_tokens, judge_counts)
    with open_store(store_url) as store:
        panel = panel_of(*judging, store, allow_shared_lineage=allow_shared_lineage)
        options = ModelOptions(concurrency=concurrency)
        found = asyncio.run(_checked(model, options, _findings(path, store), store, asked, panel, json_out))
    _write_junit(found, junit)
    _tell(found, json_out)
    return ExitCode.OK if found.passes else ExitCode.FINDING


def _findings(path: Path | None, store: Store) -> list[Finding]:
    if path is None:
        return list(store.findings())
    from octarine.redteam.experts import read_all

    read = [entry for source in read_all([path]) for entry in source.found]
    findings = [entry for entry in read if isinstance(entry, Finding)]
    if len(findings) < len(read):
        raise DataError(
            f"{len(read) - len(findings)} lines are no findings of ours: nobody judged them yet",
            path=path,
            hint="Bring them in first:  octarine redteam import FILE",
        )
    store.add_findings(findings)
    return findings


async def _checked(
    name: str,
    options: ModelOptions,
    findings: Iterable[Finding],
    store: Store,
    asked: Asked,
    panel: Any,
    quiet: bool,
) -> Regression:
    from octarine.redteam.evergreen import regress

    model = open_model(name, options)
    with bars(quiet) as shown:
        try:
            return await regress(
                model,
                findings,
                store,
                asked,
                panel=panel,
                on_check=None if quiet else _line,
                on_progress=shown.run if shown else None,
            )
        finally:
            await panel.aclose()
            await model.aclose()


def _line(check: Check) -> None:
    from octarine.report import regress as report

    click.echo(f"{report.what(check)}: {report.figure(check)}")


def _write_junit(found: Regression, path: Path | None) -> None:
    from octarine.report.regress import junit

    if path:
        write_text(path, junit(found), hint="Choose another file with --junit.")


def _tell(found: Regression, json_out: bool) -> None:
    from octarine.redteam.evergreen import State

    if json_out:
        counts = {state.value: found.count(state) for state in State}
        print_json({"passes": found.passes, "counts": counts, **encode(found)})
        return
    for check in found.checks:
        if check.state is State.UNJUDGED:
            _line(check)
    told = ", ".join(f"{n} {state.value}" for state in State if (n := found.count(state)))
    click.echo(f"\n{len(found.checks)} findings: {told}")
    if found.rate:
        click.echo(f"works in {found.rate} of the answers")
    for why, n in found.left_out.items():
        click.echo(f"{n} findings are no check: {why}")
    if found.stopped:
        click.echo(f"Stopped early: {found.stopped}. The same command goes on.")
