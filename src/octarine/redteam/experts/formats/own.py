"""Our own lines: short ones that people write, and whole records that ``export`` wrote. See ``README.md``."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from octarine.core.access import known_label
from octarine.core.codec import Json, canonical, decode, encode
from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError, OctarineError
from octarine.core.registry import registry
from octarine.core.results import Completion, Finding
from octarine.core.risks import risks
from octarine.core.samples import Behaviour
from octarine.redteam.experts.rows import Entry, Found, Row

VERSION = 1
"""Of the lines that ``export`` writes."""


@dataclass(frozen=True, slots=True)
class _Turn:
    role: Role
    content: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    answer: str
    prompt: str = ""
    system: str = ""
    messages: tuple[_Turn, ...] = ()
    model: str = ""
    dimension: Dimension | None = None
    risk: str = ""
    expect: Behaviour | None = None
    judge: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""
    seed: str = ""
    techniques: tuple[str, ...] = ()
    verdict: str = ""
    note: str = ""
    severity: str = ""
    access: str = ""

    def __post_init__(self) -> None:
        if self.messages and (self.prompt or self.system):
            raise ValueError("'messages' stands alone: put prompt and system text into it")
        if not self.messages and not self.prompt:
            raise ValueError("'prompt' or 'messages' is missing")
        if self.messages and self.messages[-1].role is Role.ASSISTANT:
            raise ValueError("the last of 'messages' is the model's: its answer goes into 'answer'")
        if self.risk and self.risk not in risks():
            raise ValueError(f"there is no risk '{self.risk}' (known: {', '.join(risks())})")
        try:
            known_label(self.access or "public")
            if self.judge:
                registry.get("judge", self.judge)().check_args(self.args)
        except OctarineError as error:
            raise ValueError(str(error)) from None

    @property
    def conversation(self) -> Conversation:
        if not self.messages:
            return Conversation.user(self.prompt, system=self.system)
        return Conversation(
            tuple(Message(turn.role, (Part.of_text(turn.content),)) for turn in self.messages)
        )


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    finding: Mapping[str, Any] = field(default_factory=dict)
    packed: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


def read(entries: Iterable[Entry], path: str) -> Iterator[Found]:
    """A row for each short line, a finding for each record."""
    for line, value in entries:
        try:
            whole = isinstance(value, dict) and ("finding" in value or "packed" in value)
            yield _whole(value, path, line) if whole else _short(value, path, line)
        except DataError as error:
            yield error


def _short(value: Json, path: str, line: int) -> Row:
    given = decode(_Line, value, path=path, line=line)
    return Row(
        line=line,
        conversation=given.conversation,
        answer=Completion.of_text(given.answer),
        **{
            name: getattr(given, name)
            for name in (
                "model", "dimension", "risk", "expect", "judge", "args", "language", "seed", "techniques",
                "verdict", "note", "severity", "access",
            )
        },
    )  # fmt: skip


def _whole(value: Json, path: str, line: int) -> Finding:
    record = decode(_Record, value, path=path, line=line)
    if record.version != VERSION:
        raise DataError(
            f"a record of version {record.version}; this Octarine reads {VERSION}",
            path=path,
            line=line,
            hint="It was written by another Octarine: export it again with this one.",
        )
    given = _unpacked(record.packed, path, line) if record.packed else record.finding
    finding = decode(Finding, given, path=path, line=line)
    data = {sha256: _bytes(sha256, text, path, line) for sha256, text in record.data.items()}
    return with_parts(finding, lambda part: replace(part, data=data.get(part.sha256)))


def _unpacked(packed: str, path: str, line: int) -> Json:
    try:
        return json.loads(base64.b64decode(packed, validate=True).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise DataError("packed: not base64 of a finding", path=path, line=line) from None


def _bytes(sha256: str, text: str, path: str, line: int) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        raise DataError(f"data {sha256[:12]}…: not base64", path=path, line=line) from None
    if hashlib.sha256(found).hexdigest() != sha256:
        raise DataError(
            f"data {sha256[:12]}…: these bytes have another hash",
            path=path,
            line=line,
            hint="The file was changed after it was written: export it again.",
        )
    return found


def record_of(finding: Finding, bytes_of: Callable[[str], bytes]) -> dict[str, Json]:
    """A finding as a line: what ``read`` turns into the same finding.

    Args:
        bytes_of: the bytes of a hash.
    """
    needed: dict[str, str] = {}

    def keep(part: Part) -> Part:
        if part.sha256:
            data = bytes_of(part.sha256) if part.data is None else part.data
            needed[part.sha256] = base64.b64encode(data).decode()
        return part

    with_parts(finding, keep)
    record: dict[str, Json] = {"version": VERSION} | _exactly(encode(finding))
    return record | ({"data": needed} if needed else {})


def _exactly(finding: Json) -> dict[str, Json]:
    """JSON in UTF-8 has no form for a pair of lone surrogates that is not one character: such a finding goes
    as bytes."""
    text = canonical(finding)
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"packed": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()}
    return {"finding": finding}


def with_parts(finding: Finding, change: Callable[[Part], Part]) -> Finding:
    """``finding`` with every part of its conversation, its answer and its exchange changed."""

    def turned(messages: Iterable[Message]) -> tuple[Message, ...]:
        return tuple(replace(message, parts=tuple(map(change, message.parts))) for message in messages)

    sample, answer = finding.sample, finding.completion
    conversation = Conversation(turned(sample.conversation.messages), sample.conversation.tools)
    exchange = answer.exchange and replace(answer.exchange, turns=turned(answer.exchange.turns))
    return replace(
        finding,
        sample=replace(sample, conversation=conversation),
        completion=replace(answer, parts=tuple(map(change, answer.parts)), exchange=exchange),
    )
