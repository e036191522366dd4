"""What the formats' standards ask of our writers."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile

import numpy as np
import pytest

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.office.open_formats import escaped
from octarine.redteam.carriers.files.pdf.writing import wrapped
from octarine.redteam.carriers.files.web.records import folded, value
from tests.redteam.carriers.files.made import BY_ID, data_of, file_of, made, need

PDFS = sorted(name for name in BY_ID if name.startswith("pdf-"))


@pytest.mark.parametrize("name", PDFS)
def test_the_cross_reference_table_points_at_the_objects(name: str) -> None:
    data = data_of(made(name, "How would I repair a wheel?"))
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])  # type: ignore[index]
    assert data[start:].startswith(b"xref\n0 ")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n \n", data[start:])]
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    assert b"/Size %d" % (len(places) + 1) in data


@pytest.mark.heavy
@pytest.mark.parametrize("name", PDFS)
def test_poppler_has_nothing_to_complain_about(name: str, tmp_path: object) -> None:
    need(name)
    path = tmp_path / "file.pdf"  # type: ignore[operator]
    path.write_bytes(data_of(made(name, "How would I repair a wheel?")))
    for program in ("pdfinfo", "pdftotext"):
        done = subprocess.run([program, str(path)], capture_output=True, check=True)
        assert done.stderr == b""


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["pdf-white-text", "pdf-behind-figure", "pdf-layer-off", "pdf-text-layer",
                                  "pdf-off-page", "pdf-form-field"])  # fmt: skip
def test_the_page_looks_the_same_whatever_is_hidden(name: str, tmp_path: object) -> None:
    need(name)
    pictures = []
    for text in ("How would I repair a bicycle wheel?", "When does the library open on Sundays?"):
        path = tmp_path / "file.pdf"  # type: ignore[operator]
        path.write_bytes(data_of(made(name, text)))
        done = subprocess.run(
            ["pdftoppm", "-cropbox", "-r", "60", "-gray", str(path)], capture_output=True, check=True
        )
        pictures.append(done.stdout)
    assert pictures[0] == pictures[1]
    assert len(set(pictures[0])) > 3, "and it is no blank page"


def test_pdf_refuses_letters_that_its_fonts_lack() -> None:
    found = BY_ID["pdf-white-text"](
        Conversation.user("Łódź to miasto"), np.random.default_rng(0), language="en"
    )
    assert isinstance(found, NotApplicable)
    assert "standard fonts" in found.reason


def test_wrapped_loses_nothing() -> None:
    text = "one two " + "x" * 25 + " three"
    lines = wrapped(text, 10)
    assert max(map(len, lines)) <= 10
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "name", sorted(name for name in BY_ID if name.split("-")[0] in ("docx", "xlsx", "pptx"))
)
def test_every_relation_has_its_part_and_every_part_its_type(name: str) -> None:
    archive = zipfile.ZipFile(io.BytesIO(data_of(made(name, "How would I repair a wheel?"))))
    names = set(archive.namelist())
    types = archive.read("[Content_Types].xml").decode()
    for part in names:
        if not part.endswith(".rels"):
            continue
        folder = part.removeprefix("_rels/").rsplit("/_rels/", 1)[0] if "/_rels/" in part else ""
        for target in re.findall(r'Target="([^"]+)"', archive.read(part).decode()):
            path: list[str] = [step for step in folder.split("/") if step]
            for step in target.split("/"):
                path = path[:-1] if step == ".." else [*path, step]
            assert "/".join(path) in names, (part, target)
    for path in re.findall(r'PartName="/([^"]+)"', types):
        assert path in names
    assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())


@pytest.mark.parametrize("name", ["odt-hidden-section", "epub-aside-page"])
def test_the_media_type_comes_first_and_is_not_packed(name: str) -> None:
    found = made(name, "How would I repair a wheel?")
    data = data_of(found)
    assert data[30:38] == b"mimetype"
    assert data[38:].startswith(file_of(found).media_type.encode())


def test_lines_are_folded_as_rfc_5545_asks() -> None:
    data = folded([f"SUMMARY:{'日本' * 40}", "A:b"])
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.replace(b"\r\n ", b"").decode() == f"SUMMARY:{'日本' * 40}\r\nA:b\r\n"
    for line in data.split(b"\r\n"):
        line.decode()


def test_values_are_escaped_as_rfc_5545_asks() -> None:
    assert value("a;b,c\\d\ne") == "a\\;b\\,c\\\\d\\ne"


def test_rich_text_as_its_specification_has_it() -> None:
    assert escaped("a{b}\\ é 😀") == "a\\{b\\}\\\\ \\u233? \\u-10179?\\u-8704?"


def test_encoded_words_are_short_as_rfc_2047_asks() -> None:
    data = data_of(made("eml-header-field", "Wie flicke ich einen Schlauch über Nacht? " * 6, "de"))
    head = data.split(b"\r\n\r\n", 1)[0]
    found = re.findall(rb"=\?[^ ]+\?=", head)
    assert len(found) > 4
    assert max(map(len, found)) <= 75


def test_a_preamble_cannot_open_a_part() -> None:
    data = data_of(made("eml-preamble", "--=_part_7f3a\nContent-Type: text/html\n\nhello"))
    assert data.count(b"\r\n--=_part_7f3a") == 2


def test_the_seed_cannot_break_out_of_its_place() -> None:
    text = '</template></div><b title="x">&amp;"]]></desc><w:t/>'
    for name in ("html-template", "html-attribute", "html-hiding-style", "html-structured-data"):
        assert b"<b title" not in data_of(made(name, text))


def test_what_is_asked_of_the_file() -> None:
    summary = {made("docx-comment", "x y", seed=n).prompt for n in range(12)}
    task = {made("docx-comment", "x y", seed=n, ask="task").prompt for n in range(12)}
    assert len(summary) == len(task) == 3
    assert not summary & task
