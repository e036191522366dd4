"""The FEVER score and what is reported beside it.

Source: Thorne et al. 2018, NAACL, section 4.1, and the shared task's scorer (sheffieldnlp/fever-scorer
4801615), whose numbers the tests reproduce; its assertions and divisions by zero are errors of ``rows`` or
missing cells here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from octarine.core.estimate import Estimate
from octarine.core.stats import proportion
from octarine.core.stats.special import normal_quantile
from octarine.evaluate.benchmarks.fever.rows import Claim, Label, Prediction
from octarine.evaluate.benchmarks.frame import Figure

MOST = 5
"""So many predicted sentences are looked at, the first ones."""
SCORE, ACCURACY = "FEVER score", "label accuracy"
PRECISION, RECALL, F1 = "evidence precision", "evidence recall", "evidence F1"


@dataclass(frozen=True, slots=True)
class Scored:
    """One claim: whether the label is right, whether the answer is (with complete evidence), and the
    precision and recall of its evidence, None for claims without any.
    """

    gold: Label
    label: bool
    strict: bool
    precision: float | None
    recall: float | None


def score_claim(claim: Claim, prediction: Prediction, most: int = MOST) -> Scored:
    """Score one claim on the first ``most`` predicted sentences.

    Right is a right label with, unless there is not enough information, all sentences of one gold group. A
    prediction without evidence has precision 1, as in the official scorer; a sentence given twice counts
    twice.
    """
    label = claim.label is prediction.label
    if claim.label is Label.UNKNOWN:
        return Scored(claim.label, label, label, None, None)
    first = prediction.evidence[:most]
    given = set(first)
    complete = not claim.evidence or any(group <= given for group in claim.evidence)
    gold = {sentence for group in claim.evidence for sentence in group}
    precision = sum(sentence in gold for sentence in first) / len(first) if first else 1.0
    # With no gold group at all the official scorer calls recall 1 and the answer wrong.
    return Scored(claim.label, label, label and complete and bool(claim.evidence), precision, float(complete))


def figures(scored: Iterable[Scored], *, slice: str = "", evidence: bool = True) -> Iterator[Figure]:
    """The figures of a set of claims, over all and by gold label; a cell of no claims is missing."""
    rows = list(scored)
    yield from _rates(rows, slice, evidence)
    if evidence:
        yield from _evidence(rows, slice)
    for label in Label:
        some = [row for row in rows if row.gold is label]
        yield from _rates(some, f"{slice} {label}".strip(), evidence)


def _rates(rows: Sequence[Scored], slice: str, evidence: bool) -> Iterator[Figure]:
    if evidence:
        yield _rate(SCORE, [row.strict for row in rows], slice)
    yield _rate(ACCURACY, [row.label for row in rows], slice)


def _rate(metric: str, values: Sequence[bool], slice: str) -> Figure:
    if not values:
        return Figure(metric, None, slice, "no such claim")
    return Figure(metric, proportion(sum(values), len(values)), slice)


def _evidence(rows: Sequence[Scored], slice: str) -> Iterator[Figure]:
    pairs = [(r.precision, r.recall) for r in rows if r.precision is not None and r.recall is not None]
    if not pairs:
        yield from (
            Figure(metric, None, slice, "no claim with evidence") for metric in (PRECISION, RECALL, F1)
        )
        return
    precision = fmean(pair[0] for pair in pairs)
    recall = fmean(pair[1] for pair in pairs)
    yield Figure(PRECISION, _normal(precision, [pair[0] for pair in pairs]), slice)
    yield Figure(RECALL, proportion(sum(pair[1] == 1.0 for pair in pairs), len(pairs)), slice)
    if precision + recall == 0.0:
        yield Figure(F1, None, slice, "undefined: precision and recall are 0")
        return
    total = precision + recall
    # The delta method: how far each claim moves the harmonic mean of the two means.
    pulls = [2 * (recall**2 * p + precision**2 * r) / total**2 for p, r in pairs]
    yield Figure(F1, _normal(2 * precision * recall / total, pulls), slice, "of the two means")


def _normal(value: float, pulls: Sequence[float]) -> Estimate:
    """A mean in [0, 1] with its normal interval; the whole range where one claim says nothing of the
    spread.
    """
    n = len(pulls)
    half = normal_quantile(0.975) * stdev(pulls) / math.sqrt(n) if n > 1 else 1.0
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n, n, "delta")
