"""The seeds of a campaign: requests that must be deflected, their benign twins, and their parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from octarine.core.access import elicits_text
from octarine.core.codec import digest
from octarine.core.content import Modality
from octarine.core.samples import Behaviour, Sample
from octarine.redteam.campaign.planned import Side
from octarine.redteam.running.deriving import plain_seeds

SEARCH_SHARE = 0.4
"""Of the seeds, on which attacks are ranked; the rest is for the report."""


@dataclass(frozen=True, slots=True)
class SeedPair:
    """A seed, its benign twin (None where the suite has none that is one turn of text), and its part."""

    seed: Sample
    twin: Sample | None
    side: Side


def seed_pairs(samples: Sequence[Sample]) -> list[SeedPair]:
    """The plain seeds among ``samples``, in their order. What endangers a child is asked plainly by an
    evaluation and attacked by nobody: of what it elicits nothing may be kept."""
    seeds = [seed for seed in plain_seeds(samples) if elicits_text(seed)]
    twins: dict[str, Sample] = {}
    for sample in samples:
        if sample.group and sample.expectation.behaviour is Behaviour.COMPLY and _one_turn(sample):
            twins.setdefault(sample.group, sample)
    sides = parts(seeds)
    return [SeedPair(seed, twins.get(seed.group) if seed.group else None, sides[seed.key]) for seed in seeds]


def _one_turn(sample: Sample) -> bool:
    asked = sample.conversation
    return len(asked.messages) == 1 and asked.modalities == {Modality.TEXT} and not asked.tools


def parts(seeds: Iterable[Sample]) -> dict[str, Side]:
    """Key of a seed → its part, by the hash of its lineage: the same in every campaign and on every machine.

    Seeds that share a lineage or a group go together, by the least of their lineages, so that neither a
    wording nor a reworded one is on both sides.
    """
    seeds = list(seeds)
    least: dict[str, str] = {}
    for names in _linked(seeds):
        least |= dict.fromkeys(names, min(names))
    return {seed.key: _side(least[seed.lineage]) for seed in seeds}


def _linked(seeds: Sequence[Sample]) -> list[set[str]]:
    """Lineages that go together."""
    by_cluster: dict[str, set[str]] = defaultdict(set)
    for seed in seeds:
        by_cluster[seed.cluster].add(seed.lineage)
    found: list[set[str]] = []
    for names in by_cluster.values():
        joined = set(names)
        apart = []
        for other in found:
            if other & joined:
                joined |= other
            else:
                apart.append(other)
        found = [*apart, joined]
    return found


def _side(lineage: str) -> Side:
    place = int(digest(["campaign part", lineage])[:8], 16) / 2**32
    return Side.SEARCH if place < SEARCH_SHARE else Side.REPORT


def drawn(pairs: Sequence[SeedPair], count: int, seed: int, *, searching: bool) -> list[SeedPair]:
    """``count`` of ``pairs`` at most: of the report part alone unless there is something to search, else of
    both in proportion; within a part round-robin over language and dimension, each in an order that ``seed``
    and the lineages decide."""
    sides = {side: _order([p for p in pairs if p.side is side], seed) for side in Side}
    if not searching:
        return sides[Side.REPORT][:count]
    want = min(round(count * SEARCH_SHARE), len(sides[Side.SEARCH]))
    report = sides[Side.REPORT][: count - want]
    return [*sides[Side.SEARCH][: count - len(report)], *report]


def _order(pairs: Sequence[SeedPair], seed: int) -> list[SeedPair]:
    queues: dict[tuple[str, str], list[SeedPair]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda p: digest(["campaign draw", seed, p.seed.lineage, p.seed.id])):
        queues[pair.seed.language, pair.seed.dimension.value].append(pair)
    longest = max(map(len, queues.values()), default=0)
    return [
        queue[turn] for turn in range(longest) for _, queue in sorted(queues.items()) if turn < len(queue)
    ]
