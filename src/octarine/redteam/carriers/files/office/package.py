"""ZIP archives with fixed dates, and the Open Packaging Conventions (ECMA-376-2) over them."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATIONS = f'xmlns:r="{_OFFICE}"'
_KINDS = {"core": f"{_PACKAGE}/relationships/metadata/core-properties"}
Entries = Mapping[str, str | bytes]


def zipped(entries: Entries, *, stored: Sequence[str] = (), comment: str = "") -> bytes:
    """A ZIP archive of the entries in order; equal entries give equal bytes. ``stored``: not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = comment.encode()
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a package. ``kind``: its media type. ``relations``: (type's last word, target's path), which
    the part's XML names rId1, rId2 … in this order."""

    path: str
    kind: str
    data: str | bytes
    relations: tuple[tuple[str, str], ...] = ()


def package(pieces: Sequence[Piece], roots: Sequence[tuple[str, str]]) -> bytes:
    """The package; ``roots``: its own relations."""
    types = "".join(
        f'<Override PartName="/{piece.path}" ContentType="{piece.kind}"/>'
        for piece in pieces
        if piece.kind and not piece.path.endswith((".png", ".vml"))
    )
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" '
        'ContentType="image/png"/><Default Extension="vml" '
        f'ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>{types}</Types>',
        "_rels/.rels": _relations("", roots),
    }
    for piece in pieces:
        entries[piece.path] = piece.data
        if piece.relations:
            folder, name = posixpath.split(piece.path)
            entries[f"{folder}/_rels/{name}.rels"] = _relations(folder, piece.relations)
    return zipped(entries)


def _relations(folder: str, relations: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_KINDS.get(kind, f"{_OFFICE}/{kind}")}" '
        f"Target={quoteattr(posixpath.relpath(target, folder) if folder else target)}/>"
        for number, (kind, target) in enumerate(relations, 1)
    )
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def xml(text: str) -> str:
    """Text between tags. Line breaks stay, as references where a reader would drop them."""
    return escape(text, {"\r": "&#13;"})


def attribute(text: str) -> str:
    """An attribute's value with its quotes."""
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def plain_picture(wide: int = 48, high: int = 32) -> bytes:
    """A PNG: an even sky over an even meadow."""
    rows = b"".join(
        b"\x00" + (b"\xa8\xcc\xe8" if y < high * 2 // 3 else b"\x7a\xa8\x5c") * wide for y in range(high)
    )
    header = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
