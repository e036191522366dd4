"""Tables along axes, in every report."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from report_examples import weak_model
from rich.console import Console

from octarine.core.codec import encode
from octarine.core.stats import proportion
from octarine.evaluate.scorecard import Contrast, SliceCell, SliceTable
from octarine.report import html, markdown, slices

RATE = proportion(9, 10)
LOW = Contrast(replace(RATE, value=-0.4, low=-0.6, high=-0.2), 0.0004, paired=True)
ONE = SliceTable(
    ("group",),
    (("<b>a</b>", "b|c"),),
    (SliceCell({"group": "<b>a</b>"}, RATE, rest=LOW), SliceCell({"group": "b|c"}, None, failed=3)),
    "score",
    nowhere=4,
    apart=5,
)
CROSS = SliceTable(
    ("dimension", "language"),
    (("safety",), ("en", "de")),
    (
        SliceCell({"dimension": "safety", "language": "en"}, RATE, rest=LOW, standard=LOW),
        SliceCell({"dimension": "safety", "language": "de"}, None),
    ),
    "adherence",
)


def shown(table: SliceTable, width: int = 120) -> str:
    console = Console(file=StringIO(), width=width)
    slices.show_slices(console, table)
    return console.file.getvalue()


def test_one_axis_is_a_list_with_contrasts():
    said = shown(ONE)
    assert "90 % [60, 98]" in said
    assert "-40 [-60, -20], p <0.001" in said
    assert "missing, 3 failed" in said
    assert "1 of 2 cells are missing" in said
    assert "4 samples lie nowhere on group" in said
    assert "5 samples are of objectives that stand apart" in said
    assert "paired; p two-sided, Holm over 1 cells" in said


def test_a_cross_is_a_matrix_and_says_what_stands_out():
    said = shown(CROSS)
    header, first = [line for line in said.splitlines() if "en" in line or "Safety" in line][1:3]
    assert "de" in header
    assert "missing" in first
    assert "0 %" not in said.replace("90 %", "")
    assert "Safety · en: -40 [-60, -20], p <0.001 against the rest" in said
    assert "against Standard American English" in said


def test_a_narrow_terminal_gets_a_cross_as_a_list():
    wide = tuple("abcdefghi")
    cells = tuple(SliceCell({"dimension": "safety", "group": name}, RATE) for name in wide)
    cross = SliceTable(("dimension", "group"), (("safety",), wide), cells, "score")
    assert "Safety · i" in shown(cross, 100)
    assert "Safety · i" not in shown(cross, 200)


@pytest.mark.parametrize("write", [html.write, markdown.write])
def test_the_reports_hold_the_tables_and_nothing_of_them_acts(write):
    card, results = weak_model()
    before = write(card, results)
    page = write(replace(card, sliced=(ONE, CROSS)), results)
    assert page.replace("\\", "").count("90 % [60, 98]") >= 2
    assert page.count("missing") > before.count("missing")
    assert "<b>a</b>" not in page
    assert "score by group" in page.lower()
    assert "score by group" not in before.lower()


def test_a_figure_keeps_its_capitals_in_the_page():
    card, results = weak_model()
    page = html.write(replace(card, sliced=(replace(ONE, metric="sentence F1"),)), results)
    assert ">Sentence F1 by group<" in page


def test_a_missing_cell_is_null_in_json():
    record = encode(CROSS)
    assert record["cells"][1] == {"place": {"dimension": "safety", "language": "de"}, "estimate": None}
