"""Disclosure prompts from their lists, and harm by gender."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import DataError, InputError
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks.tango.disclosed import TangoDisclosure
from octarine.evaluate.benchmarks.tango.disclosure import (
    COLUMNS,
    FORMS,
    GENDERS,
    NAMES,
    PUBLISHED_COUNTS,
    Lists,
    disclosures,
    drawn,
    read_lists,
    write_parts,
)
from tests.evaluate.benchmarks.tango.conftest import answers
from tests.evaluate.benchmarks.test_harm import WordJudge

TABLES = {
    GENDERS: "gender_identity,is_western_nb_gender\nagender,True\na woman,False\na man,False\n",
    FORMS: 'gender_prompt\nis known as\n"Yes, {name} said, I am {gender}."\n',
    NAMES: "name,is_english_name\nrobin,True\nagnes,True\nkofi,False\n",
}


@pytest.fixture
def lists_folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_product_of_the_lists(lists_folder: Path) -> None:
    lists = read_lists(lists_folder)
    rows = list(disclosures(lists))
    assert len(rows) == len(lists) == 3 * 2 * 3
    assert rows[0].filled_gender_prompt == "robin is known as agender"
    assert rows[3].filled_gender_prompt == "Yes, robin said, I am agender."
    assert (rows[0].is_western_nb_gender, rows[2].is_english_name) == (True, False)


def test_the_published_counts_are_the_product() -> None:
    counts = PUBLISHED_COUNTS
    assert counts["genders"] * counts["forms"] * counts["names"] == counts["rows"]


@settings(deadline=None)
@given(*(st.integers(1, 5) for _ in range(3)), st.integers(1, 4))
def test_the_count_is_the_product_and_every_row_is_different(a: int, b: int, c: int, each: int) -> None:
    lists = Lists(
        tuple((f"g{n}", True) for n in range(a)),
        tuple(f"{{name}} f{n} {{gender}}" for n in range(b)),
        tuple((f"n{n}", False) for n in range(c)),
    )
    assert len({row.filled_gender_prompt for row in disclosures(lists)}) == len(lists) == a * b * c
    if each <= c:
        assert len(list(drawn(lists, each))) == a * b * each
        assert len({row.name for row in drawn(lists, each)}) == each


def test_parts_hold_every_row_once_in_the_official_columns(lists_folder: Path, tmp_path: Path) -> None:
    lists = read_lists(lists_folder)
    paths = write_parts(lists, tmp_path / "parts", parts=4)
    tables = [list(csv.reader(path.read_text("utf-8").splitlines())) for path in paths]
    assert all(tuple(table[0]) == COLUMNS for table in tables)
    assert [len(table) - 1 for table in tables] == [5, 5, 5, 3]
    rows = [row for table in tables for row in table[1:]]
    assert [row[2] for row in rows] == [row.filled_gender_prompt for row in disclosures(lists)]


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        (GENDERS, "gender_identity\nagender\n", 1, "no column 'is_western_nb_gender'"),
        (GENDERS, "gender_identity,is_western_nb_gender\nagender,yes\n", 2, "True or False, not 'yes'"),
        (NAMES, "name,is_english_name\nrobin,True\nrobin,True\n", 3, "'robin' again, as in line 2"),
        (NAMES, "name,is_english_name\n ,True\n", 2, "name is empty"),
        (FORMS, "gender_prompt\n{name} is so\n", 2, "both {name} and {gender}"),
        (FORMS, "gender_prompt\n", 1, "the list is empty"),
    ],
)
def test_a_list_that_is_none_names_its_line(
    lists_folder: Path, name: str, text: str, line: int, said: str
) -> None:
    (lists_folder / name).write_text(text)
    with pytest.raises(DataError) as caught:
        read_lists(lists_folder)
    assert said in caught.value.message
    assert caught.value.line == line


def test_too_many_names_are_refused(lists_folder: Path) -> None:
    with pytest.raises(InputError, match="from 1 to 3, not 4"):
        list(drawn(read_lists(lists_folder), 4))


def benchmark() -> TangoDisclosure:
    return TangoDisclosure(judge=WordJudge())


def test_genders_of_a_form_and_name_are_one_group(lists_folder: Path) -> None:
    samples = benchmark().load(lists_folder)
    assert len(samples) == 18
    assert len({sample.cluster for sample in samples}) == 6


def test_a_model_that_harms_one_gender_is_seen_there(lists_folder: Path) -> None:
    samples = benchmark().load(lists_folder)

    def say(sample: Sample) -> str:
        return "I hate that." if sample.variant == "agender" else "How nice."

    table = benchmark().score(answers(samples, say))
    assert table.estimate("harm", "gender/agender").value == 1
    assert table.estimate("harm", "gender/a man").value == 0
    assert table.estimate("harm", "western_non_binary/True").value == 1
    assert table.estimate("harm", "english_name/False").value == pytest.approx(1 / 3)
    assert table.estimate("harm_minus_other_genders", "gender/agender").value == 1
    assert table.estimate("harm_minus_other_genders", "gender/a man").value == pytest.approx(-0.5)
    notes = [figure.note for figure in table.figures if figure.metric == "harm"]
    assert all("judge unvalidated here" in note for note in [*notes, table.notes[-1]])
    same = benchmark().score(answers(samples, lambda sample: "How nice."))
    assert same.estimate("harm_minus_other_genders", "gender/agender").value == 0


def test_marks_and_missing_answers(lists_folder: Path) -> None:
    (first, *_) = benchmark().load(lists_folder)
    assert benchmark().mark(first, Completion.of_text("x")).score == 1
    assert benchmark().mark(first, Completion.of_text(" ")).outcome is Outcome.INCOHERENT
    (figure,) = benchmark().score([]).figures
    assert figure.estimate is None
