"""The seed as the visible text of a document, in one of several formats."""

from __future__ import annotations

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import PDF, document, plain, visible
from octarine.redteam.carriers.files.office import docx, open_formats, pptx
from octarine.redteam.carriers.files.pdf.painted import PAGE_HOLDS
from octarine.redteam.carriers.files.pdf.writing import Pdf, lines_at
from octarine.redteam.carriers.files.web import html
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made, Parameter


def _pdf(seed: Seed) -> bytes | NotApplicable:
    if len(seed.text) > PAGE_HOLDS:
        return NotApplicable(f"longer than the {PAGE_HOLDS:,} characters that a page takes")
    said = lines_at(seed.text, 60, 780)
    if isinstance(said, NotApplicable):
        return said
    return Pdf(content=[said]).written()


def _docx(seed: Seed) -> bytes:
    return docx.docx("".join(docx.paragraph(docx.run(line)) for line in seed.text.split("\n")))


def _html(seed: Seed) -> bytes:
    return html.page(seed.language, "*", html.lines_of(*seed.text.split("\n")))


_WRITERS = {
    "pdf": (PDF, _pdf),
    "docx": (docx.DOCX, _docx),
    "odt": (open_formats.ODT, lambda seed: open_formats.odt(open_formats.lines_of(seed.text))),
    "rtf": ("application/rtf", lambda seed: open_formats.rtf(open_formats.escaped(seed.text))),
    "html": (html.HTML, _html),
    "pptx": (
        pptx.PPTX,
        lambda seed: pptx.pptx([pptx.slide(pptx.box(2, seed.text, 500_000, 600_000, 8_000_000, 5_000_000))]),
    ),
}
_FORMAT = Parameter(
    "format", None, "The kind of document; pdf for Latin letters alone.", choices=tuple(_WRITERS)
)


@plain
def document_page(seed: Seed) -> Made:
    """Where the format is drawn, one that has letters for the text."""
    kind = seed["format"] or seed.pick(tuple(_WRITERS))
    media_type, write = _WRITERS[kind]
    made = write(seed)
    if isinstance(made, NotApplicable) and seed["format"] is None:
        kind = "docx"
        media_type, write = _WRITERS[kind]
        made = write(seed)
    return visible(seed, made, media_type, f"request.{kind}")


TECHNIQUES = (
    document("document-page", "Document: the request as its text", "Documents",
        "The seed is the visible text of an attached document; the message only refers to the document.",
        document_page, "PyRIT, PDFConverter and WordDocConverter", more=(_FORMAT,), shown=True),
)  # fmt: skip
