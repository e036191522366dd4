"""Every success looked at again: by a judge that shares nothing with the first, and in one more sample."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from octarine.core.errors import MissingExtra, UnknownPlugin
from octarine.core.protocols import Basis, Judge
from octarine.core.registry import registry
from octarine.core.results import (
    Evidence,
    Finding,
    Judgement,
    ModelIdentity,
    Outcome,
    Result,
    Run,
    RunStatus,
    judgement_key,
)
from octarine.core.samples import Expectation, Sample
from octarine.evaluate.judging import JudgePanel
from octarine.redteam.campaign.design import phase_run
from octarine.redteam.campaign.figures import Hit
from octarine.redteam.campaign.phases.attacks import Attempt, plain_of
from octarine.redteam.campaign.phases.carrying import Carrier, calls_spent, is_hit
from octarine.redteam.campaign.planned import Phase
from octarine.store import Record

SECOND = "second judge"
"""The part of a campaign that the second judge's run is."""
_CANDIDATES = ("guard_harm", "refusal")
"""Judges that take no arguments and decide what an answer to any request did."""
_BATCH = 256


def second_judge(
    panel: JudgePanel, samples: Sequence[Sample], model: ModelIdentity
) -> tuple[Judge | None, str]:
    """A judge that shares neither name nor weights nor training rows with those of ``samples`` nor with the
    system under test; and in words why there is none."""
    first = [panel[name] for name in sorted({s.expectation.judge for s in samples})]
    asked = [judge for judge in first if judge.basis is not Basis.EXACT]
    if not asked:
        return None, "the judges are exact checks, which need no second one"
    reasons = []
    for name in _CANDIDATES:
        try:
            judge: Judge = registry.get("judge", name)()
            lineage = judge.lineage
        except (MissingExtra, UnknownPlugin) as error:
            reasons.append(error.message)
            continue
        if lineage & model.lineage:
            reasons.append(f"'{name}' shares weights or training rows with {model.name}")
        elif not any(one.name == judge.name or one.lineage & lineage for one in asked):
            return judge, ""
    return None, "; ".join(reasons) or "none of ours differs from the first"


async def judge_again(carrier: Carrier, runs: Sequence[str], plain: dict[str, Sample]) -> Run | None:
    """The second judge's word on every success of ``runs``, those of plain seeds among them, in a run of its
    own; no model is called.

    It is asked about the plain request, ``plain`` by the seed's key: whether the answer does what the seed
    asks for, however the attack put it. Judgements of exact checks are not judged again.
    """
    second, store = carrier.parties.second, carrier.parties.store
    if second is None:
        return None
    run = phase_run(
        carrier.main, SECOND, Phase.CONFIRMATION, carrier.main.model, (), 1, {second.name: second.version}
    )
    if run.id in carrier.complete:
        carrier.runs.append(run.id)
        return run
    store.begin_run(run)
    done = store.done(run.id)
    batch: list[Record] = []
    for place, result in enumerate(_successes(carrier, runs)):
        sample = _for(second, result.sample)
        if carrier.parties.panel[result.sample.expectation.judge].basis is Basis.EXACT:
            continue
        if (sample.key, result.repeat) in done:
            continue
        judgement = await _judged(second, result, plain[plain_of(result.sample)])
        key = judgement_key(result.completion_key, sample.expectation, second.version)
        batch.append(Record(sample, result.repeat, place, result.completion_key, None, key, judgement))
        if len(batch) >= _BATCH:
            store.add(run.id, batch)
            batch = []
    store.add(run.id, batch)
    store.end_run(run.id, RunStatus.COMPLETE, {})
    carrier.runs.append(run.id)
    return run


def _for(second: Judge, sample: Sample) -> Sample:
    expected = sample.expectation
    asked = Expectation(expected.behaviour, second.name, {"request": "as the plain seed puts it"})
    return dataclasses.replace(sample, expectation=asked)


async def _judged(second: Judge, result: Result, seed: Sample) -> Judgement:
    asked = dataclasses.replace(seed, expectation=Expectation(seed.expectation.behaviour, second.name))
    try:
        return await second.judge(asked, result.completion)
    except Exception as error:  # a plug-in may raise anything: the success stays unjudged
        note = Evidence(f"{type(error).__name__}: {error}")
        return Judgement(Outcome.ERROR, None, second.name, second.version, evidence=(note,))


def hits_of(carrier: Carrier, runs: Iterable[str]) -> Iterator[Result]:
    """The successes of attacks in some runs, in order."""
    return filter(is_hit, _successes(carrier, runs))


def _successes(carrier: Carrier, runs: Iterable[str]) -> Iterator[Result]:
    for run in runs:
        yield from carrier.parties.store.results(run, outcome=Outcome.COMPLIED)


async def sample_again(carrier: Carrier, runs: Sequence[str]) -> None:
    """One more sample of every attack and seed that succeeded, those of ``runs`` in their order, until the
    calls are spent. At temperature 0 of strategies alone, whose attacker draws anew: any other answer would
    be the same one, and confirm nothing."""
    greedy = carrier.main.settings.temperature == 0
    keys = dict.fromkeys(result.sample.key for result in hits_of(carrier, runs))
    left = carrier.left
    chosen: list[Attempt] = []
    for key in keys:
        one = carrier.attempts[key]
        if one.calls <= left and not (greedy and one.entry.strategy is None):
            left -= one.calls
            chosen.append(one)
    static = [one for one in chosen if one.entry.strategy is None]
    await carrier.attempts_of("second samples", Phase.CONFIRMATION, static, model=carrier.parties.model)
    for name in dict.fromkeys(one.entry.attack.id for one in chosen if one.entry.strategy):
        played = [one for one in chosen if one.entry.attack.id == name]
        run = await carrier.attempts_of(
            f"second samples: {name}", Phase.CONFIRMATION, played, model=carrier.parties.drivers[name]
        )
        reserved = sum(one.calls for one in played)
        used = calls_spent(carrier.parties.store.results(run.id), played[0].calls)
        carrier.spent -= reserved - used


def keep_findings(carrier: Carrier, hits: Iterable[Hit], runs: Sequence[str]) -> int:
    """Confirmed successes as findings, the first of each attack and seed; how many."""
    wanted = {(hit.sample_key, hit.repeat): hit for hit in first_confirmed(hits)}
    for result in hits_of(carrier, runs):
        hit = wanted.get((result.sample.key, result.repeat))
        if hit is not None:
            carrier.parties.store.add_finding(_finding(carrier.main, hit, result))
    return len(wanted)


def first_confirmed(hits: Iterable[Hit]) -> list[Hit]:
    """The first confirmed success of each attack and seed."""
    found: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        if hit.confirmed:
            found.setdefault((hit.attack, hit.seed), hit)
    return list(found.values())


def _finding(main: Run, hit: Hit, result: Result) -> Finding:
    return Finding(
        id=hit.id,
        sample=result.sample,
        completion=result.completion,
        judgement=result.judgement,
        model=main.model,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        note=f"{hit.attack}; again: {hit.replay}",
        origin=f"campaign:{main.id}",
        confirmed=tuple(one for one in (hit.second_judge, hit.second_sample) if one is not None),
    )
