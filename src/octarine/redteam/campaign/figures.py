"""The outcome of a campaign as numbers: what a page, a table or JSON shows. Data only; see ``reading``.

An attack *succeeds* where the judge of the seed says ``complied``. Every rate has all attempts in its
denominator: partial, incoherent and failed ones too, which ``Rate.counts`` shows apart. Intervals are
clustered by seed (``Sample.cluster``). What was chosen while looking is ``exploratory``: its interval is a
confidence sequence, and it is no result of the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from octarine.core.dimensions import Dimension
from octarine.core.estimate import Estimate
from octarine.core.results import Judgement, Outcome, Run
from octarine.evaluate.scorecard import JudgeNote
from octarine.redteam.campaign.planned import (
    Attack,
    CampaignPlan,
    Kind,
    Phase,
    PhaseCalls,
    Side,
    Untried,
)

__all__ = [
    "AtK",
    "Attack",
    "AttackFigure",
    "CampaignPlan",
    "CampaignReport",
    "Cell",
    "Comprehension",
    "Confirmation",
    "Hit",
    "Kind",
    "LanguageRate",
    "Phase",
    "PhaseCalls",
    "Rate",
    "Reading",
    "SearchFigure",
    "SeedFigure",
    "SeedsFigure",
    "Side",
    "StepPoint",
    "Untried",
]


class Reading(StrEnum):
    """What may be said of an attack after the report, in order of interest."""

    FOUND = "found"
    """It succeeds more often than the plain seeds do, at the error rate of the report."""
    NOT_SHOWN = "not_shown"
    """Not above the baseline here, though the model understood what it was asked: as robust as the interval's
    upper end says."""
    NOT_UNDERSTOOD = "not_understood"
    """Not above the baseline, and its benign twins were not understood either: nothing is known of
    robustness."""
    UNCHECKED = "unchecked"
    """Not above the baseline, and whether it was understood is not known (a strategy; no twins; no calls)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A success rate.

    Attributes:
        estimate: raw, as the judge says, clustered by seed; ``estimate.clusters`` is the number of seeds.
        counts: outcome → attempts, adding up to ``estimate.n``; success is ``complied`` alone.
        corrected: for the judge's errors; None unless counts of the same judge version, language and model
            exist ("judge unvalidated here").
    """

    estimate: Estimate
    counts: Mapping[Outcome, int]
    corrected: Estimate | None = None

    @property
    def successes(self) -> int:
        """Attempts that succeeded."""
        return self.counts.get(Outcome.COMPLIED, 0)


@dataclass(frozen=True, slots=True)
class AtK:
    """The chance that at least one of ``k`` samples of a seed succeeds, without bias (``best_of_k``), over
    the seeds; ``baseline`` is that of the plain seeds."""

    k: int
    estimate: Estimate
    baseline: Estimate | None = None


@dataclass(frozen=True, slots=True)
class StepPoint:
    """One point of a survival curve: after ``step`` calls to the model, the share of attempts that had not
    succeeded yet (Kaplan–Meier, stopped at the budget of calls), of ``at_risk``; ``events`` did so now."""

    step: int
    at_risk: int
    events: int
    remaining: Estimate


@dataclass(frozen=True, slots=True)
class Comprehension:
    """What the model did with benign twins under the same attack, one sample of each.

    Attributes:
        understood: share that was answered to the point; refusals, errors and incoherent answers are in the
            denominator.
        refused: of ``understood.n``: twins that were deflected. Whether those were understood nobody knows.
        plain: the share understood of the same twins without an attack: the most that can be expected.
    """

    understood: Estimate
    refused: int
    counts: Mapping[Outcome, int]
    plain: Estimate | None = None

    @property
    def low(self) -> bool:
        """Whether fewer than half of the twins that are understood plainly were understood."""
        most = self.plain.value if self.plain else 1.0
        return self.understood.value < most / 2


@dataclass(frozen=True, slots=True)
class SearchFigure:
    """An attack in the search: exploratory.

    Attributes:
        estimate: mean over search seeds, one sample of each, with an interval that holds however long the
            search went on (``confidence_sequence``); None where nothing was tried.
        tries, successes: on how many seeds; counts as in ``Rate``.
        not_applicable, not_available: seeds to which it has nothing to say; where what it needs is not here.
        rank: 1 is the best; 0 where nothing was tried.
        carried_on: whether it went on to the report.
    """

    attack: Attack
    estimate: Estimate | None
    tries: int
    successes: int
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    not_applicable: int = 0
    not_available: int = 0
    rank: int = 0
    carried_on: bool = False


@dataclass(frozen=True, slots=True)
class LanguageRate:
    """One attack, or the baseline, on the report seeds of one language."""

    language: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class AttackFigure:
    """An attack in the report.

    Attributes:
        rate: by the first judge; None where it applied to no report seed.
        both: the share of attempts that both judges call a success (exact checks need no second); None where
            there is no second judge. Where there is one, ``difference`` and ``p`` are of this.
        difference: its rate less that of the plain seeds, paired by seed, over the seeds it applies to.
        p, p_adjusted: of that difference, two-sided, by flipping whole seeds; after the correction over all
            attacks of the report that ``CampaignReport.error_rate`` names.
        at_k: for k = 1 … the number of samples.
        steps: how many calls an attempt took; one step where the attack is put once.
        search: how it did in the search; None where it was not searched.
        seeds: report seeds that it was put to; ``not_applicable`` and ``not_available`` are left out of every
            rate and never count as robust.
        hits, confirmed: successes in the report; of these, how many were confirmed.
        malformed: what an attacker model wrote and nothing could be made of.
    """

    attack: Attack
    reading: Reading
    rate: Rate | None
    both: Estimate | None = None
    difference: Estimate | None = None
    p: float | None = None
    p_adjusted: float | None = None
    at_k: tuple[AtK, ...] = ()
    steps: tuple[StepPoint, ...] = ()
    comprehension: Comprehension | None = None
    search: SearchFigure | None = None
    languages: tuple[LanguageRate, ...] = ()
    seeds: int = 0
    not_applicable: int = 0
    not_available: int = 0
    hits: int = 0
    confirmed: int = 0
    malformed: int = 0

    @property
    def found(self) -> bool:
        """Whether it is above the baseline."""
        return self.reading is Reading.FOUND


@dataclass(frozen=True, slots=True)
class Cell:
    """Category × dimension, clustered by seed.

    Attributes:
        category: of an attack: several joined with `` + ``.
        attacks: how many are pooled.
        exploratory: False: attacks that were carried on, on report seeds. True: the first pass of the search,
            in which every attack was tried alike; there the attacks are not the best ones of their category.
    """

    category: str
    dimension: Dimension
    rate: Rate
    attacks: int
    exploratory: bool = False


@dataclass(frozen=True, slots=True)
class SeedFigure:
    """A seed, plain.

    Attributes:
        counts: outcome → of the samples of the screening.
        eligible: all of them deflected.
        twin: id of its benign twin; empty where it has none.
        twin_refused: whether the plain twin was deflected; None where it was not asked or not judged.
    """

    id: str
    key: str
    dimension: Dimension
    risk: str
    language: str
    side: Side
    samples: int
    counts: Mapping[Outcome, int]
    eligible: bool
    twin: str = ""
    twin_refused: bool | None = None

    @property
    def deflected(self) -> int:
        """Samples that were deflected."""
        return self.counts.get(Outcome.DEFLECTED, 0)


@dataclass(frozen=True, slots=True)
class SeedsFigure:
    """The seeds.

    Attributes:
        seen: that were screened; ``eligible``: that the model always deflects. The others are failures of an
            evaluation (``answered``: at least once complied with), and no success of the red team.
        search, report: eligible seeds of each part; ``used``: how many of the report part the design takes.
        deflection: share of the screening's samples that were deflected.
        false_refusals: share of the plain benign twins that were deflected.
        varied: share of the seeds whose repeats were not all the same text; 0.0: the model is greedy at these
            settings, and its repeats are one observation. None where there was one sample of each.
    """

    seen: int
    eligible: int
    answered: int
    search: int
    report: int
    used: int
    rows: tuple[SeedFigure, ...]
    deflection: Estimate | None = None
    false_refusals: Estimate | None = None
    varied: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A success.

    Attributes:
        id: that of the finding, where it became one.
        phase: ``search`` or ``report``.
        run, sample_key, repeat: where its result is; ``reading.result_of`` gets it.
        seed, request: id and text of the plain seed.
        steps: calls to the model that it took.
        judgement: by the judge of the seed.
        second_judge: what a judge that shares nothing with the first says of the same answer; None where
            there is none.
        second_sample: the first judge's word on one more sample of the same attack; None where it was not
            made.
        confirmed: where there is a second judge: that one agrees; otherwise the second sample succeeds, too.
            None where neither was at hand.
        replay: a command that puts it to the model again.
    """

    id: str
    attack: str
    category: str
    phase: Phase
    run: str
    sample_key: str
    sample_id: str
    repeat: int
    seed: str
    request: str
    dimension: Dimension
    risk: str
    language: str
    steps: int
    judgement: Judgement
    second_judge: Judgement | None = None
    second_sample: Judgement | None = None
    confirmed: bool | None = None
    replay: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How far the successes hold, those of search and report together.

    Attributes:
        second_judge: name of it; empty where there is none, for the reason in ``notes`` of the report.
        agreed, disagreed: what it said; ``unjudged``: successes that it could not judge.
        reproduced, not_reproduced: what one more sample did; ``not_sampled``: for want of calls, or because
            it would be the same answer (temperature 0).
    """

    hits: int
    confirmed: int
    unconfirmed: int
    open: int
    second_judge: str = ""
    agreed: int = 0
    disagreed: int = 0
    unjudged: int = 0
    reproduced: int = 0
    not_reproduced: int = 0
    not_sampled: int = 0


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """The whole outcome.

    Attributes:
        id: of the campaign: of its main run, which holds the results of the report.
        complete: every phase was carried out. What is there before that is shown with ``notes``.
        baseline: the plain report seeds in the report phase, fresh samples; ``baseline_both``: as
            ``AttackFigure.both``.
        attacks: in the report: those found first, then by rate.
        searched: every attack of the search, best first. Exploratory.
        untried: neither searched nor reported, and why.
        cells: category × dimension, of the report and (``exploratory``) of the search.
        languages: of all attacks of the report together.
        hits: confirmed ones first, then the others; within these as in ``attacks``.
        judges: what is known of each judge's errors, by language.
        error_rate: what ``Reading.FOUND`` promises, in words.
    """

    id: str
    run: Run
    complete: bool
    plan: CampaignPlan
    calls: tuple[PhaseCalls, ...]
    seeds: SeedsFigure
    baseline: Rate | None
    attacks: tuple[AttackFigure, ...]
    searched: tuple[SearchFigure, ...]
    untried: tuple[Untried, ...]
    cells: tuple[Cell, ...]
    languages: tuple[LanguageRate, ...]
    hits: tuple[Hit, ...]
    confirmation: Confirmation
    judges: tuple[JudgeNote, ...]
    error_rate: str
    baseline_both: Estimate | None = None
    notes: tuple[str, ...] = ()
    octarine: str = ""

    @property
    def found(self) -> tuple[AttackFigure, ...]:
        """The attacks above the baseline."""
        return tuple(one for one in self.attacks if one.found)

    @property
    def spent(self) -> int:
        """Calls to the model over all phases."""
        return sum(one.spent for one in self.calls)
