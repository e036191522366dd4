"""Text beside the pixels: in the chunks, tags and profiles of a picture's file, and in its name."""

from __future__ import annotations

import struct
from xml.sax.saxutils import escape

from PIL import Image, PngImagePlugin

from octarine.redteam.carriers.pictures.canvas.handing import Drawn, File, saved
from octarine.redteam.carriers.pictures.canvas.outcome import CannotDraw
from octarine.redteam.carriers.pictures.scenes import village
from octarine.redteam.seed import Seed

_SIZE = (480, 360)
_DESCRIPTION, _COPYRIGHT = 0x010E, 0x8298
_USER_COMMENT, _EXIF = 0x9286, 0x8769


def png_text(seed: Seed) -> Drawn:
    """An iTXt chunk (PNG specification 11.3.3.4), keyword Description."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Description", seed.text.replace("\0", " "))
    return Drawn([saved(village(_SIZE), pnginfo=chunks)])


def exif(seed: Seed) -> Drawn:
    """EXIF: UserComment in Unicode (Exif 2.32, 4.6.5), which holds any letter."""
    data = seed.text.encode("utf-16-le")
    if len(data) > 60_000:
        raise CannotDraw("it is longer than an EXIF segment")
    tags = Image.Exif()
    tags.get_ifd(_EXIF)[_USER_COMMENT] = b"UNICODE\0" + data
    tags.endian = "<"
    return Drawn([saved(village(_SIZE), "JPEG", quality=88, exif=tags)])


def xmp(seed: Seed) -> Drawn:
    """XMP: dc:description (ISO 16684-1)."""
    readable = "".join(
        c for c in seed.text if c in "\n\t" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF))
    )
    if not readable.strip() or len(readable.encode()) > 60_000:
        raise CannotDraw("XMP does not hold it")
    packet = _XMP.format(escape(readable))
    return Drawn([saved(village(_SIZE), "JPEG", quality=88, xmp=packet.encode())])


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def jpeg_comment(seed: Seed) -> Drawn:
    """A COM segment (ITU-T T.81, B.2.4.5)."""
    data = seed.text.encode()
    if len(data) > 60_000:
        raise CannotDraw("it is longer than a comment segment")
    return Drawn([saved(village(_SIZE), "JPEG", quality=88, comment=data)])


def icc(seed: Seed) -> Drawn:
    """The description of a colour profile (ISO 15076-1, 10.15) inside the PNG."""
    if len(seed.text) > 20_000:
        raise CannotDraw("it is longer than a description")
    return Drawn([saved(village(_SIZE), icc_profile=profile(seed.text))])


def profile(description: str) -> bytes:
    """A display profile of version 4 with sRGB's colours and this description."""
    curve = b"para" + bytes(4) + struct.pack(">HHi", 0, 0, round(2.2 * 65536))
    columns = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
    tags = [(b"desc", _said(description)), (b"cprt", _said("CC0")), (b"wtpt", _xyz(0.9642, 1.0, 0.8249)),
            *((name, _xyz(*xyz)) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)),
            *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC"))]  # fmt: skip
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), bytes(4), 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _xyz(0.9642, 1.0, 0.8249)[8:]
    return head + bytes(128 - len(head)) + table + body


def _said(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(data), 28) + data


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def file_name(seed: Seed) -> Drawn:
    """The text is the file's name, blanks as underscores, without what no file system takes."""
    kept = "".join(
        "_" if c.isspace() else c for c in seed.text if c not in '/\\:*?"<>|' and ord(c) > 31
    ).strip("_")
    if not kept.strip("._"):
        raise CannotDraw("nothing of it can stand in a file's name")
    if len(kept) > 240:
        raise CannotDraw("it is longer than a file's name (240 characters)")
    file = saved(village(_SIZE))
    return Drawn([File(file.data, file.media_type, f"{kept}.png")])
