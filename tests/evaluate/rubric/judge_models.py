"""Judge models that are made up: each reads the question and picks a letter by a rule of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from octarine.core.content import Conversation
from octarine.core.protocols import Capabilities
from octarine.core.results import Completion, ModelIdentity, Settings
from octarine.evaluate.rubric.questions import Rubric, rubrics

Pick = Callable[[Rubric, dict[str, str], Conversation], str]
"""Wording, statement → letter, question → the reply."""


class JudgeModel:
    """Counts its calls and answers by ``pick``."""

    def __init__(self, pick: Pick, name: str = "test:judge", lineage: frozenset[str] = frozenset()) -> None:
        self.identity = ModelIdentity(name, "1", lineage)
        self.capabilities = Capabilities(concurrency=2)
        self.pick = pick
        self.calls = 0
        self.started = self.closed = 0

    async def start(self) -> None:
        self.started += 1

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        self.calls += 1
        first = conversation.messages[0].text
        words = next(rubric for rubric in rubrics().values() if first.startswith(rubric.intro))
        lines = re.findall(r"^([A-D])\. (.*)$", first, re.M)
        return Completion.of_text(self.pick(words, {text: letter for letter, text in lines}, conversation))

    async def aclose(self) -> None:
        self.closed += 1


def always(name: str) -> Pick:
    """Picks the same statement wherever it stands."""
    return lambda words, letters, _: letters[getattr(words, name)]


def by_place(letter: str) -> Pick:
    """Picks a letter whatever it says: a judge that goes by position."""
    return lambda words, letters, _: letter


def by_language(**names: str) -> Pick:
    """Picks another statement in each language, ``other`` where none is given."""

    def pick(words: Rubric, letters: dict[str, str], _: Conversation) -> str:
        language = next(code for code, rubric in rubrics().items() if rubric is words)
        return letters[getattr(words, names.get(language, names["other"]))]

    return pick


def says(reply: str) -> Pick:
    """Always the same reply."""
    return lambda words, letters, _: reply
