"""What is kept of each file that was looked at: a line of the audit log, and the metrics.

The log holds no file, no name of one and no key: a file stands there by the hash of its SHA-256, so that who
has it can find the line.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from octarine.server.audit import Audit
from octarine.server.detection.jobs import Job, Outcome, State
from octarine.server.exchange import Exchange
from octarine.server.metrics import COUNTER, GAUGE, HISTOGRAM, Family, Metrics
from octarine.server.refusals import Refusal, busy

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
FAMILIES = (
    Family("octarine_detection_files_total", COUNTER, "Files, by kind and what became of them."),
    Family("octarine_detections_total", COUNTER, "Files that were looked at, by kind and confidence."),
    Family("octarine_detection_seconds", HISTOGRAM, "From upload to result, waiting included.", _SECONDS),
    Family("octarine_detection_upload_bytes_total", COUNTER, "Bytes of files that came whole."),
    Family("octarine_detection_uploads", GAUGE, "Files that are coming in."),
    Family("octarine_detection_jobs", GAUGE, "Jobs that run or wait, by kind."),
)
FORM = 1
"""Of the audit log's records."""


@dataclass
class Record:
    """One file, from its request to the end of its job.

    Attributes:
        outcome: ``answered``, ``refused``, ``failed``, ``cancelled``, or ``cut_off`` where the client left.
    """

    exchange: Exchange
    kind: str = "unknown"
    sha256: str = ""
    size: int = 0
    keys: tuple[str, ...] = ()
    outcome: str = "answered"
    status: int = 200
    error: str = ""
    job: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    def refused(self, refusal: Refusal) -> None:
        """Note an error."""
        self.outcome = "failed" if refusal.status >= 500 else "refused"
        self.status, self.error = refusal.status, refusal.code or refusal.kind

    def ended(self, job: Job) -> None:
        """Note what came of the job."""
        if job.state is State.CANCELLED:
            self.outcome, self.status = "cancelled", 0
        elif job.error is not None:
            self.refused(job.error)
        elif job.outcome is not None:
            self.told = _finding(job.outcome)


class Recorder:
    """Writes records to the audit log, where there is one, and counts them."""

    def __init__(self, metrics: Metrics, audit: Audit | None) -> None:
        self.metrics = metrics
        self.audit = audit

    def check(self) -> None:
        """Ask before anything is looked at.

        Raises:
            Refusal: 503, the audit log cannot be written: nothing is said that is not on record.
        """
        if self.audit is not None and self.audit.failure:
            raise busy("The audit log cannot be written, so nothing is served.", code="audit_failing")

    def keep(self, record: Record) -> None:
        """Note a file whose work is over."""
        metrics = self.metrics
        metrics.count("octarine_detection_files_total", kind=record.kind, outcome=record.outcome)
        if record.told:
            metrics.count("octarine_detections_total", kind=record.kind, confidence=record.told["confidence"])
            since = time.perf_counter() - record.exchange.began
            metrics.observe("octarine_detection_seconds", since, kind=record.kind)
        if self.audit is not None:
            self.audit.append(self._line(record, self.audit))

    def _line(self, record: Record, audit: Audit) -> dict[str, Any]:
        exchange = record.exchange
        line = {
            "form": FORM,
            "request": exchange.id,
            "key": exchange.holder,
            "route": exchange.route,
            "status": record.status,
            "outcome": record.outcome,
            "error": record.error,
            "job": record.job,
            "kind": record.kind,
            "file": audit.text_hash(record.sha256) if record.sha256 else "",
            "bytes": record.size,
            "marks_of": list(record.keys),
            **record.told,
            "milliseconds": round(1000 * (time.perf_counter() - exchange.began), 3),
        }
        return {name: value for name, value in line.items() if value not in ("", [], {}, None)}


def _finding(outcome: Outcome) -> dict[str, Any]:
    mark, credentials = outcome.answer["watermark"], outcome.answer["credentials"]
    return {
        "confidence": mark["confidence"],
        "payload": mark["payload"],
        "edited": mark.get("edited"),
        "credentials": credentials and credentials["state"],
        "recovered": len((credentials or {}).get("recovered") or ()),
    }
