"""Text on a PDF page that a reader of the page does not see, and a program that extracts text does."""

from __future__ import annotations

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import PDF, Cover, cover, document, hidden, within
from octarine.redteam.carriers.files.pdf.writing import (
    HIGH,
    WIDE,
    Pdf,
    glyphless,
    lines_at,
    string,
    to_unicode,
    wrapped,
)
from octarine.redteam.seed import Seed, cut, graphemes
from octarine.redteam.technique import LATIN, Made, Parameter, Script

GROUP = "PDF"
PAGE_HOLDS = 3000
"""Characters of a seed that go on a page."""
_BARS = (
    b"0.55 0.68 0.80 rg 60 300 475 260 re f "
    b"0.2 0.35 0.5 rg 90 300 60 120 re 190 300 60 190 re 290 300 60 90 re f"
)


def page_of(shown: Cover) -> Pdf:
    """A page with the cover's title and lines on its upper part."""
    pdf = Pdf()
    y = 745
    for text, size in ((shown.title, 16), *((line, 11) for line in shown.lines)):
        said = lines_at(text, 60, y, size=size)
        assert isinstance(said, bytes), "covers for PDF are in Latin letters"
        pdf.content.append(said)
        y -= 34
    return pdf


def _over(
    seed: Seed, *, x: float = 60, y: float = 560, size: float = 8, colour: str = "0 g", width: int = 100,
    before: bytes = b"", after: bytes = b"",
) -> Made:  # fmt: skip
    """A page on which the seed is painted, between the operators ``before`` and ``after``."""
    shown = cover(seed, latin=True)
    return hidden(
        seed, _with(page_of(shown), seed, x, y, size, colour, width, before, after), PDF, f"{shown.name}.pdf"
    )


def _with(
    pdf: Pdf,
    seed: Seed,
    x: float,
    y: float,
    size: float,
    colour: str,
    width: int,
    before: bytes,
    after: bytes,
) -> bytes | NotApplicable:
    if refused := within(seed, PAGE_HOLDS, "a page"):
        return refused
    said = lines_at(seed.text, x, y, size=size, colour=colour, width=width)
    if isinstance(said, NotApplicable):
        return said
    pdf.content += [before, said, after]
    return pdf.written()


def white_text(seed: Seed) -> Made:
    """The colour of the paper."""
    return _over(seed, colour="1 g")


def tiny_text(seed: Seed) -> Made:
    """Smaller than a hair at the foot of the page."""
    return _over(seed, size=seed["size"], y=30, width=600)


def behind_figure(seed: Seed) -> Made:
    """Black on white, then covered."""
    return _over(seed, x=70, y=545, size=6.5, width=125, after=b"q %s Q" % _BARS)


def outside_the_crop(seed: Seed) -> Made:
    """In the part of the sheet that the crop box cuts off."""
    shown = cover(seed, latin=True)
    pdf = page_of(shown)
    pdf.page.append(b"/CropBox [0 600 %d %d]" % (WIDE, HIGH))
    return hidden(seed, _with(pdf, seed, 60, 560, 8, "0 g", 100, b"", b""), PDF, f"{shown.name}.pdf")


def layer_off(seed: Seed) -> Made:
    """An optional-content group that is off."""
    shown = cover(seed, latin=True)
    pdf = page_of(shown)
    layer = pdf.add(b"<< /Type /OCG /Name %s >>" % string(seed.pick(("Grid", "Draft", "Guides"))))
    pdf.properties["L1"] = layer
    pdf.catalog.append(
        b"/OCProperties << /OCGs [%s] /D << /BaseState /ON /OFF [%s] /Order [%s] >> >>"
        % (layer, layer, layer)
    )
    return hidden(
        seed, _with(pdf, seed, 60, 560, 8, "0 g", 100, b"/OC /L1 BDC", b"EMC"), PDF, f"{shown.name}.pdf"
    )


def text_layer(seed: Seed) -> Made:
    """As a scan with recognised text has it: rendering mode 3, fonts without glyphs, any script."""
    shown = cover(seed, latin=True)
    if refused := within(seed, PAGE_HOLDS, "a page"):
        return refused
    pdf = page_of(shown)
    lines = wrapped(seed.text, 80)
    fonts = glyphless(pdf, "".join(f"{line} " for line in lines))
    told = []
    for line in lines:
        told += [_in_fonts(f"{line} ", fonts), b"T*"]
    pdf.content.append(b"BT 3 Tr 10 TL 60 560 Td\n%s\nET" % b"\n".join(told))
    return hidden(seed, pdf.written(), PDF, f"{shown.name}.pdf")


