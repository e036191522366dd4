"""Qwen3Guard-Gen (0.6B, 4B, 8B): ``Safety:``, ``Categories:`` and, of an answer, ``Refusal:``.

The prompt is the chat template that comes with the weights; the turns themselves are sent, as the model's
own examples do. Source: github.com/QwenLM/Qwen3Guard, ``README.md`` (commit 019b2e3): the patterns below,
and the categories, of which ``Jailbreak`` is for input only. ``Controversial`` is harmful or not by one's
policy: the two readings are two adapters.

Qwen3Guard-Stream judges token by token and needs code of its own to be run, which Octarine does not do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from octarine.core.content import Conversation, Message
from octarine.core.results import Completion
from octarine.guard.adapters.generative.asking import GenerativeAdapter, Question
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.guard.adapters.labels import Label, Side

_SAFETY = re.compile(r"Safety: (Safe|Unsafe|Controversial)")
_REFUSAL = re.compile(r"Refusal: (Yes|No)")
_INPUT_ONLY = "Jailbreak"


class Qwen3Guard(GenerativeAdapter):
    """The loose reading: ``Controversial`` passes. Its probability is that of ``Unsafe`` alone."""

    name = "qwen3guard"
    family = "qwen3guard"
    max_tokens = 128
    harmful: ClassVar[tuple[str, ...]] = ("unsafe",)
    harmless: ClassVar[tuple[str, ...]] = ("safe", "controversial")

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """The turns, as they are."""
        return [Question(Conversation(turns))]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """``unsafe`` with its probability, the categories, and whether the answer refuses."""
        safety = _SAFETY.search(answer.text)
        if safety is None:
            raise self.unreadable(answer)
        flagged = safety[1].lower() in self.harmful
        chance = verdict_probability(answer.logprobs, self.harmful, self.harmless, after="safety:")
        labels = [Label("unsafe", flagged, chance)]
        if flagged:
            labels += [Label(name, True) for name in self._named(answer.text, side)]
        if side == "output" and (refusal := _REFUSAL.search(answer.text)):
            chance = verdict_probability(answer.logprobs, ["yes"], ["no"], after="refusal:")
            labels.append(Label("Refusal", refusal[1] == "Yes", chance))
        return labels

    def _named(self, text: str, side: Side) -> list[str]:
        line = re.search(r"Categories:(.*)", text)
        names = [name.strip() for name in line[1].split(",")] if line else []
        known = [name for name in dict.fromkeys(names) if name in self._table.label]
        return [name for name in known if side == "input" or name != _INPUT_ONLY]


class Qwen3GuardStrict(Qwen3Guard):
    """The strict reading: ``Controversial`` is harmful."""

    name = "qwen3guard-strict"
    harmful = ("unsafe", "controversial")
    harmless = ("safe",)
