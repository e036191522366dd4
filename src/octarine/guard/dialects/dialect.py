"""What a dialect is: how requests of one kind are read, and their answers judged, refused and streamed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeVar

from octarine.core.results import Verdict
from octarine.guard.chat import events
from octarine.guard.chat.inspection import AnswerCheck, Judged, OpenOutput, Piece, open_output
from octarine.guard.chat.refusals import Refusal, upstream_failed
from octarine.guard.chat.slots import Slot

Json = dict[str, Any]
CHARACTERS = 1_000_000
"""Of text in one request, at most."""
LEVELS = 64
"""Of nested JSON, at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may ask for.

    Attributes:
        characters: of text, at most.
        tools: types of tools that the upstream may run itself, though the model reads what they find before
            anybody here does; None for all that give texts.
    """

    characters: int = CHARACTERS
    tools: frozenset[str] | None = frozenset()


class Question(Protocol):
    """What there is to know of a request.

    Attributes:
        body: its JSON; slots write into it.
        slots: its texts.
        prompt: the text of the last user message.
        elsewhere: whether the model will see more than this: a history that the upstream keeps.
    """

    @property
    def body(self) -> Json: ...
    @property
    def slots(self) -> list[Slot]: ...
    @property
    def prompt(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def stream(self) -> bool: ...
    @property
    def elsewhere(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A ``Question`` of a dialect that asks nothing beyond it."""

    body: Json
    slots: list[Slot]
    prompt: str = ""
    model: str = ""
    stream: bool = False
    elsewhere: bool = False


class Chunks(events.Chunks, Protocol):
    """A streamed answer, chunk by chunk as parsed JSON."""

    @property
    def left_out(self) -> frozenset[str]:
        """What came in a form that cannot be judged, and did not go out."""

    def pieces(self) -> tuple[Piece, ...]:
        """Every text so far, and what was decided about it."""


class Gate(Protocol):
    """What a stream of bytes passes through."""

    @property
    def over(self) -> bool:
        """Whether nothing that may still come could go out."""

    @property
    def blocked(self) -> Verdict | None:
        """The first verdict that blocked."""

    def feed(self, data: bytes) -> bytes:
        """What may go out now. Raises Refusal: 502."""

    def close(self) -> bytes:
        """The rest once the model has ended. Raises Refusal: 502."""

    def end(self) -> bytes:
        """The end, once ``over``."""

    def failed(self, refusal: Refusal) -> bytes:
        """An error behind what has gone out."""


class Stream(Gate, Protocol):
    """An answer on its way: server-sent events of the model in, those that may go out out."""

    @property
    def left_out(self) -> frozenset[str]:
        """See ``Chunks``."""

    def pieces(self) -> tuple[Piece, ...]:
        """See ``Chunks``."""


Q = TypeVar("Q", bound=Question)


class Dialect(Protocol[Q]):
    """How requests and answers of one kind are written. All of it takes the guard's time or none; no input or
    output.

    Attributes:
        path: behind the upstream's ``/v1/``.
    """

    @property
    def path(self) -> str: ...

    def read(self, body: Json, limits: Limits) -> Q:
        """The texts of a request. Raises Refusal: 4xx, it is none, or asks for what nobody here could see."""

    def judge(self, check: AnswerCheck, body: Any) -> Judged:
        """Judge a whole answer and write what may go out into it. Raises Refusal: 502, it is none."""

    def refused(self, name: str, question: Q, verdict: Verdict) -> Json | None:
        """The answer to a request that went no further; ``name`` is unique. None where no answer can say
        it."""

    def events(self, question: Q, body: Json) -> bytes:
        """A whole answer as a stream from its beginning to its end."""

    def chunks(self, check: AnswerCheck, question: Q, opens: OpenOutput = open_output) -> Chunks:
        """Judges a streamed answer as parsed JSON; ``opens`` gives the stream that judges one text. Raises
        Refusal: 502, answers of this kind are not streamed."""

    def open(self, check: AnswerCheck, question: Q, opens: OpenOutput = open_output) -> Stream:
        """The same of an answer as bytes."""


class Unstreamed:
    """The part of a dialect whose answers only come whole."""

    def events(self, question: Any, body: Json) -> NoReturn:
        """See ``Dialect``."""
        raise _unstreamed()

    def chunks(self, check: AnswerCheck, question: Any, opens: OpenOutput = open_output) -> NoReturn:
        """See ``Dialect``."""
        raise _unstreamed()

    def open(self, check: AnswerCheck, question: Any, opens: OpenOutput = open_output) -> NoReturn:
        """See ``Dialect``."""
        raise _unstreamed()


def _unstreamed() -> Refusal:
    told = "An answer of this kind comes whole; as a stream it cannot be looked at."
    return upstream_failed(told, code="bad_upstream")


def as_events(chunks: Iterable[Json], *, named: bool = False) -> bytes:
    """Chunks as server-sent events, ``named``: with the name that each has as ``type``."""
    return b"".join(events.event(one, str(one.get("type", "")) if named else "") for one in chunks)