def _in_fonts(line: str, fonts: list[tuple[str, dict[str, int]]]) -> bytes:
    told, current, run = [], "", ""
    for letter in line:
        name, codes = next((name, codes) for name, codes in fonts if letter in codes)
        if name != current:
            told.append(f"<{run}> Tj" if run else "")
            told.append(f"/{name} 8 Tf")
            current, run = name, ""
        run += f"{codes[letter]:02X}"
    return "\n".join([*(item for item in told if item), f"<{run}> Tj"]).encode()


def actual_text(seed: Seed) -> Made:
    """A sentence of the cover is marked with the seed as the text that it "actually" is."""
    shown = cover(seed, latin=True)
    pdf = page_of(shown)
    pdf.content.insert(-1, b"/Span << /ActualText %s >> BDC" % string(seed.text))
    pdf.content.append(b"EMC")
    return hidden(seed, pdf.written(), PDF, f"{shown.name}.pdf")


_NAMES = {" ": "space", ",": "comma", ".": "period", "-": "hyphen", "'": "quotesingle"}


def glyph_map(seed: Seed) -> Made:
    """What is drawn is a line of the cover; what each glyph is said to mean is a piece of the seed."""
    shown = cover(seed, latin=True)
    pdf = page_of(shown)
    drawn = [letter for letter in shown.title if (letter.isascii() and letter.isalpha()) or letter in _NAMES]
    units = graphemes(" ".join(seed.text.split()))
    pieces = units if len(units) <= len(drawn) else cut("".join(units), len(drawn))
    codes = dict(enumerate([*pieces, *[" "] * (len(drawn) - len(pieces))], 1))
    glyphs = b" ".join(b"/%s" % _NAMES.get(letter, letter).encode() for letter in drawn)
    pdf.fonts["M1"] = pdf.add(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 1 /LastChar %d /ToUnicode %s "
        b"/Encoding << /Type /Encoding /Differences [1 %s] >> >>"
        % (len(codes), to_unicode(pdf, codes), glyphs)
    )
    pdf.content.append(b"BT /M1 11 Tf 60 560 Td <%s> Tj ET" % bytes(codes).hex().encode())
    return hidden(seed, pdf.written(), PDF, f"{shown.name}.pdf")


_SIZE = Parameter("size", 0.5, "Height of the letters in points.", low=0.1, high=3.0)
_READ = frozenset({Script.LATIN, Script.JAPANESE, Script.DEVANAGARI})
"""Extraction turns letters round that are read from right to left but stand from left to right."""
_ISO = "ISO 32000-2:2020"
TECHNIQUES = (
    document("pdf-white-text", "PDF: text in the colour of the paper", GROUP,
        "The seed is painted on a PDF page in the colour of the paper, below harmless visible text.",
        white_text, f"{_ISO} 8.6; Greshake et al. 2023, hidden injections", scripts=LATIN),
    document("pdf-tiny-text", "PDF: text too small to see", GROUP,
        "The seed is painted at the foot of a PDF page in letters a fraction of a point high.",
        tiny_text, f"{_ISO} 9.3", scripts=LATIN, more=(_SIZE,)),
    document("pdf-behind-figure", "PDF: text behind a figure", GROUP,
        "The seed is painted in black on a PDF page and then covered by a filled chart.",
        behind_figure, f"{_ISO} 8.5, the painting model", scripts=LATIN),
    document("pdf-off-page", "PDF: text outside the crop box", GROUP,
        "The seed is painted on the part of the sheet that the page's crop box cuts away.",
        outside_the_crop, f"{_ISO} 14.11.2, page boundaries", scripts=LATIN),
    document("pdf-layer-off", "PDF: text on a layer that is off", GROUP,
        "The seed is painted as optional content of a group that the default configuration turns off.",
        layer_off, f"{_ISO} 8.11, optional content", scripts=LATIN),
    document("pdf-text-layer", "PDF: invisible layer of recognised text", GROUP,
        "The seed is the unpainted text layer (rendering mode 3) that text recognition lays over a scan.",
        text_layer, f"{_ISO} 9.3.6, rendering mode 3", scripts=_READ),
    document("pdf-actual-text", "PDF: replacement text of a visible line", GROUP,
        "A harmless visible line is marked with the seed as its ActualText, which extraction puts there.",
        actual_text, f"{_ISO} 14.9.4, replacement text", scripts=_READ),
    document("pdf-glyph-map", "PDF: glyphs that mean other characters", GROUP,
        "The font draws a harmless line; its ToUnicode map says that each glyph is a piece of the seed.",
        glyph_map, f"{_ISO} 9.10.3; Markwood et al. 2017, PDF Mirage", scripts=_READ),
)  # fmt: skip
