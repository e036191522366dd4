"""``octarine redteam report``: a campaign as a page."""

from __future__ import annotations

from pathlib import Path

import click

from octarine.cli import options as shared


@click.command("report")
@click.argument("campaign", default="latest")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the page goes. [default: here]",
)
@shared.judge_counts
@shared.store_url
def report(campaign: str, folder: Path, judge_counts: Path | None, store_url: str | None) -> None:
    """Write CAMPAIGN as one HTML page: an id, the beginning of one, or 'latest'.

    What works and how sure that is, each success with its transcript and the command that repeats it.
    Whatever has an access label is left out and counted.

    \b
    Examples:
      octarine redteam report
      octarine redteam report 3f9a --to reports
    """
    from octarine.core.files import make_folder, write_text
    from octarine.evaluate.judging import JudgePanel
    from octarine.evaluate.validation import read_counts
    from octarine.redteam.campaign import read_campaign
    from octarine.report.campaign import write
    from octarine.store import open_store

    make_folder(folder, hint="Choose another with --to.")
    panel = JudgePanel(validations=read_counts(judge_counts) if judge_counts else ())
    with open_store(store_url) as store:
        found = read_campaign(store, campaign, panel=panel)
        # An address of a database is the reader's own affair; a file is named as it was.
        at = store_url if store_url and "://" not in store_url else ""
        page = write(found, store, at=at)
    path = write_text(folder / f"campaign-{found.id}.html", page, hint="Choose another folder with --to.")
    click.echo(f"wrote {path}")
