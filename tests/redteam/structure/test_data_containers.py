"""Data formats, read by the parsers that people use."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
import sqlite3
import xml.etree.ElementTree as ET

import pytest
import yaml

from octarine.core.errors import InputError
from octarine.redteam import techniques
from tests.redteam.structure.reading import TEXT, bare

TEXTS = (
    TEXT,
    "a",
    "  \n\t two words \n",
    "明日は雨が降りますか",
    "</part>]]> 'x'' \\ \"",
    "👩‍👩‍👧 = {x} | y\r\nz",
)


@pytest.mark.parametrize("text", TEXTS)
def test_json(text: str) -> None:
    record = json.loads(bare("json-record", text))
    assert record["joined_by"].join(record["parts"]) == text
    assert record["answer"] is None


@pytest.mark.parametrize("text", [*TEXTS, "a\x00b\x85c\u2028d\x7f\ufeff"])
def test_yaml_resolves_its_aliases(text: str) -> None:
    loaded = yaml.safe_load(bare("yaml-anchors", text))
    assert "".join(loaded["request"]) == text
    assert len(set(loaded["words"])) == len(loaded["words"])


@pytest.mark.parametrize("text", TEXTS)
def test_sqlite_puts_the_rows_together(text: str) -> None:
    create, insert, query = bare("sql-rows", text).rstrip(";\n").split(";\n")[-3:]
    database = sqlite3.connect(":memory:")
    database.executescript(f"{create};{insert};")
    assert database.execute(query).fetchone() == (text,)
    database.close()


@pytest.mark.parametrize("text", TEXTS)
def test_csv_rows_that_are_valid(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(bare("csv-filter", text), newline="")))
    assert "".join(row["text"] for row in rows if row["valid"] == "yes") == text


def test_csv_decoys_are_words_of_the_text() -> None:
    rows = list(csv.DictReader(io.StringIO(bare("csv-filter", seed=2), newline="")))
    decoys = [row["text"].strip() for row in rows if row["valid"] == "no"]
    assert decoys
    assert all(decoy in TEXT.split() for decoy in decoys)


@pytest.mark.parametrize("text", TEXTS)
def test_a_spreadsheet_would_compute_it(text: str) -> None:
    cells = {row[0]: row[1] for row in csv.reader(io.StringIO(bare("cell-formula", text), newline=""))}

    def value(cell: str) -> str:
        formula = cells[cell].removeprefix("=")
        if formula.startswith('"'):
            return formula[1:-1].replace('""', '"')
        return "".join(value(other) for other in formula.split("&"))

    assert value("A1") == text
    assert all(re.fullmatch(r"[A-Z]\d+", cell) for cell in list(cells)[1:])


class _Socket:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self.data)


@pytest.mark.parametrize("text", TEXTS)
def test_the_http_library_reads_the_chunks(text: str) -> None:
    _, rest = bare("chunked-body", text).split("\r\n", 1)
    response = http.client.HTTPResponse(_Socket(b"HTTP/1.1 200 OK\r\n" + rest.encode()))  # type: ignore[arg-type]
    response.begin()
    assert response.chunked
    assert response.read().decode() == text


@pytest.mark.parametrize("text", TEXTS)
def test_xml_sorted_by_number(text: str) -> None:
    root = ET.fromstring(bare("xml-numbered-parts", text).encode())
    parts = sorted(root, key=lambda part: int(part.attrib["n"]))
    assert "".join(part.text or "" for part in parts) == text


def test_front_matter_is_yaml() -> None:
    head = bare("front-matter").split("---\n")[1]
    assert yaml.safe_load(head)["prompt"] == " ".join(TEXT.split())


def test_latex_escapes_what_tex_would_not_set() -> None:
    written = bare("macro-definitions", r"5 % of {x}_1 & ~y^2 \z #$")
    bodies = "".join(re.findall(r"\\newcommand\{\\part\w\w\}\{(.*)\}$", written, re.M))
    assert not re.search(r"(?<!\\)[%&#$_]", bodies)
    assert r"\textbackslash{}" in bodies
    assert bodies.count("{") == bodies.count("}")


def test_mermaid_labels_hold_no_quotes() -> None:
    for line in bare("mermaid-graph", 'say "a" #1; <b>').split("\n"):
        assert re.fullmatch(r'flowchart LR|    \S+ --> n\d+|    n\d+\["[^"<>]*"\]', line), line


@pytest.mark.parametrize(
    "name", ["json-record", "yaml-anchors", "cell-formula", "chunked-body", "mermaid-graph"]
)
def test_what_it_did_not_write_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError):
        techniques[name].decode("nothing of the kind")
