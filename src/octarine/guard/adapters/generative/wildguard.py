"""WildGuard (7B): is the request harmful, does the answer refuse, is the answer harmful.

It is asked with a whole prompt, without a chat template (``raw_prompt``), and answers three lines that are
yes, no or n/a. Source: github.com/allenai/wildguard, ``wildguard/utils.py`` and ``wildguard/wildguard.py``
(commit 1b0fb04): the prompt, an empty answer where there is none, the three lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from octarine.core.content import Conversation, Message
from octarine.core.results import Completion
from octarine.guard.adapters.generative.asking import GenerativeAdapter, Question
from octarine.guard.adapters.generative.logprobs import verdict_probability
from octarine.guard.adapters.generative.prompts import filled, prompts
from octarine.guard.adapters.labels import Label, Side

_LINES = {
    "harmful_request": "harmful request:",
    "refusal": "response refusal:",
    "harmful_response": "harmful response:",
}
"""Label → how its line begins, in lower case."""
_ASKED: dict[str, tuple[str, ...]] = {
    "input": ("harmful_request",),
    "output": ("refusal", "harmful_response"),
}


class WildGuard(GenerativeAdapter):
    """WildGuard. Of a request it says whether it is harmful; of an answer, whether it is, and whether it
    refuses."""

    name = "wildguard"
    family = "wildguard"
    max_tokens = 32
    hint = "Is this allenai/wildguard, asked by a whole prompt (an endpoint's /v1/completions, or hf:)?"

    def questions(self, turns: tuple[Message, ...], side: Side) -> Sequence[Question]:
        """The last request and, where there is one, its answer, in the prompt."""
        request = turns[-2] if side == "output" else turns[-1]
        response = turns[-1].text if side == "output" else ""
        prompt = prompts(self.family)["prompt"]
        return [Question(Conversation.user(filled(prompt, prompt=request.text, response=response)))]

    def read(self, answer: Completion, question: Question, side: Side) -> Sequence[Label]:
        """The lines of the side that is judged."""
        labels = []
        for name in _ASKED[side]:
            line = re.search(rf"(?i){_LINES[name]}\s*(yes|no)\b", answer.text)
            if line is None:
                raise self.unreadable(answer)
            chance = verdict_probability(answer.logprobs, ["yes"], ["no"], after=_LINES[name])
            labels.append(Label(name, line[1].lower() == "yes", chance))
        return labels
