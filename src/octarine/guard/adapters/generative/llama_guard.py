"""Llama Guard 3 (1B, 8B) and 4 (12B): ``safe``, or ``unsafe`` and the codes of what is violated.

The prompt is the chat template that comes with the weights: it takes user and assistant in turn, writes the
categories around them and asks about the last one. So the turns themselves are sent, and the prompt cannot
drift from the weights. Any endpoint that applies that template will do; one that does not gets no verdict,
and that is an error.

Sources: github.com/meta-llama/PurpleLlama, ``Llama-Guard3/8B/MODEL_CARD.md`` (commit c6616ce: S1 to S14, and
"we look at the probability for the first token, and use that as the 'unsafe' class probability") and
``Llama-Guard4/12B/MODEL_CARD.md`` (commit f45e4ad: the same labels; pictures). The 1B model has S1 to S13.

Not verified here: Llama Guard 4's published weights under ``hf:`` (they come with a part for pictures, and
their template may want content in parts). Serve them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from octarine.core.content import Conversation, Message
from octarine.core.results import Completion
from octarine.guard.adapters.generative.asking import GenerativeAdapter, Question
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.guard.adapters.labels import Label, Side

_CODE = re.compile(r"\bS\d{1,2}\b")


class LlamaGuard3(GenerativeAdapter):
    """Llama Guard 3. Its probability is that of ``unsafe``; single codes have none."""

    name = "llama-guard-3"
    family = "llama-guard"
    max_tokens = 32

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """The turns, as they are."""
        return [Question(Conversation(turns))]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """``unsafe`` with its probability, and the codes. A code that the table does not know is only
        unsafe."""
        first, _, rest = answer.text.strip().partition("\n")
        verdict = first.strip().lower()
        if verdict not in ("safe", "unsafe"):
            raise self.unreadable(answer)
        chance = verdict_probability(answer.logprobs, ["unsafe"], ["safe"])
        labels = [Label("unsafe", verdict == "unsafe", chance)]
        if verdict == "unsafe":
            codes = dict.fromkeys(_CODE.findall(rest))
            labels += [Label(code, True) for code in codes if code in self._table.label]
        return labels


class LlamaGuard4(LlamaGuard3):
    """Llama Guard 4: the same labels; it looks at pictures, too."""

    name = "llama-guard-4"
    pictures = True
