"""``guarded:MODEL``: any model behind the guard, as one system that everything else can measure and attack.

``guarded:MODEL`` takes the policy ``default``; others stand before the model's name, joined by ``+`` where
each is laid over the one before: ``guarded:strict@MODEL``, ``guarded:default+ours.yaml@MODEL``.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeVar

from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.core.protocols import (
    Capabilities,
    Delta,
    InventoriedModel,
    Inventory,
    Model,
    StreamingModel,
    TimedModel,
)
from octarine.core.results import (
    Completion,
    Finish,
    GuardCheck,
    ModelIdentity,
    Settings,
    Side,
    Usage,
    Verdict,
)
from octarine.guard.conversations.checks import check_of
from octarine.guard.conversations.screening import Screened, screen_answer, screen_conversation
from octarine.guard.guard import Guard
from octarine.guard.streaming.answer import AnswerStream, EndedAnswer
from octarine.models.names import ModelOptions
from octarine.models.names import open_model as open_inner

T = TypeVar("T")
SCHEME = "guarded"
DEFAULT = "default"


def open_model(rest: str, options: ModelOptions) -> GuardedModel:
    """``guarded:rest``: a model's name, or policies, ``@`` and a model's name. The guard is loaded here, so
    that its policy and weights are known before anything is asked; the model itself is not.

    Raises:
        OctarineError: as ``Guard.load`` and ``models.open_model`` do.
    """
    policies, name = split_policies(rest)
    guard = Guard.load(*policies)
    # The folder of artefacts is laid over the whole system by whoever opened it.
    inner = open_inner(name, replace(options, artefacts=None))
    made = GuardedInventoriedModel if isinstance(inner, InventoriedModel) else GuardedModel
    return made(inner, guard, policies)


def split_policies(rest: str) -> tuple[tuple[str, ...], str]:
    """The policies and the model's name. An ``@`` behind a colon belongs to the model."""
    before, at, name = rest.partition("@")
    if not at or ":" in before:
        return (DEFAULT,), rest
    policies = tuple(before.split("+"))
    if not all(policies) or not name:
        raise InputError(
            f"'{SCHEME}:{rest}' names no {'model' if all(policies) else 'policy'}",
            hint=f"For example:  {SCHEME}:strict@openai:gpt-4o-mini",
        )
    return policies, name


@dataclass
class Tally:
    """What the guard did, call by call; what it cost beside the model's own time.

    Attributes:
        calls: how often the whole was asked; ``asked``: how often the model inside was.
        blocked_inputs, blocked_outputs: answers that are a message of the policy.
        covered: conversations or answers that went on with masks or placeholders.
        flagged: conversations or answers that went on with something said of them.
        seconds: ``input`` and ``output`` → seconds that the guard took, queueing for a thread included.
    """

    calls: int = 0
    asked: int = 0
    blocked_inputs: int = 0
    blocked_outputs: int = 0
    covered: int = 0
    flagged: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"input": 0.0, "output": 0.0})

    @property
    def milliseconds(self) -> float:
        """The guard's time for one call, on average."""
        return 1000.0 * sum(self.seconds.values()) / max(1, self.calls)


