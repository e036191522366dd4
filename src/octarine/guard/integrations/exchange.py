"""What every integration does: look at a request, judge its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from octarine.core.errors import ExitCode, InputError, MissingExtra, OctarineError
from octarine.core.results import Verdict
from octarine.guard.chat.answer import judge_chat, refused_chat
from octarine.guard.chat.events import Chunks
from octarine.guard.chat.inspection import AnswerCheck, inspect, open_output
from octarine.guard.chat.refusals import Refusal, invalid
from octarine.guard.chat.request import read_chat
from octarine.guard.chat.slots import Slot, bounded, field_leaves
from octarine.guard.chat.stream import ChunkStream
from octarine.guard.guard import Guard
from octarine.guard.responses.answer import judge_response, refused_response
from octarine.guard.responses.request import read_response
from octarine.guard.responses.stream import ResponseEvents
from octarine.guard.responses.telling import Teller

Json = dict[str, Any]
OnBlock = Literal["raise", "answer"]
"""What becomes of what is blocked: an error, or the policy's message in place of an answer."""
CHARACTERS = 1_000_000
"""Of one request, at most."""


class Blocked(OctarineError):
    """The guard blocked a request or an answer. ``str()`` of it is what the policy says to the user.

    Attributes:
        verdict: why.
        output: whether it was an answer.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FINDING

    def __init__(self, verdict: Verdict, *, output: bool = False) -> None:
        super().__init__(verdict.message or "This was blocked.")
        self.verdict = verdict
        self.output = output


class MissingLibrary(MissingExtra):
    """A library that an integration stands on is not installed, and no extra brings it."""

    def __init__(self, library: str, needed_for: str) -> None:
        super().__init__(library, needed_for)
        self.message = f"{needed_for} needs the library '{library}', which is not installed."
        self.args = (self.message,)
        self.hint = f"Install it:  pip install {library}"


def guard_of(policy: Guard | str | Path) -> Guard:
    """A guard as it is given, or that of a policy."""
    return policy if isinstance(policy, Guard) else Guard.load(policy)


def check_choice(blocked: str) -> None:
    """Raise InputError unless ``blocked`` is one of ``OnBlock``."""
    if blocked not in ("raise", "answer"):
        raise InputError(f"blocked: '{blocked}' is no choice", hint="Say 'raise' or 'answer'.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is to know of a request: its texts, the last of the user's, and how its answer comes."""

    slots: list[Slot]
    prompt: str = ""
    model: str = ""
    choices: int = 1
    usage: bool = False
    """Whether a stream is to end with the count of tokens."""
    elsewhere: bool = False
    """Whether the model also sees what an earlier request said."""


class Route(Protocol):
    """How requests and answers of one kind are written."""

    named: bool
    """Whether its server-sent events carry names."""
    ends: bool
    """Whether ``[DONE]`` ends its streams."""

    def read(self, body: Json) -> Asked:
        """The texts of a request. Raises Refusal: 4xx, it is none."""

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """Judge a whole answer and write what may go out into it; the verdict that blocks."""

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """What answers a request that went no further; None where nothing can."""

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """Judges a streamed answer."""

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """``refused`` as the chunks of a stream."""


class Chat:
    """``/chat/completions``; of tools that the model's server runs itself, see ``Responses``."""

    named, ends = False, True

    def read(self, body: Json) -> Asked:
        """See ``Route``."""
        request = read_chat(body, CHARACTERS, allowed=None)
        return Asked(request.slots, request.prompt, request.model, request.choices, request.usage)

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """See ``Route``."""
        return judge_chat(check, body).blocked

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """See ``Route``."""
        return refused_chat("octarine", asked.model, asked.choices, verdict)

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """See ``Route``."""
        return ChunkStream(check, asked.choices, open_output)

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """See ``Route``."""
        from octarine.guard.chat.answer import as_chunks

        return as_chunks(refused_chat("octarine", asked.model, asked.choices, verdict), usage=asked.usage)


class Responses:
    """``/responses``. Tools that the model's server runs itself are the program's choice; what they gave back
    is looked at where it comes with the answer."""

    named, ends = True, False

    def read(self, body: Json) -> Asked:
        """See ``Route``."""
        request = read_response(body, CHARACTERS, allowed=None)
        return Asked(request.slots, request.prompt, request.model, elsewhere=request.elsewhere)

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """See ``Route``."""
        return judge_response(check, body).blocked

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """See ``Route``."""
        return refused_response("octarine", asked.model, verdict)

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """See ``Route``."""
        return ResponseEvents(check, asked.model, open_output)

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """See ``Route``."""
        return iter(Teller().response(refused_response("octarine", asked.model, verdict)))


class Embeddings:
    """``/embeddings``: texts in, numbers out."""

    named, ends = False, True

    def read(self, body: Json) -> Asked:
        """See ``Route``."""
        if "input" not in body:
            raise invalid("'input' is missing.", "input")
        given = body["input"] if isinstance(body["input"], list) else [body["input"]]
        if not all(isinstance(one, str) for one in given):
            raise invalid("'input' must be texts: tokens cannot be looked at.", "input")
        slots = list(field_leaves(body, "input", "", "user"))
        return Asked(bounded(slots, CHARACTERS), model=str(body.get("model", "")))

    def judge(self, check: AnswerCheck, body: Any) -> Verdict | None:
        """See ``Route``."""
        return None

    def refused(self, asked: Asked, verdict: Verdict) -> Json | None:
        """See ``Route``."""
        return None

    def open(self, check: AnswerCheck, asked: Asked) -> Chunks:
        """See ``Route``."""
        raise Refusal(502, "Embeddings are not streamed.")

    def streamed_refusal(self, asked: Asked, verdict: Verdict) -> Iterator[Json]:
        """See ``Route``."""
        return iter(())


class Exchange:
    """One request and its answer. Everything here takes the guard's time: call it in a thread where there is
    an event loop.

    Args:
        body: JSON of the request; what the policy covers is written into it.

    Raises:
        Refusal: the request is none of its kind.
    """

    def __init__(self, guard: Guard, route: Route, body: Json) -> None:
        self.route = route
        self.body = body
        self.asked = route.read(body)
        inspected = inspect(guard, self.asked.slots, self.asked.prompt, self.asked.elsewhere)
        self.check = AnswerCheck(inspected)
        self.blocked: Verdict | None = inspected.blocked[1] if inspected.blocked else None

    def judge(self, answer: Any) -> Verdict | None:
        """See ``Route.judge``."""
        return self.route.judge(self.check, answer)

    def open(self) -> Chunks:
        """See ``Route.open``."""
        return self.route.open(self.check, self.asked)
