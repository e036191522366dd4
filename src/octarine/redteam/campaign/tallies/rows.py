"""The results of a campaign as light rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from octarine.core.dimensions import Dimension
from octarine.core.results import Judgement, Outcome, Result, Run
from octarine.redteam.campaign.figures import Hit
from octarine.redteam.campaign.phases.attacks import attack_of, plain_of
from octarine.redteam.campaign.phases.carrying import is_hit
from octarine.redteam.campaign.phases.confirming import SECOND
from octarine.redteam.campaign.planned import Phase
from octarine.store import RunRecord, Store


class Row(NamedTuple):
    """One result. ``attack`` is empty for a plain seed; ``seed`` is the plain sample's key; ``doubted``: the
    second judge calls it no success."""

    attack: str
    seed: str
    cluster: str
    dimension: Dimension
    language: str
    judge: str
    judge_version: str
    outcome: Outcome
    repeat: int
    calls: int
    malformed: int
    doubted: bool = False

    @property
    def success(self) -> float:
        """1.0 where it succeeded, by the first judge."""
        return float(self.outcome is Outcome.COMPLIED)

    @property
    def both(self) -> float:
        """1.0 where it succeeded and the second judge does not say otherwise."""
        return float(self.outcome is Outcome.COMPLIED and not self.doubted)


def row_of(result: Result, again: Again | None = None) -> Row:
    """A result without its payloads; strings that many rows share are held once."""
    second = again.judged.get(_looked_at(result)) if again else None
    sample, judgement, exchange = result.sample, result.judgement, result.completion.exchange
    return Row(
        sys.intern(attack_of(sample)),
        sys.intern(plain_of(sample)),
        sys.intern(sample.cluster),
        sample.dimension,
        sys.intern(sample.language),
        sys.intern(judgement.judge),
        sys.intern(judgement.version),
        judgement.outcome,
        result.repeat,
        exchange.calls if exchange else 1,
        exchange.malformed if exchange else 0,
        second is not None and second.outcome not in (Outcome.COMPLIED, Outcome.ERROR),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One run of a campaign; ``name`` tells it from the others of its phase."""

    run: Run
    phase: Phase
    name: str


def parts_of(store: Store, record: RunRecord) -> list[Part]:
    """The runs of a campaign, the main one among them, by phase and name. Where a part was begun with
    other samples than the last time (something that failed did not fail again), the last one counts."""
    main = record.run
    known = record.totals.get("runs")
    found: dict[str, Part] = {}
    for beside in store.runs(beside=main.id):
        plan = beside.run.plan
        if "part" in plan and (not known or beside.run.id in known):
            found.setdefault(plan["part"], Part(beside.run, Phase(plan["phase"]), plan["part"]))
    found.setdefault("report", Part(main, Phase.REPORT, "report"))
    return sorted(found.values(), key=lambda part: (list(Phase).index(part.phase), part.name))


@dataclass(frozen=True, slots=True)
class Again:
    """Second looks: (attack, sample id, repeat) → the second judge's word; key of a sample → that on one more
    sample of it."""

    judged: dict[tuple[str, str, int], Judgement]
    sampled: dict[str, Judgement]


def again_of(store: Store, parts: Iterable[Part]) -> Again:
    """The second looks at a campaign's successes."""
    judged: dict[tuple[str, str, int], Judgement] = {}
    sampled: dict[str, Judgement] = {}
    for part in parts:
        if part.phase is not Phase.CONFIRMATION:
            continue
        for result in store.results(part.run.id):
            if part.name == SECOND:
                judged[_looked_at(result)] = result.judgement
            else:
                sampled[result.sample.key] = result.judgement
    return Again(judged, sampled)


def _looked_at(result: Result) -> tuple[str, str, int]:
    return attack_of(result.sample), result.sample.id, result.repeat


def rows_and_hits(
    store: Store, part: Part, hits: list[Hit], again: Again, requests: dict[str, tuple[str, str]]
) -> Iterator[Row]:
    """The rows of a part; its successes are added to ``hits``. ``requests``: key of a seed → its id and
    text."""
    for result in store.results(part.run.id):
        if is_hit(result):
            hits.append(hit_of(result, part.phase, part.run.id, requests, again))
        yield row_of(result, again)


def hit_of(
    result: Result,
    phase: Phase,
    run: str,
    requests: dict[str, tuple[str, str]],
    again: Again | None = None,
) -> Hit:
    """A success with what is known of it."""
    from octarine.core.codec import digest

    sample = result.sample
    seed = plain_of(sample)
    name, request = requests.get(seed, ("", ""))
    judged = again.judged.get(_looked_at(result)) if again else None
    sampled = again.sampled.get(sample.key) if again else None
    exchange = result.completion.exchange
    return Hit(
        id=digest([run, sample.key, result.repeat])[:16],
        attack=attack_of(sample),
        category="",
        phase=phase,
        run=run,
        sample_key=sample.key,
        sample_id=sample.id,
        repeat=result.repeat,
        seed=name or seed,
        request=request,
        dimension=sample.dimension,
        risk=sample.risk,
        language=sample.language,
        steps=exchange.calls if exchange else 1,
        judgement=result.judgement,
        second_judge=judged,
        second_sample=sampled,
        confirmed=confirmed(judged, sampled),
    )


def confirmed(judged: Judgement | None, sampled: Judgement | None) -> bool | None:
    """The rule of ``Hit.confirmed``."""
    decisive = judged if judged is not None and judged.outcome is not Outcome.ERROR else sampled
    if decisive is None or decisive.outcome is Outcome.ERROR:
        return None
    return decisive.outcome is Outcome.COMPLIED
