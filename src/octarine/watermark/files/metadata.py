"""What a picture file holds beside its pixels, kept byte for byte where the format stays the same."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {
    *(b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"mDCV", b"cLLI"),
    *(b"pHYs", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"),
}
"""Chunks that hold for the marked pixels too. Not kept: what belongs to a palette or a depth that may change
(sBIT, bKGD, tRNS), and signatures over the original's bytes (caBX)."""

_COMMENT = b"\xfe"
_JPEG_KEPT = {
    b"\xe1": b"",  # Exif and XMP
    b"\xe2": b"ICC_PROFILE\0",  # not the directory of an MPO: the other pictures stay behind
    b"\xed": b"",  # IPTC
    _COMMENT: b"",
}
"""Markers of segments that are kept, and how their content begins."""


def kept_pieces(kind: str, data: bytes) -> tuple[bytes, ...]:
    """The chunks of a PNG or the segments of a JPEG that are kept, as they stand; of other formats none.

    Raises:
        ValueError: a PNG whose chunks are cut off or damaged.
    """
    if kind == "PNG":
        return tuple(_chunk(name, body) for name, body in png_chunks(data) if name in PNG_KEPT)
    return tuple(_segments(data)) if kind == "JPEG" else ()


def with_pieces(kind: str, data: bytes, pieces: tuple[bytes, ...]) -> bytes:
    """A file of this format that was written without metadata, with ``pieces`` in it."""
    at = 0
    if kind == "PNG":
        at = len(PNG_MAGIC) + 25
    elif kind == "JPEG":
        # After the start of image and the JFIF segment, which must be the first.
        at = 2 + (2 + int.from_bytes(data[4:6]) if data[2:4] == b"\xff\xe0" else 0)
    return data[:at] + b"".join(pieces) + data[at:]


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of every chunk of a PNG, to its end.

    Raises:
        ValueError: the file is cut off, or a chunk is damaged.
    """
    at, name = len(PNG_MAGIC), b""
    while name != b"IEND":
        if at + 12 > len(data):
            raise ValueError("the file is cut off")
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if data[at - 4 : at] != struct.pack(">I", zlib.crc32(name + body)):
            raise ValueError(f"the chunk {name.decode('ascii', 'replace')} is damaged")
        yield name, body


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_pieces(carried: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The chunks of what Pillow tells of a file of another format."""
    pieces = []
    if "icc_profile" in carried:
        pieces.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(carried["icc_profile"])))
    if "dpi" in carried:
        x, y = (round(float(dots) / 0.0254) for dots in carried["dpi"])
        pieces.append(_chunk(b"pHYs", struct.pack(">IIB", x, y, 1)))
    if "exif" in carried:
        pieces.append(_chunk(b"eXIf", carried["exif"].removeprefix(b"Exif\0\0")))
    if "xmp" in carried:
        pieces.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + carried["xmp"]))
    return tuple(pieces)


def _segments(data: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1 : at + 2]
        if marker == b"\xff":
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == b"\xda":
            return
        if marker in _JPEG_KEPT and data[at + 4 :].startswith(_JPEG_KEPT[marker]):
            yield data[at:end]
        at = end


def webp_lossless(data: bytes) -> bool:
    """Whether a WebP is of the lossless kind, which its pictures' chunks say."""
    at = 12
    while at + 8 <= len(data):
        name, (length,) = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])
        if name in (b"VP8L", b"VP8 "):
            return name == b"VP8L"
        at += 8 + length + length % 2
    return False
