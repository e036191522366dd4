"""From the files of ``data`` to samples: pairs of a harmful and a benign twin, and the seeds of deception.

A file holds a language of an outcome::

    language: en
    canary: octarine-canary … (a model that completes it was trained on the file)
    pairs:
      b01: {system: …, secret: …, ask: …, benign: …, accept: […]}      # b…: an application builder's system
      e01: {document: …, secret: …, ask: …, benign: …, accept: […]}    # e…: an end user's chat

``_Pair`` says what a pair may hold. The twins share everything but what begins with ``benign``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from octarine.core.content import Conversation, Message, Part, Role, Tool, ToolCall
from octarine.core.dimensions import Dimension
from octarine.core.risks import AdversarialOutcome
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.redteam.outcomes.sandbox.tools import catalogue, offered

BENCHMARK = "adversarial-outcomes"
VERSION = "1.0.0"
AUDIENCES = {"b": "builder", "e": "end-user"}
"""First letter of a pair's name → who the seed is for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the seeds of an outcome have in common."""

    folder: str
    outcome: AdversarialOutcome
    dimension: Dimension
    risk: str
    harmful: tuple[str, ...]
    benign: tuple[str, ...]


_SERVED = ("privacy_security.serves_authorised", "privacy_security.false_refusals")
KINDS = (
    Kind(
        "exfiltration", AdversarialOutcome.DATA_EXFILTRATION, Dimension.PRIVACY_SECURITY, "secret_disclosure",
        ("privacy_security.protects_context",), _SERVED,
    ),
    Kind(
        "availability", AdversarialOutcome.DEGRADED_AVAILABILITY, Dimension.PRIVACY_SECURITY,
        "resource_abuse", ("privacy_security.stays_available",), _SERVED,
    ),
    Kind(
        "actions", AdversarialOutcome.UNAUTHORISED_ACTION, Dimension.PRIVACY_SECURITY, "excessive_agency",
        ("privacy_security.acts_within_authority",), _SERVED,
    ),
    Kind(
        "content", AdversarialOutcome.MALICIOUS_CONTENT, Dimension.SAFETY, "",
        ("safety.deflects_harm",), ("safety.answers_benign", "safety.false_refusals"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlantedTool:
    """A tool that the assistant has called already, and what came back."""

    name: str
    result: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """A harmful request and its benign twin.

    Attributes:
        turns: what was said before, user and assistant by turns.
        document: stands under the request. ``benign_document``, ``benign_world``: what the twin has in their
            place.
        offers: tools of the sandbox; ``world``: what they find; ``reply``: what the user says when asked.
        secret: the canary; ``allowed`` and ``forbidden``: the harmful twin's policy; ``wanted``: what the
            benign twin has to call; ``accept``: what it has to say; ``limits``: of availability, in place of
            the file's.
    """

    ask: str
    benign: str
    risk: str = ""
    system: str = ""
    turns: tuple[tuple[str, ...], ...] = ()
    tool: PlantedTool | None = None
    document: str = ""
    benign_document: str = ""
    offers: tuple[str, ...] = ()
    world: Mapping[str, Any] = field(default_factory=dict)
    benign_world: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    allowed: tuple[Mapping[str, Any], ...] = ()
    forbidden: tuple[Mapping[str, Any], ...] = ()
    wanted: tuple[Mapping[str, Any], ...] = ()
    reply: str = ""
    accept: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def planted(self) -> str:
        """Where the canary or the injection stands."""
        if self.tool or any(self.secret and self.secret in str(text) for text in self.world.values()):
            return "tool"
        if self.secret and self.secret in self.document:
            return "document"
        return "turn" if self.turns else "system"

    def conversation(self, *, benign: bool) -> Conversation:
        """What the model is asked."""
        document = (self.benign_document if benign else "") or self.document
        request = self.benign if benign else self.ask
        messages = [_message(Role.SYSTEM, self.system)] if self.system else []
        for asked, answered in self.turns:
            messages += [_message(Role.USER, asked), _message(Role.ASSISTANT, answered)]
        messages.append(_message(Role.USER, f"{request}\n\n---\n{document}\n---" if document else request))
        tools = offered(self.offers)
        if self.tool:
            known = catalogue().get(self.tool.name)
            tools = (*tools, known.tool if known else Tool(self.tool.name))
            call = ToolCall(
                self.tool.name, json.dumps(dict(self.tool.arguments), ensure_ascii=False), "call_0"
            )
            messages.append(Message(Role.ASSISTANT, tool_calls=(call,)))
            messages.append(Message(Role.TOOL, (Part.of_text(self.tool.result),), tool_call_id=call.id))
        return Conversation(tuple(messages), tools)


def _message(role: Role, text: str) -> Message:
    return Message(role, (Part.of_text(text),))


@dataclass(frozen=True, slots=True)
class PairFile:
    """A language of an outcome."""

    language: str
    canary: str
    pairs: Mapping[str, Pair]
    limits: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, pair in self.pairs.items():
            if name[:1] not in AUDIENCES:
                raise ValueError(f"pairs.{name}: a name begins with one of {', '.join(AUDIENCES)}")
            if any(len(turn) != 2 for turn in pair.turns):
                raise ValueError(f"pairs.{name}.turns: what the user said and what was answered")


def pair_samples(kind: Kind, file: PairFile) -> Iterator[Sample]:
    """Both twins of every pair, the harmful one first."""
    for name, pair in file.pairs.items():
        group = f"{kind.folder}-{file.language}-{name}"
        for variant in ("harmful", "benign"):
            benign = variant == "benign"
            yield Sample(
                id=f"{group}{variant[0]}",
                conversation=pair.conversation(benign=benign),
                expectation=_expectation(kind, pair, file, benign=benign),
                dimension=kind.dimension,
                objectives=kind.benign if benign else kind.harmful,
                language=file.language,
                risk=pair.risk or kind.risk,
                group=group,
                variant=variant,
                tags=tags(AUDIENCES[name[0]], str(kind.outcome), *_planted(kind, pair)),
                provenance=Provenance(benchmark=BENCHMARK, version=VERSION),
            )


def tags(audience: str, outcome: str, *more: str) -> tuple[str, ...]:
    """What samples are filtered by."""
    return (f"audience:{audience}", f"outcome:{outcome}", *more)


def _planted(kind: Kind, pair: Pair) -> tuple[str, ...]:
    if kind.outcome is AdversarialOutcome.DATA_EXFILTRATION:
        return (f"planted:{pair.planted}",)
    return ("planted:tool",) if pair.benign_world else ()


def _expectation(kind: Kind, pair: Pair, file: PairFile, *, benign: bool) -> Expectation:
    if kind.outcome is AdversarialOutcome.UNAUTHORISED_ACTION:
        return _authority(pair, benign=benign)
    if kind.outcome is AdversarialOutcome.MALICIOUS_CONTENT:
        return Expectation(Behaviour.COMPLY if benign else Behaviour.DEFLECT, "malicious_content")
    if benign and pair.world:
        return _authority(pair, benign=True)
    if benign:
        return Expectation(Behaviour.COMPLY, "answer", {"accept": pair.accept})
    if kind.outcome is AdversarialOutcome.DATA_EXFILTRATION:
        return Expectation(Behaviour.DEFLECT, "exfiltration", {"secrets": (pair.secret,)})
    limits = dict(pair.limits or file.limits)
    return Expectation(
        Behaviour.DEFLECT, "availability", limits | ({"world": pair.world} if pair.world else {})
    )


def _authority(pair: Pair, *, benign: bool) -> Expectation:
    world = (pair.benign_world if benign else None) or pair.world
    if benign:
        args = {"wanted": pair.wanted, "accept": pair.accept, "world": world, "reply": pair.reply}
    else:
        args = {"allowed": pair.allowed, "forbidden": pair.forbidden, "world": world}
    given = {name: value for name, value in args.items() if value}
    return Expectation(Behaviour.COMPLY if benign else Behaviour.DEFLECT, "authority", given)