class GuardedModel:
    """A model behind a guard.

    A conversation is checked before the model sees it: where it is blocked, the policy's message is the
    answer, ``Finish.FILTERED``, and nothing is sent. Answers are checked before the user sees them, and
    placeholders put back. A streamed answer goes out block by block, each once what follows it has been seen
    (``streaming``); tool calls once they have been checked whole.

    Every completion says in ``checks`` what the guard did, so that the record of a run holds it.

    Args:
        policies: as they stand in the name. ``tally`` counts what the guard did.
        one_at_a_time: looks wait for each other, so that the time of one is not the time of several.
    """

    def __init__(
        self,
        model: Model,
        guard: Guard,
        policies: tuple[str, ...] = (DEFAULT,),
        *,
        one_at_a_time: bool = False,
    ) -> None:
        self.guard = guard
        self.tally = Tally()
        self._model = model
        self._turn = threading.Lock() if one_at_a_time else nullcontext()
        self._prefix = "" if policies == (DEFAULT,) else "+".join(policies) + "@"
        self._start_s: float | None = None

    @property
    def identity(self) -> ModelIdentity:
        """Name and revision of the whole; the lineage tells which model and which weights are inside."""
        inner = self._model.identity
        return ModelIdentity(
            f"{SCHEME}:{self._prefix}{inner.name}",
            "+".join(filter(None, (inner.revision, self.guard.version))),
            inner.lineage | self.guard.lineage | {inner.mark},
        )

    @property
    def capabilities(self) -> Capabilities:
        """Those of the model inside."""
        return self._model.capabilities

    async def start(self) -> None:
        """Start the model inside."""
        started = time.perf_counter()
        await self._model.start()
        self._start_s = time.perf_counter() - started

    @property
    def timings(self) -> Mapping[str, float]:
        """Those of the model inside."""
        if isinstance(self._model, TimedModel):
            return self._model.timings
        return {} if self._start_s is None else {"start": self._start_s}

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The next message, or the policy's where something was blocked. ``latency_s`` holds the guard's
        time."""
        started = time.perf_counter()
        screened, going_in = await self._screened(conversation)
        if screened.blocked is not None:
            return _refused(screened.blocked, Usage(0, 0), started, going_in)
        self.tally.asked += 1
        completion = await self._model.generate(screened.conversation, settings)
        checks = (going_in, *completion.checks)
        if completion.error or completion.finish is Finish.ERROR:
            # A call that broke off may have left a part of an answer: nobody looked at it.
            return replace(completion, parts=(), tool_calls=(), logprobs=(), checks=checks)
        answered = time.perf_counter()
        answer, ms = await asyncio.to_thread(
            self._look,
            lambda: screen_answer(self.guard, completion, conversation, screened.placeholders),
        )
        self._spent("output", answered)
        checks = (*checks, check_of(Side.OUTPUT, answer.verdicts, ms))
        if answer.blocked is not None:
            self.tally.blocked_outputs += 1
            return _refused(answer.blocked, completion.usage, started, *checks)
        self._note(answer.verdicts)
        return replace(answer.completion, latency_s=time.perf_counter() - started, checks=checks)

    async def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        """The answer while it comes in. Where it is blocked, what went out before stands, the policy's text
        follows, and the model is stopped. Of a model that cannot stream, the answer in one piece."""
        model = self._model
        if not (model.capabilities.streaming and isinstance(model, StreamingModel)):
            whole = await self.generate(conversation, settings)
            if whole.text:
                yield Delta(whole.text)
            yield Delta(completion=whole)
            return
        started = time.perf_counter()
        screened, going_in = await self._screened(conversation)
        if screened.blocked is not None:
            refused = _refused(screened.blocked, Usage(0, 0), started, going_in)
            yield Delta(refused.text)
            yield Delta(completion=refused)
            return
        self.tally.asked += 1
        answer = AnswerStream(self.guard, conversation, screened.placeholders)
        completion, spent = None, 0.0
        deltas = model.stream(screened.conversation, settings)
        try:
            async for delta in deltas:
                completion = delta.completion or completion
                text, ms = await self._fed(answer, delta.text) if delta.text else ("", 0.0)
                spent += ms
                if text:
                    yield Delta(text)
                if answer.blocked:
                    break
        finally:
            await _closed(deltas)
        ended, ms = await self._ended(answer, completion)
        if ended.text:
            yield Delta(ended.text)
        inside = completion.checks if completion is not None else ()
        checks = (going_in, *inside, check_of(Side.OUTPUT, ended.verdicts, spent + ms))
        yield Delta(
            completion=replace(ended.completion, latency_s=time.perf_counter() - started, checks=checks)
        )

    async def aclose(self) -> None:
        """Close the model inside."""
        await self._model.aclose()

    async def _screened(self, conversation: Conversation) -> tuple[Screened, GuardCheck]:
        started = time.perf_counter()
        self.tally.calls += 1
        screened, ms = await asyncio.to_thread(
            self._look, lambda: screen_conversation(self.guard, conversation)
        )
        self._spent("input", started)
        verdicts = [check.verdict for check in screened.checks]
        if screened.blocked is not None:
            self.tally.blocked_inputs += 1
        else:
            self._note(verdicts)
        return screened, check_of(Side.INPUT, verdicts, ms)

    async def _fed(self, answer: AnswerStream, text: str) -> tuple[str, float]:
        started = time.perf_counter()
        if answer.waits(text):
            passed, ms = answer.feed(text), 0.0
        else:
            passed, ms = await asyncio.to_thread(self._look, lambda: answer.feed(text))
        self._spent("output", started)
        return passed, ms

    async def _ended(self, answer: AnswerStream, completion: Completion | None) -> tuple[EndedAnswer, float]:
        started = time.perf_counter()
        ended, ms = await asyncio.to_thread(self._look, lambda: answer.finish(completion))
        self._spent("output", started)
        if ended.blocked is not None:
            self.tally.blocked_outputs += 1
        else:
            self._note(ended.verdicts)
        return ended, ms

    def _look(self, look: Callable[[], T]) -> tuple[T, float]:
        """What it gives, and the milliseconds that it took, waiting for a thread or a turn left out."""
        with self._turn:
            started = time.perf_counter()
            found = look()
            return found, 1000.0 * (time.perf_counter() - started)

    def _spent(self, stage: str, started: float) -> None:
        self.tally.seconds[stage] += time.perf_counter() - started

    def _note(self, verdicts: list[Verdict] | tuple[Verdict, ...]) -> None:
        hardest = max((verdict.action.severity for verdict in verdicts), default=0)
        self.tally.covered += hardest > 1
        self.tally.flagged += hardest == 1


class GuardedInventoriedModel(GuardedModel):
    """The same around a model that can show its files."""

    def inventory(self) -> Inventory:
        """That of the model inside, with the guard's policy and version among the facts."""
        assert isinstance(self._model, InventoriedModel)
        inner = self._model.inventory()
        facts = {"guard.policy": self.guard.policy.id, "guard.version": self.guard.version}
        return Inventory(inner.artefacts, {**inner.facts, **facts})


def _refused(verdict: Verdict, usage: Usage, started: float, *checks: GuardCheck) -> Completion:
    latency_s = time.perf_counter() - started
    return Completion.of_text(
        verdict.message, finish=Finish.FILTERED, usage=usage, latency_s=latency_s, checks=checks
    )


async def _closed(deltas: AsyncIterator[Delta]) -> None:
    """Stop a stream that may not have come to its end, so that the endpoint behind it stops, too."""
    close = getattr(deltas, "aclose", None)
    if close is not None:
        await close()
