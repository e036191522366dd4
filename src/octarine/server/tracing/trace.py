"""Where a request spends its time, told to whoever traces. Nothing here sends anything; ``telemetry`` does,
where the operator says so.

No text of a request or an answer is handed on: names of stages, routes and outcomes, and times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

TRACEPARENT = b"traceparent"
_FORM = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, version 00."""


class Trace(Protocol):
    """That of one request."""

    def note(self, **said: str | int) -> None:
        """Say something about the request."""

    def stage(self, name: str, start: float, end: float, inner: Mapping[str, float]) -> None:
        """A stage that is over.

        Args:
            start, end: of ``time.perf_counter``.
            inner: what it was made of → seconds.
        """

    def upstream(self) -> AbstractContextManager[Mapping[bytes, bytes]]:
        """Around a question to the upstream; gives the headers that carry the trace on."""

    def end(self, route: str, status: int) -> None:
        """The answer has gone out; status 0 where nobody was left to take it."""


class Tracing(Protocol):
    """Begins traces."""

    def begin(self, method: str, headers: Mapping[bytes, bytes]) -> Trace:
        """That of a request that comes now."""

    def close(self) -> None:
        """Send what is left. May block."""


def traceparent(headers: Mapping[bytes, bytes]) -> bytes:
    """The trace that a request belongs to, as its header says; empty where it says none that is one."""
    given = headers.get(TRACEPARENT, b"")
    return given if _FORM.fullmatch(given) else b""


class Untraced:
    """A trace that nobody keeps; the client's own goes on to the upstream."""

    def __init__(self, parent: bytes = b"") -> None:
        self._parent = parent

    def note(self, **said: str | int) -> None:
        """Nothing."""

    def stage(self, name: str, start: float, end: float, inner: Mapping[str, float]) -> None:
        """Nothing."""

    @contextmanager
    def upstream(self) -> Iterator[Mapping[bytes, bytes]]:
        """The client's own header."""
        yield {TRACEPARENT: self._parent} if self._parent else {}

    def end(self, route: str, status: int) -> None:
        """Nothing."""


class NoTracing:
    """Keeps no traces: the default."""

    def begin(self, method: str, headers: Mapping[bytes, bytes]) -> Trace:
        """One that nobody keeps."""
        return Untraced(traceparent(headers))

    def close(self) -> None:
        """Nothing."""
