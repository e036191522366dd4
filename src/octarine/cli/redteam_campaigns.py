"""``octarine redteam campaigns|campaign``: what campaigns found."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from octarine.cli import options as shared
from octarine.cli.output import print_json, print_table, wide_console


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
