"""Bodies that are too large to hold: streamed to a sink, forms taken apart on the way, so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from octarine.report.words import printable
from octarine.server.exchange import Exchange
from octarine.server.refusals import Refusal, busy

FORM = b"multipart/form-data"
AROUND = 64 << 10
"""What a form may hold beside its files: heads and boundaries."""
_GATHERED = 1 << 20
"""Bytes that are fed at a time: few enough to hold, enough that threads cost little."""
_LONGEST_HEAD = 8192


class Sink(Protocol):
    """What takes a body. Its methods are called in threads, one at a time."""

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raises Refusal: it is not wanted."""

    def end(self) -> None:
        """The body has ended. Raises Refusal: something is missing."""


async def drain(exchange: Exchange, sink: Sink, most: int, silence_s: float) -> None:
    """Feed all of a request to ``sink``.

    Raises:
        Refusal: as ``Exchange.pieces`` and the sink.
        ClientGone: it ends early.
    """
    gathered, size = [], 0
    async for piece in exchange.pieces(most, silence_s):
        gathered.append(piece)
        size += len(piece)
        if size >= _GATHERED:
            await asyncio.to_thread(sink.feed, b"".join(gathered))
            gathered, size = [], 0
    await asyncio.to_thread(sink.feed, b"".join(gathered))
    await asyncio.to_thread(sink.end)


def is_form(exchange: Exchange) -> bool:
    """Whether the body says that it is a form with files."""
    kind = exchange.headers.get(b"content-type", b"")
    return kind.partition(b";")[0].strip().lower() == FORM


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of one part of a form.

    Attributes:
        name: of the field.
        filename: what the client calls the file; None where the part is no file.
        kind: of content; empty where it is not said.
    """

    name: str
    filename: str | None = None
    kind: str = ""


class FormTaker(Protocol):
    """What takes the parts of a form, one after the other. Each may raise Refusal."""

    def begins(self, head: Head) -> None:
        """Another part."""

    def takes(self, data: bytes) -> None:
        """A piece of it."""

    def ends(self) -> None:
        """Its end."""


class FormSink:
    """A ``Sink`` for forms (RFC 7578).

    Args:
        kind: the request's ``Content-Type``.

    Raises:
        Refusal: 400, the form is broken.
    """

    def __init__(self, kind: bytes, taker: FormTaker) -> None:
        from python_multipart.multipart import MultipartParser, parse_options_header

        boundary = parse_options_header(kind)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= 256:
            raise broken("it has no boundary")
        calls: Any = {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": lambda data, start, end: taker.takes(data[start:end]),
            "on_part_end": taker.ends,
            "on_end": self._form_ends,
        }
        self._parser = MultipartParser(boundary, calls)
        self._options = parse_options_header
        self._taker = taker
        self._ended = False
        self._part_begins()

    def feed(self, data: bytes) -> None:
        """See ``Sink``."""
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(data)
        except FormParserError as error:
            raise broken(str(error)) from None

    def end(self) -> None:
        """See ``Sink``."""
        if not self._ended:
            raise broken("it breaks off")

    def _part_begins(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = b"", b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header = _held(self._header + data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _held(self._value + data[start:end])

    def _header_ends(self) -> None:
        self._headers[self._header.lower()] = self._value
        if len(self._headers) > 16:
            raise broken("a part has too many headers")
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        options = self._options(self._headers.get(b"content-disposition", b""))[1]
        said = options.get(b"filename")
        self._taker.begins(
            Head(
                _text(options.get(b"name", b"")),
                None if said is None else _text(said),
                self._headers.get(b"content-type", b"").decode("latin-1").strip(),
            )
        )

    def _form_ends(self) -> None:
        self._ended = True


def broken(why: str) -> Refusal:
    """400: the form cannot be read."""
    return Refusal(400, f"The form cannot be read: {printable(why)}.", code="invalid_form", close=True)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _held(text: bytes) -> bytes:
    if len(text) > _LONGEST_HEAD:
        raise broken("a header in it is too long")
    return text


class Places:
    """So many uploads come in at a time: each may take its limit of the disk."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place while the block runs.

        Raises:
            Refusal: 503, all places are taken.
        """
        if self.taken >= self._most:
            raise busy("Too many files are coming in. Try again in a moment.", after_s=2)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
