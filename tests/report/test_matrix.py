"""The matrix: every cell there, the missing ones too, and its figures are those of the scorecard."""

from __future__ import annotations

import re

from report_examples import empty_run, weak_model

from octarine.core.dimensions import Dimension
from octarine.core.estimate import Estimate
from octarine.report import html
from octarine.report.matrix import TOGETHER, Entry, figure, matrix, shade

RATE = Estimate(0.25, 0.1, 0.4, 20, 20, "test")


def test_every_dimension_and_language_is_there_even_when_nothing_was_run() -> None:
    found = matrix(empty_run()[0])
    assert found.languages == (TOGETHER, "en", "ar", "de", "es", "fr", "hi", "it", "ja", "pt")
    assert [row.dimension for row in found.rows if row.total] == list(Dimension)
    assert {len(row.entries) for row in found.rows} == {len(found.languages)}
    # Seven dimensions of text and image in one and in several turns, governance in text and files.
    assert found.counted == (7 * 4 * 9 + 2 * 9, 7 * 4 * 9 + 2 * 9)


def test_figures_are_those_of_the_scorecard() -> None:
    card = weak_model()[0]
    found = matrix(card)
    for dimension in card.dimensions:
        total = next(row for row in found.rows if row.total and row.dimension is dimension.dimension)
        assert total.entries[0].adherence == dimension.adherence
        own = [row for row in found.rows if not row.total and row.dimension is dimension.dimension]
        shown = {figure(entry) for row in own for entry in row.entries} - {None}
        assert shown == {cell.adherence or cell.false_refusals for cell in dimension.cells}
    missing, cells = found.counted
    assert 0 < missing < cells


def test_ordinary_requests_have_a_row_of_their_own() -> None:
    rows = [row for row in matrix(weak_model()[0]).rows if row.apart]
    assert [row.dimension for row in rows] == [Dimension.SAFETY]
    assert rows[0].entries[0].adherence is None
    assert rows[0].entries[0].false_refusals is not None


def test_the_shade_follows_what_is_good() -> None:
    assert shade(Entry(RATE)) == 1
    assert shade(Entry(None, RATE), apart=True) == 3
    assert shade(Entry(Estimate(1.0, 0.9, 1.0, 20, 20, "test"))) == 4


def test_the_page_marks_missing_cells_and_says_how_many() -> None:
    card, results = weak_model()
    page = html.write(card, results)
    missing, cells = matrix(card).counted
    assert f"{missing} of {cells} cells are" in page
    assert len(re.findall('<td class="missing"', page)) >= missing
