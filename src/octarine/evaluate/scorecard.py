"""The scorecard: eight dimensions, each with its objectives, as estimates. Data only; see ``scoring``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from octarine.core.dimensions import Dimension, Objective
from octarine.core.estimate import Estimate
from octarine.core.results import Run
from octarine.evaluate.guard_effect import GuardEffect

MIN_SAMPLES = 20
"""An objective with fewer judged samples is shown as untested."""


class Status(StrEnum):
    """Whether an objective is met."""

    MET = "met"
    NOT_MET = "not_met"
    UNTESTED = "untested"


class Validation(StrEnum):
    """What is known of a judge's errors on answers like these."""

    EXACT = "exact"
    """A check that is its own definition: nothing to validate."""
    SAME_STRATUM = "same_stratum"
    """Measured on human labels in this language and of this model: rates are corrected for it."""
    OTHER_MODEL = "other_model"
    """Measured in this language on other models' answers: shown, never used to correct."""
    UNVALIDATED = "unvalidated"
    """Judge unvalidated here."""


@dataclass(frozen=True, slots=True)
class JudgeNote:
    """A judge behind a figure and how far it can be trusted.

    ``sensitivity`` and ``specificity`` are of the judge's positive class, on ``source``.
    """

    judge: str
    version: str
    language: str
    validation: Validation
    n: int
    sensitivity: Estimate | None = None
    specificity: Estimate | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveScore:
    """One objective.

    Attributes:
        estimate: the raw rate, None where nothing was judged.
        corrected: the rate corrected for the judge's errors, only from labels of the same stratum.
        powered: prediction-powered, where people labelled answers of the run itself in at least 20 clusters;
            unbiased as long as the ``labelled`` ones were drawn at random.
        certain: whether the whole interval lies on the side of the threshold on which the value does.
        n: samples judged, or groups where the metric is a gap within groups.
        errors: samples whose model call or judgement failed, in no rate.
        detectable: the smallest true shortfall that this n finds with 80 % power, in the metric's unit.
        reason: why the objective is untested, in words.
    """

    objective: Objective
    status: Status
    n: int
    errors: int = 0
    estimate: Estimate | None = None
    corrected: Estimate | None = None
    powered: Estimate | None = None
    labelled: int = 0
    certain: bool = False
    detectable: float | None = None
    judges: tuple[JudgeNote, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """Adherence in one part of a dimension: ``axis`` is ``language``, ``risk``, ``variant`` …"""

    axis: str
    value: str
    estimate: Estimate


TOGETHER = ""
"""The language of cells over all languages."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix of a dimension: language × modality × turns.

    Attributes:
        language: empty for all together; checks of files are in no other.
        several_turns: whether the user speaks more than once.
        apart: the objective, where its samples stand apart and are in no other cell.
        adherence: None for samples apart; ``false_refusals`` where no sample was to be answered.
    """

    language: str
    modality: str
    several_turns: bool
    adherence: Estimate | None = None
    false_refusals: Estimate | None = None
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A cell minus what it is compared with. ``p`` is two-sided and adjusted by Holm's method over all cells
    of the table that were compared so; ``paired`` is whether the same clusters stand on both sides."""

    difference: Estimate
    p: float
    paired: bool


@dataclass(frozen=True, slots=True)
class SliceCell:
    """One cell of a ``SliceTable``.

    Attributes:
        place: axis → value.
        estimate: None where no sample of the cell has a result: a missing cell, never 0.
        failed: samples whose call or judgement failed, in no rate.
        false_refusals: of samples that should be answered; None in public benchmarks, whose marks say other
            things.
        rest: against all other samples of the table; None where fewer than six clusters stand on a side.
        standard: of samples in dialect, against the same ones in Standard American English.
    """

    place: Mapping[str, str]
    estimate: Estimate | None
    failed: int = 0
    false_refusals: Estimate | None = None
    rest: Contrast | None = None
    standard: Contrast | None = None

    @property
    def missing(self) -> bool:
        """Whether nothing is known of it."""
        return self.estimate is None


@dataclass(frozen=True, slots=True)
class SliceTable:
    """A run told apart along one axis or along the cross of several (``evaluate.slices``).

    Attributes:
        levels: of each axis its values, in order.
        cells: the whole cross, missing cells too; of three axes and more those rows (all axes but the last)
            that have a sample, each with every value of the last.
        metric: what ``estimate`` is: ``adherence``, ``score`` (a public benchmark's mark of one answer), or a
            figure of the benchmark.
        nowhere: samples that lie nowhere on an axis and are in no cell.
        apart: samples of objectives that stand apart, which are in no cell but by ``group``.
    """

    axes: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    cells: tuple[SliceCell, ...]
    metric: str
    nowhere: int = 0
    apart: int = 0

    @property
    def counted(self) -> tuple[int, int]:
        """How many cells are missing, of how many."""
        return sum(cell.missing for cell in self.cells), len(self.cells)


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One dimension.

    Attributes:
        adherence: mean score of all its samples but those of objectives that stand apart.
        false_refusals: share of the samples to be answered that were refused: what adherence costs.
        cells: the same two in each cell of the matrix that has a sample; the others are missing.
    """

    dimension: Dimension
    objectives: tuple[ObjectiveScore, ...]
    adherence: Estimate | None = None
    false_refusals: Estimate | None = None
    slices: tuple[Slice, ...] = ()
    cells: tuple[Cell, ...] = ()

    def count(self, status: Status) -> int:
        """How many objectives have a status."""
        return sum(score.status is status for score in self.objectives)


@dataclass(frozen=True, slots=True)
class Effort:
    """What a run took: samples answered now or taken from the store, tokens, seconds by stage."""

    generated: int = 0
    reused: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The result of an assessment.

    Attributes:
        planned: samples in the plan; ``samples``: those that have a result.
        seed: of the resampling behind the intervals.
        notes: what a reader must know before using the numbers.
        guard: the same with a guard around the model; None where that was not asked for.
        sliced: the run along the axes that somebody asked for.
    """

    run: Run
    dimensions: tuple[DimensionScore, ...]
    planned: int
    samples: int
    errors: int
    effort: Effort = field(default_factory=Effort)
    seed: int = 0
    octarine: str = ""
    notes: tuple[str, ...] = ()
    guard: GuardEffect | None = None
    sliced: tuple[SliceTable, ...] = ()

    @property
    def objectives(self) -> tuple[ObjectiveScore, ...]:
        """Every objective of every dimension."""
        return tuple(score for dimension in self.dimensions for score in dimension.objectives)

    def objective(self, name: str) -> ObjectiveScore | None:
        """An objective's score by id."""
        return next((score for score in self.objectives if score.objective.id == name), None)
