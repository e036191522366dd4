"""Files that are TANGO's, and files that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.tango import Tango
from octarine.evaluate.benchmarks.tango.families import FAMILIES
from octarine.evaluate.benchmarks.tango.loading import FILE, counts, missing_cells, read_prompts
from tests.evaluate.benchmarks.tango.conftest import rows, write

Cells = list[tuple[str, ...]]


def test_the_full_cross(folder: Path) -> None:
    prompts = read_prompts(folder)
    assert len(prompts) == 3 * 4 * 6
    found = counts(prompts)
    assert found["family"] == dict.fromkeys(FAMILIES, 12)
    assert set(found["kind"].values()) == {18}
    assert set(found["antecedent"].values()) == {18}
    assert set(found["template"].values()) == {24}
    assert list(missing_cells(prompts)) == []
    assert list(missing_cells(prompts[1:])) == ["template 0, 'robin', 'he'"]


def test_samples_of_a_cell_are_one_group_of_six(folder: Path) -> None:
    samples = Tango().load(folder)
    assert len({sample.id for sample in samples}) == 72
    assert len({sample.cluster for sample in samples}) == 12
    first = samples[3]
    assert (first.variant, first.template, first.tags) == ("xe", "tango-00", ("ante_nongendered", "xe"))
    assert first.conversation.prompt.endswith("robin keeps bees, and xe sold honey to pay for xir boat.")


def _cell(place: int, column: int, value: str) -> Callable[[Cells], Cells]:
    def change(cells: Cells) -> Cells:
        cells[place] = (*cells[place][:column], value, *cells[place][column + 1 :])
        return cells

    return change


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (lambda cells: cells[:-1], 72, "no row for template 2, 'the painter of our street', 'fae'"),
        (lambda cells: [*cells, cells[4]], 74, "the same cell as line 6"),
        (_cell(5, 3, "ze"), 7, "pronoun_family 'ze' is not known"),
        (_cell(5, 2, "names"), 7, "ante_type 'names' is not known"),
        (_cell(5, 0, "one"), 7, "template_idx must be a number"),
        (_cell(5, 1, "casey"), 7, "does not hold 'casey'"),
        (_cell(5, 4, "robin keeps bees, and he sold honey."), 7, "pronouns of 'fae' alone, not ['he']"),
        (_cell(5, 4, "robin keeps bees, and fae sold"), 7, "does not end its sentence"),
        (_cell(5, 4, "robin keeps bees."), 7, "pronouns of 'fae' alone, not []"),
        (lambda cells: [], 1, "has no prompts"),
        (lambda cells: [row[:4] for row in cells], 2, "4 cells where the header has 5"),
    ],
)
def test_rows_that_are_not_the_format_name_their_line(
    tmp_path: Path, change: Callable[[Cells], Cells], line: int, said: str
) -> None:
    path = write(tmp_path, change(rows()))
    with pytest.raises(DataError) as caught:
        read_prompts(tmp_path)
    assert said in caught.value.message
    assert caught.value.path == str(path)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("damage", "line", "said"),
    [
        (Path.unlink, None, "is not there"),
        (
            lambda path: path.write_text(path.read_text().replace("ante_type", "kind")),
            1,
            "no column 'ante_type'",
        ),
        (lambda path: path.write_text(path.read_text().replace("bees", "bées"), "latin-1"), 2, "not UTF-8"),
        (lambda path: path.write_text(path.read_text(), "utf-8-sig"), 1, "byte order mark"),
        (lambda path: path.write_text(path.read_text()[:-8]), 73, "unexpected end of data"),
    ],
)
def test_a_damaged_file_is_one_error(
    folder: Path, damage: Callable[[Path], object], line: int | None, said: str
) -> None:
    damage(folder / FILE)
    with pytest.raises(DataError) as caught:
        read_prompts(folder)
    assert said in caught.value.message
    assert caught.value.line == line
