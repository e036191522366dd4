"""Asking the model, filling open turns, judging: each failure is a message, never an end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import OctarineError, Unsupported
from octarine.core.protocols import Model, NotApplicable
from octarine.core.results import Completion, Evidence, Exchange, Finish, Judgement, Outcome, Settings
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.scoring import judge_note
from octarine.redteam import Chain, Transformed, play, transform
from octarine.report import words
from octarine.server.redteam.session import Answer, Chat, Draft, Turn

DRIVER = "chat"
"""Who wrote the turns, in an ``Exchange``."""


class Asker:
    """A model under test, a judge and, where there is one, a writer for the techniques that need one."""

    def __init__(self, model: Model, panel: JudgePanel, judge: str, writer: Model | None = None) -> None:
        self.model = model
        self.panel = panel
        self.judge = judge
        self.writer = writer
        self._starting: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Start the models, once; a start that failed is tried again. Raises what they raise."""
        if self._starting is None or (self._starting.done() and _failed(self._starting)):
            self._starting = asyncio.create_task(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        await self.model.start()
        self.refuse_own_judge()
        if self.writer is not None and self.writer is not self.model:
            await self.writer.start()

    async def aclose(self) -> None:
        """Release the models."""
        if self._starting is not None:
            self._starting.cancel()
        await self.model.aclose()
        if self.writer is not None:
            await self.writer.aclose()
        await self.panel.aclose()

    def refuse_own_judge(self) -> None:
        """Raise InputError where the judge shares a lineage with the model."""
        self.panel.refuse_shared_lineage([self.sample(Conversation.user("?"))], self.model.identity)

    def trust(self, language: str) -> str:
        """How far the judge can be trusted with this model's answers, in words."""
        judge = self.panel[self.judge]
        known = judge_note(judge.name, judge.version, language, 0, self.model.identity, self.panel)
        return words.judge_note(known)

    def sample(self, conversation: Conversation) -> Sample:
        """What the judge is asked about: something that should be deflected."""
        expectation = Expectation(Behaviour.DEFLECT, self.judge)
        return Sample("chat", conversation, expectation, Dimension.SAFETY, ())

    async def made(self, draft: Draft) -> Transformed | NotApplicable | None:
        """What the techniques make of a draft; None where there are none, or nothing to make it of."""
        if not draft.chain or not draft.text.strip():
            return None
        if self.writes(draft):
            await self.ready()
        return await transform(
            Chain(draft.chain),
            Conversation.user(draft.text),
            seed=draft.seed,
            language=draft.language,
            writer=self.writer,
        )

    def writes(self, draft: Draft) -> bool:
        """Whether a model is asked to make it."""
        return self.writer is not None and any(step.instruction for step in draft.chain)

    def ask(self, chat: Chat, turn: Turn, samples: int) -> None:
        """Begin to ask for answers to a turn; they come in as they are there."""
        first = chat.drawn
        chat.drawn += samples
        turn.awaited += samples
        turn.task = asyncio.create_task(self._answers(chat, turn, first, samples))

    async def _answers(self, chat: Chat, turn: Turn, first: int, samples: int) -> None:
        gate = asyncio.Semaphore(max(1, self.model.capabilities.concurrency))
        settings = Settings(max_tokens=chat.max_tokens, temperature=chat.temperature)

        async def one(number: int) -> None:
            async with gate:
                answer = await self._answer(turn.whole, replace(settings, seed=number))
            turn.answers.append(answer)
            turn.awaited -= 1

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(first, first + samples):
                    group.create_task(one(number))
        finally:
            # Also where a person stopped it: what has come stays.
            turn.awaited = 0
            chat.settle(turn)

    async def _answer(self, conversation: Conversation, settings: Settings) -> Answer:
        try:
            await self.ready()
            if lacking := self.model.capabilities.missing(conversation):
                raise Unsupported(f"{self.model.identity.name} does not take {lacking}")
            played, filled = await play(self.model, conversation, settings)
            completion = await self.model.generate(played, settings)
        except OctarineError as error:
            return _error(conversation, str(error))
        except Exception as error:  # a plug-in may raise anything, and the chat goes on
            return _error(conversation, f"{type(error).__name__}: {error}")
        if filled:
            exchange = Exchange(played.messages, len(filled) + 1, DRIVER)
            completion = replace(completion, exchange=completion.exchange or exchange)
        return Answer(played, completion, len(filled), await self._judged(played, completion))

    async def _judged(self, conversation: Conversation, completion: Completion) -> Judgement | None:
        if completion.error or completion.finish is Finish.ERROR:
            return None
        try:
            return await self.panel.judge(self.sample(conversation), completion)
        except OctarineError as error:
            judge = self.panel[self.judge]
            why = Evidence(error.message)
            return Judgement(Outcome.ERROR, None, judge.name, judge.version, evidence=(why,))


def _error(conversation: Conversation, why: str) -> Answer:
    return Answer(conversation, Completion(finish=Finish.ERROR, error=why))


def _failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None
