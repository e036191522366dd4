"""Every benchmark as a task of Inspect: ``inspect eval octarine/NAME``, found through its entry points.

Imports Inspect: only Inspect itself imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import scorer
from inspect_ai.solver import solver

from octarine.core.content import Modality
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.protocols import Capabilities
from octarine.core.registry import registry
from octarine.core.samples import Subject
from octarine.evaluate.benchmark import Benchmark, Selection, open_benchmark, suite
from octarine.evaluate.benchmarks.frame import at
from octarine.evaluate.interop.inspect_metrics import adherence, figures, outcomes
from octarine.evaluate.interop.inspect_samples import SCORER, inspect_sample, sample_of, score_of
from octarine.evaluate.judging import JudgePanel
from octarine.models.inspect.answer import completion_from
from octarine.models.inspect.messages import tool_infos

ANY = "benchmark"
"""The task of whatever else ``--benchmark`` takes: a file, a folder of versions, a benchmark in a dialect."""
_TAKES = Capabilities(inputs=frozenset(Modality), tools=True)
_Names = str | Sequence[str]


def task_of(
    name: str,
    *,
    data: str | None = None,
    dialect: str = "",
    size: str = "full",
    dimension: _Names = (),
    language: _Names = (),
    limit: int | None = None,
    seed: int = 0,
    logprobs: bool = False,
) -> Any:
    """A benchmark as a task. Checks of a model's files are left out: nothing is asked for them.

    Args:
        data: folder of a public benchmark's official files.
        dialect: of English; each sample's twin in it stands beside the sample.
        size: ``quick``, ``core`` or ``full``.
        logprobs: ask for the log-probabilities that a public benchmark reads.

    Raises:
        InputError: no such benchmark, or nothing in this selection.
    """
    opened = open_benchmark(f"{name}@{dialect}" if dialect else name)
    benchmark = at(opened, Path(data) if data else None)
    chosen = Selection(size, _dimensions(dimension), _names(language), limit, seed)
    samples = [sample for sample in benchmark.select(chosen, _TAKES) if sample.subject is Subject.ANSWER]
    if not samples:
        raise InputError(f"the benchmark '{name}' asks a model nothing in this selection")
    return Task(
        dataset=MemoryDataset([inspect_sample(sample) for sample in samples], name=benchmark.name),
        solver=ask(),
        scorer=judgement(),
        metrics=[adherence(), outcomes(), *([figures(benchmark.name)] if benchmark.public else [])],
        config=_config(benchmark, size, seed, logprobs),
        version=benchmark.version,
        metadata={"title": benchmark.title, "licence": benchmark.licence, "source": benchmark.source},
    )


def _config(benchmark: Benchmark, size: str, seed: int, logprobs: bool) -> Any:
    settings = suite(size).settings
    wanted = benchmark.public.logprobs if benchmark.public and logprobs else 0
    return GenerateConfig(
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        seed=seed,
        logprobs=True if wanted else None,
        top_logprobs=wanted or None,
    )


def _ask() -> Callable[[Any, Any], Any]:
    """Asks for the next message, with the tools that the sample offers; calls of tools stay unanswered."""

    async def solve(state: Any, generate: Any) -> Any:
        sample = sample_of(state.metadata)
        tools = tool_infos(sample.conversation) if sample else []
        if not tools:
            return await generate(state, tool_calls="none")
        state.output = await get_model().generate(state.messages, tools=tools)
        state.messages.append(state.output.message)
        return state

    return solve


def _judgement() -> Callable[[Any, Any], Any]:
    """Our judges: each sample is judged by the one that it names."""
    panel = JudgePanel()

    async def score(state: Any, target: Any) -> Any:
        sample = sample_of(state.metadata)
        if sample is None:
            raise InputError(f"the sample {state.sample_id} is none of Octarine's")
        completion = completion_from(state.output)
        return score_of(await panel.judge(sample, completion), completion, sample.cluster)

    return score


ask = solver(name="ask")(_ask)
judgement = scorer(name=SCORER, metrics=[adherence(), outcomes()])(_judgement)


def _names(given: _Names) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _dimensions(given: _Names) -> tuple[Dimension, ...]:
    try:
        return tuple(map(Dimension, _names(given)))
    except ValueError as error:
        known = ", ".join(dimension.value for dimension in Dimension)
        raise InputError(str(error), hint=f"Dimensions: {known}.") from None


def _registered(name: str) -> Callable[..., Any]:
    """The task of one benchmark under its own name. Inspect reads what it takes off the signature."""

    def of_benchmark(
        data: str | None = None,
        dialect: str = "",
        size: str = "full",
        dimension: _Names = (),
        language: _Names = (),
        limit: int | None = None,
        seed: int = 0,
        logprobs: bool = False,
    ) -> Any:
        return task_of(
            name,
            data=data,
            dialect=dialect,
            size=size,
            dimension=dimension,
            language=language,
            limit=limit,
            seed=seed,
            logprobs=logprobs,
        )

    found: Callable[..., Any] = task(name=name)(of_benchmark)
    return found


def _any() -> Callable[..., Any]:
    def named(name: str, **selection: Any) -> Any:
        return task_of(name, **selection)

    found: Callable[..., Any] = task(name=ANY)(named)
    return found


TASKS = {name: _registered(name) for name in registry.names("benchmark")} | {ANY: _any()}
"""Task name → the function that Inspect knows it by."""
