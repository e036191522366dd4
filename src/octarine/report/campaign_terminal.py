"""A campaign on a terminal: what worked, how sure that is, and what is not known."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from octarine.core.estimate import Estimate
from octarine.core.results import Outcome
from octarine.redteam.campaign.figures import AttackFigure, CampaignReport, Cell, Hit, Rate, Reading
from octarine.redteam.campaign.forecast import Forecast
from octarine.redteam.campaign.planned import Side
from octarine.report import words

SHOWN = 20
"""Attacks, hits and cells, at most; everything is in the JSON."""
_READING = {
    Reading.FOUND: ("found", "red"),
    Reading.NOT_SHOWN: ("no success", "green"),
    Reading.NOT_UNDERSTOOD: ("not understood", "yellow"),
    Reading.UNCHECKED: ("no success, unchecked", "dim"),
}


def show_campaign(console: Console, report: CampaignReport) -> None:
    """Print seeds, attacks, categories, hits, and what a reader must know."""
    model = words.printable(report.run.model.name)
    console.print(Text.assemble("\n", (model, "bold"), f" {report.run.model.revision}"))
    state = "" if report.complete else " · not finished"
    _faint(console, f"campaign {report.id} · {report.spent} of {report.plan.budget} calls{state}")
    _show_seeds(console, report)
    _show_attacks(console, report)
    _show_cells(console, report)
    _show_searched(console, report)
    _show_hits(console, report)
    for note in report.notes:
        console.print(Text(f"· {words.printable(note)}", style="yellow"))


def _show_seeds(console: Console, report: CampaignReport) -> None:
    seeds = report.seeds
    console.print(
        f"{seeds.eligible} of {seeds.seen} seeds are deflected in all of {report.plan.samples} samples; "
        f"the report is on {seeds.used} of the {seeds.report} in its part",
        highlight=False,
    )
    if seeds.deflection:
        _faint(console, f"deflected, all samples: {_estimate(seeds.deflection)}")
    if seeds.false_refusals:
        _faint(console, f"benign twins refused: {_estimate(seeds.false_refusals)}")


def _show_attacks(console: Console, report: CampaignReport) -> None:
    if not report.attacks and not report.baseline:
        return
    table = Table("attack", "succeeds", "both", "n", "p", "understood", "confirmed", "", box=None)
    for column in (*table.columns[1:3], table.columns[-1]):
        column.no_wrap = True
    table.columns[0].overflow = "fold"
    if report.baseline:
        rate, both = report.baseline, report.baseline_both
        agreed = f"{both.value:.2f}" if both else ""
        table.add_row("(plain seeds)", _rate(rate), agreed, _tried(rate), "", "", "", "", style="bold")
    for one in report.attacks:
        table.add_row(*_attack(one))
    console.print(table)
    for one in report.attacks:
        if one.rate and one.rate.corrected:
            _faint(console, f"corrected for the judge, {one.attack.id}: {_estimate(one.rate.corrected)}")
    for one in report.found:
        if len(one.at_k) > 1:
            last = one.at_k[-1]
            _faint(console, f"one of {last.k} samples at least, {one.attack.id}: {_estimate(last.estimate)}")
    if report.attacks:
        _faint(console, report.error_rate)


def _attack(one: AttackFigure) -> list[str | Text]:
    # Successes that are too few for this many seeds are no sign of robustness.
    some = one.hits > 0 and not one.found
    reading, style = ("undecided", "yellow") if some else _READING[one.reading]
    asked = one.comprehension
    return [
        words.printable(one.attack.id),
        _rate(one.rate) if one.rate else "applies to no seed",
        f"{one.both.value:.2f}" if one.both else "",
        _tried(one.rate) if one.rate else "",
        "" if one.p_adjusted is None else f"{one.p_adjusted:.3f}",
        "" if asked is None else f"{asked.understood.value:.2f}",
        f"{one.confirmed} of {one.hits}" if one.hits else "",
        Text(reading, style=style),
    ]


def _tried(rate: Rate) -> str:
    """How many, and what of them is neither success nor deflection."""
    rest = (Outcome.PARTIAL, Outcome.INCOHERENT, Outcome.ERROR)
    told = ", ".join(f"{rate.counts[one]} {one.value}" for one in rest if rate.counts.get(one))
    return f"{rate.estimate.n} ({told})" if told else str(rate.estimate.n)


def _show_cells(console: Console, report: CampaignReport) -> None:
    cells = [cell for cell in report.cells if not cell.exploratory]
    explored = {(c.category, c.dimension): c for c in report.cells if c.exploratory}
    if not cells and not explored:
        return
    table = Table("category", "dimension", "report", "", "first pass of the search", "", box=None)
    keys = dict.fromkeys([*((c.category, c.dimension) for c in cells), *explored])
    reported = {(c.category, c.dimension): c for c in cells}
    for key in list(keys)[: 2 * SHOWN]:
        table.add_row(
            words.printable(key[0]), key[1].label, *_cell(reported.get(key)), *_cell(explored.get(key))
        )
    console.print(table)


def _cell(cell: Cell | None) -> tuple[str, str]:
    return (
        ("–", "") if cell is None else (_rate(cell.rate), f"{cell.attacks} attacks, n={cell.rate.estimate.n}")
    )


def _show_searched(console: Console, report: CampaignReport) -> None:
    left = [one for one in report.searched if not one.carried_on and one.successes]
    if left:
        _faint(console, "worked in the search and was not carried on (exploratory):")
        for one in left[:SHOWN]:
            _faint(console, f"  {one.attack.id}: {one.successes} of {one.tries}")
    if report.untried:
        reasons = Counter(one.reason for one in report.untried).most_common(4)
        told = "; ".join(f"{n} × {reason}" for reason, n in reasons)
        _faint(console, f"not tried: {len(report.untried)} attacks ({told})")


def _show_hits(console: Console, report: CampaignReport) -> None:
    found = report.confirmation
    if not found.hits:
        console.print("no attack succeeded")
        return
    second = (
        f"second judge {found.second_judge}: {found.agreed} agreed, {found.disagreed} not; "
        if (found.second_judge)
        else ""
    )
    console.print(
        f"\n{found.hits} successes: {found.confirmed} confirmed, {found.unconfirmed} not, {found.open} open "
        f"({escape(second)}sampled again: {found.reproduced} again, {found.not_reproduced} not, "
        f"{found.not_sampled} not done)",
        highlight=False,
    )
    for hit in [one for one in report.hits if one.replay][:SHOWN]:
        console.print(Text(f"  {hit_line(hit)}"), soft_wrap=True)
        _faint(console, f"    {hit.replay}")


def hit_line(hit: Hit) -> str:
    """A success in a line; of its text nothing."""
    return f"{hit.id}  {hit.phase.value:6}  {words.printable(hit.attack)}  on {words.printable(hit.seed)}"


def _rate(rate: Rate) -> str:
    return f"{rate.estimate.value:.2f} [{rate.estimate.low:.2f}, {rate.estimate.high:.2f}]"


def _estimate(found: Estimate) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] (n={found.n}, {found.clusters} seeds)"


def _faint(console: Console, text: str) -> None:
    console.print(Text(words.printable(text), style="dim"), soft_wrap=True)


def show_forecast(console: Console, found: Forecast) -> None:
    """Print what a campaign would do."""
    plan = found.plan
    console.print(f"[bold]at most {plan.budget} calls[/] to {escape(plan.model.name)}", highlight=False)
    table = Table("phase", "calls, at most", box=None)
    for one in found.calls:
        table.add_row(one.phase.value, str(one.planned))
    console.print(table)
    cost = "" if found.cost is None else f"; at most about {found.cost:.2f} in the currency of the prices"
    time = "" if found.minutes is None else f"; about {found.minutes:.0f} minutes on two cores"
    console.print(
        f"about {found.input_tokens:,} tokens in, at most {found.output_tokens:,} out{escape(cost)}{time}",
        highlight=False,
    )
    sides = Counter(seed.side for seed in found.seeds)
    console.print(
        f"{len(found.seeds)} seeds: {sides[Side.SEARCH]} to search on, {sides[Side.REPORT]} for the report",
        highlight=False,
    )
    for seed in found.seeds:
        _faint(console, f"  {seed.side.value:6}  {seed.id}")
    kinds = Counter(attack.category for attack in found.attacks)
    told = ", ".join(f"{name} {n}" for name, n in kinds.items())
    console.print(f"{len(found.attacks)} attacks: {escape(told)}", highlight=False)
    for attack in found.attacks:
        _faint(console, f"  {attack.id}")
    if found.untried:
        _faint(console, f"not to be tried: {len(found.untried)}; the first: {found.untried[0].reason}")
    if found.no_second_judge:
        _faint(console, f"no second judge: {found.no_second_judge}")
