"""A form with pictures: its texts to be judged, its files on disk, and the form again for the model's server.

The one that goes on is written anew, with the bytes of every file as they came: were the client's own bytes
passed on, a server that takes forms apart in another way could see another prompt than was judged.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any

from octarine.guard.dialects.dialect import Json
from octarine.guard.dialects.images import FileField
from octarine.server.exchange import Exchange
from octarine.server.guard.config import FormLimits
from octarine.server.guard.upstream import Outgoing
from octarine.server.refusals import Refusal, busy
from octarine.server.uploads import AROUND, FormSink, Head, broken, drain, is_form

_HELD = 1 << 20
"""Bytes of files that are kept in memory; more goes to disk."""
_PIECE = 1 << 18
_MOST_PARTS = 128
_KIND = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}")
_ESCAPES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A", ord("\\"): "%5C"}
"""As browsers write names (WHATWG HTML, multipart/form-data encoding algorithm), and the backslash, which
many readers take for an escape: behind one, a quoted name would not end where it ends here."""
_CHARSET = "_charset_"
"""The field that names an encoding for all texts of a form (RFC 7578, 4.6): some readers obey it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: a text, or a stretch of the file on disk."""

    head: Head
    text: str = ""
    start: int = 0
    size: int = 0


class Form:
    """What came in one form.

    Attributes:
        fields: name → text or ``FileField``; a list of those where the name came more than once. A text
            that is changed here goes on changed.
    """

    def __init__(self, parts: list[_Part], file: IO[bytes]) -> None:
        self.fields: Json = {}
        self._file = file
        self._places: list[tuple[_Part, int | None]] = []
        names = [part.head.name for part in parts]
        for part in parts:
            name = part.head.name
            value: Any = part.text if part.head.filename is None else FileField(part.head.filename)
            if names.count(name) == 1:
                self.fields[name] = value
                self._places.append((part, None))
            else:
                self._places.append((part, len(self.fields.setdefault(name, []))))
                self.fields[name].append(value)

    def outgoing(self) -> Outgoing:
        """The form as it goes on. Can be sent once."""
        boundary = secrets.token_hex(16)
        pieces = list(self._pieces(boundary))
        size = sum(one.size if isinstance(one, _Part) else len(one) for one in pieces)
        return Outgoing(f"multipart/form-data; boundary={boundary}".encode(), size, self._sent(pieces))

    def _pieces(self, boundary: str) -> Iterator[bytes | _Part]:
        for part, place in self._places:
            told = f'--{boundary}\r\nContent-Disposition: form-data; name="{_named(part.head.name)}"'
            if part.head.filename is None:
                value = self.fields[part.head.name]
                text = value if place is None else value[place]
                yield f"{told}\r\n\r\n{text}\r\n".encode()
                continue
            kind = part.head.kind if _KIND.fullmatch(part.head.kind) else "application/octet-stream"
            told += f'; filename="{_named(part.head.filename)}"\r\nContent-Type: {kind}'
            yield f"{told}\r\n\r\n".encode()
            yield part
            yield b"\r\n"
        yield f"--{boundary}--\r\n".encode()

    async def _sent(self, pieces: list[bytes | _Part]) -> AsyncIterator[bytes]:
        for one in pieces:
            if isinstance(one, bytes):
                yield one
                continue
            await asyncio.to_thread(self._file.seek, one.start)
            left = one.size
            while left:
                data = await asyncio.to_thread(self._file.read, min(left, _PIECE))
                left -= len(data)
                yield data


@asynccontextmanager
async def received(exchange: Exchange, limits: FormLimits) -> AsyncIterator[Form]:
    """The form of a request; its files are gone when the block is left.

    Raises:
        Refusal: 413, it is too large; 408, it does not come; 415, it is none; 400, it is broken; 503, the
            disk is full.
        ClientGone: it ends early.
    """
    if not is_form(exchange):
        raise Refusal(415, "Send a form with files (multipart/form-data).", close=True)
    with tempfile.SpooledTemporaryFile(_HELD) as file:
        taker = _Taker(file, limits)
        try:
            sink = FormSink(exchange.headers[b"content-type"], taker)
            await drain(exchange, sink, limits.form_bytes + limits.text_bytes + AROUND, limits.silence_s)
            await asyncio.to_thread(file.flush)
        except OSError:
            raise busy("The disk takes no more uploads.", code="no_space", after_s=60) from None
        yield Form(taker.parts, file)


class _Taker:
    """Takes a form apart: files go to ``file``, one behind the other."""

    def __init__(self, file: IO[bytes], limits: FormLimits) -> None:
        self.parts: list[_Part] = []
        self._file = file
        self._limits = limits
        self._head = Head("")
        self._text = b""
        self._texts = 0
        self._start = 0
        self._size = 0

    def begins(self, head: Head) -> None:
        """Another part."""
        if not head.name:
            raise broken("a part of it has no name")
        if len(self.parts) >= _MOST_PARTS:
            raise broken(f"it has more than {_MOST_PARTS} parts")
        self._head, self._text, self._start = head, b"", self._size

    def takes(self, data: bytes) -> None:
        """A piece of it."""
        if self._head.filename is None:
            self._text += data
            self._texts += len(data)
            if self._texts > self._limits.text_bytes:
                raise _too_large("texts", self._limits.text_bytes)
            return
        self._size += len(data)
        if self._size > self._limits.form_bytes:
            raise _too_large("files", self._limits.form_bytes)
        self._file.write(data)

    def ends(self) -> None:
        """Its end."""
        try:
            text = self._text.decode("utf-8")
        except UnicodeDecodeError:
            raise broken("a text in it is not UTF-8") from None
        if self._head.name.lower() == _CHARSET and text.lower() != "utf-8":
            raise broken("its texts are to be read as something else than UTF-8")
        self.parts.append(_Part(self._head, text, self._start, self._size - self._start))


def _named(text: str) -> str:
    return text.translate(_ESCAPES)


def _too_large(what: str, most: int) -> Refusal:
    return Refusal(
        413, f"The form's {what} are larger than {most:,} bytes.", code="request_too_large", close=True
    )
