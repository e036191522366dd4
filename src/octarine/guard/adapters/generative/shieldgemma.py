"""ShieldGemma (2B, 9B, 27B): does a text violate one principle, Yes or No; one question for each of four.

It is asked with a whole prompt, without a chat template (``raw_prompt``): chat endpoints do not carry the
template's argument ``guideline``. Source: Google's notebook ``shieldgemma_on_keras``
(Apache-2.0; its commit is in ``data/prompts.toml``), in the words of the model's card,
ai.google.dev/gemma/docs/shieldgemma/model_card. The weights are under the Gemma terms of use, and whoever
fetches them agrees to those. The probability is that of ``Yes`` against ``No`` at the first token.
"""

from __future__ import annotations

from collections.abc import Sequence

from octarine.core.content import Conversation, Message
from octarine.core.results import Completion
from octarine.guard.adapters.generative.asking import GenerativeAdapter, Question
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.guard.adapters.generative.prompts import filled, prompts
from octarine.guard.adapters.labels import Label, Side

TITLES = {
    "dangerous": "No Dangerous Content",
    "harassment": "No Harassment",
    "hate": "No Hate Speech",
    "sexual": "No Sexually Explicit Information",
}
"""Label → the name of its principle."""


class ShieldGemma(GenerativeAdapter):
    """ShieldGemma. Four calls a message. English only, its card says."""

    name = "shieldgemma"
    family = "shieldgemma"
    max_tokens = 4
    hint = "Is this google/shieldgemma, asked by a whole prompt (an endpoint's /v1/completions, or hf:)?"

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """One prompt for each guideline, about the last request or the last answer."""
        request, response = (turns[-2].text, turns[-1].text) if side == "output" else (turns[-1].text, "")
        return [
            Question(Conversation.user(prompt(label, side, request, response)), label) for label in TITLES
        ]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """Whether the guideline is violated: more likely than not, or as the answer begins."""
        verdict = answer.text.strip().lower()
        if not verdict.startswith(("yes", "no")):
            raise self.unreadable(answer)
        chance = verdict_probability(answer.logprobs, ["yes"], ["no"])
        return [Label(question.topic, verdict.startswith("yes"), chance)]


def prompt(label: str, side: Side, request: str, response: str = "") -> str:
    """The whole prompt about one guideline, without the token that begins a text."""
    texts = prompts(ShieldGemma.family)
    return filled(
        texts[side],
        prompt=request.strip(),
        response=response.strip(),
        title=TITLES[label],
        wrong=texts[label],
    )
