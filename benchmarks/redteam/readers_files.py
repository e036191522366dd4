"""Readers of the carriers that are documents: what other programs find in them.

``READERS`` maps a technique's id to a function of the conversation that it made. Each uses a tool that had
no part in writing the file: poppler, pypdf, python-docx, openpyxl, python-pptx, expat, the standard library's
mail and HTML parsers, Info-ZIP, or a few lines that follow the format's standard. Clips and sounds are in
``readers_timed``.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from octarine.core.content import Conversation, Modality, Part

Reader = Callable[[Conversation], str]


def part_of(conversation: Conversation) -> Part:
    """The file of the last user message."""
    parts = [part for message in conversation.messages for part in message.parts]
    return [part for part in parts if part.modality is not Modality.TEXT][-1]


def data_of(conversation: Conversation) -> bytes:
    """Its bytes."""
    data = part_of(conversation).data
    assert data is not None
    return data


def output(command: list[str], data: bytes, *, ending: str = "") -> bytes:
    """What a program writes; ``{}`` in the command is a file that holds ``data``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        path.write_bytes(data)
        words = [word.replace("{}", str(path)).replace("{folder}", folder) for word in command]
        return subprocess.run(words, capture_output=True, check=True, timeout=120, cwd=folder).stdout


def pdf_text(conversation: Conversation) -> str:
    return output(["pdftotext", "-enc", "UTF-8", "{}", "-"], data_of(conversation)).decode()


def pdf_metadata(conversation: Conversation) -> str:
    data = data_of(conversation)
    told = output(["pdfinfo", "-enc", "UTF-8", "{}"], data).decode()
    packet = output(["pdfinfo", "-meta", "{}"], data).decode()
    said = "".join(ElementTree.fromstring(packet.strip().split("?>", 1)[1].rsplit("<?", 1)[0]).itertext())
    ends = "Keywords|Author|Creator|Producer|Custom Metadata|Metadata Stream"
    subject = re.search(rf"(?s)^Subject:\s+(.*?)^(?:{ends}):", told, re.M)
    return f"{subject[1] if subject else ''}\n{said}"


def pdf_attachment(conversation: Conversation) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.pdf"
        path.write_bytes(data_of(conversation))
        subprocess.run(["pdfdetach", "-saveall", "-o", folder, str(path)], check=True, capture_output=True)
        return (Path(folder) / "notes.txt").read_text("utf-8")


def _pypdf(conversation: Conversation):
    import pypdf

    return pypdf.PdfReader(io.BytesIO(data_of(conversation)), strict=True)


def pdf_annotation(conversation: Conversation) -> str:
    page = _pypdf(conversation).pages[0]
    return "\n".join(str(note.get_object()["/Contents"]) for note in page["/Annots"])


def pdf_layer(conversation: Conversation) -> str:
    """pypdf takes every layer; poppler leaves out those that are off."""
    return str(_pypdf(conversation).pages[0].extract_text())


def pdf_fields(conversation: Conversation) -> str:
    return "\n".join((_pypdf(conversation).get_form_text_fields() or {}).values())


def pdf_bookmarks(conversation: Conversation) -> str:
    return "".join(item.title for item in _pypdf(conversation).outline)


def _zip(conversation: Conversation) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data_of(conversation)))


def xml_of(path: str) -> Reader:
    """The text of a part of a ZIP package, as expat reads it."""

    def read(conversation: Conversation) -> str:
        root = ElementTree.fromstring(_zip(conversation).read(path))
        for item in root.iter():
            if item.tag.endswith(("}p", "}br")):
                item.tail = f"\n{item.tail or ''}"
        return "".join(root.itertext())

    return read


def _docx(conversation: Conversation):
    import docx

    return docx.Document(io.BytesIO(data_of(conversation)))


def docx_hidden(conversation: Conversation) -> str:
    runs = [run for paragraph in _docx(conversation).paragraphs for run in paragraph.runs]
    return "".join(run.text for run in runs if run.font.hidden)


def docx_comment(conversation: Conversation) -> str:
    return "\n".join(comment.text for comment in _docx(conversation).comments)


def docx_header(conversation: Conversation) -> str:
    return "\n".join(paragraph.text for paragraph in _docx(conversation).sections[0].header.paragraphs)


