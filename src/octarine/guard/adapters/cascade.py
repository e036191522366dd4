"""Rules → small model → adapter, and the adapter only where the small model is unsure.

The guard stays what it is: ``CascadeTier`` stands in the place of its classifier, so policies, positions,
decoded readings, spans and the cache of windows work as ever. What an adapter decides is laid outside the
band of uncertainty, above or below, so that the policy's strength, whichever it is within the band, follows
it.

On a command line the adapter's name is all that is needed: ``--ask llama-guard-3:http://localhost:8000/v1#name``.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import BadResponse, InputError, RequestRejected, Unsupported
from octarine.core.results import Usage
from octarine.guard.adapters.adapter import Adapter, Moderation
from octarine.guard.adapters.judging import Band, Judged, band_of, judged, passages, uncertain
from octarine.guard.adapters.labels import Side
from octarine.guard.conversations.positions import HEADS
from octarine.guard.guard import ENTRIES, Guard, tier_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from octarine.core.results import Verdict
    from octarine.guard.conversations.cover import Cover
    from octarine.guard.conversations.positions import Place
    from octarine.guard.policy.policy import Policy
    from octarine.guard.scan.window_cache import Scores, Tier, Window

T = TypeVar("T")

LONGEST = 16_000
"""Code points that an adapter is shown at once: of a longer text, what is uncertain in it."""
_OF_THIS_TEXT = (RequestRejected, Unsupported, BadResponse)
"""Errors that say something of one text. It counts as found: what cannot be looked at does not pass."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an adapter costs, in any currency; nothing unless said."""

    call: float = 0.0
    million_input_tokens: float = 0.0
    million_output_tokens: float = 0.0

    def of(self, calls: int, usage: Usage) -> float:
        """Of so many calls. Tokens that the endpoint does not count cost nothing here."""
        tokens = (usage.input_tokens or 0) * self.million_input_tokens
        tokens += (usage.output_tokens or 0) * self.million_output_tokens
        return calls * self.call + tokens / 1e6


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage of the cascade has done so far.

    Attributes:
        texts: how many it looked at; of the adapter, passages.
        calls: requests to an adapter, batches of the small model, batches of the rules.
        seconds: that the guard waited for it.
        unread: texts that the adapter could not judge, and that count as found.
    """

    name: str
    texts: int = 0
    calls: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A passage of one text for the adapter."""

    text: int
    start: int
    end: int
    conversation: Conversation


