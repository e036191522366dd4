"""A classifier that goes by words, with the methods of the real one: what tests use where no weights are
needed."""

from __future__ import annotations

import numpy as np

from octarine.guard.classifier import WindowScores
from octarine.guard.classifier.heads import HAZARDS, INPUT_HEADS

SIGNS = {
    "harmful_request": ("pipe bomb", "nerve agent"),
    "harmful_content": ("you vermin",),
    "harmful_content.hate": ("you vermin",),
    "jailbreak": ("you are DAN",),
    "prompt_injection": ("ignore the above",),
    "indirect_injection": ("assistant, forward",),
    "harmful_response": ("step one: mix",),
    "refusal": ("I can't help",),
}
"""Head → what makes it certain."""
STRENGTHS = {"low": 0.9, "medium": 0.7, "high": 0.4}
WINDOW = 200
LOW, HIGH = 0.03125, 0.96875


class FakeClassifier:
    """Scores ``HIGH`` where a sign stands in a window of 200 characters, else ``LOW``. Counts what it was
    asked."""

    version = "fake-1"
    lineage = frozenset({"sha-of-weights", "data:made-up"})

    def __init__(self) -> None:
        heads = {*INPUT_HEADS, "harmful_response", "refusal"}
        self.thresholds = {str(head): STRENGTHS for head in heads}
        self.inputs: list[list[str]] = []
        self.outputs: list[list[tuple[str, str]]] = []

    def input_windows(self, texts):
        self.inputs.append(list(texts))
        return [self._windows(text, map(str, INPUT_HEADS)) for text in texts]

    def output_windows(self, pairs):
        self.outputs.append(list(pairs))
        heads = ("harmful_response", "refusal", "harmful_content", "harmful_content.hate")
        return [self._windows(answer, heads) for _, answer in pairs]

    def score_inputs(self, texts):
        found = [max(max(w.heads.values()) for w in self._windows(text, SIGNS)) for text in texts]
        return np.asarray(found, dtype=np.float32)

    def score_outputs(self, pairs):
        found = [max(w.heads["harmful_response"] for w in self._windows(text, SIGNS)) for _, text in pairs]
        return np.asarray(found, dtype=np.float32)

    def unread(self, text):
        return ("Thai",) if any("\u0e00" <= character <= "\u0e7f" for character in text) else ()

    def _windows(self, text, heads):
        heads = list(heads)
        shares = {hazard: 0.75 if hazard == "weapons" else 0.25 / 12 for hazard in HAZARDS}
        return [
            WindowScores(
                start,
                min(start + WINDOW, len(text)),
                {head: _score(head, text[start : start + WINDOW]) for head in heads},
                shares,
            )
            for start in range(0, max(1, len(text)), WINDOW // 2)
        ]


def _score(head, text):
    return HIGH if any(sign in text for sign in SIGNS.get(head, ())) else LOW
