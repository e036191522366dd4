"""A bandit over chains of techniques: which pairs and triples to try next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from octarine.core.errors import InputError
from octarine.redteam.combining.candidates import Candidates
from octarine.redteam.combining.effects import LENGTHS, Chained, Counts, Effects, fit
from octarine.redteam.combining.fresh import fresh_pairs, fresh_triples
from octarine.redteam.technique import Technique

EXPLORE = 0.1
FRESH = 32
CALM = 0.5
_DRAWS = 200
"""Chains drawn at random, at most, to find one that fits and is new."""


class ChainBandit:
    """Mixed-effect Thompson sampling over ordered chains, in batches.

    The policy. A chain's success rate follows the model of ``effects``: its members, alone and in any
    company, and what the combination does of its own. To propose one chain,

    - with probability ``explore``, take one that was never tried, drawn uniformly among those that fit: so
      that two techniques that do nothing alone are found in the end, too;
    - else draw the members' effects from their posterior. Let compete every chain that was tried, its rate
      drawn given its results; and the ``fresh`` untried pairs (and triples: the best of these pairs and of
      those tried, with a third technique) that the draw likes best, what they do of their own drawn from its
      prior. The best of all is proposed, of an untried one a random order among those that fit.

    Untried chains compete by their members first because the largest of 10^5 draws of noise would always win:
    with more arms than attempts a bandit has to choose which arms it looks at. Triples are never enumerated.
    A batch is as many such proposals, each with a draw of its own, without the chains that it has already.

    Sources: Thompson, Biometrika 1933; the model and its sampling: Aouali, Kveton and Katariya, "Mixed-effect
    Thompson sampling", AISTATS 2023; batches: Kandasamy et al., "Parallelised Bayesian optimisation via
    Thompson sampling", AISTATS 2018; a subset of many arms: Bayati et al., "Unreasonable effectiveness of
    greedy algorithms in multi-armed bandit with many arms", NeurIPS 2020.

    What it finds is chosen for having succeeded: report it on seeds that it was not found on.

    State is counts alone. Equal calls of ``learn`` and ``drop``, in any order, and an equal generator give
    equal proposals, so a campaign is resumed by telling a new bandit its results.

    Args:
        techniques: name → technique, those that are available and apply to the seeds; a name is what the
            chains are written with.
        lengths: of the chains proposed: (2,), (3,) or (2, 3).
        explore: 0 to 1.
        fresh: untried chains of each length that compete in a draw.
        calm: what the standard deviations of all draws are multiplied by. Less than 1 spends less on learning
            what will not be used within the budget (Chapelle and Li, "An empirical evaluation of Thompson
            sampling", NeurIPS 2011, section 4).
        most: attempts of a chain after which it is not proposed any more (its seeds are used up); 0: any.

    Raises:
        InputError: naming the argument.
    """

    def __init__(
        self,
        techniques: Mapping[str, Technique],
        lengths: Sequence[int] = (2,),
        *,
        explore: float = EXPLORE,
        fresh: int = FRESH,
        calm: float = CALM,
        most: int = 0,
    ) -> None:
        if not lengths or not set(lengths) <= {2, LENGTHS}:
            raise InputError(f"chains of the lengths {list(lengths)}", hint="2, 3, or both.")
        if not 0 <= explore <= 1 or fresh < 1 or calm < 0 or most < 0:
            raise InputError(
                f"explore={explore}, fresh={fresh}, calm={calm}, most={most}",
                hint="explore: 0 to 1; fresh: at least 1; calm and most: at least 0.",
            )
        self.candidates = Candidates(techniques)
        self._lengths = tuple(sorted(set(lengths)))
        self._explore, self._fresh, self._calm, self._most = explore, fresh, calm, most
        self._counts: dict[Chained, tuple[int, int]] = {}
        self._dropped: dict[Chained, str] = {}
        self._fitted: Effects | None = None

    def learn(self, chain: tuple[str, ...], successes: int, attempts: int) -> None:
        """Results of a chain, or of one technique alone; those of several calls add up. Not applicable is no
        attempt: see ``drop``.

        Raises:
            InputError: the chain is not of these techniques or does not fit, or the counts are none.
        """
        if not 0 <= successes <= attempts:
            raise InputError(f"{successes} successes in {attempts} attempts of '{' | '.join(chain)}'")
        place = self.candidates.placed(chain)
        self.candidates.check(place)
        if attempts:
            before = self._counts.get(place, (0, 0))
            self._counts[place] = (before[0] + successes, before[1] + attempts)
            self._fitted = None

    def drop(self, chain: tuple[str, ...], reason: str) -> None:
        """Never propose this chain again: it does not apply. That costs nothing and says nothing of its
        members. The first reason stays."""
        self._dropped.setdefault(self.candidates.placed(chain), reason)

    @property
    def dropped(self) -> dict[tuple[str, ...], str]:
        """Chain → why it does not apply."""
        return {self.candidates.named(chain): self._dropped[chain] for chain in sorted(self._dropped)}

    def propose(self, count: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
        """``count`` different chains to try next, in the order of the draws; fewer where no more are left."""
        effects = self._effects()
        batch: list[Chained] = []
        while len(batch) < count:
            taken = {*batch, *self._dropped, *self._spent()}
            blind = rng.random() < self._explore
            found = self._any(taken, rng) if blind else None
            found = found or self._best(effects, taken, rng) or self._any(taken, rng)
            if found is None:
                break
            batch.append(found)
        return [self.candidates.named(chain) for chain in batch]

    def ranked(self, count: int = 10) -> list[tuple[tuple[str, ...], float]]:
        """Chains that were tried, the best first, with the rate to expect of each, 0 to 1, shrunk towards
        what its members do: to choose by. No estimate to report."""
        effects = self._effects()
        rates = effects.expected()
        order = [int(row) for row in np.argsort(-rates, kind="stable")]
        chains = list(effects.counts.row)
        kept = [
            row for row in order if len(chains[row]) in self._lengths and chains[row] not in self._dropped
        ]
        return [(self.candidates.named(chains[row]), float(rates[row])) for row in kept[:count]]

    def _effects(self) -> Effects:
        if self._fitted is None:
            self._fitted = fit(Counts.of(self._counts, len(self.candidates)))
        return self._fitted

    def _spent(self) -> set[Chained]:
        return {chain for chain, (_, n) in self._counts.items() if self._most and n >= self._most}

    def _any(self, taken: set[Chained], rng: np.random.Generator) -> Chained | None:
        """One that fits and was never tried, uniformly; None where ``_DRAWS`` draws find none."""
        for _ in range(_DRAWS):
            length = self._lengths[int(rng.integers(len(self._lengths)))]
            if length > len(self.candidates):
                continue
            chain = tuple(int(i) for i in rng.choice(len(self.candidates), length, replace=False))
            if chain not in taken and chain not in self._counts and self.candidates.fits(chain):
                return chain
        return None

    def _best(self, effects: Effects, taken: set[Chained], rng: np.random.Generator) -> Chained | None:
        drawn = effects.drawn(rng, self._calm)
        tried = dict(zip(effects.counts.row, map(float, effects.tried(drawn, rng, self._calm)), strict=True))
        open_ = [chain for chain in tried if len(chain) in self._lengths and chain not in taken]
        rivals = {chain: tried[chain] for chain in open_}
        shut = taken.union(tried)
        pairs = fresh_pairs(self.candidates, drawn, shut, self._fresh, rng)
        fresh = list(pairs) if 2 in self._lengths else []
        if LENGTHS in self._lengths:
            known = sorted((c for c in tried if len(c) == 2), key=lambda c: -tried[c])[: self._fresh]
            fresh += fresh_triples(self.candidates, effects, drawn, [*known, *pairs], shut, self._fresh, rng)
        for chain, noise in zip(fresh, rng.standard_normal(len(fresh)), strict=True):
            own = float(noise) * self._calm * effects.combination**0.5
            rivals[chain] = effects.additive(chain, drawn) + own
        return max(rivals, key=lambda chain: rivals[chain]) if rivals else None
