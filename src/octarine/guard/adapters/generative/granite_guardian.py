"""Granite Guardian 3.0 to 3.2, and 4.1, asked about ``harm``: yes or no.

Source: github.com/ibm-granite/granite-guardian. Generations 3.0 to 3.2
(``evaluation/models/granite_guardian_3.py``, commit 6ae595b) answer a bare ``Yes`` or ``No``, 3.2 with a
confidence behind it. Their chat template takes the risk as an argument that chat endpoints do not carry,
and is about ``harm`` where it is left out, so the turns are sent and nothing else. Generation 4.1
(``evaluation/models/granite_guardian_4_1.py``, commit 1d6a7ea, and ``cookbooks/granite-guardian-4.1``) reads
its criterion from a last user turn, the ``<guardian>`` block, and answers ``<score> yes </score>``. The
block's last line says whose text is judged; the evaluation code says the assistant's of a request, too, and
the makers' detailed guide the user's.

Left out: 3.3, which takes its criterion through an argument of the template only; what it answers without one
could not be verified.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.results import Completion
from octarine.guard.adapters.generative.asking import GenerativeAdapter, Question
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.guard.adapters.generative.prompts import filled, prompts
from octarine.guard.adapters.labels import Label, Side

_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_SCORE = re.compile(r"<score>\s*(yes|no)\s*</score>", re.IGNORECASE)


class GraniteGuardian3(GenerativeAdapter):
    """Generations 3.0, 3.1 and 3.2."""

    name = "granite-guardian-3"
    family = "granite-guardian"
    max_tokens = 20

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """The last request, or the last request and its answer: the template takes no more."""
        return [Question(Conversation(turns[-2:] if side == "output" else turns[-1:]))]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """``harm``, by the first word."""
        word = re.search(r"\w+", answer.text)
        if word is None or word[0].lower() not in ("yes", "no"):
            raise self.unreadable(answer)
        chance = verdict_probability(answer.logprobs, ["yes"], ["no"])
        return [Label("harm", word[0].lower() == "yes", chance)]


class GraniteGuardian4(GenerativeAdapter):
    """Generation 4.1, without thinking aloud."""

    name = "granite-guardian-4.1"
    family = "granite-guardian"
    max_tokens = 48

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """The turns, and the block as one more of the user."""
        texts = prompts(self.family)
        whose = "assistant" if side == "output" else "user"
        asked = filled(texts["block"], criteria=texts["harm"], whose=whose)
        block = Message(Role.USER, (Part.of_text(asked),))
        return [Question(Conversation((*turns, block)))]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """``harm``, by the score behind any thoughts."""
        score = _SCORE.search(_THOUGHT.sub("", answer.text))
        if score is None:
            raise self.unreadable(answer)
        chance = verdict_probability(answer.logprobs, ["yes"], ["no"], after="<score>")
        return [Label("harm", score[1].lower() == "yes", chance)]
