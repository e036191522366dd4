"""What corruption costs federated learning: as a record, on a terminal, and as one page with its curves."""

from __future__ import annotations

from dataclasses import asdict

from markupsafe import Markup
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from octarine.core.codec import Json
from octarine.evaluate.benchmarks.fedmultimodal.corruption import Corruption
from octarine.evaluate.benchmarks.fedmultimodal.metrics import METRICS
from octarine.evaluate.benchmarks.fedmultimodal.published import NAME, PUBLISHED, SOURCE, TITLE, VERSION
from octarine.evaluate.benchmarks.fedmultimodal.study import Cell, Study
from octarine.report import svg, words
from octarine.report.html import csp_hash, environment, static

SHOWN = METRICS[0]


def study_record(study: Study) -> dict[str, Json]:
    """Everything that was measured; ``published`` is the paper's and was not measured here."""
    return {
        "benchmark": NAME,
        "version": VERSION,
        "source": SOURCE.home,
        "data": study.corpus,
        "windows": dict(study.windows),
        "plan": asdict(study.plan),
        "cells": [asdict(cell) for cell in study.cells],
        "published": [asdict(item) for item in PUBLISHED],
        "notes": list(study.notes),
    }


def show_study(console: Console, study: Study) -> None:
    """Print a table: the first metric with its relative drop, the others as values."""
    console.print(Text.assemble("\n", (TITLE, "bold")))
    console.print(Text(_told_plan(study), style="dim"), highlight=False)
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    headers = (
        "corruption",
        "rate",
        "strategy",
        SHOWN,
        "drop from clean",
        *METRICS[1:],
        "n",
        "clients that learn",
    )
    for place, header in enumerate(headers):
        grid.add_column(header, no_wrap=place > 2, justify="left" if place in (0, 2) else "right")
    for cell in study.cells:
        grid.add_row(*_row(cell))
    console.print(grid)
    console.print(Text(told_published(), style="dim"), highlight=False)
    for note in study.notes:
        console.print(Text(words.printable(note), style="dim"), highlight=False)


def _row(cell: Cell) -> list[str]:
    shown, drop = cell.figures[SHOWN], cell.drop.get(SHOWN)
    clusters = f" in {shown.clusters}" if shown.clusters != shown.n else ""
    return [
        cell.corruption or "none",
        f"{cell.rate:g}",
        cell.strategy,
        f"{shown.value:.3f} [{shown.low:.3f}, {shown.high:.3f}]",
        "" if drop is None else f"{drop.value:+.1%} [{drop.low:+.1%}, {drop.high:+.1%}]",
        *(f"{cell.figures[metric].value:.3f}" for metric in METRICS[1:]),
        f"{shown.n}{clusters}",
        f"{cell.able:g} of {cell.clients}",
    ]


def _told_plan(study: Study) -> str:
    plan = study.plan
    sizes = ", ".join(f"{count} {part}" for part, count in study.windows.items())
    return (
        f"{NAME} {VERSION} · {study.corpus} ({sizes}) · {plan.draws} draws · alpha {plan.alpha:g} · "
        f"{plan.settings.rounds} rounds · {plan.repeats} repeats"
    )


def told_published() -> str:
    """The paper's figures in one line, called the paper's."""
    figures = "; ".join(f"{item.system} {item.slice} {item.value:g}" for item in PUBLISHED)
    return f"the paper's, not measured here ({PUBLISHED[0].metric}; {PUBLISHED[0].where}): {figures}"


def study_page(study: Study) -> str:
    """One HTML file: no network, no script."""
    style = static("octarine.css") + static("campaign.css") + static("federated.css")
    page = (
        environment()
        .get_template("federated.html")
        .render(
            study=study,
            title=TITLE,
            told=_told_plan(study),
            published=told_published(),
            metric=SHOWN,
            style=Markup(style),  # noqa: S704 - ships with the package
            style_hash=csp_hash(style),
            rates=(0.0, *study.plan.rates),
            curves=[(corruption.value, _curve(study, corruption)) for corruption in study.plan.corruptions],
        )
    )
    return words.printable(page)


def _curve(study: Study, corruption: Corruption) -> Markup:
    rates = (0.0, *study.plan.rates)
    series = [
        [(rate, study.cell(strategy, corruption, rate).figures[SHOWN]) for rate in rates]
        for strategy in study.plan.strategies
    ]
    return svg.rate_curves(series, rates[-1])
