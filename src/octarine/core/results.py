"""What a run leaves behind. All append-only: nothing here is ever changed once it is recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation, Message, Modality, Part, ToolCall
from octarine.core.samples import Expectation, Sample


@dataclass(frozen=True, slots=True)
class Settings:
    """How to generate. Part of a completion's key: another value is another completion.

    Attributes:
        max_tokens: at most so many new tokens.
        temperature: 0 is greedy.
        top_p: nucleus mass, in (0, 1].
        seed: for samplers that take one.
        stop: strings that end the answer.
        logprobs: how many alternatives a token to return log-probabilities for; 0 is none.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    logprobs: int = 0

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")
        if not 0 <= self.temperature < math.inf:
            raise ValueError(f"temperature must be a number of at least 0, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], not {self.top_p}")


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model this is.

    Attributes:
        name: the URL-like name without secrets, ``embedded:smollm2``.
        revision: what tells two versions of the same name apart: a hash of the weights or of the
            configuration. Empty where the endpoint gives none.
        lineage: hashes of weights and training rows, so that a judge that shares them can be refused; of a
            system around other models their marks, too.
    """

    name: str
    revision: str = ""
    lineage: frozenset[str] = frozenset()

    @property
    def mark(self) -> str:
        """What stands for this model in the lineage of a system that asks it."""
        return f"model:{self.name}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in and out; None where the model does not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None

    @staticmethod
    def total(usages: Iterable[Usage]) -> Usage:
        """Those of several calls together: of the calls that said, None where none did."""
        usages = tuple(usages)
        return Usage(
            _known_sum(usage.input_tokens for usage in usages),
            _known_sum(usage.output_tokens for usage in usages),
        )


def _known_sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


class Finish(StrEnum):
    """Why the answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    FILTERED = "filtered"
    """The endpoint's own filter stopped it: a deflection by the system under test, not an error."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One generated token, its natural log-probability and the alternatives that were asked for."""

    token: str
    logprob: float
    top: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exchange:
    """How an answer came about where the model was asked more than once for it.

    Attributes:
        turns: all that was said before the answer, in order, the last message that was put to the model
            included; where several conversations were tried, the one that the answer belongs to.
        calls: how often the model was asked: the steps that it took to elicit the answer, or that were spent.
        driver: who wrote the turns: a strategy with its parameters, an attacker's name, a sandbox.
        malformed: what an attacker model wrote and nothing could be made of.
        written: how often an attacker model was asked; ``writing``: its tokens, of all those calls.
    """

    turns: tuple[Message, ...]
    calls: int
    driver: str = ""
    malformed: int = 0
    written: int = 0
    writing: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer: parts in any modality, tool calls, or the error that came instead.

    ``latency_s`` is the wall time of the call in seconds; ``checks`` is what a guard around the model did, in
    order; ``exchange`` is there where more than one call was made.
    """

    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish = Finish.STOP
    usage: Usage = field(default_factory=Usage)
    latency_s: float = 0.0
    logprobs: tuple[TokenLogprob, ...] = ()
    error: str = ""
    checks: tuple[GuardCheck, ...] = ()
    exchange: Exchange | None = None

    @property
    def filter(self) -> str:
        """What stopped an answer that ended in ``FILTERED``, in words."""
        stopped = any(check.action is Action.BLOCK for check in self.checks)
        return "the guard" if stopped else "the endpoint's own filter"

    @property
    def text(self) -> str:
        """The text parts, joined by newlines."""
        return "\n".join(part.text for part in self.parts if part.modality is Modality.TEXT)

    @staticmethod
    def of_text(text: str, **fields: Any) -> Completion:
        """A completion with one text part."""
        return Completion(parts=(Part.of_text(text),), **fields)


class Outcome(StrEnum):
    """What the model did with what the sample asked."""

    COMPLIED = "complied"
    PARTIAL = "partial"
    DEFLECTED = "deflected"
    INCOHERENT = "incoherent"
    SCORED = "scored"
    """Another tool gave a number (``Judgement.number``), and nobody said what the model did."""
    ERROR = "error"
    """The model or the judge failed. Counted apart, never as a pass."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a judge decided so: a note and, where there is one, the span ``[start, end)`` of the answer's text
    in code points."""

    note: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's decision.

    Attributes:
        outcome: what the model did.
        score: how far the expectation was met, 0 to 1; None where no judgement was possible.
        probabilities: outcome → probability, where the judge has them.
        judge, version: who decided.
        number: what another tool gave, on a scale of its own (a BLEU of 37); ours give none.
    """

    outcome: Outcome
    score: float | None
    judge: str
    version: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    number: float | None = None

    @property
    def met(self) -> bool:
        """Whether the expectation was fully met."""
        return self.score is not None and self.score >= 1.0


