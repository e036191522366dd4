"""From a command's options to the model and the job that they describe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from octarine.core.dimensions import Dimension
from octarine.core.protocols import Model
from octarine.core.results import Settings
from octarine.evaluate.benchmark import Selection, open_benchmark, suite
from octarine.evaluate.runner import Limits
from octarine.evaluate.session import Job
from octarine.models.names import ModelOptions, open_model


class RunOptions(TypedDict):
    """What ``model_options``, ``selection_options``, ``generation_options`` and ``limit_options`` pass."""

    concurrency: int | None
    timeout: float
    retries: int
    artefacts: Path | None
    benchmark: str
    dimensions: tuple[str, ...]
    languages: tuple[str, ...]
    limit: int | None
    seed: int
    max_tokens: int | None
    temperature: float
    repeats: int
    time_limit: float | None
    max_errors: int | None


def model_of(name: str, options: RunOptions, progress: Callable[[str, int, int], None] | None) -> Model:
    """The model that the options describe; nothing is loaded or called yet."""
    return open_model(
        name,
        ModelOptions(
            concurrency=options["concurrency"],
            timeout_s=options["timeout"],
            max_retries=options["retries"],
            artefacts=options["artefacts"],
            progress=progress,
        ),
    )


def job_of(size: str, options: RunOptions) -> Job:
    """The job that the options describe."""
    chosen = suite(size)
    limit = chosen.time_limit_s if options["time_limit"] is None else options["time_limit"] or None
    settings: Settings = replace(chosen.settings, temperature=options["temperature"], seed=options["seed"])
    if options["max_tokens"] is not None:
        settings = replace(settings, max_tokens=options["max_tokens"])
    return Job(
        benchmark=open_benchmark(options["benchmark"]),
        selection=Selection(
            suite=size,
            dimensions=tuple(Dimension(name) for name in options["dimensions"]),
            languages=options["languages"],
            limit=options["limit"],
            seed=options["seed"],
        ),
        settings=settings,
        repeats=options["repeats"],
        limits=Limits(concurrency=options["concurrency"], time_s=limit, max_errors=options["max_errors"]),
    )