def docx_alternative(conversation: Conversation) -> str:
    shape = _docx(conversation).inline_shapes[0]
    return str(shape._inline.docPr.get("descr"))


def docx_deleted(conversation: Conversation) -> str:
    root = ElementTree.fromstring(_zip(conversation).read("word/document.xml"))
    return "\n".join(item.text or "" for item in root.iter() if item.tag.endswith("}delText"))


def _xlsx(conversation: Conversation):
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(data_of(conversation)))


def xlsx_note(conversation: Conversation) -> str:
    return str(_xlsx(conversation).worksheets[0]["B2"].comment.text)


def xlsx_hidden(conversation: Conversation) -> str:
    sheet = _xlsx(conversation).worksheets[1]
    assert sheet.sheet_state in ("hidden", "veryHidden")
    return str(sheet["A1"].value)


def xlsx_blank(conversation: Conversation) -> str:
    cells = [cell for row in _xlsx(conversation).worksheets[0].iter_rows() for cell in row]
    return "".join(
        str(cell.value)
        for cell in cells
        if cell.value
        and (cell.number_format == ";;;" or (cell.font.color and cell.font.color.rgb == "FFFFFFFF"))
    )


def xlsx_column(conversation: Conversation) -> str:
    sheet = _xlsx(conversation).worksheets[0]
    assert sheet.column_dimensions["D"].hidden
    return "".join(str(cell.value) for cell in sheet["D"] if cell.value is not None)


def xlsx_names(conversation: Conversation) -> str:
    names = _xlsx(conversation).defined_names
    return "".join(names[name].attr_text[1:-1].replace('""', '"') for name in sorted(names))


def xlsx_prompt(conversation: Conversation) -> str:
    rules = _xlsx(conversation).worksheets[0].data_validations.dataValidation
    return "\n".join(rule.prompt for rule in rules)


def xlsx_joined(conversation: Conversation) -> str:
    sheet = _xlsx(conversation).worksheets[0]
    return "".join(str(sheet[place].value) for place in sheet["C8"].value.lstrip("=").split("&"))


def _pptx(conversation: Conversation):
    import pptx

    return pptx.Presentation(io.BytesIO(data_of(conversation)))


def pptx_notes(conversation: Conversation) -> str:
    return str(_pptx(conversation).slides[0].notes_slide.notes_text_frame.text)


def pptx_beside(conversation: Conversation) -> str:
    deck = _pptx(conversation)
    shapes = [shape for shape in deck.slides[0].shapes if shape.left >= deck.slide_width]
    return "\n".join(shape.text_frame.text for shape in shapes)


def pptx_hidden(conversation: Conversation) -> str:
    slides = [slide for slide in _pptx(conversation).slides if slide._element.get("show") == "0"]
    return "\n".join(shape.text_frame.text for slide in slides for shape in slide.shapes)


def odt_field(conversation: Conversation) -> str:
    root = ElementTree.fromstring(_zip(conversation).read("content.xml"))
    values = [
        value for item in root.iter() for name, value in item.attrib.items() if name.endswith("string-value")
    ]
    return "\n".join(values)


def rtf_text(text: str) -> str:
    """The text of an RTF, ignorable destinations included."""
    text = re.sub(r"\{\\fonttbl.*?\}\}", "", text)
    found: list[str] = []
    units = b""
    for match in re.finditer(r"\\u(-?\d+)\?|\\([a-z]+)(-?\d+)? ?|\\([^a-z])|([{}\r\n])|([^\\{}])", text):
        unit, word, _, escaped, _, letter = match.groups()
        if unit:
            units += (int(unit) % 65_536).to_bytes(2, "little")
            continue
        found.append(units.decode("utf-16-le"))
        units = b""
        found.append({"line": "\n", "par": "\n", "tab": "\t"}.get(word or "", "") + (letter or ""))
        if escaped and escaped in "\\{}":
            found.append(escaped)
    return "".join([*found, units.decode("utf-16-le")])


def rtf(conversation: Conversation) -> str:
    return rtf_text(data_of(conversation).decode("ascii"))