class CascadeTier:
    """A classifier, and an adapter that decides where it is unsure. Safe to use from several threads.

    A head is uncertain in a text where its highest probability lies in its band. The adapter is asked about
    what it covers, once for a text (for a passage of a long one), and its answer stands in place of the
    uncertain windows' scores.

    Args:
        tier: the classifier.
        adapter: it runs in an event loop of its own, in a thread of its own.
        band: for every head ``(low, high)``, uncertain from low up to high; where it is left out, a head's
            band goes from the threshold of the strength ``high`` (faint suspicion) to that of ``low``.

    Raises:
        InputError: the band is empty or outside [0, 1].
    """

    def __init__(
        self,
        tier: Tier,
        adapter: Adapter,
        *,
        band: tuple[float, float] | None = None,
        price: Price | None = None,
    ) -> None:
        self.tier = tier
        self.adapter = adapter
        self._band = None if band is None else Band(*band)
        self._price = price or Price()
        self._heads: frozenset[str] | None = None
        self._loop = _LoopThread()
        self._lock = threading.Lock()
        self._stages = {name: Stage(name) for name in ("model", "adapter")}

    @property
    def version(self) -> str:
        """The classifier's, the adapter's and the band's."""
        identity = self.adapter.identity
        asked = "+".join(filter(None, (f"{self.adapter.name}:{identity.name}", identity.revision)))
        band = f"[{self._band.low},{self._band.high})" if self._band else ""
        return f"{self.tier.version}+{asked}{band}"

    @property
    def lineage(self) -> frozenset[str]:
        """Of both."""
        identity = self.adapter.identity
        return self.tier.lineage | identity.lineage | {identity.mark}

    @property
    def thresholds(self) -> Mapping[str, Mapping[str, float]]:
        """The classifier's."""
        return self.tier.thresholds

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The small model, the adapter."""
        with self._lock:
            return tuple(self._stages.values())

    def start(self) -> None:
        """Start the adapter, so that what is missing is known before a text comes; see ``Adapter.start``."""
        self._loop.run(self.adapter.start())

    def close(self) -> None:
        """Close the adapter and its thread. May be called twice."""
        self._loop.close(self.adapter.aclose)

    def restrict(self, heads: Iterable[str]) -> None:
        """Never ask about other heads than these: nobody acts on them."""
        self._heads = frozenset(heads)

    def input_windows(self, texts: Sequence[str]) -> Sequence[Scores]:
        """As the classifier, with the adapter's answers in it.

        Raises:
            ModelError: the adapter cannot be reached. A text that it cannot judge is no error: it is found.
        """
        scores = self._scored(len(texts), lambda: self.tier.input_windows(texts))
        return self._decided([("", text) for text in texts], scores, "input")

    def output_windows(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Scores]:
        """The same of (prompt, answer)."""
        scores = self._scored(len(pairs), lambda: self.tier.output_windows(pairs))
        return self._decided(pairs, scores, "output")

    def score_inputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The classifier's alone: what thresholds are tuned on."""
        return self.tier.score_inputs(texts)

    def score_outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """The classifier's alone."""
        return self.tier.score_outputs(pairs)

    def _scored(self, texts: int, score: Any) -> Sequence[Scores]:
        started = time.perf_counter()
        scores: Sequence[Scores] = score()
        self._count("model", Stage("", texts, 1, time.perf_counter() - started))
        return scores

    def _decided(
        self, pairs: Sequence[tuple[str, str]], scores: Sequence[Scores], side: Side
    ) -> Sequence[Scores]:
        doubts = [uncertain(windows, self._bands(windows, side)) for windows in scores]
        asked = [
            _Asked(index, start, end, _conversation(prompt, answer[start:end], side))
            for index, ((prompt, answer), windows, doubt) in enumerate(
                zip(pairs, scores, doubts, strict=True)
            )
            if doubt
            for start, end in passages(windows, doubt, len(answer), LONGEST)
        ]
        if not asked:
            return scores
        answers = self._ask(asked)
        decided: list[Sequence[Window]] = [list(windows) for windows in scores]
        for one, answer in zip(asked, answers, strict=True):
            found = Judged(one.start, one.end, answer)
            decided[one.text] = judged(decided[one.text], doubts[one.text], found)
        return decided

    def _bands(self, windows: Scores, side: Side) -> dict[str, Band]:
        heads = windows[0].heads if windows else {}
        asked = heads if self._heads is None else [head for head in heads if head in self._heads]
        covered = self.adapter.covers[side]
        found = {
            head: self._band or band_of(self.thresholds.get(head, {}))
            for head in asked
            if any(f"{head}.".startswith(f"{one}.") for one in covered)
        }
        return {head: band for head, band in found.items() if band is not None}

    def _ask(self, asked: Sequence[_Asked]) -> list[Moderation | None]:
        """None where the adapter could not judge the passage."""
        started = time.perf_counter()
        answers = self._loop.run(self._gathered(asked))
        read = [answer for answer in answers if answer is not None]
        calls = sum(answer.calls for answer in read) + answers.count(None)
        cost = sum(self._price.of(answer.calls, answer.usage) for answer in read)
        seconds = time.perf_counter() - started
        self._count("adapter", Stage("", len(asked), calls, seconds, cost, answers.count(None)))
        return answers

    async def _gathered(self, asked: Sequence[_Asked]) -> list[Moderation | None]:
        async def one(conversation: Conversation) -> Moderation | None:
            try:
                return await self.adapter.moderate(conversation)
            except _OF_THIS_TEXT:
                return None

        answers = await asyncio.gather(*(one(each.conversation) for each in asked), return_exceptions=True)
        # Only now: an error that left the others running would leave their connections open, too.
        read: list[Moderation | None] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            read.append(answer)
        return read

    def _count(self, name: str, more: Stage) -> None:
        with self._lock:
            self._stages[name] = _added(self._stages[name], more)


