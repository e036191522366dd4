"""The runner: samples × model × judges → results in the store, resumable at any moment.

One producer looks up what the store has, workers generate and judge the rest, and one writer commits in
batches on a thread of its own. A run that is stopped (a kill, Ctrl-C, the time limit, a dead endpoint) loses
at most the samples in flight; the same arguments name the same run and continue it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from octarine.core.codec import canonical, digest, encode
from octarine.core.content import Part
from octarine.core.errors import (
    BadResponse,
    EndpointDownError,
    ModelError,
    ModelUnavailable,
    OctarineError,
    RateLimited,
    Unsupported,
)
from octarine.core.protocols import InventoriedModel, Model
from octarine.core.results import (
    Completion,
    Finish,
    Judgement,
    Result,
    Run,
    RunStatus,
    Settings,
    judgement_key,
)
from octarine.core.samples import Sample, Subject
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.keys import answer_key
from octarine.evaluate.pictures import drawn
from octarine.store import Record, Store

T = TypeVar("T")
LOOKUP = 512
"""Samples looked up in the store at once."""
BATCH = 256
"""Results committed at once; fewer when ``FLUSH_S`` has passed."""
FLUSH_S = 1.0
REPEAT: ContextVar[int] = ContextVar("repeat", default=0)
"""Which repeat of its sample the call under way is: for a model that answers from a record. Each worker has
its own."""
SAMPLE: ContextVar[Sample | None] = ContextVar("sample", default=None)
"""The sample of the call under way: for a model around a model that has to know what is expected (a strategy
that stops when it has succeeded)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop early.

    Attributes:
        concurrency: calls in flight; None takes what the model is made for.
        time_s: draw no new sample after so many seconds of running; ``spent_s`` of them went before this run.
        max_errors: stop when more samples than this have failed; None is a tenth of the plan, at least 10.
    """

    concurrency: int | None = None
    time_s: float | None = None
    max_errors: int | None = None
    spent_s: float = 0.0


@dataclass
class Progress:
    """Counts of a run, updated as it goes; what a progress bar reads."""

    planned: int = 0
    recorded: int = 0
    """Results that the store already held for this run."""
    generated: int = 0
    reused: int = 0
    """Answers that the store held from another run."""
    checked: int = 0
    """Checks of the model's files, for which nothing is generated."""
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: str = ""
    """Why the run ended before its plan did, in words; empty when it did not."""

    @property
    def done(self) -> int:
        """Samples that have a result."""
        return self.recorded + self.generated + self.reused + self.checked


@dataclass(slots=True)
class _Item:
    """A sample on its way."""

    sample: Sample
    repeat: int
    position: int
    completion_key: str
    judgement_key: str
    completion: Completion | None = None
    judgement: Judgement | None = None
    stored_completion: bool = False


