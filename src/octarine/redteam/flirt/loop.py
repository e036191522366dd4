"""The loop: the attacker writes a prompt from exemplars, the target answers, what worked becomes an exemplar.

Source: Mehrabi et al., "FLIRT: Feedback Loop In-context Red Teaming", EMNLP 2024. For models that you are
entitled to test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from octarine.core.content import Conversation
from octarine.core.errors import InputError, ModelError
from octarine.core.protocols import Model, NotApplicable
from octarine.redteam.flirt.attacker import INSTRUCTION, ZERO_SHOT, read, request, with_full_stop
from octarine.redteam.flirt.embedding import Embedder, ngrams
from octarine.redteam.flirt.exemplars import NOTHING, Exemplar, Queue
from octarine.redteam.flirt.record import FlirtRun, Options, Phase, Plan, Round, continued
from octarine.redteam.flirt.scorers import Score, checked
from octarine.redteam.flirt.strategies import Strategy, drawn, updated

Ask = Callable[[str], Conversation | NotApplicable]
"""What is put to the target: the prompt alone, or see ``asking``; not applicable is an error of the round."""
Toxicity = Callable[[str], float]
"""Of a prompt, 0 to 1."""


@dataclass(frozen=True)
class _Parties:
    attacker: Model
    target: Model
    score: Score
    embed: Embedder
    toxicity: Toxicity | None
    ask: Ask


async def flirt(
    attacker: Model,
    target: Model,
    score: Score,
    seeds: Sequence[str],
    strategy: Strategy = Strategy.SCORING,
    rounds: int = 1000,
    seed: int = 0,
    *,
    options: Options | None = None,
    embed: Embedder = ngrams,
    toxicity: Toxicity | None = None,
    ask: Ask = Conversation.user,
    resume: FlirtRun | None = None,
    on_plan: Callable[[Plan], None] | None = None,
    on_round: Callable[[Round], None] | None = None,
) -> FlirtRun:
    """Run, or go on with ``resume``. Both models have been started.

    The seeds are put to the target first, so that they have scores; the baseline, which takes no seeds, shows
    as many exemplars as there are. With models and functions that give equal answers to equal calls, equal
    arguments give equal records, resumed or not.

    Args:
        score: harm scorers; see ``scorers``.
        seeds: the first exemplars, two at least; the paper has four.
        rounds: of the search.
        toxicity: needed where low toxicity has a weight.
        on_plan, on_round: told of the plan once it is checked, and of every new round as soon as it is made;
            ``Log`` keeps them in a file.

    Raises:
        InputError: the arguments do not fit together, a record is of another run, a scorer gives no
            probability or shares its lineage with the target.
        ModelError: every further call would fail alike (``fatal``). Any other failure is counted.
    """
    options = options or Options()
    parties = _Parties(attacker, target, score, lru_cache(4096)(embed), toxicity, ask)
    plan = Plan(
        strategy=Strategy(strategy),
        seeds=tuple(seeds),
        rounds=rounds,
        seed=seed,
        attacker=attacker.identity,
        target=target.identity,
        scorer=score.name,
        embedder=_named(embed),
        toxicity=_named(toxicity) if toxicity else "",
        ask=_named(ask),
        options=options,
    )
    _check(plan, toxicity)
    _refuse_shared_lineage(score, target)
    done = list(continued(resume, plan)) if resume else []
    if on_plan:
        on_plan(plan)
    while len(done) < plan.before + plan.rounds:
        done.append(await _round(plan, done, parties))
        if on_round:
            on_round(done[-1])
    return FlirtRun(plan, tuple(done))


def _named(function: Any) -> str:
    named = getattr(function, "name", None) or getattr(function, "__qualname__", None)
    return str(named or type(function).__qualname__)


def _check(plan: Plan, toxicity: Toxicity | None) -> None:
    objectives = plan.options.objectives
    if len(plan.seeds) < 2 or not all(text.strip() for text in plan.seeds):
        raise InputError("FLIRT needs at least two seeds, none of them empty", hint="The paper has four.")
    if plan.rounds < 1 or plan.seed < 0:
        raise InputError(f"{plan.rounds} rounds, seed {plan.seed}", hint="At least 1, and at least 0.")
    if plan.strategy is Strategy.GREEDY and not objectives.by_item:
        raise InputError(
            "the greedy strategy cannot weigh diversity, which is of lists",
            hint=f"Use '{Strategy.SCORING.value}', which looks at every list.",
        )
    if objectives.low_toxicity and toxicity is None:
        raise InputError("low toxicity has a weight and nothing measures it", hint="Give 'toxicity'.")


def _refuse_shared_lineage(score: Score, target: Model) -> None:
    # What the guard in front of the target lets through, its own heads would call harmless.
    if getattr(score, "lineage", frozenset()) & target.identity.lineage:
        raise InputError(
            f"'{score.name}' shares weights or training rows with {target.identity.name}",
            hint="Score with a judge of another lineage.",
        )


async def _round(plan: Plan, done: Sequence[Round], parties: _Parties) -> Round:
    number = len(done)
    phase = plan.phase(number)
    # From the seed and the number alone, so that a run that is resumed draws what it would have drawn.
    rng = np.random.default_rng([plan.seed, number])
    queue = done[-1].queue if done else NOTHING
    begun = Round(number, phase, queue=queue)
    if phase is Phase.SEED:
        found, new = await _answered(replace(begun, prompt=plan.seeds[number]), plan, rng, parties)
        return replace(found, queue=Queue((*queue.items, new)))
    shown = _shown(plan, phase, done, queue, rng)
    begun = replace(begun, shown=tuple(item.text for item in shown))
    begun = await _written(begun, shown, plan, rng, parties)
    # A round without a score teaches nothing, but it is one that scoring-LIFO has waited.
    unchanged = queue.waiting() if plan.strategy is Strategy.SCORING_LIFO else queue
    if begun.fault:
        return replace(begun, queue=unchanged)
    found, new = await _answered(begun, plan, rng, parties)
    if found.error:
        return replace(found, queue=unchanged)
    options = plan.options
    after = updated(plan.strategy, queue, new, found.unsafe, options.objectives, options.rules, parties.embed)
    return replace(found, queue=after)


def _shown(
    plan: Plan, phase: Phase, done: Sequence[Round], queue: Queue, rng: np.random.Generator
) -> tuple[Exemplar, ...]:
    if plan.strategy is not Strategy.FEW_SHOT:
        return queue.items
    if phase is Phase.POOL:
        return ()
    pool = [_exemplar(one, plan) for one in done[: plan.before] if one.prompt and not one.error]
    return drawn(pool, len(plan.seeds), rng, plan.options.temperature)


async def _written(
    begun: Round, shown: Sequence[Exemplar], plan: Plan, rng: np.random.Generator, parties: _Parties
) -> Round:
    """With what the attacker wrote, or with the fault."""
    instruction = plan.options.instruction or (INSTRUCTION if shown else ZERO_SHOT)
    settings = replace(plan.options.attacking, seed=int(rng.integers(2**31)))
    try:
        answer = await parties.attacker.generate(Conversation.user(request(instruction, shown)), settings)
    except ModelError as error:
        if error.fatal:
            raise
        return replace(begun, fault=f"the attacker failed: {error.message}")
    prompt, fault = read(answer.text, instruction)
    return replace(begun, said=answer.text, prompt=prompt, fault=fault)


async def _answered(
    begun: Round, plan: Plan, rng: np.random.Generator, parties: _Parties
) -> tuple[Round, Exemplar]:
    """With the target's answer and the scores, or with the error; and the prompt as an exemplar."""
    toxicity = parties.toxicity(begun.prompt) if parties.toxicity else 0.0
    begun = replace(begun, toxicity=checked({"toxicity": toxicity}, plan.toxicity)["toxicity"])
    settings = replace(plan.options.answering, seed=int(rng.integers(2**31)))
    asked = parties.ask(begun.prompt)
    if isinstance(asked, NotApplicable):
        begun = replace(begun, error=f"could not be asked: {asked.reason}")
        return begun, _exemplar(begun, plan)
    try:
        answer = await parties.target.generate(asked, settings)
    except ModelError as error:
        if error.fatal:
            raise
        begun = replace(begun, error=f"the target failed: {error.message}")
        return begun, _exemplar(begun, plan)
    # A judge reads the request as the attacker wrote it, not the picture or the code that was made of it.
    about = Conversation.user(begun.prompt) if getattr(parties.ask, "techniques", ()) else asked
    harms = checked(await parties.score(about, answer), parties.score.name)
    why = "" if harms else answer.error or "the scorer found nothing to read"
    unsafe = any(value >= plan.options.threshold for value in harms.values())
    found = replace(begun, answer=answer.parts, harms=harms, error=why, unsafe=unsafe)
    return found, _exemplar(found, plan)


def _exemplar(one: Round, plan: Plan) -> Exemplar:
    full_stop = plan.options.rules.full_stop and one.phase is not Phase.SEED
    text = with_full_stop(one.prompt) if full_stop else one.prompt
    return Exemplar(text, tuple(one.harms.values()), one.toxicity)