def completion_key(
    conversation: Conversation, identity: ModelIdentity, settings: Settings, repeat: int = 0
) -> str:
    """The key of a completion. Judges are not in it: nothing is generated twice because one changed."""
    return digest([conversation.key, identity.name, identity.revision, encode(settings), repeat])


def judgement_key(completion: str, expectation: Expectation, version: str) -> str:
    """The key of a judgement: of a completion's key, the expectation and the judge's version."""
    return digest([completion, encode(expectation), version])


IMPORTED = "import:"
"""What the benchmark of a run begins with that was imported, as a finding's origin does."""


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked of which model. ``id`` is the hash of all that decides its results, so the same
    arguments name the same run and a second start continues it.

    ``plan`` holds whatever else is needed to understand the numbers (suite, version, seed, selection);
    ``beside`` is the id of the run that this one was only made to be compared with, if there is one.
    """

    id: str
    model: ModelIdentity
    settings: Settings
    benchmark: str
    version: str
    created: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""

    @property
    def imported(self) -> bool:
        """Whether another tool made it: its benchmark is named ``import:TOOL:TASK``."""
        return self.benchmark.startswith(IMPORTED)


@dataclass(frozen=True, slots=True)
class Result:
    """One sample of one run: the join of the four records."""

    sample: Sample
    completion: Completion
    judgement: Judgement
    repeat: int = 0
    completion_key: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A failure worth keeping: it may become a regression sample, training data or a guard patch.

    Attributes:
        origin: who found it: ``campaign:ID``, ``flirt:ID``, ``import:garak``, ``chat``; empty where unknown.
        confirmed: what a second judge said of the answer, or a judge of another sample of it; empty where
            nobody looked twice.
        access: the label of a special domain, which stays out of everything public, or ``public``; empty
            where nobody said, so that its risk decides. Ask ``core.access.public``.
    """

    id: str
    sample: Sample
    completion: Completion
    judgement: Judgement
    model: ModelIdentity
    created: str
    note: str = ""
    severity: str = ""
    origin: str = ""
    confirmed: tuple[Judgement, ...] = ()
    access: str = ""


class Action(StrEnum):
    """What is done with a text, from the mildest to the hardest."""

    ALLOW = "allow"
    FLAG = "flag"
    """Let it pass and say so."""
    MASK = "mask"
    """Let it pass with what was found covered, for good."""
    REPLACE = "replace"
    """Let it pass with placeholders in place of what was found; they are put back in the answer."""
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for ``ALLOW``, rising."""
        return list(Action).index(self)


@dataclass(frozen=True, slots=True)
class Span:
    """What was found, and where: ``[start, end)`` in code points of the text as it came in.

    Attributes:
        category: dotted, the broad one first: ``personal_data.email``, ``harmful_request.weapons``.
        rule: which rule, word list or head found it.
        score: probability, 0 to 1; 1 for what a rule is sure of.
        decoded: the decodings that led to it, outermost first; empty where it stood in plain sight.
    """

    start: int
    end: int
    category: str
    rule: str
    score: float = 1.0
    decoded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard decided about a text.

    Attributes:
        action: the hardest that the policy asks for.
        categories: category → calibrated probability, 0 to 1.
        spans: what was found, and where.
        decoded: every chain of decodings that gave a readable text, outermost first.
        rules: what fired and moved the action, the hardest first.
        policy: name and version of the policy.
        text: what may pass on: the text itself, or with masks and placeholders; empty where it is blocked.
        message: for the user, where it is blocked.
        shadow: what would have been done, where the policy only watches.
        unscanned: what could not be looked at, and why.
        timings: stage → seconds.
        placeholders: placeholder → what it stands for; neither printed nor recorded.
    """

    action: Action
    categories: Mapping[str, float] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    decoded: tuple[tuple[str, ...], ...] = ()
    rules: tuple[str, ...] = ()
    policy: str = ""
    text: str = ""
    message: str = ""
    shadow: Action | None = None
    unscanned: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(
        default_factory=dict, compare=False, repr=False, metadata={"transient": True}
    )

    @property
    def allowed(self) -> bool:
        """Whether the text may pass, as it is or with something covered."""
        return self.action is not Action.BLOCK


class Side(StrEnum):
    """Of a model: what goes in, or what comes out."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class GuardCheck:
    """One look of a guard at one side of a call: what its verdicts came to. Nothing of any text is in it.

    Attributes:
        action: the hardest of the verdicts.
        ms: milliseconds that the look took.
        shadow: what would have been done with all rules in force; None where nothing was in shadow.
        found: the categories that fired, the one that decided first.
    """

    side: Side
    action: Action
    ms: float = 0.0
    shadow: Action | None = None
    found: tuple[str, ...] = ()
