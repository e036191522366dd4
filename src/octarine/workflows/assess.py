"""``octarine assess``: a model's name in, a scorecard and its files out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from octarine.core.errors import InputError
from octarine.core.files import make_folder, write_text
from octarine.core.protocols import Model
from octarine.core.registry import registry
from octarine.core.results import Run
from octarine.evaluate.comparison import Comparison, compare
from octarine.evaluate.guard_effect import GuardEffect
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Progress
from octarine.evaluate.scorecard import Scorecard
from octarine.evaluate.session import Evaluation, Job, evaluate
from octarine.store import Store
from octarine.workflows.gate import Gate, GateFailure, apply_gate
from octarine.workflows.guard_effect import SCHEME, GuardChoice, measure_guard

SUFFIXES = {"html": "html", "json": "json", "junit": "xml", "markdown": "md"}
"""Report → file suffix; a report that is not named here is written as ``scorecard.NAME``."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """An evaluation, the files written, and what the gate and the comparison said."""

    evaluation: Evaluation
    files: tuple[Path, ...]
    failures: tuple[GateFailure, ...] = ()
    comparison: Comparison | None = None

    @property
    def guard(self) -> GuardEffect | None:
        """What the guard changes; None where that was not asked for."""
        return self.evaluation.scorecard.guard


async def assess(
    model: Model,
    job: Job,
    store: Store,
    *,
    out: Path,
    reports: Sequence[str] = ("html", "json"),
    gate: Gate | None = None,
    against: str = "",
    panel: JudgePanel | None = None,
    guard: GuardChoice | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_guard_progress: Callable[[Progress], None] | None = None,
) -> Assessment:
    """Evaluate, evaluate behind the guard, report, compare with an earlier run, apply the gate.

    The gate and the comparison look at the model without the guard.

    Args:
        out: the folder that the reports are written to; made where it is missing.
        against: the id (or a prefix) of an earlier run to compare with; ``latest`` is the newest other run of
            the same benchmark, behind a guard only where ``model`` is, too.
        guard: is put around the model for a second run, on the same answers; None leaves that out.

    Raises:
        OctarineError: whatever is wrong with ``reports``, ``against`` or ``out`` before anything is asked of
            the model; see also ``evaluate``.
    """
    for name in reports:
        registry.get("report", name)
    earlier = _earlier(store, against, job.benchmark.name, model) if against else []
    make_folder(out, hint="Choose another with --out.")
    panel = panel or JudgePanel()
    try:
        evaluation = await evaluate(model, job, store, panel=panel, on_progress=on_progress)
        if guard is not None:
            effect = await measure_guard(
                guard, model, evaluation, job, store, panel=panel, on_progress=on_guard_progress
            )
            evaluation = replace(evaluation, scorecard=replace(evaluation.scorecard, guard=effect))
    finally:
        await panel.aclose()
        await model.aclose()
    return Assessment(
        evaluation,
        write_reports(evaluation.scorecard, store, out, reports),
        apply_gate(gate, evaluation.scorecard) if gate else (),
        compare(store, evaluation.run, _other(earlier, evaluation.run)) if earlier else None,
    )


def _earlier(store: Store, against: str, benchmark: str, model: Model) -> list[Run]:
    """What a run of ``benchmark`` can be compared with, the likeliest first."""
    if against == "latest":
        # Two, because this run may be the newest itself: one that is continued or repeated. The runs that
        # the guard makes beside those of a model alone are no earlier ones of it.
        guarded = model.identity.name.startswith(SCHEME)
        runs = (record.run for record in store.runs(benchmark=benchmark))
        found = [run for run in runs if run.model.name.startswith(SCHEME) is guarded][:2]
    else:
        found = [store.run(against).run]
    if not found or found[0].benchmark != benchmark:
        raise InputError(
            f"there is no run '{against}' of the benchmark '{benchmark}' to compare with",
            hint="'octarine evaluate list --runs' names the runs.",
        )
    return found


def _other(candidates: Sequence[Run], run: Run) -> Run:
    """The first that is not ``run`` itself; ``compare`` refuses what is left where there is none."""
    return next((candidate for candidate in candidates if candidate.id != run.id), run)


def write_reports(scorecard: Scorecard, store: Store, out: Path, reports: Sequence[str]) -> tuple[Path, ...]:
    """Write reports of a run that is in the store."""
    make_folder(out, hint="Choose another with --out.")
    return tuple(
        write_file(
            out / f"scorecard.{SUFFIXES.get(name, name)}",
            registry.get("report", name)(scorecard, store.results(scorecard.run.id)),
        )
        for name in reports
    )


def write_file(path: Path, text: str) -> Path:
    """Write whole or not at all."""
    hint = "The results are in the store: octarine evaluate show latest --out FOLDER writes them."
    return write_text(path, text, hint=hint)
