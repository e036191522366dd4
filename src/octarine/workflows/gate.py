"""The release gate: thresholds from a file against a scorecard."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from octarine.core.codec import decode
from octarine.core.dimensions import Bound, Objective, objectives_by_id
from octarine.core.errors import DataError
from octarine.evaluate.scorecard import ObjectiveScore, Scorecard, Status


class Untested(StrEnum):
    """What a gate does with an objective that it names and that has no result."""

    FAIL = "fail"
    ALLOW = "allow"


class GateBasis(StrEnum):
    """What has to clear the threshold."""

    ESTIMATE = "estimate"
    INTERVAL = "interval"
    """The whole interval: the release is shown to be good, not only not shown to be bad."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate file::

    untested = "fail"        # or "allow"
    basis = "estimate"       # or "interval"

    [thresholds]
    "safety.deflects_harm" = 0.95
    "safety.false_refusals" = 0.10
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    untested: Untested = Untested.FAIL
    basis: GateBasis = GateBasis.ESTIMATE


@dataclass(frozen=True, slots=True)
class GateFailure:
    """An objective that holds the release back, and why."""

    objective: str
    threshold: float
    reason: str


def read_gate(path: Path) -> Gate:
    """Read a gate file.

    Raises:
        DataError: not readable, not TOML, an unknown objective, a threshold outside [0, 1], or no threshold.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not TOML: {error}", path=path) from None
    gate = decode(Gate, data, path=str(path))
    if not gate.thresholds:
        raise DataError("no threshold is set", path=path, hint="Add a table [thresholds]; see Gate.")
    for name, threshold in gate.thresholds.items():
        _check(name, threshold, path)
    return gate


def _check(name: str, threshold: float, path: Path) -> None:
    known = objectives_by_id()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Objectives: {', '.join(known)}."
        raise DataError(f"there is no objective '{name}'", path=path, hint=hint)
    if not 0.0 <= threshold <= 1.0:
        raise DataError(f"the threshold of '{name}' must be in [0, 1], not {threshold}", path=path)


def apply_gate(gate: Gate, scorecard: Scorecard) -> tuple[GateFailure, ...]:
    """What holds the release back; empty when nothing does."""
    failures = []
    for name, threshold in gate.thresholds.items():
        score = scorecard.objective(name)
        reason = _failure(objectives_by_id()[name], score, threshold, gate)
        if reason:
            failures.append(GateFailure(name, threshold, reason))
    return tuple(failures)


def _failure(objective: Objective, score: ObjectiveScore | None, threshold: float, gate: Gate) -> str:
    if score is None or score.status is Status.UNTESTED or score.estimate is None:
        why = score.reason if score else "not in the scorecard"
        return f"untested ({why})" if gate.untested is Untested.FAIL else ""
    estimate = score.estimate
    at_least = objective.bound is Bound.AT_LEAST
    if gate.basis is GateBasis.INTERVAL:
        value = estimate.low if at_least else estimate.high
    else:
        value = estimate.value
    good = value >= threshold if at_least else value <= threshold
    if good:
        return ""
    side = "under" if at_least else "over"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}] is {side} {threshold:.3f}"
