"""The scorecard as Markdown (GitHub's tables), for a pull request or a model card."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from octarine.core.results import Result
from octarine.evaluate.guard_effect import Change, GuardEffect
from octarine.evaluate.scorecard import DimensionScore, ObjectiveScore, Scorecard, SliceTable
from octarine.report import slices, words
from octarine.report.matrix import Entry, Matrix, figure, matrix

_SYNTAX = re.compile(r"([\\|`*\[\]])")


def write(scorecard: Scorecard, results: Iterable[Result]) -> str:
    """One table of dimensions, one of objectives, and what is known of the judges. Samples are not shown."""
    run = scorecard.run
    revision = f" @ {run.model.revision}" if run.model.revision else ""
    lines = [
        f"# Scorecard of {_plain(run.model.name)}",
        "",
        f"Model {_plain(run.model.name + revision)}; run {_plain(run.id)}, {_plain(run.created)}. "
        f"Benchmark {_plain(run.benchmark)} {_plain(run.version)}, "
        f"suite {_plain(run.plan.get('suite', '–'))}, seed {_plain(run.plan.get('seed', '–'))}; "
        f"{scorecard.samples} of {scorecard.planned} samples, {scorecard.errors} failed. "
        "Intervals are at 95 %.",
        "",
        *(line for note in scorecard.notes for line in (f"> {_plain(note)}", "")),
        "| dimension | met | not met | untested | adherence | false refusals |",
        "|---|--:|--:|--:|--:|--:|",
        *(_dimension_row(dimension) for dimension in scorecard.dimensions),
        "",
        "| objective | status | estimate | n | goal |",
        "|---|---|--:|--:|--:|",
        *(_objective_row(score) for score in scorecard.objectives),
        "",
        "`?`: the interval reaches across the goal. `†`: judge unvalidated here.",
        "",
        *_guard(scorecard.guard),
        *(line for table in scorecard.sliced for line in _slices(table)),
        "## Matrix",
        "",
        *_matrix(matrix(scorecard)),
        "",
        "## Judges",
        "",
        *_judges(scorecard),
        "",
    ]
    return words.printable("\n".join(lines))


def _plain(text: object) -> str:
    """``text`` on one line, with nothing in it that Markdown or HTML would act upon."""
    line = " ".join(str(text).split())
    return _SYNTAX.sub(r"\\\1", html.escape(line, quote=False))


def _dimension_row(dimension: DimensionScore) -> str:
    counts = " | ".join(str(dimension.count(status)) for status in words.STATUS_WORDS)
    adherence = words.with_interval(dimension.adherence)
    refusals = words.with_interval(dimension.false_refusals)
    return f"| {dimension.dimension.label} | {counts} | {adherence} | {refusals} |"


def _objective_row(score: ObjectiveScore) -> str:
    objective = score.objective
    why = f" ({_plain(score.reason)})" if score.reason else ""
    doubt = " †" if words.doubtful(score) else ""
    why += f" ({_plain(words.powered(score))})" if score.powered else ""
    return (
        f"| {_plain(objective.statement)} (`{objective.id}`) | {words.status(score)}{why}{doubt} "
        f"| {words.with_interval(score.estimate, objective)} | {score.n} | {words.threshold(objective)} |"
    )


def _guard(effect: GuardEffect | None) -> list[str]:
    if effect is None:
        return []
    head = ["## With and without the guard", ""]
    notes = [line for note in effect.notes for line in (f"> {_plain(note)}", "")]
    said = [line for said in words.guard_checks(effect) for line in (f"{_plain(said)}.", "")]
    if effect.run is None:
        return [*head, f"Not measured: {_plain(effect.reason)}", "", *notes, *said]
    who = f"Policy {_plain(effect.policy)}, run {_plain(effect.run.id)}; {effect.shared} shared samples."
    if effect.only_watches:
        return [*head, who, "", *notes, words.ONLY_WATCHES, "", *said]
    return [
        *head,
        f"{who} Differences are with minus without, in points, paired by sample.",
        "",
        *notes,
        *_guard_tables(effect),
        *said,
    ]


def _guard_tables(effect: GuardEffect) -> list[str]:
    return [
        "| | adherence | gained | n | false refusals | paid | n |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {row.dimension.label} | {_change(row.adherence)} | {_change(row.false_refusals)} |"
            for row in effect.dimensions
        ),
        "",
        "| objective | without → with | difference | n | p |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {_plain(row.objective.statement)} (`{row.objective.id}`) | {_change(row.change)} "
            f"| {_plain(words.p_value(row.p))} |"
            for row in effect.objectives
        ),
        "",
    ]


def _change(change: Change | None) -> str:
    """Three cells."""
    if change is None:
        return "– | – | –"
    difference = change.difference
    points = f"{words.points(difference)} {words.points_interval(difference)}"
    return f"{words.before_after(change)} | {points} | {difference.n}"


def _matrix(found: Matrix) -> list[str]:
    missing, cells = found.counted
    return [
        f"Adherence / false refusals (n); {missing} of {cells} cells are missing, shown as **?**.",
        "",
        "| | " + " | ".join(_plain(language or "all") for language in found.languages) + " |",
        "|---" * (len(found.languages) + 1) + "|",
        *(
            f"| {_bold(_plain(row.label), row.total)} | " + " | ".join(map(_entry, row.entries)) + " |"
            for row in found.rows
        ),
    ]


def _slices(table: SliceTable) -> list[str]:
    head, *lines = ([_plain(cell) for cell in row] for row in slices.rows(table))
    return [
        f"## {_plain(slices.grid(table).title)}",
        "",
        "| " + " | ".join(head) + " |",
        "|---" * len(head) + "|",
        *("| " + " | ".join(line) + " |" for line in lines),
        "",
        *(f"- {_plain(line)}" for line in slices.standing_out(table) if len(table.axes) > 1),
        *(f"- {_plain(note)}" for note in slices.notes(table)),
        "",
    ]


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _entry(entry: Entry) -> str:
    shown = figure(entry)
    if shown is None:
        return "**?**" if entry.missing else ""
    both = [words.percent(e.value) if e else "–" for e in (entry.adherence, entry.false_refusals)]
    return f"{' / '.join(both)} ({shown.n})"


def _judges(scorecard: Scorecard) -> list[str]:
    notes = {words.judge_note(note): None for score in scorecard.objectives for note in score.judges}
    return [f"- {_plain(note)}" for note in notes] or ["No sample was judged."]
