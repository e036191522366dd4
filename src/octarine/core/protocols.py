"""The seams at which areas meet. Anything with these methods can be plugged in; see ``core.registry``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from octarine.core.content import Conversation, Modality, Role
from octarine.core.results import Completion, Judgement, ModelIdentity, Settings, Verdict
from octarine.core.samples import Sample


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model takes and gives.

    Attributes:
        inputs, outputs: modalities.
        multi_turn, system, tools, streaming, logprobs: whether it takes earlier turns, a system message,
            tools; can stream; returns log-probabilities.
        concurrency: how many calls at once it is made for; the runner keeps no more in flight.
        local: whether it runs on this machine and asks nobody else.
    """

    inputs: frozenset[Modality] = frozenset({Modality.TEXT})
    outputs: frozenset[Modality] = frozenset({Modality.TEXT})
    multi_turn: bool = True
    system: bool = True
    tools: bool = False
    streaming: bool = False
    logprobs: bool = False
    concurrency: int = 8
    local: bool = False

    def missing(self, conversation: Conversation) -> str:
        """What a conversation needs and the model does not take, in a word; empty where it can be asked."""
        others = conversation.modalities - self.inputs
        if others:
            return ", ".join(sorted(others))
        roles = {message.role for message in conversation.messages}
        if not self.tools and (conversation.tools or Role.TOOL in roles):
            return "tools"
        if not self.system and Role.SYSTEM in roles:
            return "a system message"
        if not self.multi_turn and (conversation.turns > 1 or Role.ASSISTANT in roles):
            return "earlier turns"
        return ""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that came with the model. ``text`` holds what is readable (a card, a licence), in full."""

    name: str
    size: int = 0
    sha256: str = ""
    text: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is known of a model besides its answers: its files and the metadata that they carry.

    ``facts`` are single statements with dotted names (``weights.pinned``, ``general.license``).
    """

    artefacts: tuple[Artefact, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a streamed answer. The last one carries the whole completion."""

    text: str = ""
    completion: Completion | None = None


@runtime_checkable
class Model(Protocol):
    """What is under test.

    ``generate`` returns a completion or raises a ``ModelError``; it is safe to call concurrently. ``start``
    is called once, inside the running event loop, before the first call (it may load weights); ``aclose``
    releases.
    """

    @property
    def identity(self) -> ModelIdentity:
        """Name and revision; stable for the life of the object once ``start`` has returned."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it takes and gives."""
        ...

    async def start(self) -> None:
        """Make ready. Raises a ``ModelError`` or ``InputError`` when that cannot be done."""
        ...

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The next message."""
        ...

    async def aclose(self) -> None:
        """Release what ``start`` took. May be called twice."""
        ...


@runtime_checkable
class StreamingModel(Model, Protocol):
    """A model whose ``capabilities.streaming`` is true."""

    def stream(self, conversation: Conversation, settings: Settings) -> AsyncIterator[Delta]:
        """The next message, in pieces; the last ``Delta`` carries the completion."""
        ...


@runtime_checkable
class InventoriedModel(Model, Protocol):
    """A model that can show its files and metadata."""

    def inventory(self) -> Inventory:
        """What is known of it besides its answers. May be called before ``start``: it fetches nothing, and
        what is not there yet is left out."""
        ...


@runtime_checkable
class TimedModel(Model, Protocol):
    """A model that tells what its ``start`` spent its time on."""

    @property
    def timings(self) -> Mapping[str, float]:
        """Stage (``fetch``, ``convert``, ``load`` …) → seconds; empty before ``start``."""
        ...


class Basis(StrEnum):
    """What a judge's decision rests on, and so whether it has to be validated."""

    EXACT = "exact"
    """A check that is its own definition (a string is present, a list has three items)."""
    RULES = "rules"
    """Hand-written rules for something that people judge: needs labels."""
    MODEL = "model"
    """A trained model: needs labels, and shares a lineage with its weights and rows."""


@runtime_checkable
class Judge(Protocol):
    """Decides what the model did."""

    @property
    def name(self) -> str:
        """As it stands in a judgement."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever any decision may."""
        ...

    @property
    def basis(self) -> Basis:
        """What its decisions rest on."""
        ...

    @property
    def lineage(self) -> frozenset[str]:
        """Hashes of weights and training rows."""
        ...

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` when ``args`` of an expectation are not what this judge takes."""
        ...

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """Decide. Never raises for any answer, however strange."""
        ...


@runtime_checkable
class Moderator(Protocol):
    """Decides what may pass."""

    def check_input(self, text: str) -> Verdict:
        """A verdict on what goes into a model."""
        ...

    def check_output(self, text: str, context: Conversation | None = None) -> Verdict:
        """A verdict on what comes out."""
        ...


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A transform's answer where it has nothing to say. Never scored as robust."""

    reason: str


@runtime_checkable
class Transform(Protocol):
    """A pure function on conversations (a red-teaming technique, a dialect, a corruption).

    ``category``, ``inputs``, ``outputs``, ``languages`` (empty: any) and ``needs`` are declared.
    """

    name: str
    category: str
    inputs: frozenset[Modality]
    outputs: frozenset[Modality]
    languages: frozenset[str]
    needs: frozenset[str]

    def __call__(self, conversation: Conversation, rng: Any) -> Conversation | NotApplicable:
        """``rng`` is a ``numpy.random.Generator``; equal arguments give equal results."""
        ...


Technique = Transform
"""A transform whose category is one of the seven of red teaming."""

__all__ = [
    "Artefact",
    "Basis",
    "Capabilities",
    "Delta",
    "InventoriedModel",
    "Inventory",
    "Judge",
    "Model",
    "Moderator",
    "NotApplicable",
    "StreamingModel",
    "Technique",
    "TimedModel",
    "Transform",
]
