"""Word documents (WordprocessingML, ECMA-376-1 17)."""

from __future__ import annotations

from collections.abc import Sequence

from octarine.redteam.carriers.files.covers import Cover, cover, document, hidden, plain
from octarine.redteam.carriers.files.office.package import (
    HEAD,
    RELATIONS,
    Piece,
    attribute,
    package,
    plain_picture,
    xml,
)
from octarine.redteam.seed import Seed, words
from octarine.redteam.technique import Made

GROUP = "Word"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DATED = 'w:author="M. Field" w:date="2026-03-02T09:00:00Z"'
BODY = "word/document.xml"


def run(text: str, properties: str = "", tag: str = "t") -> str:
    """A run of text. ``tag``: ``t``, or ``delText`` where it is deleted."""
    lines = f'</w:{tag}><w:br/><w:{tag} xml:space="preserve">'.join(xml(line) for line in text.split("\n"))
    wanted = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{wanted}<w:{tag} xml:space="preserve">{lines}</w:{tag}></w:r>'


def paragraph(*inner: str) -> str:
    """A paragraph of runs."""
    return f"<w:p>{''.join(inner)}</w:p>"


def docx(
    body: str,
    others: Sequence[tuple[Piece, str]] = (),
    roots: Sequence[tuple[Piece, str]] = (),
    section: str = "",
    deeper: Sequence[Piece] = (),
) -> bytes:
    """A document. ``others``: parts with their relation to the body, rId1, rId2 …; ``roots``: parts that
    belong to the package; ``deeper``: parts that one of ``others`` refers to."""
    main = Piece(
        BODY,
        _KIND.format("document.main"),
        f"{HEAD}<w:document {_W} {RELATIONS}><w:body>{body}<w:sectPr>{section}</w:sectPr></w:body>"
        "</w:document>",
        tuple((kind, piece.path) for piece, kind in others),
    )
    pieces = [main, *(piece for piece, _ in others), *(piece for piece, _ in roots), *deeper]
    return package(pieces, [("officeDocument", BODY), *((kind, piece.path) for piece, kind in roots)])


def paragraphs(shown: Cover) -> list[str]:
    """The cover, a paragraph a line."""
    return [
        paragraph(run(shown.title, '<w:b/><w:sz w:val="32"/>')),
        *(paragraph(run(line)) for line in shown.lines),
    ]


def _finished(seed: Seed, shown: Cover, data: bytes) -> Made:
    return hidden(seed, data, DOCX, f"{shown.name}.docx")


@plain
def hidden_run(seed: Seed) -> Made:
    """The font effect "hidden"."""
    shown = cover(seed)
    body = paragraphs(shown)
    place = int(seed.rng.integers(1, len(body)))
    body.insert(place, paragraph(run(seed.text, "<w:vanish/>")))
    return _finished(seed, shown, docx("".join(body)))


@plain
def comment(seed: Seed) -> Made:
    """A reviewer's comment on the title."""
    shown = cover(seed)
    marked = paragraph(
        '<w:commentRangeStart w:id="0"/>', run(shown.title, "<w:b/>"), '<w:commentRangeEnd w:id="0"/>',
        '<w:r><w:commentReference w:id="0"/></w:r>',
    )  # fmt: skip
    said = f'<w:comment w:id="0" {_DATED} w:initials="MF">{paragraph(run(seed.text))}</w:comment>'
    part = Piece("word/comments.xml", _KIND.format("comments"), f"{HEAD}<w:comments {_W}>{said}</w:comments>")
    return _finished(seed, shown, docx("".join([marked, *paragraphs(shown)[1:]]), [(part, "comments")]))


@plain
def deletion(seed: Seed) -> Made:
    """Text that a tracked change deletes: gone on paper, there in the file."""
    shown = cover(seed)
    body = paragraphs(shown)
    gone = f'<w:del w:id="1" {_DATED}>{run(seed.text, tag="delText")}</w:del>'
    body.insert(-1, paragraph(gone))
    return _finished(seed, shown, docx("".join(body)))


@plain
def footnote(seed: Seed) -> Made:
    """A footnote to the last line."""
    shown = cover(seed)
    body = paragraphs(shown)
    body[-1] = paragraph(run(shown.lines[-1]), '<w:r><w:footnoteReference w:id="1"/></w:r>')
    rules = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
    )
    note = f'<w:footnote w:id="1">{paragraph("<w:r><w:footnoteRef/></w:r>", run(seed.text))}</w:footnote>'
    part = Piece(
        "word/footnotes.xml",
        _KIND.format("footnotes"),
        f"{HEAD}<w:footnotes {_W}>{rules}{note}</w:footnotes>",
    )
    return _finished(seed, shown, docx("".join(body), [(part, "footnotes")]))


@plain
def running_header(seed: Seed) -> Made:
    """The header of every page."""
    shown = cover(seed)
    part = Piece(
        "word/header1.xml", _KIND.format("header"), f"{HEAD}<w:hdr {_W}>{paragraph(run(seed.text))}</w:hdr>"
    )
    section = '<w:headerReference w:type="default" r:id="rId1"/>'
    return _finished(seed, shown, docx("".join(paragraphs(shown)), [(part, "header")], section=section))


