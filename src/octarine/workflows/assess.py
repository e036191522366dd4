"""``octarine assess``: a model's name in, a scorecard and its files out."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from octarine.core.errors import InputError
from octarine.core.protocols import Model
from octarine.core.registry import registry
from octarine.evaluate.comparison import Comparison, compare
from octarine.evaluate.runner import Progress
from octarine.evaluate.scorecard import Scorecard
from octarine.evaluate.session import Evaluation, Job, evaluate
from octarine.store import Store
from octarine.workflows.gate import Gate, GateFailure, apply_gate

SUFFIXES = {"html": "html", "json": "json", "junit": "xml", "markdown": "md"}
"""Report → file suffix; a report that is not named here is written as ``scorecard.NAME``."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """An evaluation, the files written, and what the gate and the comparison said."""

    evaluation: Evaluation
    files: tuple[Path, ...]
    failures: tuple[GateFailure, ...] = ()
    comparison: Comparison | None = None


async def assess(
    model: Model,
    job: Job,
    store: Store,
    *,
    out: Path,
    reports: Sequence[str] = ("html", "json"),
    gate: Gate | None = None,
    against: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> Assessment:
    """Evaluate, report, compare with an earlier run, apply the gate.

    Args:
        out: the folder that the reports are written to; made where it is missing.
        against: the id (or a prefix) of an earlier run to compare with.
    """
    for name in reports:
        registry.get("report", name)
    earlier = store.run(against).run if against else None
    _usable(out)
    try:
        evaluation = await evaluate(model, job, store, on_progress=on_progress)
    finally:
        await model.aclose()
    return Assessment(
        evaluation,
        write_reports(evaluation.scorecard, store, out, reports),
        apply_gate(gate, evaluation.scorecard) if gate else (),
        compare(store, evaluation.run, earlier) if earlier else None,
    )


def write_reports(scorecard: Scorecard, store: Store, out: Path, reports: Sequence[str]) -> tuple[Path, ...]:
    """Write reports of a run that is in the store."""
    _usable(out)
    return tuple(
        write_file(
            out / f"scorecard.{SUFFIXES.get(name, name)}",
            registry.get("report", name)(scorecard, store.results(scorecard.run.id)),
        )
        for name in reports
    )


def _usable(out: Path) -> None:
    """Find out before the run, not after it, that the reports cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InputError(
            f"the folder {out} cannot be written to: {error.strerror}", hint="Choose another with --out."
        ) from None


def write_file(path: Path, text: str) -> Path:
    """Write whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "no space is left on the device" if full else error.strerror
        raise InputError(
            f"{path} was not written: {why}",
            hint="The results are in the store: octarine evaluate show latest --out FOLDER writes them.",
        ) from None
    return path
