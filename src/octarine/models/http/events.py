"""Server-sent events out of bytes, however they are cut (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its data lines joined by newlines, and its type."""

    data: str
    event: str = "message"


class EventParser:
    """Feed it bytes as they come. Bytes that are not UTF-8 become U+FFFD, as the standard says.

    One departure: ``close`` also gives an event that no blank line ended, because servers forget it.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""
        self._after_return = False
        self._data: list[str] = []
        self._event = ""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that ``chunk`` completes."""
        return self._take(self._decoder.decode(chunk))

    def close(self) -> list[ServerEvent]:
        """What is left when the stream ends."""
        events = self._take(self._decoder.decode(b"", final=True))
        if self._rest:
            self._line(self._rest)
            self._rest = ""
        last = self._dispatch()
        return [*events, last] if last else events

    def _take(self, text: str) -> list[ServerEvent]:
        if self._after_return and text:
            # A line feed right after a carriage return belongs to the same line end, even in another chunk.
            text = text.removeprefix("\n")
            self._after_return = False
        self._after_return = text.endswith("\r") or (self._after_return and not text)
        text = self._rest + text.replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._rest = text.split("\n")
        events = []
        for line in lines:
            if line:
                self._line(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        return events

    def _line(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value

    def _dispatch(self) -> ServerEvent | None:
        data, event = self._data, self._event or "message"
        self._data, self._event = [], ""
        return ServerEvent("\n".join(data), event) if data else None