@plain
def custom_property(seed: Seed) -> Made:
    """A property that is named by the user of the word processor."""
    shown = cover(seed)
    names = "http://schemas.openxmlformats.org/officeDocument/2006"
    part = Piece(
        "docProps/custom.xml",
        "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        f'{HEAD}<Properties xmlns="{names}/custom-properties" xmlns:vt="{names}/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Remark">'
        f"<vt:lpwstr>{xml(seed.text)}</vt:lpwstr></property></Properties>",
    )
    made = docx("".join(paragraphs(shown)), roots=[(part, "custom-properties")])
    return _finished(seed, shown, made)


_PICTURE = (
    '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
    'wordprocessingDrawing"><wp:extent cx="1828800" cy="1219200"/><wp:docPr id="1" name="Picture 1" '
    'descr=ALT/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData '
    'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic xmlns:pic='
    '"http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="1" '
    'name="view.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId1"/><a:stretch>'
    '<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1828800" '
    'cy="1219200"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
)


@plain
def alternative_text(seed: Seed) -> Made:
    """What a screen reader says of a picture."""
    shown = cover(seed)
    picture = paragraph(_PICTURE.replace("ALT", attribute(seed.text), 1))
    part = Piece("word/media/view.png", "image/png", plain_picture())
    return _finished(seed, shown, docx("".join([*paragraphs(shown), picture]), [(part, "image")]))


@plain
def custom_data(seed: Seed) -> Made:
    """An XML data part that nothing on the page shows."""
    shown = cover(seed)
    data = f'{HEAD}<notes xmlns="urn:example:notes"><note>{xml(seed.text)}</note></notes>'
    properties = Piece(
        "customXml/itemProps1.xml",
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
        f'{HEAD}<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" '
        'ds:itemID="{6E1F0C0A-52B3-4C0B-9F5E-2E0A1B7C4D11}"/>',
    )
    item = Piece("customXml/item1.xml", "", data, (("customXmlProps", properties.path),))
    made = docx("".join(paragraphs(shown)), [(item, "customXml")], deeper=[properties])
    return _finished(seed, shown, made)


@plain
def run_per_word(seed: Seed) -> Made:
    """Each word of the seed is a hidden run behind a word of the cover, so that no paragraph holds it."""
    shown = cover(seed)
    said = [word for word in words(seed.text) if word.strip()]
    slots = [word for line in shown.lines for word in words(f"{line} ")]
    share = max(1, -(-len(said) // len(slots)))
    inner = []
    for place, word in enumerate(slots):
        inner.append(run(word))
        if mine := said[place * share : (place + 1) * share]:
            inner.append(run("".join(mine), '<w:vanish/><w:color w:val="7F7F7F"/>'))
    return _finished(seed, shown, docx(paragraph(run(shown.title, "<w:b/>")) + paragraph(*inner)))


_ECMA = "ECMA-376-1:2016"
TECHNIQUES = (
    document("docx-hidden-run", "Word: hidden text", GROUP,
        "The seed is a paragraph of a Word document in the font effect 'hidden'.", hidden_run,
        f"{_ECMA} 17.3.2.41, vanish; PyRIT, WordDocConverter (near)"),
    document("docx-comment", "Word: reviewer's comment", GROUP,
        "The seed is a reviewer's comment on the title of a Word document.", comment,
        f"{_ECMA} 17.13.4"),
    document("docx-tracked-deletion", "Word: deleted in a tracked change", GROUP,
        "The seed is text that a pending tracked change deletes from a Word document.", deletion,
        f"{_ECMA} 17.13.5.14, del"),
    document("docx-footnote", "Word: footnote", GROUP,
        "The seed is a footnote to a harmless sentence of a Word document.", footnote, f"{_ECMA} 17.11"),
    document("docx-header", "Word: running header", GROUP,
        "The seed is the running header of a Word document's pages.", running_header, f"{_ECMA} 17.10"),
    document("docx-custom-property", "Word: custom property", GROUP,
        "The seed is the value of a user-named property in a Word document's custom properties.",
        custom_property, f"{_ECMA} 22.3, custom properties"),
    document("docx-alt-text", "Word: alternative text of a picture", GROUP,
        "The seed is the alternative text of a plain picture in a Word document.", alternative_text,
        f"{_ECMA} 20.4.2.5, docPr"),
    document("docx-custom-data", "Word: custom XML data part", GROUP,
        "The seed is an element of a custom XML data part of a Word package, which no page shows.",
        custom_data, f"{_ECMA} 15.2.5, custom XML data storage"),
    document("docx-interleaved-runs", "Word: hidden words between visible ones", GROUP,
        "The words of the seed are hidden runs between the visible words of a Word document's sentences.",
        run_per_word, "ours"),
)  # fmt: skip
