"""The model tier as the guard uses it: texts in, calibrated probabilities out, window by window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from octarine.core.errors import MissingExtra
from octarine.guard.classifier.calibration import Array, Calibration, sigmoid
from octarine.guard.classifier.card import Card, read_card
from octarine.guard.classifier.encoder import Encoder
from octarine.guard.classifier.heads import HAZARDS, HEADS, INPUT_HEADS, OUTPUT_HEADS, Head
from octarine.guard.classifier.legible import Legible
from octarine.guard.classifier.ngram_model import ANSWER_MARK, NgramModel
from octarine.guard.classifier.ngrams import LONGEST
from octarine.guard.classifier.windows import Window

_INPUT = [HEADS.index(head) for head in INPUT_HEADS]
_OUTPUT = [*(HEADS.index(head) for head in OUTPUT_HEADS)]
_NATIVE = Legible(None)
REVISION = 3
"""Of the code between text and score: raised with every change that moves a score of the same weights."""
_CONTENT = [index for index, head in enumerate(HEADS) if head.startswith(Head.HARMFUL_CONTENT)]


@dataclass(frozen=True, slots=True)
class WindowScores:
    """What the heads say of ``[start, end)`` of a text, in code points.

    Attributes:
        heads: head → calibrated probability.
        hazards: hazard → its share of ``harmful_request``; they sum to 1. Empty for an answer.
    """

    start: int
    end: int
    heads: Mapping[str, float]
    hazards: Mapping[str, float]


class Classifier:
    """Loaded weights. Safe to use from several threads.

    Args:
        folder: holds ``encoder.onnx``, ``tokenizer.json``, ``ngrams.npz`` and ``card.json``.
        threads: that one call may use.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._encoder = Encoder(folder, threads)
        self._ngrams = NgramModel.load(folder / "ngrams.npz")
        self.card: Card = read_card(folder / "card.json")

    @staticmethod
    def load(folder: Path | None = None) -> Classifier:
        """The weights of a folder, or those that come with the package; the latter are loaded once.

        Raises:
            MissingExtra: the libraries of the extra ``guard`` or the weights are not there.
        """
        return Classifier(folder) if folder else _packaged()

    @property
    def version(self) -> str:
        """Changes whenever any score may."""
        return f"{self.card.version}.{REVISION}"

    @property
    def lineage(self) -> frozenset[str]:
        """Hashes of the weights, and ``data:NAME`` of every training set."""
        return self.card.lineage

    @property
    def thresholds(self) -> Mapping[str, Mapping[str, float]]:
        """Head → strength (``low``, ``medium``, ``high``) → threshold."""
        return self.card.thresholds

    def count_windows(self, texts: Sequence[str]) -> list[int]:
        """How many windows each text has; it takes a hundredth of the time of looking at them."""
        return self._encoder.count(texts)

    def input_windows(self, texts: Sequence[str]) -> list[list[WindowScores]]:
        """The windows of each text, with the input heads."""
        cut, encoder, logits = self._inputs(texts)
        return list(self._scored(cut, logits, _INPUT, self._calibration.hazards(encoder)))

    def output_windows(self, pairs: Sequence[tuple[str, str]]) -> list[list[WindowScores]]:
        """The windows of each answer, with the output heads and those of content."""
        cut, logits = self._outputs(pairs)
        return list(self._scored(cut, logits, [*_OUTPUT, *_CONTENT], None))

    def score_inputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts,) in [0, 1]: the probability that a moderator would stop it; the highest of its windows."""
        cut, _, logits = self._inputs(texts)
        return _highest(cut, self._calibration.stopped(logits))

    def score_outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(pairs,) in [0, 1]: the probability that the answer is harmful given its request."""
        cut, logits = self._outputs(pairs)
        return _highest(cut, sigmoid(logits[:, HEADS.index(Head.HARMFUL_RESPONSE)]))

    def unread(self, text: str) -> tuple[str, ...]:
        """The scripts of a text that these weights do not read, so that its scores mean nothing; see
        ``Scripts.unread``."""
        return self._encoder.scripts.unread(text)

    @property
    def _calibration(self) -> Calibration:
        return self.card.calibration

    def _inputs(self, texts: Sequence[str]) -> tuple[list[list[Window]], Array, Array]:
        cut, encoder = self._encoder.texts(texts)
        pieces = [
            _NATIVE(text[window.start : window.end])
            for text, found in zip(texts, cut, strict=True)
            for window in found
        ]
        return cut, encoder, self._calibration.logits(encoder, self._ngrams.logits(pieces))

    def _outputs(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[list[Window]], Array]:
        cut, encoder = self._encoder.answers(pairs)
        pieces = [
            request[:LONGEST] + ANSWER_MARK + _NATIVE(answer[window.start : window.end])
            for (request, answer), found in zip(pairs, cut, strict=True)
            for window in found
        ]
        return cut, self._calibration.logits(encoder, self._ngrams.logits(pieces))

    def _scored(
        self, cut: list[list[Window]], logits: Array, heads: list[int], hazards: Array | None
    ) -> Iterator[list[WindowScores]]:
        chances, at = sigmoid(logits), 0
        for found in cut:
            scored = []
            for row, window in enumerate(found, at):
                named = {HEADS[index].value: float(chances[row, index]) for index in heads}
                shares = {} if hazards is None else dict(zip(HAZARDS, map(float, hazards[row]), strict=True))
                scored.append(WindowScores(window.start, window.end, named, shares))
            at += len(found)
            yield scored


def _highest(cut: list[list[Window]], scores: Array) -> NDArray[np.float32]:
    if not cut:
        return np.zeros(0, dtype=np.float32)
    starts = np.cumsum([0, *(len(found) for found in cut[:-1])])
    found: NDArray[np.float32] = np.maximum.reduceat(scores, starts)
    return found


@cache
def _packaged() -> Classifier:
    return Classifier(packaged_weights())


def packaged_weights() -> Path:
    """The folder of the weights that come with the package.

    Raises:
        MissingExtra: the package is not unpacked.
    """
    folder = resources.files("octarine.guard") / "data" / "weights"
    if not isinstance(folder, Path):
        raise MissingExtra("guard", "the guard's model tier, unpacked,")
    return folder