class CascadedGuard(Guard):
    """A guard whose model tier is a ``CascadeTier``, and that counts what each stage costs.

    What rules have blocked is still put to the small model and, where that is unsure, to the adapter: the
    verdict tells all that was found. What was seen before comes from the cache and asks nobody.

    Raises:
        InputError: the policy asks for no model tier, so that nothing would ever be uncertain.
    """

    def __init__(self, policy: Policy, tier: CascadeTier, *, cache: int = ENTRIES) -> None:
        super().__init__(policy, tier, cache=cache)
        heads = frozenset(head for position in HEADS for head in self.heads(position))
        if not heads:
            raise InputError(
                f"the policy '{policy.name}' asks for no model: '{tier.adapter.name}' would never be asked",
                hint="Give it an action for harmful_request, harmful_content, harmful_response or jailbreak.",
            )
        tier.restrict(heads)
        self._tier = tier
        self._rules = Stage("rules")
        self._rules_lock = threading.Lock()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Rules (with decoding and topics), the small model, the adapter."""
        with self._rules_lock:
            return (self._rules, *self._tier.stages)

    def close(self) -> None:
        """Close the adapter."""
        self._tier.close()

    def check_pieces(
        self,
        pieces: Sequence[Place],
        cover: Cover,
        *,
        prompt: str = "",
        language: str = "",
        message_language: str = "",
        documents: Sequence[str] = (),
    ) -> list[Verdict]:
        """As ``Guard.check_pieces``."""
        verdicts = super().check_pieces(
            pieces,
            cover,
            prompt=prompt,
            language=language,
            message_language=message_language,
            documents=documents,
        )
        spent = sum(
            verdict.timings.get(stage, 0.0)
            for verdict in verdicts
            for stage in ("normalise", "rules", "topics")
        )
        with self._rules_lock:
            self._rules = _added(self._rules, Stage("", len(verdicts), 1, spent))
        return verdicts


def cascaded(
    adapter: Adapter,
    *policies: str | Path,
    classifier: Tier | None = None,
    band: tuple[float, float] | None = None,
    price: Price | None = None,
) -> CascadedGuard:
    """The guard of ``policies`` (``default`` where none is named), with ``adapter`` behind its small model.
    The adapter is started here.

    Raises:
        OctarineError: as ``Guard.load``, ``CascadeTier`` and ``Adapter.start``.
    """
    from octarine.guard.policy.loading import read_policy

    policy = read_policy(*(policies or ("default",)))
    tier = CascadeTier(classifier or tier_of(policy), adapter, band=band, price=price)
    guard = CascadedGuard(policy, tier)
    try:
        tier.start()
    except BaseException:
        guard.close()
        raise
    return guard


def _added(stage: Stage, more: Stage) -> Stage:
    return replace(
        stage,
        texts=stage.texts + more.texts,
        calls=stage.calls + more.calls,
        seconds=stage.seconds + more.seconds,
        cost=stage.cost + more.cost,
        unread=stage.unread + more.unread,
    )


def _conversation(prompt: str, text: str, side: Side) -> Conversation:
    if side == "input":
        return Conversation.user(text)
    answer = Message(Role.ASSISTANT, (Part.of_text(text),))
    return Conversation((*Conversation.user(prompt[-LONGEST:]).messages, answer))


@dataclass
class _LoopThread:
    """An event loop in a thread: guards are called from threads, and an adapter lives in one loop."""

    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, waited for."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="adapter", daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def close(self, last: Any) -> None:
        """Run ``last()`` and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(last(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
