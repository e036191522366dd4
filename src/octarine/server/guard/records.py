"""What is kept of each request that the guard looked at: a line of the audit log, and the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from octarine.core.results import Verdict
from octarine.guard.chat.inspection import Inspected, Piece, hardest
from octarine.server.audit import Audit
from octarine.server.exchange import Exchange
from octarine.server.metrics import COUNTER, GAUGE, HISTOGRAM, Family, Metrics

FAMILIES = (
    Family("octarine_guard_verdicts_total", COUNTER, "Texts that were looked at, by position and action."),
    Family("octarine_guard_requests_total", COUNTER, "Requests, by route and what became of them."),
    Family("octarine_guard_seconds", HISTOGRAM, "Time of the guard, by stage, waiting included."),
    Family("octarine_guard_pending", GAUGE, "Checks that run or wait."),
    Family("octarine_upstream_seconds", HISTOGRAM, "From asking the upstream to the end of its answer."),
    Family("octarine_upstream_failures_total", COUNTER, "What went wrong behind this server, by code."),
    Family("octarine_left_out_total", COUNTER, "Fields of streamed answers that could not be judged."),
    Family("octarine_pictures_total", COUNTER, "Pictures that went out, marked or not."),
    Family("octarine_policy", GAUGE, "1 for the policy in force of each worker."),
    Family("octarine_policy_reloads_total", COUNTER, "Policies read again, by result."),
    Family("octarine_audit_failing", GAUGE, "Workers whose audit log cannot be written."),
)
FORM = 1
"""Of the audit log's records."""


@dataclass
class Record:
    """One request, while it is served.

    Attributes:
        outcome: ``answered``, ``blocked_input``, ``blocked_output``, ``refused``, ``failed``, or ``cut_off``
            where the client left or the time was up.
        status, error: of an answer that is an error.
        marked: how many pictures were marked, and under which key, by its fingerprint.
        seconds: stage → time spent in it.
        bounds: stage → when it began first and ended last, of ``time.perf_counter``.
    """

    exchange: Exchange
    model: str = ""
    stream: bool = False
    outcome: str = "answered"
    status: int = 0
    error: str = ""
    policy: str = ""
    version: str = ""
    inputs: tuple[Piece, ...] = ()
    outputs: Callable[[], tuple[Piece, ...]] = field(default=tuple)
    left_out: frozenset[str] = frozenset()
    marked: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)

    def saw(self, inspected: Inspected) -> None:
        """Note what was decided about the request."""
        self.inputs = inspected.pieces
        self.policy = inspected.guard.policy.id
        self.version = inspected.guard.version

    def saw_marked(self, marked: dict[str, Any]) -> None:
        """Note which pictures of the answer were marked, if it has any."""
        self.marked = marked
        if marked:
            self.exchange.notes["x-octarine-marked"] = str(marked["pictures"])

    def spent(self, stage: str, since: float) -> None:
        """Add the time since ``since``, of ``time.perf_counter``, to a stage."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - since
        self.bounds[stage] = (self.bounds.get(stage, (since, now))[0], now)


class Recorder:
    """Writes records to the audit log, where there is one, and counts them."""

    def __init__(self, metrics: Metrics, audit: Audit | None) -> None:
        self.metrics = metrics
        self.audit = audit

    def keep(self, record: Record) -> None:
        """Note a request that has been served."""
        outputs = record.outputs()
        metrics = self.metrics
        metrics.count("octarine_guard_requests_total", route=record.exchange.route, outcome=record.outcome)
        for piece in (*record.inputs, *outputs):
            action = piece.verdict.action.value if piece.verdict else "unfinished"
            metrics.count("octarine_guard_verdicts_total", position=piece.position, action=action)
        for stage in ("input", "output"):
            if stage in record.seconds:
                metrics.observe("octarine_guard_seconds", record.seconds[stage], stage=stage)
        if "upstream" in record.seconds:
            metrics.observe("octarine_upstream_seconds", record.seconds["upstream"])
        for name in record.left_out:
            metrics.count("octarine_left_out_total", field=name)
        for result in ("pictures", "unmarked"):
            if record.marked.get(result):
                told = "marked" if result == "pictures" else result
                metrics.count("octarine_pictures_total", record.marked[result], result=told)
        if self.audit is not None:
            self.audit.append(self._line(record, outputs))
        _trace(record, outputs)

    def _line(self, record: Record, outputs: tuple[Piece, ...]) -> dict[str, Any]:
        exchange = record.exchange
        line = {
            "form": FORM,
            "request": exchange.id,
            "key": exchange.holder,
            "route": exchange.route,
            "status": exchange.status or record.status,
            "outcome": record.outcome,
            "error": record.error,
            "model": record.model[:200],
            "stream": record.stream,
            "policy": record.policy,
            "guard": record.version,
            "action": hardest((*record.inputs, *outputs)).value,
            "input": self._pieces(record.inputs),
            "output": self._pieces(outputs),
            "marked": record.marked,
            "left_out": sorted(record.left_out),
            "milliseconds": {name: round(1000 * value, 3) for name, value in record.seconds.items()},
        }
        return {name: value for name, value in line.items() if value not in ("", [], {}, False)}

    def _pieces(self, pieces: Iterable[Piece]) -> list[dict[str, Any]]:
        assert self.audit is not None
        told = []
        for piece in pieces:
            line: dict[str, Any] = {"at": piece.path[:200], "position": piece.position}
            if piece.text is not None:
                line |= {"hash": self.audit.text_hash(piece.text), "characters": len(piece.text)}
            told.append(line | _decided(piece.verdict))
        return told


def _trace(record: Record, outputs: tuple[Piece, ...]) -> None:
    trace = record.exchange.trace
    trace.note(
        request=record.exchange.id,
        outcome=record.outcome,
        action=hardest((*record.inputs, *outputs)).value,
        policy=record.policy,
    )
    for stage, pieces in (("input", record.inputs), ("output", outputs)):
        if stage in record.bounds:
            trace.stage(f"guard.{stage}", *record.bounds[stage], _stages(pieces))


def _stages(pieces: Iterable[Piece]) -> dict[str, float]:
    """Stage of the guard → seconds over all texts."""
    total: dict[str, float] = {}
    for piece in pieces:
        for name, seconds in (piece.verdict.timings if piece.verdict else {}).items():
            if name != "total":
                total[name] = total.get(name, 0.0) + seconds
    return total


def _decided(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"action": "unfinished"}
    told: dict[str, Any] = {"action": verdict.action.value}
    fired = {span.category: max(span.score, 0.0) for span in verdict.spans}
    if verdict.rules:
        told["rules"] = list(verdict.rules[:20])
        told["categories"] = {name: round(score, 4) for name, score in sorted(fired.items())[:20]}
    if verdict.unscanned:
        told["unscanned"] = list(verdict.unscanned)
    if verdict.shadow is not None:
        told["shadow"] = verdict.shadow.value
    return told
