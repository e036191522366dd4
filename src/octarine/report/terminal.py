"""The scorecard on a terminal: the answer in one screen, narrow or wide, coloured or piped."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from octarine.core.dimensions import Metric
from octarine.core.estimate import Estimate
from octarine.core.results import Run
from octarine.evaluate.comparison import Comparison, ObjectiveDifference
from octarine.evaluate.guard_effect import Change, GuardEffect
from octarine.evaluate.plan import GuardPlan, Plan, PlannedObjective
from octarine.evaluate.scorecard import (
    MIN_SAMPLES,
    DimensionScore,
    Effort,
    ObjectiveScore,
    Scorecard,
    Status,
)
from octarine.report import words
from octarine.report.matrix import figure, matrix

STYLE = {Status.MET: "green", Status.NOT_MET: "red", Status.UNTESTED: "dim"}
MARK = {Status.MET: "✓", Status.NOT_MET: "✗", Status.UNTESTED: "·"}
VERDICTS = {True: ("better", "green"), False: ("worse", "red"), None: ("unclear", "dim")}
BARS = ((140, 41), (100, 21))
"""From so wide a terminal on, a bar of so many cells; narrower ones have no room for any."""

COUNTS = 80
"""A narrower terminal has no room for the counts beside the guard's figures."""


def show_results(console: Console, scorecard: Scorecard) -> None:
    """Print the scorecard, the languages where more than one was tested, and what the guard changes where it
    was tried."""
    show_languages(console, scorecard)
    show_scorecard(console, scorecard)
    if scorecard.guard is not None:
        show_guard(console, scorecard.guard)


def show_scorecard(console: Console, scorecard: Scorecard) -> None:
    """Print the dimensions with their objectives, what it cost, and what a reader must know."""
    run = scorecard.run
    console.print(Text.assemble("\n", (words.printable(run.model.name), "bold"), f" {run.model.revision}"))
    _faint(
        console,
        f"run {run.id} · {run.benchmark} {run.version} · suite {run.plan.get('suite', '–')} · "
        f"{scorecard.samples} of {scorecard.planned} samples",
    )
    cells = next((cells for width, cells in BARS if console.width >= width), 0)
    table = _table("", *(("0 … 100 %",) if cells else ()), "estimate", "n", "goal")
    for column in table.columns[-3:-1]:
        column.justify = "right"
    for dimension in scorecard.dimensions:
        table.add_row(*_dimension(dimension, cells))
        for score in dimension.objectives:
            table.add_row(*_objective(score, cells))
    console.print(table)
    _show_summary(console, scorecard)


def show_languages(console: Console, scorecard: Scorecard) -> None:
    """Print dimension × language, where more than one was tested; the other reports hold the whole matrix."""
    found = matrix(scorecard)
    rows = [row for row in found.rows if row.total]
    tested = [found.languages.index(language) for language in found.tested]
    if len(tested) < 2:
        return
    console.print()
    table = _table("adherence, %", "all", *(found.languages[place] for place in tested))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        shown = (figure(row.entries[place]) for place in (0, *tested))
        table.add_row(row.label, *(f"{100 * value.value:.0f}" if value else "?" for value in shown))
    console.print(table)
    missing, cells = found.counted
    _faint(console, f"{missing} of {cells} cells of dimension × language × modality × turns are missing")


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, header in enumerate(headers):
        # Where the terminal is too narrow, the names and the last column are folded: a figure never is.
        table.add_column(header, no_wrap=0 < place < len(headers) - 1)
    return table


def _faint(console: Console, text: str) -> None:
    console.print(Text(words.printable(text), style="dim"))


def _dimension(dimension: DimensionScore, cells: int) -> list[Text]:
    adherence, refusals = dimension.adherence, dimension.false_refusals
    return [
        Text(dimension.dimension.label, style="bold"),
        *([bar(adherence, cells)] if cells else []),
        Text(words.with_interval(adherence), style="bold"),
        Text(str(adherence.n if adherence else 0)),
        Text(f"false refusals {words.with_interval(refusals)}" if refusals else "", style="yellow"),
    ]


