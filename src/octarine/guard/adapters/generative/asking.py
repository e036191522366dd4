"""What the adapters of generative models share: ask, read the verdict, count."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from octarine.core.content import Conversation, Message, Modality
from octarine.core.errors import BadResponse, RequestRejected
from octarine.core.protocols import Model
from octarine.core.results import Completion, Finish, ModelIdentity, Settings, Usage
from octarine.guard.adapters.adapter import Moderation, dialogue, side_of
from octarine.guard.adapters.labels import Label, Side, tables

TOP = 5
"""Alternatives a token that are asked for: the two verdicts are among the first."""
SHOWN = 120


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the model is asked. ``topic`` tells several questions about one message apart."""

    conversation: Conversation
    topic: str = ""


class GenerativeAdapter(ABC):
    """A model that writes its verdict.

    Args:
        model: it, by any way that Octarine can call one. It is started and closed with the adapter.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    """Its section of ``data/labels.toml``."""
    max_tokens: ClassVar[int]
    pictures: ClassVar[bool] = False
    hint: ClassVar[str] = "Is this that model, served with the chat template that came with it?"

    def __init__(self, model: Model) -> None:
        self.model = model
        self._table = tables()[self.family]

    @property
    def identity(self) -> ModelIdentity:
        """That of the model."""
        return self.model.identity

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """What it has an opinion about, by side."""
        return self._table.covers

    async def start(self) -> None:
        """Start the model."""
        await self.model.start()

    async def aclose(self) -> None:
        """Close the model."""
        await self.model.aclose()

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the last message; see ``Adapter``."""
        side, started = side_of(conversation), time.monotonic()
        pictures = self.pictures and Modality.IMAGE in self.model.capabilities.inputs
        questions = self.questions(dialogue(conversation, self.name, pictures=pictures), side)
        answers = await asyncio.gather(*(self._asked(question) for question in questions))
        labels = [
            label
            for question, answer in zip(questions, answers, strict=True)
            for label in self.read(answer, question, side)
        ]
        return Moderation.of(
            self._table,
            labels,
            side,
            calls=len(questions),
            usage=Usage.total(answer.usage for answer in answers),
            seconds=time.monotonic() - started,
        )

    @abstractmethod
    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """What to ask about the last of ``turns``, which go user, assistant, user …"""

    @abstractmethod
    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """The labels of the family's table that an answer gives.

        Raises:
            BadResponse: it is not in the model's format.
        """

    def unreadable(self, answer: Completion) -> BadResponse:
        """The error for an answer that is no verdict."""
        return BadResponse(
            f"{self.name} ({self.identity.name}) gave no verdict: {answer.text.strip()[:SHOWN]!r}",
            hint=self.hint,
        )

    async def _asked(self, question: Question) -> Completion:
        logprobs = TOP if self.model.capabilities.logprobs else 0
        answer = await self.model.generate(
            question.conversation, Settings(max_tokens=self.max_tokens, logprobs=logprobs)
        )
        if answer.error or answer.finish is Finish.ERROR:
            raise BadResponse(
                f"{self.name} ({self.identity.name}) failed: {answer.error or 'no reason given'}"
            )
        if answer.finish is Finish.FILTERED:
            raise RequestRejected(
                f"the endpoint of {self.name} ({self.identity.name}) filtered the text that it should judge",
                hint="Serve the model where no other filter stands before it.",
            )
        return answer
