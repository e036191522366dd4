"""How far people agree with each other, and the judge with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.labels import Label
from octarine.core.stats import cohen_kappa


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two annotators over the answers that both labelled.

    ``kappa`` is Cohen's, None where both gave everything one and the same label.
    """

    first: str
    second: str
    n: int
    same: int
    kappa: Estimate | None


def kappa(first: list[str], second: list[str]) -> Estimate | None:
    """Cohen's kappa, or None where it is not defined."""
    if not first:
        return None
    try:
        return cohen_kappa(first, second)
    except InputError:
        return None


def pair_agreements(given: Iterable[Iterable[Label]]) -> list[PairAgreement]:
    """Every pair of annotators; ``given`` holds the labels of each item. Adjudications do not count: who
    settles has seen the others' words."""
    shared: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for labels in given:
        blind = sorted(
            (label for label in labels if not label.adjudicates), key=lambda label: label.annotator
        )
        for one, other in combinations(blind, 2):
            pair = (f"{one.outcome}", f"{other.outcome}")
            shared.setdefault((one.annotator, other.annotator), []).append(pair)
    return [
        PairAgreement(
            first,
            second,
            len(pairs),
            sum(one == other for one, other in pairs),
            kappa([one for one, _ in pairs], [other for _, other in pairs]),
        )
        for (first, second), pairs in sorted(shared.items())
    ]
