"""A labelled row, whatever it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from octarine.guard.classifier.heads import Head


@dataclass(frozen=True, slots=True)
class Row:
    """One text with what is known of it.

    Attributes:
        text: the prompt, document or statement.
        response: the answer to it; the output heads look at both.
        labels: head → whether it should fire. A head that is not named is unknown, and trains on nothing
        here.
        hazard: of a harmful request, where known.
        source: the data set, or ``octarine`` for rows written by us.
        group: rows that stand or fall together (twins, one question's answers): the unit of splits.
        weight: in the loss.
    """

    text: str
    labels: Mapping[Head, bool]
    language: str
    source: str
    response: str = ""
    hazard: str = ""
    group: str = ""
    weight: float = 1.0
    note: Mapping[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """``group``, or the text itself."""
        return self.group or self.text

    def draw(self, salt: str = "") -> float:
        """A number in [0, 1) that depends on the cluster alone: a group falls on one side of a split."""
        named = hashlib.sha256(f"{salt}\0{self.cluster}".encode("utf-8", "backslashreplace")).digest()
        return int.from_bytes(named[:6], "big") / 2**48


Split = str
"""``train``, ``calibrate`` or ``report``."""


def half(row: Row) -> Split:
    """Which half of a development set a row is in."""
    return "calibrate" if row.draw("half") < 0.5 else "report"
