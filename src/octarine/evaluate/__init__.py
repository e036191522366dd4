"""Benchmarks, judges, the resumable runner and scorecards.

``evaluate`` runs a ``Job`` on a model and returns its scorecard. The names below are imported when they are
first used, so that a judge or a benchmark file can be used without the runner and the store.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from octarine.evaluate.benchmark import Benchmark, Selection, open_benchmark
    from octarine.evaluate.comparison import compare
    from octarine.evaluate.runner import Limits
    from octarine.evaluate.scorecard import Scorecard
    from octarine.evaluate.session import Evaluation, Job, evaluate, score_run

__all__ = [
    "Benchmark",
    "Evaluation",
    "Job",
    "Limits",
    "Scorecard",
    "Selection",
    "compare",
    "evaluate",
    "open_benchmark",
    "score_run",
]

_HOMES = {
    "Benchmark": "benchmark",
    "Evaluation": "session",
    "Job": "session",
    "Limits": "runner",
    "Scorecard": "scorecard",
    "Selection": "benchmark",
    "compare": "comparison",
    "evaluate": "session",
    "open_benchmark": "benchmark",
    "score_run": "session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"octarine.evaluate.{_HOMES[name]}"), name)