class _Page(HTMLParser):
    """Everything that a page says, by where it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: list[str] = []
        self.texts: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [value for _, value in attrs if value]
        if tag not in ("hr", "meta", "br", "link", "img"):
            self._open.append((tag, dict(attrs).get("style") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = "/".join(tag for tag, _ in self._open)
        self.texts.append((tags, self._open[-1][1] if self._open else "", data))


def _page(conversation: Conversation) -> _Page:
    page = _Page()
    page.feed(data_of(conversation).decode())
    page.close()
    return page


def html_of(tag: str) -> Reader:
    """The text of elements of a page."""

    def read(conversation: Conversation) -> str:
        return "\n".join(text for tags, _, text in _page(conversation).texts if tag in tags.split("/"))

    return read


def html_attributes(conversation: Conversation) -> str:
    return "\n".join(_page(conversation).attributes)


def html_generated(conversation: Conversation) -> str:
    text = html_of("style")(conversation)
    told = re.search(r'content: "((?:[^"\\]|\\[0-9a-f]{6})*)"', text)
    assert told
    return re.sub(r"\\([0-9a-f]{6})", lambda match: chr(int(match[1], 16)), told[1])


def html_ordered(conversation: Conversation) -> str:
    spans = [(style, text) for tags, style, text in _page(conversation).texts if tags.endswith("span")]
    return "".join(text for _, text in sorted(spans, key=lambda item: int(item[0].removeprefix("order:"))))


def html_data(conversation: Conversation) -> str:
    return str(json.loads(html_of("script")(conversation))["abstract"])


def svg_of(tag: str) -> Reader:
    """The text of elements of a vector graphic."""

    def read(conversation: Conversation) -> str:
        root = ElementTree.fromstring(data_of(conversation))
        return "\n".join("".join(item.itertext()) for item in root.iter() if item.tag.endswith(f"}}{tag}"))

    return read


def svg_metadata(conversation: Conversation) -> str:
    root = ElementTree.fromstring(data_of(conversation))
    return "\n".join(
        value for item in root.iter() for name, value in item.attrib.items() if name.endswith("}description")
    )


def svg_placed(conversation: Conversation) -> str:
    root = ElementTree.fromstring(data_of(conversation))
    told = [item for item in root.iter() if item.tag.endswith("}text")]
    return "".join(
        item.text or "" for item in sorted(told, key=lambda item: (int(item.get("y")), int(item.get("x"))))
    )


def _mail(conversation: Conversation) -> email.message.EmailMessage:
    return email.message_from_bytes(data_of(conversation), policy=email.policy.default)


def mail_plain(conversation: Conversation) -> str:
    return str(_mail(conversation).get_body(("plain",)).get_content())


def mail_header(conversation: Conversation) -> str:
    return str(_mail(conversation)["X-Remark"])


def mail_inner(conversation: Conversation) -> str:
    texts = [
        part.get_content() for part in _mail(conversation).walk() if part.get_content_type() == "text/plain"
    ]
    return str(texts[-1])


def mail_preamble(conversation: Conversation) -> str:
    # The standard library's parser takes a preamble for ASCII.
    raw = _mail(conversation).preamble or ""
    return raw.encode("ascii", "surrogateescape").decode()


def content_lines(conversation: Conversation) -> list[tuple[str, str]]:
    """Name and value of each content line, unfolded and unescaped (RFC 5545 3.1, RFC 6350 3.2)."""
    data = data_of(conversation)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    lines = data.replace(b"\r\n ", b"").decode().split("\r\n")
    named = [line.partition(":") for line in lines if line]
    plain = {"\\n": "\n", "\\N": "\n"}
    return [(name, re.sub(r"\\.", lambda m: plain.get(m[0], m[0][1]), value)) for name, _, value in named]


def line_of(wanted: str) -> Reader:
    """The values of content lines of a name."""

    def read(conversation: Conversation) -> str:
        return "\n".join(value for name, value in content_lines(conversation) if name == wanted)

    return read


def day_plan(conversation: Conversation) -> str:
    lines = content_lines(conversation)
    starts = [value for name, value in lines if name == "DTSTART"]
    titles = [value for name, value in lines if name == "SUMMARY"]
    return "".join(title for _, title in sorted(zip(starts, titles, strict=True)))


def way_points(conversation: Conversation) -> str:
    root = ElementTree.fromstring(data_of(conversation))
    return "".join(item[0].text or "" for item in root.iter() if item.tag.endswith("}rtept"))


def zip_names(conversation: Conversation) -> str:
    listed = sorted(_zip(conversation).namelist())
    said = " ".join(name[5:].removesuffix(".txt") for name in listed)
    return re.sub("[\uff02-\uff5c]", lambda match: chr(ord(match[0]) - 0xFEE0), said)


def zip_comment(conversation: Conversation) -> str:
    return output(["unzip", "-z", "{}"], data_of(conversation), ending=".zip").decode().split("\n", 1)[1]


def zip_inner(conversation: Conversation) -> str:
    archive = _zip(conversation)
    while inner := [name for name in archive.namelist() if name.endswith(".zip")]:
        archive = zipfile.ZipFile(io.BytesIO(archive.read(inner[0])))
    return archive.read("notes.txt").decode()


def page(conversation: Conversation) -> str:
    """Of the visible document, whatever its kind."""
    kind = part_of(conversation).name.rsplit(".", 1)[1]
    readers: dict[str, Reader] = {
        "pdf": pdf_text,
        "docx": lambda made: "\n".join(paragraph.text for paragraph in _docx(made).paragraphs),
        "odt": xml_of("content.xml"),
        "rtf": rtf,
        "html": html_of("p"),
        "pptx": lambda made: "\n".join(shape.text_frame.text for shape in _pptx(made).slides[0].shapes),
    }
    return readers[kind](conversation)


READERS: dict[str, Reader] = {
    "document-page": page,
    **dict.fromkeys(
        ("pdf-white-text", "pdf-tiny-text", "pdf-behind-figure", "pdf-off-page", "pdf-text-layer",
         "pdf-actual-text", "pdf-glyph-map"), pdf_text,
    ),
    "pdf-layer-off": pdf_layer,
    "pdf-annotation": pdf_annotation,
    "pdf-form-field": pdf_fields,
    "pdf-metadata": pdf_metadata,
    "pdf-attachment": pdf_attachment,
    "pdf-bookmarks": pdf_bookmarks,
    "docx-hidden-run": docx_hidden,
    "docx-comment": docx_comment,
    "docx-tracked-deletion": docx_deleted,
    "docx-footnote": xml_of("word/footnotes.xml"),
    "docx-header": docx_header,
    "docx-custom-property": xml_of("docProps/custom.xml"),
    "docx-alt-text": docx_alternative,
    "docx-custom-data": xml_of("customXml/item1.xml"),
    "docx-interleaved-runs": docx_hidden,
    "xlsx-cell-note": xlsx_note,
    "xlsx-hidden-sheet": xlsx_hidden,
    "xlsx-blank-cell": xlsx_blank,
    "xlsx-hidden-column": xlsx_column,
    "xlsx-defined-name": xlsx_names,
    "xlsx-input-message": xlsx_prompt,
    "xlsx-joined-cells": xlsx_joined,
    "pptx-speaker-notes": pptx_notes,
    "pptx-off-slide": pptx_beside,
    "pptx-hidden-slide": pptx_hidden,
    "odt-hidden-section": xml_of("content.xml"),
    "odt-user-field": odt_field,
    "epub-aside-page": xml_of("two.xhtml"),
    "rtf-ignored-destination": rtf,
    "html-hiding-style": html_of("div"),
    "html-attribute": html_attributes,
    "html-style-content": html_generated,
    "html-style-order": html_ordered,
    "html-structured-data": html_data,
    "html-template": html_of("template"),
    "html-fallback": html_of("audio"),
    "svg-description": svg_of("desc"),
    "svg-never-used": svg_of("symbol"),
    "svg-metadata": svg_metadata,
    "svg-placed-words": svg_placed,
    "eml-other-alternative": mail_plain,
    "eml-header-field": mail_header,
    "eml-forwarded": mail_inner,
    "eml-preamble": mail_preamble,
    "ics-description": line_of("DESCRIPTION"),
    "ics-day-plan": day_plan,
    "vcf-note": line_of("NOTE"),
    "gpx-way-points": way_points,
    "zip-entry-names": zip_names,
    "zip-comment": zip_comment,
    "zip-nested": zip_inner,
}  # fmt: skip
