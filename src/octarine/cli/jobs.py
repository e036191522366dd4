"""From a command's options to the model and the job that they describe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.protocols import Basis, Judge, Model
from octarine.core.registry import registry
from octarine.core.results import Settings
from octarine.evaluate.benchmark import Selection, open_benchmark, suite
from octarine.evaluate.benchmarks.frame import at
from octarine.evaluate.judges.composite import AllOf
from octarine.evaluate.judges.refusal import Refusal
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.rubric import MajorityJudge, RubricJudge
from octarine.evaluate.runner import Limits
from octarine.evaluate.session import Job
from octarine.evaluate.validation import read_counts
from octarine.models.names import ModelOptions, open_model
from octarine.store import Store


class JudgeOptions(TypedDict):
    """What ``judge_options`` and ``allow_shared_lineage`` pass."""

    judges: tuple[str, ...]
    judge_max_tokens: int
    judge_counts: Path | None
    allow_shared_lineage: bool


class RunOptions(JudgeOptions):
    """What ``model_options``, ``selection_options``, ``generation_options`` and ``limit_options`` pass."""

    concurrency: int | None
    timeout: float
    retries: int
    artefacts: Path | None
    benchmark: str
    data: Path | None
    dimensions: tuple[str, ...]
    languages: tuple[str, ...]
    limit: int | None
    seed: int
    max_tokens: int | None
    temperature: float
    repeats: int
    time_limit: float | None
    max_errors: int | None


class ScoreOptions(TypedDict):
    """What scoring recorded answers takes besides the answers."""

    data: Path | None
    name: str
    judges: tuple[str, ...]
    judge_max_tokens: int
    judge_counts: Path | None
    store_url: str | None


def panel_of(
    judges: Sequence[str],
    max_tokens: int,
    counts: Path | None,
    store: Store,
    *,
    allow_shared_lineage: bool = False,
) -> JudgePanel:
    """The judges: those that samples name, with others in place of the ones that go by rules where asked.

    A name without a scheme is a registered judge's and stands in for the one of refusals alone; any other
    is a model's.
    """
    validations = read_counts(counts) if counts else ()
    registered = [name for name in judges if name in registry.names("judge")]
    if registered and len(judges) > 1:
        raise InputError(
            f"the judge '{registered[0]}' cannot vote with others", hint="Only models vote: give it alone."
        )
    if registered:
        judge: Judge = registry.get("judge", registered[0])()
        return JudgePanel(
            instead={Refusal.name: judge}, validations=validations, allow_shared_lineage=allow_shared_lineage
        )
    asked: list[Judge] = [
        RubricJudge(open_model(name, ModelOptions()), store, max_tokens=max_tokens) for name in judges
    ]
    if not asked:
        return JudgePanel(validations=validations, allow_shared_lineage=allow_shared_lineage)
    judge = asked[0] if len(asked) == 1 else MajorityJudge(asked)
    ruled = [name for name in registry.names("judge") if _goes_by_rules(name)]
    return JudgePanel(
        instead=dict.fromkeys(ruled, judge),
        validations=validations,
        allow_shared_lineage=allow_shared_lineage,
    )


def panel_of_options(options: JudgeOptions, store: Store) -> JudgePanel:
    """The judges that the options describe."""
    return panel_of(
        options["judges"],
        options["judge_max_tokens"],
        options["judge_counts"],
        store,
        allow_shared_lineage=options["allow_shared_lineage"],
    )


def _goes_by_rules(name: str) -> bool:
    """Whether what the judge decides rests on rules of its own, or on a model that has to be named."""
    judge: Judge = registry.get("judge", name)()
    return not isinstance(judge, AllOf) and judge.basis is not Basis.EXACT


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
        benchmark=at(open_benchmark(options["benchmark"]), options["data"]),
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
