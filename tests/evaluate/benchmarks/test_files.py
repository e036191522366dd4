"""Official files that are not what they should be: one error each, with file and line."""

from __future__ import annotations

import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import csv_rows, field, found, json_file, rows, tsv


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b'{"id": 1}\n{"id": 2', 2, "not JSON"),
        (b'{"id": 1}\n{"id": "caf\xe9"}\n', 2, "not UTF-8"),
        (b'{"id": 1}\n[1, 2]\n', 2, "not a JSON object"),
        (b'\xef\xbb\xbf{"id": 1}\n', 1, "byte order mark"),
        ('{"id": 1}\n'.encode("utf-16"), 1, "not UTF-8"),
        (b"", None, "is empty"),
        (b"\n\n", None, "is empty"),
    ],
)
def test_a_broken_file_of_lines_is_one_error_with_its_line(tmp_path, data, line, message):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        list(rows(path))
    assert error.value.path == str(path)
    assert error.value.line == line


def test_a_renamed_file_is_named(tmp_path):
    with pytest.raises(DataError, match="is not there") as error:
        found(tmp_path, "tests/actual.jsonl", "fever")
    assert "actual.jsonl" in str(error.value)
    assert "octarine data get fever" in str(error.value)


def test_the_official_subfolder_is_looked_into(tmp_path):
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "x.json").write_text("{}")
    assert found(tmp_path, "x.json") == tmp_path / "Data" / "x.json"


def test_a_cut_json_file_names_the_line(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{\n "a": [1,\n 2')
    with pytest.raises(DataError, match="not JSON") as error:
        json_file(path)
    assert error.value.line == 3


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [("a\tc\n1\t2\n", 1, "no column 'b'"), ("a\tb\n1\n", 2, "1 cells"), ('a\tb\n1\t"2\n', 2, "not a table")],
)
def test_a_broken_table_names_the_line(tmp_path, text, line, message):
    path = tmp_path / "x.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as error:
        list(tsv(path, ("a", "b")))
    assert error.value.line == line


def test_a_good_table_gives_cells_by_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,"x, y"\n\n2,z\n')
    assert list(csv_rows(path, ("a", "b"))) == [(2, {"a": "1", "b": "x, y"}), (4, {"a": "2", "b": "z"})]


@pytest.mark.parametrize("value", ["1", True, None, 1.5])
def test_a_field_of_another_type_is_refused(tmp_path, value):
    with pytest.raises(DataError, match="'n' must be a whole number"):
        field({"n": value}, "n", int, tmp_path, 7)
    with pytest.raises(DataError, match="no field 'm'"):
        field({"n": 1}, "m", int, tmp_path, 7)
