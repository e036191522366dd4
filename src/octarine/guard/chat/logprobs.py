"""Log-probabilities of a streamed text: each goes out with the token that it belongs to, none before."""

from __future__ import annotations

from collections import deque
from typing import Any


class LogprobGate:
    """Holds entries back until their tokens have gone out. Once the text that goes out is another than the
    one that came, none goes out any more: they would give away what was covered."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Any]] = deque()
        self._came = bytearray()
        self._gone = 0
        self._closed = False

    def take(self, logprobs: Any) -> None:
        """Entries as they came with a chunk."""
        entries = logprobs.get("content") if isinstance(logprobs, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            self._came += _bytes(entry)
            self._waiting.append((len(self._came), entry))

    def release(self, text: str) -> dict[str, Any] | None:
        """What belongs to ``text``, which goes out now."""
        data = text.encode("utf-8", "surrogatepass")
        if self._came[self._gone : self._gone + len(data)] != data:
            self._closed = True
        self._gone += len(data)
        return self._out(self._gone)

    def rest(self, came: str) -> dict[str, Any] | None:
        """What is left once all of the text ``came`` has gone out: of tokens that say nothing, like that of
        the end. None where not all of it has."""
        if self._gone != len(came.encode("utf-8", "surrogatepass")):
            return None
        return self._out(len(self._came))

    def _out(self, until: int) -> dict[str, Any] | None:
        found = []
        while self._waiting and self._waiting[0][0] <= until:
            found.append(self._waiting.popleft()[1])
        return {"content": found} if found and not self._closed else None


def _bytes(entry: Any) -> bytes:
    if not isinstance(entry, dict):
        return b""
    numbers = entry.get("bytes")
    if isinstance(numbers, list) and all(type(one) is int and 0 <= one < 256 for one in numbers):
        return bytes(numbers)
    token = entry.get("token")
    return token.encode("utf-8", "surrogatepass") if isinstance(token, str) else b""
