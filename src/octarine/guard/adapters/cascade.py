"""Rules → small model → adapter, and the adapter only where the small model is unsure.

The guard stays what it is: ``CascadeTier`` stands in the place of its classifier, so policies, positions,
decoded readings, spans and the cache of windows work as ever. What an adapter decides is laid outside the
band of uncertainty, above or below, so that the policy's strength, whichever it is within the band, follows
it.

On a command line the adapter's name is all that is needed: ``--ask llama-guard-3:http://localhost:8000/v1#name``;
a policy says it under ``ask``.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import BadResponse, InputError, RequestRejected, Unsupported
from octarine.guard.adapters.adapter import Adapter, Moderation
from octarine.guard.adapters.judging import Band, Judged, band_of, judged, passages, uncertain
from octarine.guard.adapters.labels import Side
from octarine.guard.adapters.loop_thread import LoopThread
from octarine.guard.adapters.names import open_adapter
from octarine.guard.conversations.positions import HEADS
from octarine.guard.guard import ENTRIES, Guard, tier_of
from octarine.guard.policy.ask import SIDES, Price
from octarine.models.names import ModelOptions

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from octarine.core.results import Verdict
    from octarine.guard.conversations.cover import Cover
    from octarine.guard.conversations.positions import Place
    from octarine.guard.policy.policy import Policy
    from octarine.guard.scan.window_cache import Scores, Tier, Window

LONGEST = 16_000
"""Code points that an adapter is shown at once: of a longer text, what is uncertain in it."""
PATIENCE = ModelOptions(timeout_s=30.0, max_retries=1)
"""With an adapter that a policy names: somebody waits for the verdict."""
_OF_THIS_TEXT = (RequestRejected, Unsupported, BadResponse)
"""Errors that say something of one text. It counts as found: what cannot be looked at does not pass."""


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

    def plus(self, more: Stage, sign: int = 1) -> Stage:
        """With what another has done added, or taken away by ``sign`` -1."""
        return Stage(
            self.name,
            self.texts + sign * more.texts,
            self.calls + sign * more.calls,
            self.seconds + sign * more.seconds,
            self.cost + sign * more.cost,
            self.unread + sign * more.unread,
        )

    def since(self, before: Stage) -> Stage:
        """What was done after ``before``."""
        return self.plus(before, -1)


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
        sides: where the adapter is asked: ``input``, ``output``.

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
        sides: Sequence[str] = SIDES,
    ) -> None:
        self.tier = tier
        self.adapter = adapter
        self._band = None if band is None else Band(*band)
        self._price = price or Price()
        self._heads: frozenset[str] | None = None
        self._sides = frozenset(sides)
        self._loop = LoopThread()
        # A server lets go of a guard when its policy changes, and knows no last request of it.
        self._closing = weakref.finalize(self, self._loop.close, adapter.aclose)
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
        self._closing()

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

    def unread(self, text: str) -> Sequence[str]:
        """The classifier's: what it does not read it is never in doubt about, so the adapter is not asked."""
        return self.tier.unread(text)

    def _scored(self, texts: int, score: Any) -> Sequence[Scores]:
        started = time.perf_counter()
        scores: Sequence[Scores] = score()
        self._count("model", Stage("", texts, 1, time.perf_counter() - started))
        return scores

    def _decided(
        self, pairs: Sequence[tuple[str, str]], scores: Sequence[Scores], side: Side
    ) -> Sequence[Scores]:
        if side not in self._sides:
            return scores
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
            self._stages[name] = self._stages[name].plus(more)


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
            self._rules = self._rules.plus(Stage("", len(verdicts), 1, spent))
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
    return _started(policy, CascadeTier(classifier or tier_of(policy), adapter, band=band, price=price))


def asking(policy: Policy, classifier: Tier | None = None) -> CascadedGuard:
    """The guard of a policy that says whom to ask, started; a ``classifier`` that is a cascade already was
    started by whoever made it.

    Raises:
        OctarineError: as ``cascaded``, and as ``open_adapter``.
    """
    if isinstance(classifier, CascadeTier):
        return CascadedGuard(policy, classifier)
    return _started(policy, asking_tier(policy, classifier))


def asking_tier(policy: Policy, classifier: Tier | None = None) -> CascadeTier:
    """The model tier of a policy that says whom to ask; not started."""
    if isinstance(classifier, CascadeTier):
        return classifier
    assert policy.ask is not None
    ask = policy.ask
    return CascadeTier(
        classifier or tier_of(policy),
        open_adapter(ask.adapter, PATIENCE),
        band=ask.band,
        price=ask.price,
        sides=ask.sides,
    )


def _started(policy: Policy, tier: CascadeTier) -> CascadedGuard:
    try:
        guard = CascadedGuard(policy, tier)
        tier.start()
    except BaseException:
        tier.close()
        raise
    return guard


def _conversation(prompt: str, text: str, side: Side) -> Conversation:
    if side == "input":
        return Conversation.user(text)
    answer = Message(Role.ASSISTANT, (Part.of_text(text),))
    return Conversation((*Conversation.user(prompt[-LONGEST:]).messages, answer))
