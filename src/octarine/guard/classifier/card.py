"""What lies beside the weights: calibration, thresholds, what they were trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.codec import decode, encode
from octarine.core.errors import DataError
from octarine.core.files import read_text, write_text
from octarine.guard.classifier.calibration import Calibration

STRENGTHS = {"low": 0.002, "medium": 0.01, "high": 0.05}
"""Strength → the share of the calibration half's harmless rows that its threshold lets fire; half of it in
each set of ordinary traffic."""


@dataclass(frozen=True, slots=True)
class Card:
    """The machine-readable half of the weights' card.

    Attributes:
        calibration: from logits to probabilities.
        thresholds: head, or head and hazard, → strength → threshold on the probability.
        hashes: file → SHA-256.
        data: names of the training sets.
        command, seed: how the weights were made.
    """

    version: str
    calibration: Calibration
    thresholds: Mapping[str, Mapping[str, float]]
    hashes: Mapping[str, str]
    data: tuple[str, ...] = ()
    command: str = ""
    seed: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def lineage(self) -> frozenset[str]:
        """Hashes of the weights and names of the training sets."""
        return frozenset({*self.hashes.values(), *(f"data:{name}" for name in self.data)})


def read_card(path: Path) -> Card:
    """Read ``card.json``.

    Raises:
        DataError: it is not a card.
    """
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON: {error.msg}", path=path, line=error.lineno) from None
    return decode(Card, data, path=str(path))


def write_card(path: Path, card: Card) -> None:
    """Write ``card.json``."""
    write_text(path, json.dumps(encode(card), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
