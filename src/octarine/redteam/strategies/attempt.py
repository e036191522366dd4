"""One attempt under way: what a strategy asks through. It counts, judges, and says when it is over."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import numpy as np

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.errors import InternalError, ModelError, Unsupported
from octarine.core.protocols import Model, NotApplicable
from octarine.core.results import Completion, Exchange, Finish, Judgement, Settings, Usage
from octarine.core.samples import Sample
from octarine.redteam.applying import recognised
from octarine.redteam.chain import Chain
from octarine.redteam.running.writing import transform
from octarine.redteam.strategies.answer import Answer, Line
from octarine.redteam.strategies.attacker import Attacker
from octarine.redteam.strategies.refusing import refuses
from octarine.redteam.strategies.strategy import Strategy
from octarine.redteam.strategies.texts import Texts
from octarine.redteam.technique import Technique

JudgeCall = Callable[[Sample, Completion], Awaitable[Judgement]]
ERRORS_IN_A_ROW = 3
"""So many failed calls end an attempt, with what it has: what is down is not asked a hundred times."""


WRITING = Settings(max_tokens=400, temperature=1.0, top_p=0.9)
"""As in PAIR and TAP, with fewer tokens."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts.

    Attributes:
        every: whether every answer counts, those to the steps that lead up to the request included. For a
            judge that looks for the harm itself; one that tells nothing but refusals would call the answer to
            the first harmless step a success.
        writing: how the attacker generates. The seed is drawn anew for every call.
    """

    every: bool = False
    writing: Settings = WRITING


class Attempt:
    """See ``ask`` and ``write``.

    Attributes:
        request: the text that the seed asks.
        opening: what stands before it, a system message for one. A conversation starts there.
        rng: everything that a strategy draws comes from here.
    """

    def __init__(
        self,
        strategy: Strategy,
        sample: Sample,
        target: Model,
        attacker: Model | None,
        judge: JudgeCall,
        settings: Settings,
        rng: np.random.Generator,
        rules: Rules,
    ) -> None:
        messages = sample.conversation.messages
        self.strategy = strategy
        self.sample = sample
        self.request = sample.conversation.prompt
        self.opening: Line = messages[:-1]
        self.language = sample.language or recognised(self.request)
        self.rng = rng
        self.attacker = Attacker(attacker, sample, self.language, rules.writing, rng)
        self.texts = Texts(self.request, self.language)
        self._target = target
        self._judge = judge
        self._settings = settings
        self._rules = rules
        self._inside = strategy.inside()
        self._answers: list[Answer] = []
        self._seconds = 0.0
        self._error: ModelError | None = None

    def __getitem__(self, name: str) -> object:
        return self.strategy.values[name]

    def number(self, name: str) -> int:
        """A parameter that is a whole number."""
        return int(self.strategy.values[name])

    @property
    def over(self) -> bool:
        """Whether it was elicited, the budget of calls is spent, or the target is down."""
        return self.elicited or self._down or len(self._answers) >= self.strategy.calls

    @property
    def _down(self) -> bool:
        last = self._answers[-ERRORS_IN_A_ROW:]
        return len(last) == ERRORS_IN_A_ROW and all(one.failed for one in last)

    @property
    def elicited(self) -> bool:
        """Whether the last answer is the one that was wanted."""
        return bool(self._answers) and self._answers[-1].elicited

    async def ask(
        self, text: str, after: Line | None = None, *, asks: bool, temperature: float | None = None
    ) -> Answer:
        """Put ``text`` to the target behind ``after`` (left out: the opening).

        The last call of the budget asks the request as it is, if no earlier one asked for it: an attempt
        never ends with nothing but answers to harmless steps.

        Args:
            asks: whether ``text`` asks for what the seed asks for.

        Raises:
            ModelError: one that every call will share; any other is an answer that failed.
            Unsupported: the target does not take what would be put to it, or the chain inside does not apply.
        """
        if self.over:
            raise InternalError(f"{self.strategy.id} asks after its attempt is over")
        if len(self._answers) == self.strategy.calls - 1 and not any(one.asks for one in self._answers):
            text, asks = text if asks else self.request, True
        message = await self._inside_of(text)
        asked = (*(self.opening if after is None else after), message)
        completion = await self._completed(asked, temperature)
        answer = Answer(asked, completion, asks)
        if not answer.failed:
            counts = asks or self._rules.every
            answer = replace(
                answer,
                refused=await refuses(self.sample, text, completion),
                judgement=await self._judge(self.sample, completion) if counts else None,
            )
        self._answers.append(answer)
        return answer

    async def dressed(self, technique: Technique | Chain, text: str) -> Message | NotApplicable:
        """``text`` as a user's message after a technique, drawn from the attempt's generator."""
        seed = int(self.rng.integers(2**31))
        made = await transform(technique, Conversation.user(text), seed=seed, language=self.language)
        if isinstance(made, NotApplicable):
            return made
        return made.conversation.messages[-1]

    async def framed(self, technique: str) -> str:
        """The request after one of our techniques; as it is where that does not apply."""
        from octarine.redteam.catalogue import techniques

        made = await self.dressed(techniques[technique], self.request)
        return self.request if isinstance(made, NotApplicable) else made.text

    async def finish(self) -> Completion:
        """The answer that counts, with how it came about; asks the request if nothing did.

        Raises:
            ModelError: no message that asks for the request was answered.
        """
        if not any(one.asks for one in self._answers) and not self.over:
            await self.ask(self.request, asks=True)
        chosen = self._chosen()
        cut = f"cut short by {ERRORS_IN_A_ROW} failed calls" if self._down else ""
        said = (str(self.strategy), self.attacker.name, self.texts.said, cut)
        exchange = Exchange(
            turns=chosen.asked,
            calls=len(self._answers),
            driver=", ".join(filter(None, said)),
            malformed=self.attacker.malformed,
            written=self.attacker.calls,
            writing=Usage.total(self.attacker.usages),
        )
        usage = Usage.total(one.completion.usage for one in self._answers)
        return replace(chosen.completion, usage=usage, latency_s=self._seconds, exchange=exchange)

    @property
    def judgement(self) -> Judgement:
        """Of the answer that counts."""
        judgement = self._chosen().judgement
        assert judgement is not None
        return judgement

    def _chosen(self) -> Answer:
        """The one that was wanted; else, of those that count, the nearest; of several that are, the last."""
        if self.elicited:
            return self._answers[-1]
        counting = [one for one in self._answers if one.judgement is not None]
        if not counting:
            raise self._error or InternalError(f"{self.strategy.id} ended before anything was asked")
        return max(reversed(counting), key=lambda one: one.worth)

    async def _inside_of(self, text: str) -> Message:
        if self._inside is None:
            return Message(Role.USER, (Part.of_text(text),))
        made = await self.dressed(self._inside, text)
        if isinstance(made, NotApplicable):
            raise Unsupported(f"the chain inside {self.strategy.id} does not apply: {made.reason}")
        return made

    async def _completed(self, asked: Line, temperature: float | None) -> Completion:
        conversation = Conversation(asked, self.sample.conversation.tools)
        if lacking := self._target.capabilities.missing(conversation):
            raise Unsupported(f"{self._target.identity.name} does not take {lacking}")
        settings = replace(self._settings, seed=int(self.rng.integers(2**31)))
        if temperature is not None:
            settings = replace(settings, temperature=temperature)
        begun = time.monotonic()
        try:
            return await self._target.generate(conversation, settings)
        except ModelError as error:
            if error.fatal or isinstance(error, Unsupported):
                raise
            self._error = error
            return Completion(finish=Finish.ERROR, error=error.message)
        finally:
            self._seconds += time.monotonic() - begun
