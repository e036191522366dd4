"""A target with a known harm function, and an attacker that varies what it is shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from octarine.core.content import Conversation
from octarine.core.results import Completion, Settings
from octarine.models.scripted import ScriptedModel

WORDS = tuple(f"w{i:02}" for i in range(100))
HARMFUL = frozenset(WORDS[:12])
"""What the target is weak for: words without a meaning."""
LENGTH = 8


def harm(prompt: str) -> float:
    """Rises with how many harmful words a prompt has: half at four of eight."""
    found = sum(word in HARMFUL for word in prompt.split())
    return float(1.0 / (1.0 + np.exp(-1.5 * (found - 4))))


class Scorer:
    """Knows the harm function."""

    name = "known"

    async def __call__(self, asked: Conversation, answer: Completion) -> Mapping[str, float]:
        return {"known": harm(answer.text)}


def target() -> ScriptedModel:
    """Answers with the prompt."""
    return ScriptedModel(lambda conversation: conversation.prompt, name="scripted:target")


def shown_in(request: str) -> list[list[str]]:
    """The exemplars in an attacker's request."""
    lines = [line for line in request.split("\n") if line.startswith("prompt: ")]
    return [line.removeprefix("prompt: ").split() for line in lines[:-1]]


class Varying(ScriptedModel):
    """Word for word, one of the exemplars' or, in ``changes`` of cases, any. ``blind``: looks at none."""

    def __init__(self, changes: float = 0.15, *, blind: bool = False) -> None:
        super().__init__(name="scripted:varying")
        self._changes = changes
        self._blind = blind

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        self.calls += 1
        rng = np.random.default_rng([int(conversation.key[:12], 16), settings.seed])
        shown = [] if self._blind else shown_in(conversation.prompt)
        return Completion.of_text(" ".join(self._word(shown, place, rng) for place in range(LENGTH)))

    def _word(self, shown: list[list[str]], place: int, rng: np.random.Generator) -> str:
        if not shown or rng.random() < self._changes:
            return WORDS[int(rng.integers(len(WORDS)))]
        one = shown[int(rng.integers(len(shown)))]
        return one[place % len(one)]


def seed_set(number: int, harmful: int = 3, size: int = 4) -> tuple[str, ...]:
    """Prompts with ``harmful`` such words each: near to what works."""
    rng = np.random.default_rng([7, number])
    return tuple(_seed(rng, harmful) for _ in range(size))


def _seed(rng: np.random.Generator, harmful: int) -> str:
    words = [*rng.choice(WORDS[:12], harmful), *rng.choice(WORDS[12:], LENGTH - harmful)]
    rng.shuffle(words)
    return " ".join(words)
