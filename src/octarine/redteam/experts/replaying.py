"""A finding's attack put to a model again: does it still work, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from octarine.core.access import keeps_text
from octarine.core.content import Conversation, Message
from octarine.core.errors import InputError, ModelError, OctarineError
from octarine.core.estimate import Estimate
from octarine.core.protocols import Model
from octarine.core.results import (
    Completion,
    Finding,
    Finish,
    ModelIdentity,
    Result,
    Settings,
)
from octarine.core.samples import Sample
from octarine.core.stats import proportion
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.pictures import drawn
from octarine.evaluate.runner import REPEAT, SAMPLE
from octarine.redteam.experts.verdicts import works
from octarine.redteam.running.asking import ENVIRONMENTS, driver_of
from octarine.store import Store, with_data

SETTINGS = Settings(temperature=0.7)
"""How a replay generates where nobody says otherwise: a temperature, or all answers would be one."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a model did with the attack of a finding, several times.

    Attributes:
        finding: the finding's id.
        worked: in how many of the answers that could be judged the attack worked.
        judged: how many could be.
        answers: every one, in order, with its judgement; ``repeat`` is also the sampler's seed.
    """

    finding: str
    model: ModelIdentity
    worked: int
    judged: int
    answers: tuple[Result, ...]

    @property
    def errors(self) -> int:
        """Calls that failed and answers that no judge could decide; in no rate."""
        return len(self.answers) - self.judged

    @property
    def rate(self) -> Estimate | None:
        """Share of the judged answers in which it worked; None where none was judged."""
        return proportion(self.worked, self.judged) if self.judged else None

    @property
    def still_works(self) -> bool:
        """Whether it worked at least once."""
        return self.worked > 0


def attack_of(finding: Finding, store: Store | None = None) -> Conversation:
    """What was put to the model, word for word: of an attack over turns all that was said before the answer.
    With a store, the bytes of its parts are loaded.

    Raises:
        InputError: nothing of its text is kept.
        StoreError: the store does not hold its bytes.
    """
    if not keeps_text(finding):
        raise InputError(
            f"the finding {finding.id} is metadata alone: there is nothing to put to a model",
            hint="What endangers a child is kept without its text.",
        )
    exchange, asked = finding.completion.exchange, finding.sample.conversation
    turns: tuple[Message, ...] = exchange.turns if exchange and exchange.turns else asked.messages
    conversation = Conversation(turns, asked.tools)
    return with_data(conversation, store) if store else conversation


def _put(finding: Finding, store: Store | None) -> Conversation:
    """The attack without what the model did in a world that it was given to act in: it acts anew."""
    attack = attack_of(finding, store)
    if driver_of(finding) not in ENVIRONMENTS:
        return attack
    return with_data(finding.sample.conversation, store) if store else finding.sample.conversation


async def replay(
    finding: Finding,
    model: Model,
    *,
    samples: int = 5,
    panel: JudgePanel | None = None,
    settings: Settings = SETTINGS,
    store: Store | None = None,
) -> Replay:
    """Put a finding's attack to ``model`` again, ``samples`` times, and judge every answer as the finding's
    sample says. Nothing is recorded and nothing recorded is used: the model may have changed.

    An attack over turns is put as it was said in the end, the model's own turns of then included; no attacker
    adapts it. Where the model was given tools, or asked beforehand what it believes, it is the sample itself.

    Args:
        model: started.
        settings: ``seed`` is that of the first answer; each next one has the next.
        store: where the bytes of pictures and files are; not needed for text.

    Raises:
        InputError: the judge shares a lineage with the model, or there is no text to put.
        ModelError: one that every further call would meet alike.
    """
    panel = panel or JudgePanel()
    asked = replace(finding.sample, conversation=_put(finding, store))
    if missing := model.capabilities.missing(asked.conversation):
        raise InputError(f"{model.identity.name} does not take what the attack of {finding.id} is: {missing}")
    panel.refuse_shared_lineage([asked], model.identity)
    slots = asyncio.Semaphore(max(1, model.capabilities.concurrency))

    async def one(repeat: int) -> Result:
        async with slots:
            SAMPLE.set(asked)
            REPEAT.set(repeat)
            answer = await _answer(model, asked, replace(settings, seed=settings.seed + repeat))
            return Result(asked, answer, await panel.judge(asked, answer), repeat)

    # Each call is a task of its own, so the context variables of one are not seen by another.
    answers = await asyncio.gather(*(one(repeat) for repeat in range(samples)))
    judged = [found.judgement for found in answers if found.judgement.score is not None]
    worked = sum(works(finding, judgement) for judgement in judged)
    return Replay(finding.id, model.identity, worked, len(judged), tuple(answers))


async def _answer(model: Model, sample: Sample, settings: Settings) -> Completion:
    try:
        return await model.generate(drawn(sample.conversation), settings)
    except ModelError as error:
        if error.fatal:
            raise
        return Completion(finish=Finish.ERROR, error=error.message)
    except OctarineError:
        raise
    except Exception as error:  # a user's function may raise anything: counted, as in a run
        return Completion(finish=Finish.ERROR, error=f"{type(error).__name__}: {error}")
