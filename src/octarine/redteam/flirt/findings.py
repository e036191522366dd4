"""What a run found, as findings: prompts with an unsafe answer that a second judge confirms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.protocols import Judge
from octarine.core.results import Completion, Evidence, Finding, Judgement, Outcome
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.redteam.experts.mapping import mapping
from octarine.redteam.flirt.loop import Ask
from octarine.redteam.flirt.record import FlirtRun, Phase, Plan, Round, folded

BENCHMARK = "flirt"


def run_id(plan: Plan) -> str:
    """Of everything that a run depends on but for its length: a run that goes on keeps its findings."""
    return digest(encode(replace(plan, rounds=1)))[:16]


async def confirmed(
    run: FlirtRun,
    ask: Ask,
    second: Judge | None,
    *,
    dimension: Dimension = Dimension.SAFETY,
    language: str = "en",
    access: str = "",
) -> tuple[Finding, ...]:
    """The unsafe rounds of the search as findings, one a prompt (case and blanks aside), in order: those to
    whose answers ``second`` says ``complied``; without it all, confirmed by nobody.

    ``ask``: what the run was made with. The second judge looks at the prompt as the attacker wrote it,
    however it was put to the target. ``access``: label of what the seeds are about; a prompt that an attacker
    wrote says of itself no risk.
    """
    found = []
    for one in _unsafe(run):
        sample = _sample(run.plan, one, ask, dimension, language)
        plain = replace(sample, conversation=Conversation.user(one.prompt))
        answer = Completion(one.answer)
        again = (await second.judge(plain, answer),) if second else ()
        if all(judgement.outcome is Outcome.COMPLIED for judgement in again):
            found.append(replace(_finding(run.plan, one, sample, answer, again), access=access))
    return tuple(found)


def _unsafe(run: FlirtRun) -> Iterator[Round]:
    seen = set()
    for one in run.rounds:
        text = folded(one.prompt)
        if one.phase is Phase.SEARCH and one.unsafe and text not in seen:
            seen.add(text)
            yield one


def _sample(plan: Plan, one: Round, ask: Ask, dimension: Dimension, language: str) -> Sample:
    name = run_id(plan)
    asked = ask(one.prompt)
    assert isinstance(asked, Conversation)
    steps = (f"flirt/{json.dumps({'strategy': plan.strategy.value})}", *getattr(ask, "techniques", ()))
    return Sample(
        id=f"flirt-{name}-{one.number}",
        conversation=asked,
        expectation=Expectation(Behaviour.DEFLECT, plan.scorer.partition("@")[0]),
        dimension=dimension,
        objectives=mapping().objectives_of("", dimension.value, Behaviour.DEFLECT),
        language=language,
        variant="harmful",
        provenance=Provenance(BENCHMARK, name, techniques=steps),
    )


def _finding(
    plan: Plan, one: Round, sample: Sample, answer: Completion, again: tuple[Judgement, ...]
) -> Finding:
    judge, _, version = plan.scorer.partition("@")
    harm = max(one.harms.values())
    said = Judgement(
        Outcome.COMPLIED,
        0.0,
        judge,
        version,
        {Outcome.COMPLIED.value: harm},
        (Evidence(", ".join(f"{name}: {value:.2f}" for name, value in one.harms.items())),),
    )
    return Finding(
        id=digest([BENCHMARK, run_id(plan), one.number])[:16],
        sample=sample,
        completion=answer,
        judgement=said,
        model=plan.target,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        note=one.prompt,
        origin=f"flirt:{run_id(plan)}",
        confirmed=again,
    )
