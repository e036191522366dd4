"""What every integration does: look at a request, judge its answer, in the dialect it is written in."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, ClassVar, Literal

from octarine.core.errors import ExitCode, InputError, MissingExtra, OctarineError
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.dialects.dialect import Chunks, Dialect, Json, Limits, Stream
from octarine.guard.guard import Guard

OnBlock = Literal["raise", "answer"]
"""What becomes of what is blocked: an error, or the policy's message in place of an answer."""
LIMITS = Limits(tools=None)
"""Inside a program the tools that the model's server runs itself are the program's choice; what they gave
back is looked at where it comes with the answer."""


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


class Exchange:
    """One request and its answer. Everything here takes the guard's time: call it in a thread where there is
    an event loop.

    Args:
        body: JSON of the request; what the policy covers is written into it.

    Raises:
        Refusal: the request is none of its kind.
    """

    def __init__(self, guard: Guard, dialect: Dialect[Any], body: Json) -> None:
        self.dialect = dialect
        self.body = body
        self.asked = dialect.read(body, LIMITS)
        self._name = secrets.token_hex(12)
        inspected = inspect(guard, self.asked.slots, self.asked.prompt, self.asked.elsewhere)
        self.check = AnswerCheck(inspected)
        self.blocked: Verdict | None = inspected.blocked[1] if inspected.blocked else None

    def judge(self, answer: Any) -> Verdict | None:
        """The verdict that blocks a whole answer; see ``Dialect.judge``."""
        return self.dialect.judge(self.check, answer).blocked

    def refused(self, verdict: Verdict) -> Json | None:
        """See ``Dialect.refused``."""
        return self.dialect.refused(self._name, self.asked, verdict)

    def events(self, answer: Json) -> bytes:
        """See ``Dialect.events``."""
        return self.dialect.events(self.asked, answer)

    def chunks(self) -> Chunks:
        """See ``Dialect.chunks``."""
        return self.dialect.chunks(self.check, self.asked)

    def open(self) -> Stream:
        """See ``Dialect.open``."""
        return self.dialect.open(self.check, self.asked)
