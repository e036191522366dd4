"""A campaign on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from tests.redteam.campaign.world import NEVER, World, asked, catalogue, suite, tools

from octarine.core.dimensions import Dimension
from octarine.redteam.campaign import prepare, run_campaign
from octarine.redteam.campaign.forecast import forecast
from octarine.report.campaign_terminal import show_campaign, show_forecast
from octarine.store import open_store


def shown(show, thing, width: int = 1000) -> str:  # type: ignore[no-untyped-def]
    stream = io.StringIO()
    show(Console(file=stream, width=width), thing)
    return stream.getvalue()


async def test_what_worked_how_sure_that_is_and_what_is_not_known(tmp_path: Path) -> None:
    both = (Dimension.SAFETY, Dimension.PRIVACY_SECURITY)
    with open_store(str(tmp_path / "r.sqlite")) as store:
        found = await run_campaign(
            World({"t1": 0.9}),
            suite(50, both),
            asked(budget=700, finalists=3),
            store,
            tools(catalogue(5, NEVER)),
        )
    text = shown(show_campaign, found)
    assert f"campaign {found.id} · {found.spent} of 700 calls" in text
    row = next(line for line in text.splitlines() if line.strip().startswith("t1 "))
    rate = found.attacks[0].rate
    assert rate is not None
    assert f"{rate.estimate.value:.2f} [{rate.estimate.low:.2f}, {rate.estimate.high:.2f}]" in row
    assert f"{found.attacks[0].confirmed} of {found.attacks[0].hits}" in row
    assert row.rstrip().endswith("found")
    assert "(plain seeds)" in text
    assert "Privacy and security" in text
    assert found.error_rate in text
    assert "not tried: 1 attacks (1 × never: says nothing here)" in text
    assert all(note in text for note in found.notes)
    assert found.hits[0].replay in text
    # The longest columns fit a terminal of eighty: no figure is cut.
    assert f"[{rate.estimate.low:.2f}, {rate.estimate.high:.2f}]" in shown(show_campaign, found, 80)


async def test_a_forecast_lists_what_would_be_called() -> None:
    prepared = prepare(World(), suite(50), asked(budget=700, finalists=3), tools(catalogue(5, NEVER)))
    text = shown(show_forecast, await forecast(prepared, World()))
    assert "at most 700 calls to test:world" in text
    assert all(f"  {entry.attack.id}\n" in text for entry in prepared.entries)
    assert all(pair.seed.id in text for pair in prepared.pairs)
    assert "no second judge: none was asked for" in text
