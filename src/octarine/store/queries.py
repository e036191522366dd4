"""Everything that is read out of the store by more than a key."""

# ruff: noqa: S608 - the texts put together here are this module's own; values are always arguments.

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.labels import Label, Preference
from octarine.core.results import (
    IMPORTED,
    Completion,
    Finding,
    Judgement,
    Outcome,
    Result,
    Run,
    RunStatus,
)
from octarine.core.samples import Behaviour, Sample
from octarine.store.batch import select
from octarine.store.engine import Engine, Row
from octarine.store.payload import from_column, to_column, unpack, unpack_json
from octarine.store.records import KeptManifest, RunEvent, RunRecord, ScoreRow, SummaryRow

_LAST = """(r.failed = 0 OR NOT EXISTS (
    SELECT 1 FROM results n
    WHERE n.run = r.run AND n.sample = r.sample AND n.repeat = r.repeat AND n.attempt = r.attempt + 1))"""
"""Attempts are numbered without gaps, and only a failed one is followed by another."""
_OF_RUN = "r.run = (SELECT number FROM runs WHERE id = ?)"
_IN_ORDER = "ORDER BY r.position, r.sample, r.repeat"
SHOWN = 5
"""How many runs an error about a run's name lists."""


def _where(conditions: Sequence[tuple[str, Any]]) -> tuple[str, list[Any]]:
    """Those conditions whose value is not None, joined; and the values."""
    given = [(sql, value) for sql, value in conditions if value is not None]
    return " AND ".join(sql for sql, _ in given) or "1 = 1", [value for _, value in given]


def _column(text: str | None) -> str | None:
    return None if text is None else to_column(text)


def runs(
    engine: Engine, *, model: str | None, benchmark: str | None, beside: str | None, limit: int | None
) -> list[RunRecord]:
    """See ``Store.runs``."""
    asked = (("model = ?", model), ("benchmark = ?", benchmark), ("beside = ?", beside))
    where, args = _where([(sql, _column(value)) for sql, value in asked])
    return _run_records(engine, where, args, limit)


def _run_records(engine: Engine, where: str, args: Sequence[Any], limit: int | None) -> list[RunRecord]:
    bound = "" if limit is None else " LIMIT ?"
    found = engine.rows(
        f"""SELECT runs.number, payload, MAX(run_events.number) AS last
            FROM runs JOIN run_events ON run_events.run = runs.number
            WHERE {where} GROUP BY runs.number, payload ORDER BY last DESC{bound}""",
        [*args, *([] if limit is None else [limit])],
    )
    numbers = [number for number, _, _ in found]
    statuses = _statuses(engine, numbers)
    counts: dict[int, dict[Outcome, int]] = {number: {} for number in numbers}
    sql = "SELECT r.run, r.outcome, COUNT(*) FROM results r WHERE r.run IN"
    for number, outcome, n in select(engine, sql, numbers, f" AND {_LAST} GROUP BY r.run, r.outcome"):
        counts[number][Outcome(outcome)] = n
    return [
        RunRecord(unpack(Run, payload, engine.url), *statuses[number], counts[number])
        for number, payload, _ in found
    ]


def _statuses(engine: Engine, numbers: Sequence[int]) -> dict[int, tuple[RunStatus, dict[str, Any]]]:
    """Run → its last status and the totals of its last end."""
    statuses: dict[int, tuple[RunStatus, dict[str, Any]]] = {}
    sql = "SELECT run, status, totals FROM run_events WHERE run IN"
    for number, status, totals in select(engine, sql, numbers, " ORDER BY number"):
        before = statuses.get(number, (RunStatus.RUNNING, {}))[1]
        statuses[number] = (RunStatus(status), unpack_json(totals, engine.url) or before)
    return statuses


def run(engine: Engine, name: str) -> RunRecord:
    """See ``Store.run``."""
    if name == "latest":
        ours = "beside = ? AND substr(runs.benchmark, 1, ?) <> ?"
        found = _run_records(engine, ours, [to_column(""), len(IMPORTED), IMPORTED], 1)
        if not found:
            raise InputError(f"there is no run in {engine.url} yet", hint="Make one:  octarine assess")
        return found[0]
    column = to_column(name)
    found = _run_records(engine, "id = ?", [column], 1)
    if not found and name:
        found = _run_records(engine, "substr(id, 1, ?) = ?", [len(column), column], SHOWN + 1)
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"more than one run begins with '{name}'", hint=f"Give more of it. They are:\n{_listed(found)}"
        )
    raise _unknown_run(engine, name)


