"""Bytes to text: what is no UTF-8 is named, and read as whoever is lenient would read it."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from octarine.guard.normalise.results import Edit, Offsets, rewrite

# Lead bytes of overlong forms (C0, C1, E0 80–9F, F0 80–8F) and of surrogates (ED A0–BF).
_OVERLONG = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}|\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"
)


class Read(NamedTuple):
    """``text`` with U+FFFD for what is malformed (as the WHATWG's decoder does), where that is, and a second
    reading with overlong forms and surrogate pairs taken for what they mean; empty where there are none."""

    text: str
    malformed: tuple[tuple[int, int], ...] = ()
    lenient: str = ""
    offsets: Offsets | None = None


def read(data: bytes) -> Read:
    """``data`` as UTF-8, or as UTF-16 or UTF-32 where it says so with a byte order mark."""
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return Read(data.decode(codec, "replace"))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Read(data.decode())
    except UnicodeDecodeError:
        return _repaired(data)


def _repaired(data: bytes) -> Read:
    pieces: list[str] = []
    malformed: list[tuple[int, int]] = []
    edits: list[Edit] = []
    length = here = 0

    def take(end: int, meaning: str) -> None:
        nonlocal length, here
        text = data[here:end].decode("utf-8", "replace")
        if meaning:
            edits.append(Edit(length, length + len(text), meaning))
            malformed.append((length, length + len(text)))
        else:
            malformed.extend(_bad(data[here:end], length))
        pieces.append(text)
        length += len(text)
        here = end

    for match in _OVERLONG.finditer(data):
        take(match.start(), "")
        take(match.end(), _meaning(match[0]))
    take(len(data), "")
    text = "".join(pieces)
    if not edits:
        return Read(text, tuple(malformed))
    lenient, offsets = rewrite(text, edits)
    return Read(text, tuple(malformed), lenient, offsets)


def _meaning(sequence: bytes) -> str:
    if sequence[0] == 0xED:
        pair = sequence.decode("utf-8", "surrogatepass")
        return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    value = sequence[0] & (0x7F >> len(sequence))
    for byte in sequence[1:]:
        value = value << 6 | byte & 0x3F
    return chr(value)


def _bad(data: bytes, offset: int) -> list[tuple[int, int]]:
    """Where a decoder puts U+FFFD; one that was there before is told apart by decoding with another mark."""
    if b"\xef\xbf\xbd" not in data:
        return [
            (offset + m.start(), offset + m.end())
            for m in re.finditer("\ufffd+", data.decode("utf-8", "replace"))
        ]
    marked = data.decode("utf-8", "surrogateescape")
    shown = data.decode("utf-8", "replace")
    same = len(shown) == len(marked)
    runs = re.finditer("[\udc80-\udcff]+" if same else "\ufffd+", marked if same else shown)
    return [(offset + m.start(), offset + m.end()) for m in runs]
