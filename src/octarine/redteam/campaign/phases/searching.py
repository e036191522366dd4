"""The search: attacks on the search part of the seeds, in rounds that a policy proposes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from octarine.core.codec import digest
from octarine.core.protocols import NotApplicable
from octarine.core.results import Outcome
from octarine.core.samples import Sample
from octarine.redteam.applying import NotAvailable
from octarine.redteam.campaign.phases.attacks import Attempt, Entry, attempt
from octarine.redteam.campaign.phases.carrying import Carrier
from octarine.redteam.campaign.phases.policy import Halving, Policy, ranked
from octarine.redteam.campaign.planned import Phase

BATCH, ROUNDS = 16, 20
"""Chains that a combining policy proposes at once before it learns: so many at least, and more where the
rounds would be more."""
Name = tuple[str, ...]
Combining = Callable[[Sequence[Entry], int, int], Policy]
"""From single techniques, the length of chains at most and the attempts of one at most to a policy over
chains."""


@dataclass
class Skipped:
    """Seeds that were not put to the model, by attack: ``reason`` is the last one."""

    not_applicable: Counter[str] = field(default_factory=Counter)
    not_available: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, attack: str, why: NotApplicable) -> None:
        """Count one."""
        counts = self.not_available if isinstance(why, NotAvailable) else self.not_applicable
        counts[attack] += 1
        self.reasons[attack] = why.reason


class Search:
    """Ranks attacks on ``seeds`` with at most ``calls`` calls. One attempt of an attack on a seed, so that an
    attack's results are one value a seed, in an order drawn at random: what a confidence sequence needs."""

    def __init__(self, carrier: Carrier, seeds: Sequence[Sample], calls: int, seed: int) -> None:
        self._carrier = carrier
        self._seeds = list(seeds)
        self._end = carrier.spent + calls
        self._seed = seed
        self._next: Counter[Name] = Counter()
        self.entries: dict[Name, Entry] = {}
        self.counts: dict[Name, tuple[int, int]] = {}
        self.skipped = Skipped()

    async def singles(self, entries: Sequence[Entry], keep: int, calls: int) -> None:
        """Successive halving over ``entries``, down to ``keep``, at ``calls`` of the search's calls."""
        self.entries |= {entry.attack.steps: entry for entry in entries}
        order = fair_order(entries, self._seed)
        policy = Halving([entry.attack.steps for entry in order], keep, len(self._seeds))
        await self._rounds("search", policy, calls, None, self.entries.__getitem__)

    async def chains(self, policy: Policy, made: Callable[[Name], Entry]) -> None:
        """Whatever ``policy`` proposes, which is told the results of single techniques first."""
        for name, (successes, attempts) in self.counts.items():
            if len(name) == 1:
                policy.learn(name, successes, attempts)
        calls = self._end - self._carrier.spent
        await self._rounds("search chains", policy, calls, max(BATCH, calls // ROUNDS), made)

    async def _rounds(
        self, name: str, policy: Policy, calls: int, batch: int | None, made: Callable[[Name], Entry]
    ) -> None:
        end = min(self._carrier.spent + calls, self._end)
        number = 0
        while self._carrier.spent < end:
            number += 1
            rng = np.random.default_rng([self._seed, number, len(name)])
            left = end - self._carrier.spent
            proposed = policy.propose(min(left, batch or left), rng)
            if not proposed:
                return
            attempts = await self._made(proposed, policy, made, left)
            if attempts:
                await self._round(f"{name} {number:03}", policy, attempts)

    async def _made(
        self, proposed: Iterable[Name], policy: Policy, made: Callable[[Name], Entry], left: int
    ) -> list[Attempt]:
        """An attempt on the next seed of each that it applies to, as many as the calls suffice for."""
        attempts: list[Attempt] = []
        for chain in proposed:
            entry = self.entries.get(chain) or self.entries.setdefault(chain, made(chain))
            found = await self._on_next_seed(entry)
            if found is None:
                policy.drop(chain, self.skipped.reasons.get(entry.attack.id, "no seed is left"))
            elif found.calls <= left:
                left -= found.calls
                attempts.append(found)
        return attempts

    async def _on_next_seed(self, entry: Entry) -> Attempt | None:
        name = entry.attack.steps
        order = sorted(self._seeds, key=lambda s: digest([self._seed, entry.attack.id, s.key]))
        model = self._carrier.parties.model
        while self._next[name] < len(order):
            sample = order[self._next[name]]
            self._next[name] += 1
            found = await attempt(entry, sample, self._seed, model.capabilities, self._carrier.parties.writer)
            if not isinstance(found, NotApplicable):
                return found
            self.skipped.add(entry.attack.id, found)
        return None

    async def _round(self, name: str, policy: Policy, attempts: Sequence[Attempt]) -> None:
        model = self._carrier.parties.model
        run = await self._carrier.attempts_of(name, Phase.SEARCH, attempts, model=model)
        outcomes = self._carrier.outcomes(run)
        gained: Counter[Name] = Counter()
        tried: Counter[Name] = Counter()
        for one in attempts:
            chain = one.entry.attack.steps
            tried[chain] += 1
            gained[chain] += outcomes.get(one.sample.key) is Outcome.COMPLIED
        for chain, n in tried.items():
            before = self.counts.get(chain, (0, 0))
            self.counts[chain] = (before[0] + gained[chain], before[1] + n)
            policy.learn(chain, gained[chain], n)

    def best(self) -> list[Entry]:
        """The attacks that were tried, the best first."""
        return [self.entries[name] for name in ranked(self.counts)]


def fair_order(entries: Sequence[Entry], seed: int) -> list[Entry]:
    """Round-robin over the categories, each in an order that ``seed`` draws: any beginning of it has as much
    of each category."""
    queues: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: digest([seed, "order", e.attack.id])):
        queues.setdefault(entry.attack.category, []).append(entry)
    longest = max(map(len, queues.values()), default=0)
    return [q[turn] for turn in range(longest) for _, q in sorted(queues.items()) if turn < len(q)]
