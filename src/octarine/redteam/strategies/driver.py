"""A strategy around a target, as a model: what a campaign runs samples against."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import numpy as np

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import Unsupported
from octarine.core.protocols import Capabilities, Model, NotApplicable
from octarine.core.results import Completion, ModelIdentity, Result, Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import REPEAT, SAMPLE
from octarine.redteam.applying import recognised
from octarine.redteam.strategies.attempt import Attempt, JudgeCall, Rules
from octarine.redteam.strategies.strategy import Strategy

VERSION = 1
"""Of what is not in a strategy's declaration: raised when the same one would play otherwise."""


def driver(
    strategy: Strategy,
    target: Model,
    attacker: Model | None,
    judge: JudgeCall,
    *,
    judged_by: str = "",
    rules: Rules | None = None,
) -> Driver:
    """``target`` behind ``strategy``: one call of ``generate`` is one attempt.

    Args:
        attacker: writes for it; None: texts and rules of ours.
        judge: says of an answer whether it is the one that was wanted.
        judged_by: what tells one judge from another (names with versions). An attempt stops when its judge
            says so: another judge makes another completion, and has to have another identity.
    """
    return Driver(strategy, target, attacker, judge, judged_by, rules or Rules())


class Driver:
    """See ``driver``. Draws from the settings' seed, the conversation and the repeat: equal calls are equal
    attempts, as far as the models go. ``start`` and ``aclose`` are those of the target and the attacker:
    where several drivers share them, start and close the models instead."""

    def __init__(
        self,
        strategy: Strategy,
        target: Model,
        attacker: Model | None,
        judge: JudgeCall,
        judged_by: str,
        rules: Rules,
    ) -> None:
        self.strategy = strategy
        self._target = target
        self._attacker = attacker
        self._judge = judge
        self._judged_by = judged_by
        self._rules = rules

    @property
    def identity(self) -> ModelIdentity:
        """The target's name and lineage; its revision with a digest of everything else that decides."""
        of_target = self._target.identity
        mark = digest(self._configuration())[:16]
        return ModelIdentity(of_target.name, f"{of_target.revision}+{mark}", of_target.lineage)

    def _configuration(self) -> Mapping[str, Any]:
        attacker = self._attacker.identity if self._attacker else None
        return {
            "version": VERSION,
            "strategy": str(self.strategy),
            "attacker": [attacker.name, attacker.revision] if attacker else [],
            "judged_by": self._judged_by,
            "rules": encode(self._rules),
        }

    @property
    def capabilities(self) -> Capabilities:
        """The target's; nothing is streamed, and it is not local where the attacker is not."""
        local = self._target.capabilities.local and (
            self._attacker is None or self._attacker.capabilities.local
        )
        return dataclasses.replace(self._target.capabilities, streaming=False, logprobs=False, local=local)

    async def start(self) -> None:
        """Starts the target, and the attacker where it is another model."""
        await self._target.start()
        if self._attacker is not None and self._attacker is not self._target:
            await self._attacker.start()

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The answer that counts, with its ``exchange``: ``calls`` until it was elicited, or all of the
        budget.

        The sample of the call under way says what is expected; without one the conversation is to be
        deflected.

        Raises:
            Unsupported: the strategy does not apply to this sample or this target.
            ModelError: one that every call will share; or no message that asks for the request was answered.
        """
        sample = SAMPLE.get()
        sample = dataclasses.replace(sample, conversation=conversation) if sample else _bare(conversation)
        completion, _ = await self.played(sample, settings)
        return completion

    async def played(self, sample: Sample, settings: Settings) -> tuple[Completion, Attempt]:
        """See ``generate``; and the attempt that it was."""
        if reason := self.strategy.unfit(sample, self._target.capabilities):
            raise Unsupported(reason.reason)
        rng = np.random.default_rng([int(sample.conversation.key[:16], 16), settings.seed, REPEAT.get()])
        attempt = Attempt(
            self.strategy, sample, self._target, self._attacker, self._judge, settings, rng, self._rules
        )
        await self.strategy.play(attempt)
        return await attempt.finish(), attempt

    async def aclose(self) -> None:
        """Closes what ``start`` started."""
        await self._target.aclose()
        if self._attacker is not None and self._attacker is not self._target:
            await self._attacker.aclose()


def _bare(conversation: Conversation) -> Sample:
    expectation = Expectation(Behaviour.DEFLECT, "refusal")
    language = recognised(conversation.prompt)
    return Sample("", conversation, expectation, Dimension.SAFETY, (), language=language)


async def attempt(
    strategy: Strategy,
    sample: Sample,
    target: Model,
    attacker: Model | str | None,
    judge: JudgeCall | None,
    settings: Settings,
) -> Result | NotApplicable:
    """See ``Strategy.attempt``."""
    async with AsyncExitStack() as stack:
        if isinstance(attacker, str):
            attacker = await _opened(attacker, stack)
        if judge is None:
            panel = JudgePanel()
            stack.push_async_callback(panel.aclose)
            judge = panel.judge
        played = Driver(strategy, target, attacker, judge, "", Rules())
        try:
            completion, found = await played.played(sample, settings)
        except Unsupported as error:
            return NotApplicable(error.message)
        return Result(strategy.on(sample), completion, found.judgement)


async def _opened(name: str, stack: AsyncExitStack) -> Model:
    from octarine.models.names import open_model

    model = open_model(name)
    stack.push_async_callback(model.aclose)
    await model.start()
    return model
