"""Untried chains that a draw of the members' effects likes best."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from octarine.redteam.combining.candidates import Candidates
from octarine.redteam.combining.effects import Chained, Effects, Numbers

_FIRST = 64
"""Techniques, the best by the draw, whose pairs are looked at first."""
_THIRDS = 16
"""Techniques that are tried as a third."""


def fresh_pairs(
    known: Candidates, drawn: Numbers, shut: Collection[Chained], count: int, rng: np.random.Generator
) -> list[Chained]:
    """The ``count`` best pairs by the sum of ``drawn`` that fit and are not ``shut``, the best first, each in
    an order drawn among its open ones; fewer where there are no more."""
    effects = drawn[: len(known)]
    open_ = known.pairs.copy()
    for chain in shut:
        if len(chain) == 2:
            open_[chain] = False
    order = np.argsort(-effects, kind="stable")
    size = min(_FIRST, len(known))
    while True:
        top = order[:size]
        either = np.triu((open_ | open_.T)[np.ix_(top, top)], 1)
        first, second = np.nonzero(either)
        sums = effects[top[first]] + effects[top[second]]
        best = np.argsort(-sums, kind="stable")[:count]
        if size == len(known):
            break
        # Nothing outside can be worth more than the best technique with the best of those outside.
        if len(best) == count and sums[best[-1]] >= effects[order[0]] + effects[order[size]]:
            break
        size = min(2 * size, len(known))
    return [_ordered(open_, int(top[first[i]]), int(top[second[i]]), rng) for i in best]


def _ordered(open_: np.ndarray, one: int, other: int, rng: np.random.Generator) -> Chained:
    turned = not open_[one, other] or (open_[other, one] and rng.random() < 0.5)
    return (other, one) if turned else (one, other)


def fresh_triples(
    known: Candidates,
    effects: Effects,
    drawn: Numbers,
    pairs: Sequence[Chained],
    shut: Collection[Chained],
    count: int,
    rng: np.random.Generator,
) -> list[Chained]:
    """The ``count`` best by the draw of ``pairs`` with one of the best techniques put in, each where it fits,
    the best first. Triples are never enumerated: at most pairs × 16 × 3 are looked at."""
    thirds = [int(i) for i in np.argsort(-drawn[: len(known)], kind="stable")[: _THIRDS + 2]]
    places = [(chain, third) for chain in pairs for third in thirds if third not in chain]
    rough = [effects.additive(chain, drawn) + float(drawn[third]) for chain, third in places]
    found: dict[Chained, float] = {}
    for i in np.argsort(-np.array(rough), kind="stable"):
        chain, third = places[int(i)]
        options = [(*chain[:place], third, *chain[place:]) for place in rng.permutation(len(chain) + 1)]
        made = next((c for c in options if c not in shut and c not in found and known.fits(c)), None)
        if made:
            found[made] = effects.additive(made, drawn)
        if len(found) >= count:
            break
    return sorted(found, key=lambda chain: -found[chain])
