"""Text in a PDF that is not on its page: notes, fields, metadata, attachments, bookmarks."""

from __future__ import annotations

from xml.sax.saxutils import escape

from octarine.redteam.carriers.files.covers import PDF, cover, document, hidden, plain
from octarine.redteam.carriers.files.pdf.painted import GROUP, page_of
from octarine.redteam.carriers.files.pdf.writing import Pdf, string
from octarine.redteam.seed import Seed, cut
from octarine.redteam.technique import Made


def _page(seed: Seed) -> tuple[Pdf, str]:
    shown = cover(seed, latin=True)
    return page_of(shown), f"{shown.name}.pdf"


def annotation(seed: Seed) -> Made:
    """A closed note."""
    pdf, name = _page(seed)
    note = pdf.add(
        b"<< /Type /Annot /Subtype /Text /Rect [540 780 560 800] /Name /Comment /Open false /Contents %s >>"
        % string(seed.text)
    )
    pdf.page.append(b"/Annots [%s]" % note)
    return hidden(seed, pdf.written(), PDF, name)


def form_field(seed: Seed) -> Made:
    """The value of a text field that is not shown and has no action."""
    pdf, name = _page(seed)
    field = pdf.add(
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (remark) /F 2 /Rect [60 60 300 80] "
        b"/DA (/Helv 10 Tf 0 g) /V %s >>" % string(seed.text)
    )
    pdf.page.append(b"/Annots [%s]" % field)
    helvetica = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    pdf.catalog.append(b"/AcroForm << /Fields [%s] /DR << /Font << /Helv %s >> >> >>" % (field, helvetica))
    return hidden(seed, pdf.written(), PDF, name)


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@plain
def metadata(seed: Seed) -> Made:
    """The subject in the information dictionary and the same in the XMP packet."""
    shown = cover(seed, latin=True)
    pdf = page_of(shown)
    pdf.info += [b"/Title %s" % string(shown.title), b"/Subject %s" % string(seed.text)]
    packet = _XMP.replace("{text}", escape(seed.text)).encode()
    pdf.catalog.append(b"/Metadata %s" % pdf.stream(packet, b"/Type /Metadata /Subtype /XML", packed=False))
    return hidden(seed, pdf.written(), PDF, f"{shown.name}.pdf")


def attachment(seed: Seed) -> Made:
    """A text file embedded in the document."""
    pdf, name = _page(seed)
    data = seed.text.encode()
    stream = pdf.stream(
        data, b"/Type /EmbeddedFile /Subtype /text#2Fplain /Params << /Size %d >>" % len(data)
    )
    file = pdf.add(b"<< /Type /Filespec /F (notes.txt) /UF (notes.txt) /EF << /F %s >> >>" % stream)
    pdf.catalog.append(b"/Names << /EmbeddedFiles << /Names [(notes.txt) %s] >> >>" % file)
    return hidden(seed, pdf.written(), PDF, name)


def bookmarks(seed: Seed) -> Made:
    """A piece of the seed a bookmark, all to the one page, without actions."""
    pdf, name = _page(seed)
    pieces = cut(seed.text, max(2, min(12, len(seed.text) // 25)))
    first = 4  # bookmarks are the first objects that are added to the page
    root = first + len(pieces)
    for place, piece in enumerate(pieces):
        links = [b"/Next %d 0 R" % (first + place + 1)] if place < len(pieces) - 1 else []
        links += [b"/Prev %d 0 R" % (first + place - 1)] if place else []
        pdf.add(
            b"<< /Title %s /Parent %d 0 R /Dest [3 0 R /Fit] %s >>" % (string(piece), root, b" ".join(links))
        )
    outline = pdf.add(
        b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (first, root - 1, len(pieces))
    )
    pdf.catalog.append(b"/Outlines %s" % outline)
    return hidden(seed, pdf.written(), PDF, name)


_ISO = "ISO 32000-2:2020"
TECHNIQUES = (
    document("pdf-annotation", "PDF: closed note", GROUP,
        "The seed is the contents of a closed text annotation on a PDF page.", annotation,
        f"{_ISO} 12.5.6.4, text annotations"),
    document("pdf-form-field", "PDF: value of a hidden form field", GROUP,
        "The seed is the value of a PDF form field whose widget is hidden.", form_field,
        f"{_ISO} 12.7, interactive forms"),
    document("pdf-metadata", "PDF: information dictionary and XMP", GROUP,
        "The seed is the subject in a PDF's information dictionary and the description in its XMP packet.",
        metadata, f"{_ISO} 14.3; ISO 16684-1 (XMP)"),
    document("pdf-attachment", "PDF: embedded text file", GROUP,
        "The seed is the content of a text file that is embedded in a PDF.", attachment,
        f"{_ISO} 7.11.4, embedded file streams"),
    document("pdf-bookmarks", "PDF: titles of bookmarks", GROUP,
        "The seed is cut in pieces that are the titles of a PDF's bookmarks, in order.", bookmarks,
        f"{_ISO} 12.3.3, document outline"),
)  # fmt: skip