def _unknown_run(engine: Engine, name: str) -> InputError:
    newest = _run_records(engine, "1 = 1", [], 200)
    by_prefix = {record.run.id[: max(len(name), 8)]: record for record in reversed(newest)}
    near = difflib.get_close_matches(name, by_prefix, n=SHOWN, cutoff=0.7)
    shown = [by_prefix[prefix] for prefix in near] or newest[:SHOWN]
    says = "The nearest are" if near else "The newest are"
    return InputError(
        f"there is no run '{name}' in {engine.url}",
        hint=f"{says}:\n{_listed(shown)}" if shown else "The store is empty. Make a run:  octarine assess",
    )


def _listed(records: Sequence[RunRecord]) -> str:
    shown = records[:SHOWN]
    lines = [
        f"  {record.run.id[:16]}  {record.run.created}  {record.run.benchmark}  {record.run.model.name}"
        for record in shown
    ]
    return "\n".join(lines + ["  …"] * (len(records) > SHOWN))


def events(engine: Engine, run_id: str) -> list[RunEvent]:
    """See ``Store.events``."""
    rows = engine.rows(
        "SELECT at, status, totals FROM run_events r WHERE " + _OF_RUN + " ORDER BY r.number",
        (to_column(run_id),),
    )
    return [RunEvent(at, RunStatus(status), unpack_json(totals, engine.url)) for at, status, totals in rows]


def done(engine: Engine, run_id: str) -> set[tuple[str, int]]:
    """See ``Store.done``."""
    rows = engine.stream(
        f"SELECT s.key, r.repeat FROM results r JOIN samples s ON s.number = r.sample "
        f"WHERE {_OF_RUN} AND r.failed = 0",
        (to_column(run_id),),
    )
    return {(key.hex(), repeat) for key, repeat in rows}


def results(
    engine: Engine,
    run_id: str,
    *,
    dimension: Dimension | None,
    language: str | None,
    outcome: Outcome | None,
) -> Iterator[Result]:
    """See ``Store.results``."""
    where, args = _where(
        [
            (_OF_RUN, to_column(run_id)),
            ("r.dimension = ?", dimension and dimension.value),
            ("r.language = ?", _column(language)),
            ("r.outcome = ?", outcome and outcome.value),
        ]
    )
    rows = engine.stream(
        f"""SELECT s.payload, c.payload, j.payload, r.repeat, c.key FROM results r
            JOIN samples s ON s.number = r.sample
            JOIN completions c ON c.number = r.completion
            JOIN judgements j ON j.number = r.judgement
            WHERE {where} AND {_LAST} {_IN_ORDER}""",
        args,
    )
    for sample, completion, judgement, repeat, key in rows:
        yield Result(
            sample=unpack(Sample, sample, engine.url),
            completion=unpack(Completion, completion, engine.url),
            judgement=unpack(Judgement, judgement, engine.url),
            repeat=repeat,
            completion_key=key.hex(),
        )


def scores(engine: Engine, run_id: str) -> Iterator[ScoreRow]:
    """See ``Store.scores``."""
    rows = engine.stream(
        f"""SELECT s.key, r.position, r.repeat, s.cluster, s.sample_group, s.variant, s.template,
                s.risk, s.modality, s.turns, s.objectives, s.behaviour, r.dimension, r.language,
                r.judge, r.judge_version,                r.outcome, r.score, r.latency_s, r.output_tokens
            FROM results r JOIN samples s ON s.number = r.sample
            WHERE {_OF_RUN} AND {_LAST} {_IN_ORDER}""",
        (to_column(run_id),),
    )
    return map(_score_row, rows)


def _score_row(row: Row) -> ScoreRow:
    key, position, repeat, cluster, group, variant, template, risk, modality, turns = row[:10]
    objectives, behaviour, dimension, language, judge, version, outcome, score, latency_s, tokens = row[10:]
    return ScoreRow(
        key.hex(),
        position,
        repeat,
        from_column(cluster),
        from_column(group),
        from_column(variant),
        from_column(template),
        from_column(risk),
        modality,
        turns,
        _objectives(objectives),
        Behaviour(behaviour),
        Dimension(dimension),
        from_column(language),
        from_column(judge),
        from_column(version),
        Outcome(outcome),
        score,
        latency_s if latency_s is not None else 0.0,
        tokens,
    )