def _objective(score: ObjectiveScore, cells: int) -> list[Text]:
    doubt = " †" if words.doubtful(score) else ""
    return [
        Text(
            f"  {words.short(score.objective)}{doubt}", style="dim" if score.status is Status.UNTESTED else ""
        ),
        *([bar(score.estimate, cells, goal=score.objective.threshold)] if cells else []),
        Text(words.with_interval(score.estimate, score.objective)),
        Text(str(score.n)),
        Text.assemble(
            f"{words.threshold(score.objective):<7} ",
            (f"{MARK[score.status]} {words.status(score)}", STYLE[score.status]),
        ),
    ]


def bar(estimate: Estimate | None, cells: int, *, goal: float | None = None) -> Text:
    """The interval on a line of ``cells`` characters from 0 to 1, with its value and its goal marked."""
    last = cells - 1

    def place(value: float) -> int:
        return round(min(1.0, max(0.0, value)) * last)

    drawn = Text("·" * cells, style="dim")
    if estimate is not None:
        low, high = place(estimate.low), place(estimate.high)
        drawn = Text.assemble(("·" * low, "dim"), "─" * (high - low + 1), ("·" * (last - high), "dim"))
    if goal is not None:
        drawn = _put(drawn, place(goal), "│")
    return drawn if estimate is None else _put(drawn, place(estimate.value), "●")


def _put(line: Text, at: int, mark: str) -> Text:
    return Text.assemble(line[:at], mark, line[at + 1 :]) if at + 1 < len(line) else line[:at] + Text(mark)


def _show_summary(console: Console, scorecard: Scorecard) -> None:
    counts = {status: sum(score.status is status for score in scorecard.objectives) for status in Status}
    parts = [f"[{STYLE[status]}]{counts[status]} {words.STATUS_WORDS[status]}[/]" for status in Status]
    console.print("\n" + " · ".join(parts) + " objectives; intervals at 95 %", highlight=False)
    if any(words.status(score).endswith("?") for score in scorecard.objectives):
        _faint(console, "? the interval reaches across the goal")
    if any(words.doubtful(score) for score in scorecard.objectives):
        _faint(console, "† judge unvalidated here: no human labels of this model's answers")
    for score in scorecard.objectives:
        if score.powered is not None:
            _faint(console, f"{words.short(score.objective)}: {words.powered(score)}")
    for note in scorecard.notes:
        console.print(Text(words.printable(note), style="yellow"))
    if scorecard.effort != Effort():
        _faint(console, _took(scorecard.effort))


