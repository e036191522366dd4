"""What has come in of an answer: code points, however the bytes were cut, and what was no text in them."""

from __future__ import annotations

import codecs

from octarine.core.errors import InputError

_STEP = 1024
"""Bytes decoded at once: an error copies what it was found in."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_MARK = 4


class Received:
    """A growing text of which the beginning can be forgotten. Offsets count code points of the whole.

    Bytes are read as ``normalise.malformed.read`` reads them: UTF-8 with U+FFFD for what is malformed, or
    UTF-16 or UTF-32 where a mark says so. What comes first decides whether the rest must be text or bytes.
    """

    def __init__(self) -> None:
        self.base = self.length = 0
        self._text = ""
        self._pending: list[str] = []
        self._bytes: bool | None = None
        self._left = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._marked = False
        self._malformed: dict[int, bytes] = {}

    @property
    def text(self) -> str:
        """The code points from ``base`` on."""
        if self._pending:
            self._text = "".join((self._text, *self._pending))
            self._pending.clear()
        return self._text

    def add(self, chunk: str | bytes) -> None:
        """One more piece.

        Raises:
            InputError: text among bytes, or bytes among text.
        """
        given = isinstance(chunk, bytes)
        if self._bytes is None:
            self._bytes = given
        if self._bytes is not given:
            raise InputError(
                "the pieces of one answer are text and bytes by turns",
                hint="Give all of them as str, or all as bytes.",
            )
        if isinstance(chunk, str):
            self._append(chunk)
        else:
            self._decode(chunk, final=False)

    def close(self) -> None:
        """Nothing follows: a character that was cut off is malformed."""
        if self._bytes:
            self._decode(b"", final=True)

    def forget(self, before: int) -> None:
        """Drop what lies before ``before``."""
        self._text = self.text[before - self.base :]
        self.base = before
        for at in [at for at in self._malformed if at < before]:
            del self._malformed[at]

    def slice(self, start: int, end: int) -> str:
        """``[start, end)`` as text."""
        return self.text[start - self.base : end - self.base]

    def window(self, start: int, end: int) -> str | bytes:
        """``[start, end)`` as it came in; bytes that read the same as a text of their own."""
        text = self.slice(start, end)
        if not self._bytes:
            return text
        if self._wide is not None:
            # Big end first: the other mark before a NUL is that of UTF-32.
            return codecs.BOM_UTF16_BE + text.encode("utf-16-be", "surrogatepass")
        pieces, here = [codecs.BOM_UTF8], 0
        for at, raw in self._malformed.items():
            if start <= at < end:
                pieces += [text[here : at - start].encode(), raw]
                here = at - start + 1
        return b"".join((*pieces, text[here:].encode()))

    def _append(self, text: str) -> None:
        if text:
            self._pending.append(text)
            self.length += len(text)

    def _decode(self, data: bytes, *, final: bool) -> None:
        data = self._left + data
        self._left = b""
        if not self._marked:
            if len(data) < _LONGEST_MARK and not final:
                self._left = data
                return
            self._marked = True
            codec = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
            if codec is not None:
                self._wide = codecs.getincrementaldecoder(codec)("replace")
            else:
                data = data.removeprefix(codecs.BOM_UTF8)
        if self._wide is not None:
            self._append(self._wide.decode(data, final))
        else:
            self._utf8(data, final)

    def _utf8(self, data: bytes, final: bool) -> None:
        view, at = memoryview(data), 0
        while at < len(data):
            piece = view[at : at + _STEP]
            last = final and at + _STEP >= len(data)
            try:
                text, used = codecs.utf_8_decode(piece, "strict", last)
            except UnicodeDecodeError as error:
                text, used = str(piece[: error.start], "utf-8"), error.end
                self._append(text)
                self._malformed[self.length] = bytes(piece[error.start : error.end])
                text = "\ufffd"
            self._append(text)
            at += used
            if not used:
                break
        self._left = bytes(view[at:])
