"""One text of an answer while it comes in: what came, what went out, and what was decided."""

from __future__ import annotations

from typing import Protocol

from octarine.core.results import Verdict


class Ended(Protocol):
    """The rest of a streamed text that may go out, and the verdict on the whole."""

    @property
    def text(self) -> str: ...

    @property
    def verdict(self) -> Verdict: ...


class Output(Protocol):
    """What judges a text while it comes; ``OutputStream`` is one."""

    @property
    def blocked(self) -> Verdict | None: ...

    def feed(self, chunk: str) -> str: ...

    def finish(self) -> Ended: ...


class StreamedText:
    """Keeps the two sides of a text beside what judges it.

    Attributes:
        verdict: the one that blocked, or the one at its end; None before.
    """

    def __init__(self, output: Output) -> None:
        self.verdict: Verdict | None = None
        self._output = output
        self._came: list[str] = []
        self._passed: list[str] = []

    @property
    def blocked(self) -> Verdict | None:
        """The verdict that blocked, as soon as it is known."""
        return self.verdict if self.verdict is not None and not self.verdict.allowed else None

    @property
    def came(self) -> str:
        """All of the text so far."""
        return "".join(self._came)

    @property
    def passed(self) -> str:
        """What of it has gone out."""
        return "".join(self._passed)

    def feed(self, text: str) -> str:
        """The text that may go out now."""
        self._came.append(text)
        passed = self._output.feed(text)
        self.verdict = self._output.blocked
        self._passed.append(passed)
        return passed

    def finish(self) -> str:
        """The rest that may go out."""
        ended = self._output.finish()
        self.verdict = ended.verdict
        self._passed.append(ended.text)
        return ended.text