def _took(effort: Effort) -> str:
    seconds = ", ".join(f"{stage} {value:.1f} s" for stage, value in effort.seconds.items())
    tokens = f"{effort.output_tokens:,} tokens out" if effort.output_tokens else ""
    took = [f"{effort.generated} answered now, {effort.reused} reused", tokens, seconds]
    return "; ".join(part for part in took if part)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print the objectives whose paired difference could be estimated."""
    console.print()
    for name, run in (("this ", comparison.first), ("other", comparison.second)):
        console.print(_run_line(name, run))
    _faint(console, f"{comparison.shared} shared samples; the difference is this minus other, in points")
    if not comparison.differences:
        console.print(f"No objective has {MIN_SAMPLES} shared samples: nothing can be compared.")
        return
    table = _table("", "this", "other", "difference", "n", "p", "")
    for column in table.columns[1:-1]:
        column.justify = "right"
    for dimension, rows in groupby(comparison.differences, key=lambda row: row.objective.dimension):
        table.add_row(Text(dimension.label, style="bold"))
        for row in rows:
            table.add_row(*_difference(row))
    console.print(table)
    _faint(console, "intervals at 95 %; p adjusted by Holm; unclear: the interval holds zero")


def _run_line(name: str, run: Run) -> Text:
    model = words.printable(run.model.name)
    return Text.assemble((name, "dim"), f"  run {run.id}  ", (model, "bold"), f" {run.model.revision}")


def _difference(row: ObjectiveDifference) -> list[str | Text]:
    points = row.difference
    verdict, style = VERDICTS[row.better]
    return [
        f"  {words.short(row.objective)}",
        words.percent(row.first),
        words.percent(row.second),
        Text(f"{words.points(points)} {words.points_interval(points)}"),
        str(points.n),
        words.p_value(row.p),
        Text(verdict, style=style),
    ]


def show_guard(console: Console, effect: GuardEffect) -> None:
    """Print what a guard around the model gains and costs."""
    console.print()
    if effect.run is None:
        _faint(console, f"with a guard: not measured: {effect.reason}")
    else:
        console.print(
            Text.assemble(
                "behind the guard ", (words.printable(effect.policy), "bold"), f"  run {effect.run.id}"
            )
        )
        if effect.only_watches:
            _faint(console, words.ONLY_WATCHES)
        else:
            _faint(
                console,
                f"{effect.shared} shared samples; with minus without, in points, with 95 % intervals; "
                f"–: fewer than {MIN_SAMPLES}",
            )
            console.print(_guard_table(effect, counts=console.width >= COUNTS))
    for line in words.guard_checks(effect):
        _faint(console, line)
    for note in effect.notes:
        console.print(Text(words.printable(note), style="yellow"))


def _guard_table(effect: GuardEffect, *, counts: bool) -> Table:
    width = 3 if counts else 2
    table = _table("", *("adherence", "gained", "n")[:width], *("false\nrefusals", "paid", "n")[:width])
    for column in table.columns[1:]:
        column.justify = "right"
        column.no_wrap = True
    apart = [row for row in effect.objectives if row.objective.apart]
    for row in effect.dimensions:
        gained = _changed(row.adherence, Metric.ADHERENCE)
        paid = _changed(row.false_refusals, Metric.FALSE_REFUSAL)
        table.add_row(row.dimension.label, *gained[:width], *paid[:width])
        for other in apart:
            if other.objective.dimension is row.dimension:
                table.add_row(
                    f"  {words.short(other.objective)}",
                    *([""] * width),
                    *_changed(other.change, other.objective.metric)[:width],
                )
    return table


def _changed(change: Change | None, metric: Metric) -> list[Text]:
    if change is None:
        return [Text("–", style="dim"), Text(""), Text("")]
    style = VERDICTS[words.better(change, metric)][1]
    figures = f"{words.points(change.difference)} {words.points_interval(change.difference)}"
    return [Text(words.before_after(change)), Text(figures, style=style), Text(str(change.difference.n))]


def show_plan(console: Console, plan: Plan) -> None:
    """Print what a run would do."""
    cost = "" if plan.cost is None else f"; at most about {plan.cost:.2f} in the currency of the prices"
    console.print(
        f"\n[bold]{plan.samples} samples[/]: {plan.calls} calls to make, "
        f"{plan.stored} answers in the store already\n"
        f"about {plan.input_tokens:,} tokens in, at most {plan.output_tokens:,} out{escape(cost)}",
        highlight=False,
    )
    if plan.guard is not None:
        _show_guard_plan(console, plan.guard)
    table = _table("", "n", "goal", "detectable")
    for column in table.columns[1:]:
        column.justify = "right"
    for dimension, rows in groupby(plan.objectives, key=lambda row: row.objective.dimension):
        table.add_row(Text(dimension.label, style="bold"))
        for row in rows:
            table.add_row(*_planned(row))
    console.print(table)
    _faint(
        console,
        "detectable: the smallest true shortfall from the goal that this n finds with 80 % power\n"
        f"untested: fewer than {MIN_SAMPLES} samples; –: not known beforehand",
    )


def _show_guard_plan(console: Console, plan: GuardPlan) -> None:
    if plan.reason:
        _faint(console, f"with a guard: not measured: {plan.reason}")
        return
    seen = f", {plan.stored} of them seen already" if plan.stored else ""
    calls = f"at most {plan.calls} more calls, for what it changes" if plan.calls else "no more calls"
    if plan.calls:
        calls += f": about {plan.input_tokens:,} tokens in, at most {plan.output_tokens:,} out"
    cost = "" if plan.cost is None or not plan.calls else f"; at most about {plan.cost:.2f}"
    policy = words.printable(plan.policy)
    console.print(
        Text.assemble(
            "behind the guard ", (policy, "bold"), f": {plan.looks} conversations{seen}; {calls}{cost}"
        )
    )
    for note in plan.notes:
        console.print(Text(words.printable(note), style="yellow"))


def _planned(row: PlannedObjective) -> list[str | Text]:
    found = Text("–" if row.detectable is None else f"{100 * row.detectable:.0f} points")
    if row.n < MIN_SAMPLES:
        found = Text("untested", style="dim")
    return [f"  {words.short(row.objective)}", str(row.n), words.threshold(row.objective), found]
