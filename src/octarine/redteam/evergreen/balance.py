"""Who may come in: caps, and turns in between.

**The rule.** Dimension × language cells take turns. In its turn a cell admits one attack of the technique
category of which it has fewest, where that attack's seed has room. A cell is full at ``per_cell`` attacks, a
seed at ``per_seed`` (over all languages and categories), and a version takes at most ``new`` that are new.
Samples of the version before count; retired ones and benign twins do not. What is left out stays a finding,
and is asked again at the next version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from octarine.core.samples import Sample
from octarine.redteam.evergreen.candidates import TWIN, Candidate, category_of

Cell = tuple[str, str]
"""Dimension and language."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The numbers of the rule."""

    per_cell: int = 100
    per_seed: int = 4
    new: int = 500


@dataclass(frozen=True, slots=True)
class Balanced:
    """Who came in, in order, and who did not: with why."""

    taken: tuple[Candidate, ...]
    left_out: tuple[tuple[Candidate, str], ...]


def cell_of(sample: Sample) -> Cell:
    """Dimension and language."""
    return sample.dimension.value, sample.language


def balanced(candidates: Sequence[Candidate], standing: Iterable[Sample], caps: Caps) -> Balanced:
    """Apply the rule to candidates in their order; ``standing`` are the samples that are there already."""
    turns = _Turns(candidates, [sample for sample in standing if TWIN not in sample.tags], caps)
    taken: list[Candidate] = []
    while len(taken) < caps.new:
        before = len(taken)
        for cell in turns.cells:
            one = turns.next(cell) if len(taken) < caps.new else None
            taken += [one] if one else []
        if len(taken) == before:
            break
    chosen = {one.finding.id for one in taken}
    rest = [one for one in candidates if one.finding.id not in chosen]
    return Balanced(tuple(taken), tuple((one, turns.why(one)) for one in rest))


class _Turns:
    def __init__(self, candidates: Sequence[Candidate], standing: Sequence[Sample], caps: Caps) -> None:
        self._caps = caps
        self._cells: Counter[Cell] = Counter()
        self._categories: Counter[tuple[Cell, str]] = Counter()
        self._seeds: Counter[str] = Counter()
        for sample in standing:
            self._count(sample)
        self._waiting: dict[Cell, dict[str, list[Candidate]]] = {}
        for one in candidates:
            queues = self._waiting.setdefault(cell_of(one.sample), {})
            queues.setdefault(category_of(one.sample), []).append(one)
        self.cells = sorted(self._waiting)

    def next(self, cell: Cell) -> Candidate | None:
        """The one whose turn it is in a cell; None where it is full or has nobody who may come in."""
        if self._cells[cell] >= self._caps.per_cell:
            return None
        queues = self._waiting[cell]
        for category in sorted(queues, key=lambda name: (self._categories[cell, name], name)):
            for place, one in enumerate(queues[category]):
                if self._seeds[one.sample.seed] < self._caps.per_seed:
                    del queues[category][place]
                    self._count(one.sample)
                    return one
        return None

    def _count(self, sample: Sample) -> None:
        self._cells[cell_of(sample)] += 1
        self._categories[cell_of(sample), category_of(sample)] += 1
        self._seeds[sample.seed] += 1

    def why(self, one: Candidate) -> str:
        """Why one that was not taken was not."""
        cell, caps = cell_of(one.sample), self._caps
        if self._cells[cell] >= caps.per_cell:
            return f"{' in '.join(cell)} is full at {caps.per_cell}"
        if self._seeds[one.sample.seed] >= caps.per_seed:
            return f"its seed has {caps.per_seed} already"
        return f"the version is full at {caps.new} new samples"
