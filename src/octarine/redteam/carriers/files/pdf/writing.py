"""PDF 1.7 in plain bytes: objects, a cross-reference table, pages with text. Nothing in it ever acts: no
JavaScript, no launch or URI actions. Equal calls give equal bytes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from octarine.core.protocols import NotApplicable

WIDE, HIGH = 595, 842
"""A4 in points."""
_CATALOG, _PAGES, _PAGE = 1, 2, 3
_FONTS = b"/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


@dataclass
class Pdf:
    """A document of one page.

    Attributes:
        content: the operators that paint the page.
        fonts, properties: name → object, for the page's resources.
        page, catalog: entries added to these dictionaries.
        info: entries of the document's information dictionary.
    """

    content: list[bytes] = field(default_factory=list)
    fonts: dict[str, bytes] = field(default_factory=dict)
    properties: dict[str, bytes] = field(default_factory=dict)
    page: list[bytes] = field(default_factory=list)
    catalog: list[bytes] = field(default_factory=list)
    info: list[bytes] = field(default_factory=list)
    _added: list[bytes] = field(default_factory=list)

    def add(self, body: bytes) -> bytes:
        """An indirect object; gives its reference."""
        self._added.append(body)
        return b"%d 0 R" % (_PAGE + len(self._added))

    def stream(self, data: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
        """A stream object; gives its reference."""
        body = zlib.compress(data, 9) if packed else data
        packing = b" /Filter /FlateDecode" if packed else b""
        return self.add(b"<< /Length %d%s %s >>\nstream\n%s\nendstream" % (len(body), packing, entries, body))

    def written(self) -> bytes:
        """The file."""
        painted = self.stream(b"\n".join(self.content))
        info = self.add(b"<< %s >>" % b" ".join(self.info)) if self.info else b""
        fonts = b" ".join([_FONTS, *(b"/%s %s" % (name.encode(), font) for name, font in self.fonts.items())])
        layers = b" ".join(b"/%s %s" % (name.encode(), layer) for name, layer in self.properties.items())
        bodies = [
            b"<< /Type /Catalog /Pages %d 0 R %s >>" % (_PAGES, b" ".join(self.catalog)),
            b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % _PAGE,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %s "
            b"/Resources << /Font << %s >> /Properties << %s >> >> %s >>"
            % (_PAGES, WIDE, HIGH, painted, fonts, layers, b" ".join(self.page)),
            *self._added,
        ]
        return _file(bodies, info)


def _file(bodies: Sequence[bytes], info: bytes) -> bytes:
    pieces, place, starts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], 15, []
    for number, body in enumerate(bodies, 1):
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        starts.append(place)
        place += len(pieces[-1])
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(bodies) + 1
    named = b" /Info %s" % info if info else b""
    pieces.append(
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root %d 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, _CATALOG, named, place)
    )
    return b"".join(pieces)


def string(text: str) -> bytes:
    """A text string: UTF-16 with its byte order mark, in hexadecimal."""
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().upper().encode()


def shown(text: str) -> bytes | NotApplicable:
    """The operand that shows ``text`` in Helvetica; NotApplicable where that has no letters for it."""
    try:
        return b"<%s>" % " ".join(text.split()).encode("cp1252").hex().encode()
    except UnicodeEncodeError as error:
        letter = text[error.start] if error.start < len(text) else "?"
        return NotApplicable(f"the standard fonts of PDF have no {letter!a}")


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, cut between words where there are blanks."""
    lines: list[str] = []
    for word in text.split():
        for first in range(0, len(word), width):
            piece = word[first : first + width]
            joined = f"{lines[-1]} {piece}" if lines and not first else piece
            if lines and not first and len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def lines_at(
    text: str, x: float, y: float, *, size: float = 11, colour: str = "0 g", width: int = 80, mode: int = 0
) -> bytes | NotApplicable:
    """Operators that show ``text`` in Helvetica from its first baseline at (x, y) downwards. ``mode``: the
    rendering mode; 3 paints nothing."""
    operands = [shown(line) for line in wrapped(text, width)]
    refused = next((operand for operand in operands if isinstance(operand, NotApplicable)), None)
    if refused:
        return refused
    told = b"\n".join(b"%s Tj T*" % operand for operand in operands if isinstance(operand, bytes))
    head = f"q {colour} BT /F1 {size} Tf {mode} Tr {size * 1.3:.2f} TL {x} {y} Td"
    return b"%s\n%s\nET Q" % (head.encode(), told)


def to_unicode(pdf: Pdf, codes: Mapping[int, str]) -> bytes:
    """A ToUnicode CMap: code of one byte → the text that a reader gets for it."""
    items = [
        b"<%02X> <%s>" % (code, text.encode("utf-16-be").hex().upper().encode())
        for code, text in codes.items()
    ]
    blocks = [
        b"%d beginbfchar\n%s\nendbfchar" % (len(items[i : i + 100]), b"\n".join(items[i : i + 100]))
        for i in range(0, len(items), 100)
    ]
    return pdf.stream(
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n%s\nendcmap\n"
        b"CMapName currentdict /CMap defineresource pop\nend\nend" % b"\n".join(blocks)
    )


def glyphless(pdf: Pdf, text: str) -> list[tuple[str, dict[str, int]]]:
    """Fonts whose glyphs paint nothing, for any characters, as a text layer over a scan has them. Gives
    (font's name, character → code) in the order in which characters first occur."""
    letters = list(dict.fromkeys(text))
    made: list[tuple[str, dict[str, int]]] = []
    for first in range(0, len(letters), 250):
        codes = {letter: 1 + place for place, letter in enumerate(letters[first : first + 250])}
        blank = pdf.stream(b"500 0 d0", packed=False)
        glyphs = b" ".join(b"/g%d %s" % (code, blank) for code in codes.values())
        names = b" ".join(b"/g%d" % code for code in codes.values())
        font = pdf.add(
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 -200 500 800] /FontMatrix [0.001 0 0 0.001 0 0] "
            b"/CharProcs << %s >> /Encoding << /Type /Encoding /Differences [1 %s] >> /FirstChar 1 "
            b"/LastChar %d /Widths [%s] /Resources << >> /ToUnicode %s >>"
            % (glyphs, names, len(codes), b" ".join([b"500"] * len(codes)),
               to_unicode(pdf, {code: letter for letter, code in codes.items()}))
        )  # fmt: skip
        pdf.fonts[f"G{len(made) + 1}"] = font
        made.append((f"G{len(made) + 1}", codes))
    return made
