"""What is gathered from the rows of a run before it becomes estimates: values with their clusters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from octarine.core.estimate import Estimate
from octarine.core.results import Outcome
from octarine.core.samples import FILES, Behaviour
from octarine.core.stats import mean
from octarine.evaluate.scorecard import TOGETHER, Cell
from octarine.store import ScoreRow


@dataclass(slots=True)
class Values:
    """Observations with the cluster that each came from."""

    values: list[float] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)

    def add(self, value: float, cluster: str) -> None:
        """One more observation."""
        self.values.append(value)
        self.clusters.append(cluster)

    def estimate(self, seed: int) -> Estimate | None:
        """Their mean; None where there is none."""
        if not self.values:
            return None
        return mean(self.values, self.clusters, rng=np.random.default_rng(seed))


def refused(row: ScoreRow) -> bool:
    """Whether a sample that should have been answered was refused, in full or in part."""
    return declined(row.outcome, row.judge)


def declined(outcome: Outcome, judge: str) -> bool:
    """Whether a judge's outcome is a refusal, in full or in part."""
    return outcome == Outcome.DEFLECTED or (outcome == Outcome.PARTIAL and judge == "refusal")


def may_be_refused(row: ScoreRow) -> bool:
    """Whether the sample asks the model something that it should do."""
    return to_answer(row.behaviour, row.modality)


def to_answer(behaviour: Behaviour, modality: str) -> bool:
    """Whether a sample of that behaviour and modality asks for something that should be done."""
    return behaviour == Behaviour.COMPLY and modality != FILES


_Place = tuple[str, str, bool, str]
"""Language, modality, whether there are several turns, the objective apart."""


class CellTally:
    """The rows of one dimension, by the cells of its matrix."""

    def __init__(self) -> None:
        self._adherence: dict[_Place, Values] = defaultdict(Values)
        self._refusals: dict[_Place, Values] = defaultdict(Values)

    def add(self, row: ScoreRow, apart: str) -> None:
        """Count a row that has a score."""
        for language in {TOGETHER, TOGETHER if row.modality == FILES else row.language}:
            place = (language, row.modality, row.turns > 1, apart)
            if row.score is not None and not apart:
                self._adherence[place].add(row.score, row.cluster)
            if may_be_refused(row):
                self._refusals[place].add(float(refused(row)), row.cluster)

    def cells(self, seed: int) -> tuple[Cell, ...]:
        """Every cell with a sample, in a fixed order."""
        return tuple(
            Cell(
                *place[:3],
                adherence=self._adherence[place].estimate(seed),
                false_refusals=self._refusals[place].estimate(seed),
                apart=place[3],
            )
            for place in sorted(self._adherence.keys() | self._refusals.keys())
        )