@lru_cache(maxsize=1024)
def _objectives(column: str) -> tuple[str, ...]:
    return tuple(json.loads(from_column(column)))


def summary(engine: Engine, run_id: str) -> list[SummaryRow]:
    """See ``Store.summary``."""
    rows = engine.rows(
        f"""SELECT r.dimension, r.language, r.outcome, COUNT(*), COUNT(r.score), SUM(r.score) FROM results r
            WHERE {_OF_RUN} AND {_LAST}
            GROUP BY r.dimension, r.language, r.outcome ORDER BY r.dimension, r.language, r.outcome""",
        (to_column(run_id),),
    )
    return [
        SummaryRow(Dimension(dimension), from_column(language), Outcome(outcome), n, scored, total or 0.0)
        for dimension, language, outcome, n, scored, total in rows
    ]


_LAST_LABEL = """NOT EXISTS (
    SELECT 1 FROM labels n WHERE n.completion = l.completion AND n.sample = l.sample
    AND n.annotator = l.annotator AND n.number > l.number)"""


def labels(engine: Engine) -> list[Label]:
    """See ``Store.labels``."""
    rows = engine.rows(f"SELECT l.payload FROM labels l WHERE {_LAST_LABEL} ORDER BY l.number")
    return [unpack(Label, payload, engine.url) for (payload,) in rows]


def labels_of_run(engine: Engine, run_id: str) -> dict[tuple[str, int], list[Label]]:
    """See ``Store.labels_of_run``."""
    rows = engine.rows(
        f"""SELECT s.key, r.repeat, l.payload FROM labels l
            JOIN samples s ON s.key = l.sample JOIN completions c ON c.key = l.completion
            JOIN results r ON r.sample = s.number AND r.completion = c.number
            WHERE {_OF_RUN} AND {_LAST_LABEL} ORDER BY l.number""",
        (to_column(run_id),),
    )
    found: dict[tuple[str, int], list[Label]] = {}
    for key, repeat, payload in rows:
        found.setdefault((bytes(key).hex(), repeat), []).append(unpack(Label, payload, engine.url))
    return found


def preferences(engine: Engine) -> list[Preference]:
    """See ``Store.preferences``."""
    rows = engine.rows("SELECT payload FROM preferences ORDER BY number")
    found = (unpack(Preference, payload, engine.url) for (payload,) in rows)
    last = {
        (item.annotator, item.conversation, frozenset((item.first, item.second)), item.dimension): item
        for item in found
    }
    return list(last.values())


def manifests(engine: Engine, mark: int, mark_key: str) -> list[KeptManifest]:
    """See ``Store.manifests``."""
    rows = engine.rows(
        "SELECT payload FROM manifests WHERE mark = ? AND mark_key = ? ORDER BY number DESC",
        (mark, to_column(mark_key)),
    )
    return [unpack(KeptManifest, payload, engine.url) for (payload,) in rows]


def findings(engine: Engine, *, model: str | None, dimension: Dimension | None) -> Iterator[Finding]:
    """See ``Store.findings``."""
    where, args = _where([("model = ?", _column(model)), ("dimension = ?", dimension and dimension.value)])
    for (payload,) in engine.stream(f"SELECT payload FROM findings WHERE {where} ORDER BY number", args):
        yield unpack(Finding, payload, engine.url)


def finding(engine: Engine, prefix: str) -> Finding:
    """See ``Store.finding``."""
    column = to_column(prefix)
    rows = engine.rows(
        "SELECT id, payload FROM findings WHERE substr(id, 1, ?) = ? ORDER BY number LIMIT 9",
        (len(column), column),
    )
    exact = [row for row in rows if row[0] == column]
    if not rows or not prefix:
        raise InputError(
            f"there is no finding '{prefix}' in {engine.url}", hint="List them:  octarine redteam findings"
        )
    if len(rows) > 1 and not exact:
        raise InputError(
            f"more than one finding begins with '{prefix}'",
            hint=f"Give more of the id: {', '.join(from_column(row[0]) for row in rows)}",
        )
    return unpack(Finding, (exact or rows)[0][1], engine.url)
