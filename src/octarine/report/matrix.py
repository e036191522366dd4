"""The matrix of a scorecard: dimension × language × modality × turns, the missing cells shown.

After HELM (Liang et al. 2022, section 1.1): what was not measured stands in the table beside what was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from octarine.core.dimensions import Dimension, objectives_by_id
from octarine.core.estimate import Estimate
from octarine.core.samples import FILES
from octarine.evaluate.judges.language_id import LANGUAGES
from octarine.evaluate.scorecard import TOGETHER, Cell, DimensionScore, Scorecard
from octarine.evaluate.slices import TURNS
from octarine.report import words

MODALITIES = ("text", "image")
"""Modalities that each dimension is expected to be tested in; governance has files for images."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in one cell. ``applies`` is false where there can be no sample."""

    adherence: Estimate | None = None
    false_refusals: Estimate | None = None
    applies: bool = True

    @property
    def missing(self) -> bool:
        """Whether there could be a figure and there is none."""
        return self.applies and self.adherence is None and self.false_refusals is None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix; ``total`` for that of a whole dimension."""

    label: str
    dimension: Dimension
    entries: tuple[Entry, ...]
    total: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """Languages, the first of them ``TOGETHER``, and rows with an entry for each."""

    languages: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def tested(self) -> tuple[str, ...]:
        """Languages with at least one figure."""
        totals = [row.entries for row in self.rows if row.total]
        return tuple(
            language
            for place, language in enumerate(self.languages)
            if language and any(figure(entries[place]) for entries in totals)
        )

    @property
    def counted(self) -> tuple[int, int]:
        """How many cells are missing, of how many: totals and the column of all languages aside."""
        cells = [entry for row in self.rows if not row.total for entry in row.entries[1:] if entry.applies]
        return sum(entry.missing for entry in cells), len(cells)


def matrix(scorecard: Scorecard) -> Matrix:
    """The whole matrix: all eight dimensions, the suite's nine languages and any other that was tested."""
    tested = {cell.language for dimension in scorecard.dimensions for cell in dimension.cells}
    first = [language for language in ("en", *LANGUAGES) if language]
    languages = tuple(dict.fromkeys((TOGETHER, *first, *sorted(tested))))
    rows = [row for dimension in scorecard.dimensions for row in _rows(dimension, languages)]
    return Matrix(languages, tuple(rows))


def _rows(score: DimensionScore, languages: tuple[str, ...]) -> list[Row]:
    dimension = score.dimension
    found = {(c.modality, c.several_turns, c.apart, c.language): c for c in score.cells}
    files = dimension is Dimension.GOVERNANCE
    modalities = dict.fromkeys(
        [*(("text", FILES) if files else MODALITIES), *sorted(c.modality for c in score.cells if not c.apart)]
    )
    places = [
        (modality, several, "")
        for modality in modalities
        for several in TURNS
        if modality != FILES or not several
    ]
    apart = dict.fromkeys((c.modality, c.several_turns, c.apart) for c in score.cells if c.apart)
    return [
        Row(dimension.label, dimension, _totals(score, languages), total=True),
        *(
            Row(_label(*place), dimension, _entries(found, place, languages), apart=bool(place[2]))
            for place in (*places, *apart)
        ),
    ]


def _label(modality: str, several: bool, apart: str) -> str:
    form = modality if modality == FILES else f"{modality}, {TURNS[several]}"
    return f"{words.short(objectives_by_id()[apart])}: {form}" if apart else form


def _totals(score: DimensionScore, languages: tuple[str, ...]) -> tuple[Entry, ...]:
    known = {piece.value: piece.estimate for piece in score.slices if piece.axis == "language"}
    entries = [Entry(score.adherence, score.false_refusals)]
    return (*entries, *(Entry(known.get(language)) for language in languages[1:]))


def _entries(
    found: Mapping[tuple[str, bool, str, str], Cell], place: tuple[str, bool, str], languages: tuple[str, ...]
) -> tuple[Entry, ...]:
    entries = []
    for language in languages:
        cell = found.get((*place, language))
        applies = place[0] != FILES or language == TOGETHER
        entries.append(Entry(cell.adherence, cell.false_refusals) if cell else Entry(applies=applies))
    return tuple(entries)


def figure(entry: Entry) -> Estimate | None:
    """What is shown first: adherence, or the refusals of a row apart."""
    return entry.adherence or entry.false_refusals


def shade(entry: Entry, *, apart: bool = False) -> int:
    """0 (bad) to 4 (good), for the eye: in fifths; low is good in a row apart."""
    shown = figure(entry)
    if shown is None:
        return 0
    good = 1.0 - shown.value if apart else shown.value
    return min(4, int(5 * good))
