"""``octarine redteam replay``: a finding's attack put to a model again."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from octarine.cli import options as shared
from octarine.cli.jobs import panel_of
from octarine.cli.output import print_json
from octarine.core.codec import encode
from octarine.core.errors import ExitCode, ModelError
from octarine.core.results import Settings
from octarine.store import open_store

if TYPE_CHECKING:
    from octarine.redteam.experts import Replay


@click.command("replay")
@click.argument("finding_id", metavar="ID")
@click.argument("model", required=False)
@click.option("--samples", type=click.IntRange(1), default=5, show_default=True, help="Answers asked for.")
@click.option("--max-tokens", type=click.IntRange(1), default=256, show_default=True, help="An answer.")
@click.option("--temperature", type=shared.Number(0), default=0.7, show_default=True)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the first answer; each next has the next."
)
@shared.judge_options
@shared.allow_shared_lineage
@shared.store_url
@shared.as_json
def replay_(
    finding_id: str,
    model: str | None,
    samples: int,
    max_tokens: int,
    temperature: float,
    seed: int,
    judges: tuple[str, ...],
    judge_max_tokens: int,
    judge_counts: Path | None,
    allow_shared_lineage: bool,
    store_url: str | None,
    json_out: bool,
) -> int:
    """Put a finding's attack to MODEL again, by default to the one that it was found on, and say how often it
    works.

    For models that you are entitled to test.

    \b
    Examples:
      octarine redteam replay 3f9a embedded:smollm2 --samples 10
      octarine redteam replay 3f9a guarded:openai:gpt-4o-mini --json

    Exit codes: 0 it worked no more, 1 it worked at least once, 2 a mistake in the command or nothing that
    could be judged, 3 ours.
    """
    from octarine.models.names import open_model
    from octarine.redteam.experts import replay

    settings = Settings(max_tokens=max_tokens, temperature=temperature, seed=seed)
    with open_store(store_url) as store:
        finding = store.finding(finding_id)
        opened = open_model(model or finding.model.name)
        panel = panel_of(
            judges, judge_max_tokens, judge_counts, store, allow_shared_lineage=allow_shared_lineage
        )

        async def work() -> Replay:
            try:
                await opened.start()
                return await replay(
                    finding, opened, samples=samples, panel=panel, settings=settings, store=store
                )
            finally:
                await panel.aclose()
                await opened.aclose()

        done = asyncio.run(work())
    return _show_replay(done, json_out)


def _show_replay(done: Replay, json_out: bool) -> int:
    from octarine.redteam.experts import visible

    if json_out:
        print_json(
            {
                "finding": done.finding,
                "model": done.model.name,
                "worked": done.worked,
                "judged": done.judged,
                "errors": done.errors,
                "rate": encode(done.rate),
                "outcomes": Counter(one.judgement.outcome.value for one in done.answers),
            }
        )
    if done.rate is None:
        last = done.answers[-1]
        why = last.completion.error or "; ".join(item.note for item in last.judgement.evidence)
        raise ModelError(f"none of the {len(done.answers)} answers could be judged: {visible(why)}")
    if not json_out:
        word = "still works" if done.still_works else "worked no more"
        click.echo(f"{done.finding} on {visible(done.model.name)}: {word}, {done.worked} of {done.judged}")
        click.echo(f"rate {done.rate}" + (f"; {done.errors} could not be judged" if done.errors else ""))
    return ExitCode.FINDING if done.still_works else ExitCode.OK
