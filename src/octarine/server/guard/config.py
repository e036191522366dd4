"""What ``octarine guard serve`` is told. Picklable: every worker is a process of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from octarine.models.openai.target import Target
from octarine.server.guard.upstream import UpstreamLimits


class BlockAs(StrEnum):
    """How a client is told that something is blocked."""

    ANSWER = "answer"
    """As an answer with the policy's message and ``finish_reason: content_filter``: chats show it."""
    ERROR = "error"
    """As an error 400 with the code ``content_filter``: programs catch it."""


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What forms with pictures may take.

    Attributes:
        form_bytes: of the files of one form, which lie on disk while they go on.
        text_bytes: of its texts.
        at_a_time: forms that come in or go on; one more is answered with 503.
        silence_s: seconds that the next piece of one may take.
    """

    form_bytes: int = 64 * 2**20
    text_bytes: int = 4 * 2**20
    at_a_time: int = 8
    silence_s: float = 30.0


@dataclass(frozen=True, slots=True)
class GuardConfig:
    """How the guard is served.

    Attributes:
        target: the model's server; None to serve verdicts alone.
        policies: as ``Guard.load`` takes them.
        ask: the adapter that is asked where the model tier is unsure; empty for whom the policy asks.
        audit: file of the audit log; None for none.
        pass_key: whether the client's key goes on to a target that has none of its own.
        threads: checks that run at a time in one worker.
        waiting: checks that may wait; one more is answered with 503.
        check_s: seconds for one check.
        characters: of text in one request.
        forms: of requests that bring pictures.
        tools: types of tools that the upstream may run itself, though what they find is not seen here.
        poll_s: seconds between two looks at the policy's files; 0 for none.
        keep_alive_s: seconds of silence after which a stream says that it lives.
    """

    target: Target | None
    policies: tuple[str, ...] = ("default",)
    ask: str = ""
    audit: Path | None = None
    audit_key: bytes = field(default=b"", repr=False)
    pass_key: bool = False
    block_as: BlockAs = BlockAs.ANSWER
    upstream: UpstreamLimits = field(default_factory=UpstreamLimits)
    threads: int = 8
    waiting: int = 256
    check_s: float = 30.0
    characters: int = 1_000_000
    forms: FormLimits = field(default_factory=FormLimits)
    tools: frozenset[str] = frozenset()
    poll_s: float = 1.0
    keep_alive_s: float = 15.0
