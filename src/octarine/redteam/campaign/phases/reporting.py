"""The report's design: which attacks on which untouched seeds, so that the calls suffice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from octarine.core.protocols import NotApplicable
from octarine.redteam.campaign.design import FEWEST_SEEDS
from octarine.redteam.campaign.phases.attacks import Attempt, Entry, attempt
from octarine.redteam.campaign.phases.carrying import Carrier, calls_spent
from octarine.redteam.campaign.phases.searching import Skipped
from octarine.redteam.campaign.phases.seeds import SeedPair
from octarine.redteam.campaign.planned import LEVEL, Kind, Phase

_Made = Mapping[tuple[str, str], tuple[Attempt | None, Attempt | None]]
"""(attack, key of a seed) → the attack on the seed and on its twin; None where it has nothing to say."""


@dataclass(frozen=True)
class Design:
    """What the report puts to the model: every attack on every seed that it applies to, ``samples`` times,
    and the seeds themselves; ``twins`` once each."""

    entries: tuple[Entry, ...]
    seeds: tuple[SeedPair, ...]
    attempts: tuple[Attempt, ...]
    twins: tuple[Attempt, ...]
    skipped: Skipped


async def designed(
    carrier: Carrier,
    entries: Sequence[Entry],
    seeds: Sequence[SeedPair],
    samples: int,
    calls: int,
    seed: int,
) -> Design:
    """As many of ``seeds``, in their order, as ``calls`` suffice for.

    An attack that would leave fewer than ``FEWEST_SEEDS`` is left out, and the ones after it are still looked
    at: one that takes many calls does not push out those that take few. Strategies come first, then
    ``entries`` in their order. So few seeds that they could not tell so many attacks from the plain seeds,
    whatever these did, carry fewer: G clusters of seeds give no p-value below 2^(1 − G), and Holm multiplies
    it by the number of attacks. Nothing here looks at what an answer was.
    """
    skipped = Skipped()
    made = await _all_made(carrier, entries, seeds, seed, skipped)
    kept = _fitting(entries, seeds, made, samples, calls)
    most = int(LEVEL * 2.0 ** (_clusters(seeds[: _affordable(kept, seeds, made, samples, calls)]) - 1))
    kept = kept[: most or len(kept)]
    used = seeds[: _affordable(kept, seeds, made, samples, calls)]
    order = [entry for entry in entries if entry in kept and used]
    both = [made[entry.attack.id, pair.seed.key] for pair in used for entry in order]
    return Design(
        entries=tuple(order),
        seeds=tuple(used),
        attempts=tuple(one for one, _ in both if one),
        twins=tuple(twin for _, twin in both if twin),
        skipped=_of(order, used, made, skipped),
    )


def _fitting(
    entries: Sequence[Entry], seeds: Sequence[SeedPair], made: _Made, samples: int, calls: int
) -> list[Entry]:
    """Those that the calls suffice for together on ``FEWEST_SEEDS``, strategies first; one at any rate."""
    wanted = min(FEWEST_SEEDS, len(seeds))
    order = sorted(entries, key=lambda entry: entry.attack.kind is not Kind.STRATEGY)
    kept: list[Entry] = []
    for entry in order:
        if _affordable([*kept, entry], seeds, made, samples, calls) >= wanted:
            kept.append(entry)
    return kept or order[:1]


def _clusters(seeds: Sequence[SeedPair]) -> int:
    return len({pair.seed.cluster for pair in seeds})


async def _all_made(
    carrier: Carrier, entries: Sequence[Entry], seeds: Sequence[SeedPair], seed: int, skipped: Skipped
) -> _Made:
    model, writer = carrier.parties.model, carrier.parties.writer
    made: dict[tuple[str, str], tuple[Attempt | None, Attempt | None]] = {}
    for entry in entries:
        for pair in seeds:
            one = await attempt(entry, pair.seed, seed, model.capabilities, writer)
            if isinstance(one, NotApplicable):
                skipped.reasons[_place(entry, pair)] = one.reason
                skipped.add(_place(entry, pair), one)
                made[entry.attack.id, pair.seed.key] = None, None
                continue
            twin = None
            if pair.twin is not None and entry.strategy is None:
                other = await attempt(entry, pair.twin, seed, model.capabilities, writer)
                twin = None if isinstance(other, NotApplicable) else other
            made[entry.attack.id, pair.seed.key] = one, twin
    return made


def _place(entry: Entry, pair: SeedPair) -> str:
    return f"{entry.attack.id}\n{pair.seed.key}"


def _of(order: Sequence[Entry], used: Sequence[SeedPair], made: _Made, all_: Skipped) -> Skipped:
    """Counts over the seeds that are used alone."""
    found = Skipped()
    for entry in order:
        for pair in used:
            place = _place(entry, pair)
            found.not_applicable[entry.attack.id] += all_.not_applicable[place]
            found.not_available[entry.attack.id] += all_.not_available[place]
            if place in all_.reasons:
                found.reasons[entry.attack.id] = all_.reasons[place]
    return found


def _affordable(
    entries: Sequence[Entry], seeds: Sequence[SeedPair], made: _Made, samples: int, calls: int
) -> int:
    """For how many seeds, from the first, the calls suffice."""
    spent = 0
    for place, pair in enumerate(seeds):
        both = [made[entry.attack.id, pair.seed.key] for entry in entries]
        # The plain seed is the baseline: as many samples of it as of an attack.
        spent += samples * (1 + sum(one.calls for one, _ in both if one))
        spent += sum(twin.calls for _, twin in both if twin)
        if spent > calls:
            return place
    return len(seeds)


async def report(carrier: Carrier, design: Design, samples: int) -> list[str]:
    """The report and the comprehension check. Gives the ids of the runs that hold attacks, the main one
    first."""
    static = [one for one in design.attempts if one.entry.strategy is None]
    carrier.attempts |= {one.sample.key: one for one in static}
    plain = [pair.seed for pair in design.seeds]
    main = await carrier.samples_of(
        "report",
        Phase.REPORT,
        [*plain, *(one.sample for one in static)],
        samples * (len(plain) + sum(one.calls for one in static)),
        repeats=samples,
        main=True,
    )
    runs = [main.id]
    for entry in design.entries:
        if entry.strategy is not None:
            played = [one for one in design.attempts if one.entry is entry]
            runs.append(await _played(carrier, entry, played, samples))
    await carrier.attempts_of("comprehension", Phase.COMPREHENSION, design.twins, model=carrier.parties.model)
    return runs


async def _played(carrier: Carrier, entry: Entry, played: Sequence[Attempt], samples: int) -> str:
    """A strategy, through its driver; what it did not need of its calls is given back."""
    name = entry.attack.id
    driver = carrier.parties.drivers[name]
    run = await carrier.attempts_of(f"report: {name}", Phase.REPORT, played, repeats=samples, model=driver)
    most = entry.strategy.calls if entry.strategy else 1
    reserved = sum(one.calls for one in played) * samples
    carrier.spent -= reserved - calls_spent(carrier.parties.store.results(run.id), most)
    return run.id
