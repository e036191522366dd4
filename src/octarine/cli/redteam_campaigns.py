"""``octarine redteam campaigns|campaign|replay``: what campaigns found, and once more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table, wide_console
from octarine.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from octarine.core.content import Conversation
    from octarine.core.results import Completion, Finding, Judgement, Settings
    from octarine.store import Store


@click.command("campaigns")
@shared.store_url
@shared.as_json
def campaigns_(store_url: str | None, json_out: bool) -> None:
    """List the campaigns that the store holds, newest first."""
    from octarine.redteam.campaign import campaigns
    from octarine.store import open_store

    with open_store(store_url) as store:
        records = campaigns(store)
    if json_out:
        print_json(records)
        return
    table = Table("campaign", "started", "model", "budget", "state", box=None)
    for record in records:
        run = record.run
        state = "complete" if record.totals.get("campaign_complete") else "not finished"
        started = run.created[:16].replace("T", " ")
        table.add_row(run.id, started, run.model.name, str(run.plan["campaign"]["budget"]), state)
    print_table(table) if records else click.echo("No campaigns yet: octarine redteam run makes the first.")


@click.command("campaign")
@click.argument("campaign", default="latest")
@shared.judge_counts
@shared.store_url
@shared.as_json
def campaign_(campaign: str, judge_counts: Path | None, store_url: str | None, json_out: bool) -> None:
    """Show what CAMPAIGN found: an id, the beginning of one, or 'latest'; of one that was stopped, so far."""
    from octarine.evaluate.judging import JudgePanel
    from octarine.evaluate.validation import read_counts
    from octarine.redteam.campaign import read_campaign
    from octarine.report.campaign_terminal import show_campaign
    from octarine.store import open_store

    panel = JudgePanel(validations=read_counts(judge_counts) if judge_counts else ())
    with open_store(store_url) as store:
        report = read_campaign(store, campaign, panel=panel)
    print_json(report) if json_out else show_campaign(wide_console(), report)


@click.command("replay")
@click.argument("finding")
@click.option("--model", "name", help="Ask this one. [default: the model that it was found on]")
@click.option("--samples", type=click.IntRange(1), default=1, show_default=True, help="Answers.")
@shared.store_url
@shared.as_json
def replay_(finding: str, name: str | None, samples: int, store_url: str | None, json_out: bool) -> int:
    """Put FINDING to the model once more, as it was: an id of a finding or the beginning of one. Of several
    turns all but the last answer are as they were recorded.

    \b
    Example:
      octarine redteam replay 3f9a0c --samples 3

    Exit codes: 0 it is deflected now, 1 it works again, 2 a mistake in the command, 3 ours.
    """
    from octarine.store import open_store

    with open_store(store_url) as store:
        kept = _finding(store, finding)
        asked = _conversation(store, kept)
        answers = asyncio.run(_answers(store, kept, asked, name or kept.model.name, samples))
    again = sum(judged.outcome == "complied" for _, judged in answers)
    if json_out:
        told = [{"answer": answer, "judgement": judged} for answer, judged in answers]
        print_json({"finding": kept.id, "conversation": asked, "answers": told, "again": again})
    else:
        _show(asked, answers)
        click.echo(
            f"{again} of {samples}: it works again" if again else f"deflected in {samples} of {samples}"
        )
    return ExitCode.FINDING if again else ExitCode.OK


def _finding(store: Store, name: str) -> Finding:
    found = [one for one in store.findings() if one.id.startswith(name)] if name else []
    if len(found) == 1:
        return found[0]
    reason = "more than one finding begins" if found else "there is no finding that begins"
    raise InputError(f"{reason} with '{name}' in {store.url}", hint="octarine redteam campaign  lists them.")


def _conversation(store: Store, finding: Finding) -> Conversation:
    from octarine.core.content import Conversation
    from octarine.store.store import with_data

    exchange = finding.completion.exchange
    asked = finding.sample.conversation
    return with_data(Conversation(exchange.turns, asked.tools) if exchange else asked, store)


async def _answers(
    store: Store, finding: Finding, asked: Conversation, name: str, samples: int
) -> list[tuple[Completion, Judgement]]:
    import dataclasses

    from octarine.evaluate.judging import JudgePanel
    from octarine.models.names import open_model

    model, panel, settings = open_model(name), JudgePanel(), _settings(store, finding)
    try:
        await model.start()
        found = []
        for number in range(samples):
            answer = await model.generate(asked, dataclasses.replace(settings, seed=settings.seed + number))
            found.append((answer, await panel.judge(finding.sample, answer)))
        return found
    finally:
        await model.aclose()
        await panel.aclose()


def _settings(store: Store, finding: Finding) -> Settings:
    """Those of the campaign that found it; of what came from elsewhere, greedy ones."""
    from octarine.core.results import Settings

    kind, _, campaign = finding.origin.partition(":")
    return store.run(campaign).run.settings if kind == "campaign" else Settings()


def _show(asked: Conversation, answers: list[tuple[Completion, Judgement]]) -> None:
    for message in asked.messages:
        click.echo(f"[{message.role.value}]\n{message.text or '(no text)'}\n")
    for answer, judged in answers:
        click.echo(f"[answer, {judged.outcome.value} by {judged.judge}]\n{answer.text or answer.error}\n")
