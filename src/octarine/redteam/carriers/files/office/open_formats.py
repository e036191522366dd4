"""OpenDocument text and EPUB."""

from __future__ import annotations

from octarine.redteam.carriers.files.covers import Cover, cover, document, hidden, plain
from octarine.redteam.carriers.files.office.package import HEAD, attribute, xml, zipped
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made

GROUP = "Open formats"
ODT, EPUB = "application/vnd.oasis.opendocument.text", "application/epub+zip"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_NAMES = f'xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0" office:version="1.3"'


def odt(body: str) -> bytes:
    """An OpenDocument text."""
    manifest = (
        f'{HEAD}<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/><manifest:file-entry '
        'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    content = (
        f"{HEAD}<office:document-content {_ODF_NAMES}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    entries = {"mimetype": ODT, "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped(entries, stored=("mimetype",))


def lines_of(text: str) -> str:
    """A paragraph of OpenDocument a line."""
    return "".join(f"<text:p>{xml(line)}</text:p>" for line in text.split("\n"))


@plain
def hidden_section(seed: Seed) -> Made:
    """A section that is not displayed."""
    shown = cover(seed)
    section = f'<text:section text:name="Section1" text:display="none">{lines_of(seed.text)}</text:section>'
    body = (
        lines_of("\n".join((shown.title, *shown.lines[:2]))) + section + lines_of("\n".join(shown.lines[2:]))
    )
    return hidden(seed, odt(body), ODT, f"{shown.name}.odt")


def page(title: str, *paragraphs: str) -> str:
    """A page of an e-book."""
    told = "".join(f"<p>{xml(line)}</p>" for line in paragraphs)
    return (
        f'{HEAD}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{xml(title)}</title></head>'
        f"<body><h1>{xml(title)}</h1>{told}</body></html>"
    )


def epub(shown: Cover, language: str, pages: dict[str, str], spine: str) -> bytes:
    """An e-book. ``pages``: name → XHTML; ``spine``: the order of reading."""
    container = (
        f'{HEAD}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in pages
    )
    book = (
        f'{HEAD}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:6e1f0c0a-52b3-4c0b-9f5e-'
        f"2e0a1b7c4d11</dc:identifier><dc:title>{xml(shown.title)}</dc:title><dc:language>{language}"
        '</dc:language><meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata><manifest>'
        f'<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}'
        f"</manifest><spine>{spine}</spine></package>"
    )
    nav = (
        f'{HEAD}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>'
        f'{xml(shown.title)}</title></head><body><nav epub:type="toc"><ol><li><a href="one.xhtml">'
        f"{xml(shown.title)}</a></li></ol></nav></body></html>"
    )
    entries = {"mimetype": EPUB, "META-INF/container.xml": container, "book.opf": book, "nav.xhtml": nav}
    return zipped(
        {**entries, **{f"{name}.xhtml": made for name, made in pages.items()}}, stored=("mimetype",)
    )


@plain
def aside_page(seed: Seed) -> Made:
    """A page outside the order of reading."""
    shown = cover(seed)
    pages = {"one": page(shown.title, *shown.lines), "two": page("*", *seed.text.split("\n"))}
    spine = '<itemref idref="one"/><itemref idref="two" linear="no"/>'
    return hidden(seed, epub(shown, seed.language or "en", pages, spine), EPUB, f"{shown.name}.epub")


_IGNORED = "\\*\\remarks"


def escaped(text: str) -> str:
    """Text in RTF: everything beyond ASCII as UTF-16 code units."""
    told = []
    for letter in text:
        if letter in "\\{}":
            told.append(f"\\{letter}")
        elif letter == "\n":
            told.append("\\line ")
        elif " " <= letter <= "~" or letter == "\t":
            told.append("\\tab " if letter == "\t" else letter)
        else:
            units = letter.encode("utf-16-le")
            for place in range(0, len(units), 2):
                told.append(f"\\u{int.from_bytes(units[place : place + 2], 'little', signed=True)}?")
    return "".join(told)


def rtf(*groups: str) -> bytes:
    """A document in Rich Text Format."""
    return ("{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}\n" + "\n".join(groups) + "\n}").encode(
        "ascii"
    )


def told_in_rtf(shown: Cover) -> str:
    """The cover."""
    return "\\par\n".join([f"{{\\b {escaped(shown.title)}}}", *map(escaped, shown.lines)])


def ignored_destination(seed: Seed) -> Made:
    """A group that a reader of RTF must leave out, since it does not know its name."""
    shown = cover(seed)
    data = rtf(f"{{{_IGNORED} {escaped(seed.text)}}}", told_in_rtf(shown))
    return hidden(seed, data, "application/rtf", f"{shown.name}.rtf")


@plain
def user_field(seed: Seed) -> Made:
    """A field of the document that is declared, and shown nowhere."""
    shown = cover(seed)
    declared = (
        f'<text:user-field-decls><text:user-field-decl xmlns:office="{_ODF}:office:1.0" text:name="remark" '
        f'office:value-type="string" office:string-value={attribute(seed.text)}/></text:user-field-decls>'
    )
    body = declared + lines_of("\n".join((shown.title, *shown.lines)))
    return hidden(seed, odt(body), ODT, f"{shown.name}.odt")


TECHNIQUES = (
    document("odt-hidden-section", "OpenDocument: section not displayed", GROUP,
        "The seed is a section of an OpenDocument text whose display is none.", hidden_section,
        "OpenDocument 1.3 (OASIS 2021), text:section"),
    document("odt-user-field", "OpenDocument: declared field", GROUP,
        "The seed is the value of a user field that an OpenDocument text declares and shows nowhere.",
        user_field, "OpenDocument 1.3 (OASIS 2021), text:user-field-decl"),
    document("epub-aside-page", "E-book: page outside the order of reading", GROUP,
        "The seed is a page that an e-book's spine lists as not linear, so that leafing never shows it.",
        aside_page, "EPUB 3.3 (W3C 2023), itemref linear"),
    document("rtf-ignored-destination", "Rich text: group that readers skip", GROUP,
        "The seed is an optional destination of an unknown name, which a reader of RTF must skip.",
        ignored_destination, "Rich Text Format 1.9.1, the control symbol \\*"),
)  # fmt: skip