async def run_samples(
    run: Run,
    model: Model,
    samples: Sequence[Sample],
    store: Store,
    *,
    panel: JudgePanel | None = None,
    repeats: int = 1,
    limits: Limits | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> Progress:
    """Bring every sample of a run to a result.

    ``model`` must have been started, unless the store already holds every answer. Repeat r of a sample is
    drawn with the sampler's seed of the settings plus r. ``on_result`` is told of every result that the run
    did not have before, as soon as it is judged.

    Raises:
        ModelError: when the endpoint is dead or refuses every call; what was done is in the store.
    """
    runner = _Runner(run, model, store, panel or JudgePanel(), limits or Limits(), on_progress, on_result)
    return await runner.run(samples, repeats)


class _Runner:
    def __init__(
        self,
        run: Run,
        model: Model,
        store: Store,
        panel: JudgePanel,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None,
        on_result: Callable[[Result], None] | None = None,
    ) -> None:
        self.model_run = run
        self.model = model
        self.store = store
        self.panel = panel
        self.limits = limits
        self.progress = Progress()
        self._report = on_progress or (lambda progress: None)
        self._tell = on_result or (lambda result: None)
        self._workers = limits.concurrency or model.capabilities.concurrency
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="octarine-store")
        self._buffer: list[Record] = []
        self._flushed_at = time.monotonic()
        self._failures_in_a_row = 0
        self._max_errors = 0
        self._inventory: tuple[Completion, str] | None = None

    async def run(self, samples: Sequence[Sample], repeats: int) -> Progress:
        started = time.monotonic()
        self.progress.planned = len(samples) * repeats
        budget = self.limits.max_errors
        self._max_errors = max(10, self.progress.planned // 10) if budget is None else budget
        self.panel.refuse_shared_lineage(samples, self.model_run.model)
        await self._on_store(lambda: self.store.begin_run(self.model_run))
        status = RunStatus.STOPPED
        try:
            await self._work(samples, repeats, started)
            if not self.progress.stopped:
                status = RunStatus.COMPLETE
        finally:
            await self._close(status, time.monotonic() - started)
        return self.progress

    async def _work(self, samples: Sequence[Sample], repeats: int, started: float) -> None:
        items = self._pending(samples, repeats)
        queue: asyncio.Queue[_Item | None] = asyncio.Queue(maxsize=2 * self._workers)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed(items, queue, started))
                for _ in range(self._workers):
                    group.create_task(self._serve(queue))
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _feed(
        self, items: AsyncIterator[_Item], queue: asyncio.Queue[_Item | None], started: float
    ) -> None:
        limit = self.limits.time_s
        async for item in items:
            if limit is not None and self.limits.spent_s + time.monotonic() - started > limit:
                self.progress.stopped = f"the time limit of {limit:.0f} s was reached"
                break
            await queue.put(item)
        for _ in range(self._workers):
            await queue.put(None)

    async def _serve(self, queue: asyncio.Queue[_Item | None]) -> None:
        while (item := await queue.get()) is not None:
            if item.completion is None:
                REPEAT.set(item.repeat)
                SAMPLE.set(item.sample)
                item.completion = await self._complete(item.sample, item.repeat)
            if item.judgement is None:
                item.judgement = await self.panel.judge(item.sample, item.completion)
            await self._record(item)

    async def _pending(self, samples: Sequence[Sample], repeats: int) -> AsyncIterator[_Item]:
        done = await self._on_store(lambda: self.store.done(self.model_run.id))
        self.progress.recorded = sum(
            (sample.key, repeat) in done for sample in samples for repeat in range(repeats)
        )
        self._report(self.progress)
        plan = (
            (sample, repeat, repeat * len(samples) + place)
            for repeat in range(repeats)
            for place, sample in enumerate(samples)
            if (sample.key, repeat) not in done
        )
        for chunk in _chunks(plan, LOOKUP):
            items = [self._item(*entry) for entry in chunk]
            await self._look_up(items)
            for item in items:
                yield item

    def _item(self, sample: Sample, repeat: int, position: int) -> _Item:
        if sample.subject is Subject.ARTEFACTS:
            _, key = self._described()
        else:
            key = answer_key(self.model, self.model_run, sample, repeat)
        version = self.panel[sample.expectation.judge].version
        return _Item(sample, repeat, position, key, judgement_key(key, sample.expectation, version))

    async def _look_up(self, items: Sequence[_Item]) -> None:
        def find() -> tuple[dict[str, Completion], dict[str, Judgement]]:
            completions = self.store.completions([item.completion_key for item in items])
            known = [item.judgement_key for item in items if item.completion_key in completions]
            return completions, self.store.judgements(known) if known else {}

        completions, judgements = await self._on_store(find)
        for item in items:
            item.completion = completions.get(item.completion_key)
            item.stored_completion = item.completion is not None
            item.judgement = judgements.get(item.judgement_key)

    def _described(self) -> tuple[Completion, str]:
        """The model's inventory as a completion, and its key."""
        if self._inventory is None:
            completion = describe(self.model)
            key = digest(["inventory", self.model_run.model.name, encode(completion)])
            self._inventory = completion, key
        return self._inventory

    def _settings(self, repeat: int) -> Settings:
        """With a seed for each repeat: a sampler that is given the same one says the same again."""
        settings = self.model_run.settings
        return dataclasses.replace(settings, seed=settings.seed + repeat) if repeat else settings

    async def _complete(self, sample: Sample, repeat: int) -> Completion:
        if sample.subject is Subject.ARTEFACTS:
            return self._described()[0]
        try:
            completion = await self.model.generate(drawn(sample.conversation), self._settings(repeat))
        except ModelError as error:
            if error.fatal:
                raise
            # What a model cannot take is not a failing of the endpoint: recorded, and in no error budget.
            if not isinstance(error, Unsupported):
                self._count_failure(error)
            return Completion(finish=Finish.ERROR, error=error.message)
        except OctarineError:
            raise
        except Exception as error:  # an adapter or a user's function may raise anything: recorded, not fatal
            failure = ModelError(f"{type(error).__name__}: {error}")
            self._count_failure(failure)
            return Completion(finish=Finish.ERROR, error=failure.message)
        self._failures_in_a_row = 0
        return completion

    def _count_failure(self, error: ModelError) -> None:
        """Stop where nothing answers any more, or where too many samples have failed."""
        self._failures_in_a_row += 1
        self.progress.errors += 1
        patience = max(4, self._workers)
        name = self.model_run.model.name
        broken = isinstance(error, ModelUnavailable | RateLimited | BadResponse)
        if broken and self._failures_in_a_row >= patience:
            raise EndpointDownError(
                f"{name} does not answer: {self._failures_in_a_row} calls in a row failed. {error.message}",
                hint="Check the endpoint. What was done is kept: the same command continues the run.",
            )
        if self.progress.errors > self._max_errors:
            raise ModelError(
                f"stopped after {self.progress.errors} failed samples of {name}; "
                f"the last one: {error.message}",
                hint="Raise --max-errors to go on. What was done is kept.",
            )

    async def _record(self, item: _Item) -> None:
        assert item.completion is not None
        assert item.judgement is not None
        self._count(item)
        self._tell(Result(item.sample, item.completion, item.judgement, item.repeat, item.completion_key))
        self._buffer.append(
            Record(
                sample=item.sample,
                repeat=item.repeat,
                position=item.position,
                completion_key=item.completion_key,
                completion=None if item.stored_completion else item.completion,
                judgement_key=item.judgement_key,
                judgement=item.judgement,
            )
        )
        if len(self._buffer) >= BATCH or time.monotonic() - self._flushed_at > FLUSH_S:
            await self._flush()

    def _count(self, item: _Item) -> None:
        if item.sample.subject is Subject.ARTEFACTS:
            self.progress.checked += 1
        elif item.stored_completion:
            self.progress.reused += 1
        else:
            self.progress.generated += 1
            assert item.completion is not None
            self.progress.input_tokens += item.completion.usage.input_tokens or 0
            self.progress.output_tokens += item.completion.usage.output_tokens or 0
        self._report(self.progress)

    async def _flush(self) -> None:
        batch, self._buffer = self._buffer, []
        self._flushed_at = time.monotonic()
        if not batch:
            return
        try:
            await self._on_store(lambda: self.store.add(self.model_run.id, batch))
        except asyncio.CancelledError:
            # A write that still waited for its turn is cancelled with the worker. ``_close`` writes the batch
            # again; what is recorded already, the store ignores.
            self._buffer = [*batch, *self._buffer]
            raise

    async def _close(self, status: RunStatus, seconds: float) -> None:
        self.progress.seconds["run"] = seconds
        try:
            await self._flush()
            totals = encode(
                {
                    "planned": self.progress.planned,
                    "generated": self.progress.generated,
                    "reused": self.progress.reused,
                    "errors": self.progress.errors,
                    "input_tokens": self.progress.input_tokens,
                    "output_tokens": self.progress.output_tokens,
                    "seconds": seconds,
                    "stopped": self.progress.stopped,
                }
            )
            await self._on_store(lambda: self.store.end_run(self.model_run.id, status, totals))
        finally:
            self._writer.shutdown(wait=True)

    async def _on_store(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)


_NO_INVENTORY = "nothing is known of this model's files; name a folder that holds them with --artefacts"


def describe(model: Model) -> Completion:
    """A model's inventory as a completion: what the governance checks judge."""
    if isinstance(model, InventoriedModel):
        return Completion(parts=(Part.of_text(canonical(encode(model.inventory()))),))
    return Completion(finish=Finish.ERROR, error=_NO_INVENTORY)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error that a person should see out of a task group's."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        known = [error for error in first.exceptions if isinstance(error, OctarineError | BaseExceptionGroup)]
        first = known[0] if known else first.exceptions[0]
    return first
