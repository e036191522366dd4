"""The terminal: aligned, whole in one screen, plain when piped."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from report_examples import empty_run, weak_model
from rich.cells import cell_len
from rich.console import Console

from octarine.core.dimensions import Metric, objectives
from octarine.core.estimate import Estimate
from octarine.core.results import ModelIdentity, Result
from octarine.evaluate.comparison import Comparison, ObjectiveDifference
from octarine.evaluate.plan import Plan, PlannedObjective
from octarine.evaluate.scorecard import Effort, Scorecard
from octarine.report import words
from octarine.report.terminal import bar, show_comparison, show_languages, show_plan, show_scorecard

Run = tuple[Scorecard, list[Result]]
WIDTHS = [80, 100, 140]


def _console(width: int, *, terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    colours = "truecolor" if terminal else None
    return Console(file=out, width=width, force_terminal=terminal, color_system=colours), out  # type: ignore[arg-type]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [weak_model, empty_run])
def test_the_scorecard_fits_one_screen(make: Callable[[], Run], width: int) -> None:
    card, _ = make()
    console, out = _console(width)
    show_scorecard(console, card)
    lines = out.getvalue().splitlines()
    assert len(lines) <= 45
    assert max(map(cell_len, lines)) <= width
    rows = [line for line in lines if re.search("[≥≤]", line)]
    assert len(rows) == len(card.objectives)
    for line, score in zip(rows, card.objectives, strict=True):
        assert line.startswith(f"  {words.short(score.objective)}")
        assert words.with_interval(score.estimate, score.objective) in line
        assert line.rstrip().endswith(words.status(score))


@pytest.mark.parametrize("width", WIDTHS)
def test_languages_are_shown_where_there_are_several(weak: Run, width: int) -> None:
    console, out = _console(width)
    show_languages(console, weak[0])
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert lines[1].split()[-4:] == ["all", "en", "ar", "ja"]
    assert len(lines) == 1 + 1 + 8 + 1
    assert "cells of dimension × language × modality × turns are missing" in lines[-1]
    console, out = _console(width)
    show_languages(console, empty_run()[0])
    assert out.getvalue() == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_figures_stand_in_columns(weak: Run, width: int) -> None:
    console, out = _console(width)
    show_scorecard(console, weak[0])
    lines = [line for line in out.getvalue().splitlines() if re.search(r"[≥≤]", line)]
    assert len(lines) == len(weak[0].objectives)
    assert len({max(line.rfind("≥"), line.rfind("≤")) for line in lines}) == 1
    assert len({line.rfind("]") for line in lines}) == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_colours_only_where_someone_sees_them(weak: Run, terminal: bool) -> None:
    console, out = _console(100, terminal=terminal)
    show_scorecard(console, weak[0])
    assert ("\x1b[" in out.getvalue()) is terminal


def test_names_cannot_drive_the_terminal_or_its_markup(weak: Run) -> None:
    card = weak[0]
    model = ModelIdentity("evil\x1b[2J[bold]name[/bold]", "r")
    hostile = replace(card, run=replace(card.run, model=model), notes=("\x1b]0;title\x07[red]note[/red]",))
    console, out = _console(100)
    show_scorecard(console, hostile)
    assert "\x1b" not in out.getvalue()
    assert "[bold]name[/bold]" in out.getvalue()
    assert "[red]note[/red]" in out.getvalue()


@pytest.mark.parametrize("cells", [5, 21, 41])
@pytest.mark.parametrize("value", [0.0, 0.03, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("goal", [None, 0.0, 0.1, 0.95, 1.0])
def test_a_bar_keeps_its_length_and_its_value(cells: int, value: float, goal: float | None) -> None:
    estimate = Estimate(value, max(0.0, value - 0.2), min(1.0, value + 0.2), 21, 11, "wilson")
    drawn = bar(estimate, cells, goal=goal).plain
    assert len(drawn) == cells
    assert drawn.index("●") == round(value * (cells - 1))
    assert set(drawn) <= set("·─●│")


def test_a_bar_of_nothing_shows_the_goal_alone() -> None:
    assert bar(None, 11, goal=0.9).plain == "·········│·"


def _comparison(card: Scorecard) -> Comparison:
    known = objectives()
    differences = tuple(
        ObjectiveDifference(
            objective, 0.5, 0.4, Estimate(shift, shift - 0.05, shift + 0.05, 21, 11, "paired"), p
        )
        for objective, shift, p in zip(known, [0.1, -0.1, 0.0] * 7, [0.0001, 0.02, 1.0] * 7, strict=False)
    )
    return Comparison(card.run, replace(card.run, id="aa11bb22"), 300, differences)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_comparison_says_which_is_better(weak: Run, width: int) -> None:
    console, out = _console(width)
    comparison = _comparison(weak[0])
    show_comparison(console, comparison)
    text = out.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    assert "3f9c2a71" in text
    assert "aa11bb22" in text
    rows = [line for line in text.splitlines() if re.search(r"(better|worse|unclear) *$", line)]
    assert len(rows) == len(comparison.differences)
    for line, row in zip(rows, comparison.differences, strict=True):
        assert words.short(row.objective) in line
        higher_is_better = row.objective.metric is Metric.ADHERENCE
        expected = (
            "unclear"
            if row.difference.value == 0
            else ("better" if (row.difference.value > 0) is higher_is_better else "worse")
        )
        assert line.rstrip().endswith(expected)
    assert "+10 [+5, +15]" in text
    assert "<0.001" in text


def test_a_comparison_of_too_little_says_so(weak: Run) -> None:
    console, out = _console(80)
    show_comparison(console, replace(_comparison(weak[0]), differences=()))
    assert "nothing can be compared" in out.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_plan_shows_what_it_could_detect(width: int) -> None:
    planned = tuple(
        PlannedObjective(objective, n, 0.17 if n > 20 else None)
        for objective, n in zip(objectives(), [21, 12, 0, 20] * 5, strict=False)
    )
    plan = Plan(330, 300, 30, 40_000, 15_000, 0.12, planned)
    console, out = _console(width)
    show_plan(console, plan)
    text = out.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    assert "40,000 tokens in" in text
    assert "0.12 in the currency" in " ".join(text.split())
    rows = [line for line in text.splitlines() if re.search("[≥≤]", line)]
    assert len(rows) == len(planned)
    for line, row in zip(rows, planned, strict=True):
        assert words.short(row.objective) in line
        expected = "untested" if row.n < 20 else "17 points" if row.detectable else "–"
        assert line.rstrip().endswith(expected)


def test_a_plan_without_prices_names_no_cost() -> None:
    console, out = _console(80)
    show_plan(console, Plan(3, 3, 0, 10, 20, None, ()))
    assert "currency" not in out.getvalue()


def test_the_weak_example_is_what_it_says() -> None:
    """The other tests lean on it: every status, an error, a note, a corrected rate, an uncertain verdict."""
    card, results = weak_model()
    assert {score.status.value for score in card.objectives} == {"met", "not_met", "untested"}
    assert any(score.corrected for score in card.objectives)
    assert card.errors
    assert card.notes
    assert len(results) == card.samples > 320


@pytest.mark.parametrize("width", [54, 60, 72])
def test_a_narrow_terminal_folds_names_and_cuts_no_figure(weak: Run, width: int) -> None:
    scorecard, _ = weak
    console, out = _console(width)
    show_scorecard(console, scorecard)
    text = out.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text.replace("0 … 100 %", "")
    for score in scorecard.objectives:
        assert words.with_interval(score.estimate, score.objective) in text


def test_a_run_shown_again_claims_no_effort(weak: Run) -> None:
    scorecard, _ = weak
    console, out = _console(100)
    show_scorecard(console, replace(scorecard, effort=Effort()))
    assert "answered now" not in out.getvalue()
