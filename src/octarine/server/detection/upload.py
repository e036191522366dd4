"""The file of a request, streamed to disk: as the whole body, or as the one file of a form."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from octarine.report.words import printable
from octarine.server.exchange import Exchange
from octarine.server.refusals import Refusal, busy, invalid
from octarine.server.uploads import AROUND, FormSink, Head, Sink, broken, drain, is_form

RAW = (b"image/", b"video/", b"application/octet-stream")
_LONGEST_FIELD = 256
_MOST_FIELDS = 32


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
    form = is_form(exchange)
    if not form and not kind.lower().startswith(RAW):
        raise Refusal(
            415,
            "Send a file: as the body, with 'Content-Type: application/octet-stream', or in a form "
            "(multipart/form-data).",
            close=True,
        )
    descriptor, path = tempfile.mkstemp(prefix="octarine-", dir=folder)
    try:
        # Closing writes what is left, so that it may find the disk full, too.
        with os.fdopen(descriptor, "wb") as file:
            taken = _File(file, most)
            fields = _Fields(taken)
            sink: Sink = FormSink(kind, fields) if form else taken
            await drain(exchange, sink, most + (AROUND if form else 0), silence_s)
            if form:
                fields.check()
    except BaseException as error:
        Path(path).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise busy("The disk takes no more uploads.", code="no_space", after_s=60) from None
        raise
    return Upload(Path(path), fields.name, taken.size, taken.hash.hexdigest(), fields.texts)


class _File:
    """A body that is the file itself."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.size = 0
        self.hash = hashlib.sha256()
        self._file = file
        self._most = most

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        self.size += len(data)
        if self.size > self._most:
            raise Refusal(
                413, f"The file is larger than {self._most:,} bytes.", code="request_too_large", close=True
            )
        self.hash.update(data)
        self._file.write(data)

    def end(self) -> None:
        """The body has ended."""
        self._file.flush()


class _Fields:
    """What a form holds: one file, and texts beside it."""

    def __init__(self, file: _File) -> None:
        self.name = ""
        self.texts: list[tuple[str, str]] = []
        self._file = file
        self._files = 0
        self._head = Head("")
        self._text = b""

    def begins(self, head: Head) -> None:
        """Another part."""
        self._head, self._text = head, b""
        if self._is_file:
            self._files += 1
            if self._files > 1:
                raise invalid("The form holds more than one file. Send them one by one.", code="many_files")
            self.name = printable((head.filename or "").replace("\\", "/").rpartition("/")[2])[:200]

    def takes(self, data: bytes) -> None:
        """A piece of it."""
        if self._is_file:
            self._file.feed(data)
            return
        self._text += data
        if len(self._text) > _LONGEST_FIELD or len(self.texts) > _MOST_FIELDS:
            raise broken("a field beside the file is too long")

    def ends(self) -> None:
        """Its end."""
        if not self._is_file:
            self.texts.append((self._head.name, self._text.decode("utf-8", "replace")))

    def check(self) -> None:
        """Raise where no file came."""
        if not self._files:
            raise invalid("The form holds no file; its field is called 'file'.", "file", "no_file")
        self._file.end()

    @property
    def _is_file(self) -> bool:
        return self._head.filename is not None or self._head.name == "file"
