"""The file of a request, streamed to disk: as the whole body, or as the one file of a form."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from octarine.report.words import printable
from octarine.server.exchange import Exchange
from octarine.server.refusals import Refusal, busy, invalid

FORM = b"multipart/form-data"
RAW = (b"image/", b"video/", b"application/octet-stream")
_GATHERED = 1 << 20
"""Bytes that are written at a time: few enough to hold, enough that threads cost little."""
_AROUND = 64 << 10
"""What a form may hold beside its file."""
_LONGEST_FIELD = 256


@dataclass
class Upload:
    """A file that came.

    Attributes:
        path: where it lies; whoever has the upload deletes it.
        name: what the client calls it, for people; empty where it does not say.
        fields: what a form holds beside it.
    """

    path: Path
    name: str = ""
    size: int = 0
    sha256: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)

    def delete(self) -> None:
        """Take it off the disk; may be called twice."""
        self.path.unlink(missing_ok=True)


async def receive(exchange: Exchange, folder: Path | None, most: int, silence_s: float) -> Upload:
    """Stream the file of a request to disk.

    Raises:
        Refusal: 413, it is too large; 408, it does not come; 415, it is sent as something else; 400, the form
            is broken or holds anything but one file; 503, the disk is full.
        ClientGone: it ends early.
    """
    kind = exchange.headers.get(b"content-type", b"").strip()
    plain = kind.partition(b";")[0].strip().lower()
    if plain != FORM and not plain.startswith(RAW):
        raise Refusal(
            415,
            "Send a file: as the body, with 'Content-Type: application/octet-stream', or in a form "
            "(multipart/form-data).",
            close=True,
        )
    descriptor, path = tempfile.mkstemp(prefix="octarine-", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        try:
            sink = _Form(file, kind, most) if plain == FORM else _Sink(file, most)
            bound = most + (_AROUND if plain == FORM else 0)
            await _drain(exchange, sink, bound, silence_s)
        except BaseException as error:
            Path(path).unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise busy("The disk takes no more uploads.", code="no_space", after_s=60) from None
            raise
    return Upload(Path(path), sink.name, sink.size, sink.hash.hexdigest(), sink.fields)


async def _drain(exchange: Exchange, sink: _Sink, bound: int, silence_s: float) -> None:
    gathered, size = [], 0
    async for piece in exchange.pieces(bound, silence_s):
        gathered.append(piece)
        size += len(piece)
        if size >= _GATHERED:
            await asyncio.to_thread(sink.feed, b"".join(gathered))
            gathered, size = [], 0
    await asyncio.to_thread(sink.feed, b"".join(gathered))
    await asyncio.to_thread(sink.end)


class _Sink:
    """A body that is the file itself."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.name = ""
        self.size = 0
        self.hash = hashlib.sha256()
        self.fields: list[tuple[str, str]] = []
        self._file = file
        self._most = most

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        self._write(data)

    def end(self) -> None:
        """The body has ended."""
        self._file.flush()

    def _write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._most:
            raise Refusal(
                413, f"The file is larger than {self._most:,} bytes.", code="request_too_large", close=True
            )
        self.hash.update(data)
        self._file.write(data)


class _Form(_Sink):
    """A body that is a form (RFC 7578) with one file in it."""

    def __init__(self, file: IO[bytes], kind: bytes, most: int) -> None:
        super().__init__(file, most)
        from python_multipart.multipart import MultipartParser, parse_options_header

        boundary = parse_options_header(kind)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= 256:
            raise _broken("it has no boundary")
        calls: Any = {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
            "on_end": self._form_ends,
        }
        self._parser = MultipartParser(boundary, calls)
        self._options = parse_options_header
        self._files = 0
        self._ended = False
        self._part_begins()

    def feed(self, data: bytes) -> None:
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _broken(str(error)) from None

    def end(self) -> None:
        super().end()
        if not self._ended:
            raise _broken("it breaks off")
        if not self._files:
            raise invalid("The form holds no file; its field is called 'file'.", "file", "no_file")

    def _part_begins(self) -> None:
        self._disposition = b""
        self._header, self._value = b"", b""
        self._field = ""
        self._is_file = False
        self._text = b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header = _held(self._header + data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _held(self._value + data[start:end])

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        options = self._options(self._disposition)[1]
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = b"filename" in options or self._field == "file"
        if self._is_file:
            self._files += 1
            if self._files > 1:
                raise invalid("The form holds more than one file. Send them one by one.", code="many_files")
            said = options.get(b"filename", b"").decode("utf-8", "replace")
            self.name = printable(said.replace("\\", "/").rpartition("/")[2])[:200]

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _LONGEST_FIELD or len(self.fields) > 32:
            raise _broken("a field beside the file is too long")

    def _part_ends(self) -> None:
        if not self._is_file:
            self.fields.append((self._field, self._text.decode("utf-8", "replace")))

    def _form_ends(self) -> None:
        self._ended = True


def _held(text: bytes) -> bytes:
    if len(text) > 8192:
        raise _broken("a header in it is too long")
    return text


def _broken(why: str) -> Refusal:
    return Refusal(400, f"The form cannot be read: {printable(why)}.", code="invalid_form", close=True)


class Slots:
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
