"""The labels of other people's models in Octarine's words: ``data/labels.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

from octarine.core.codec import decode

Side = Literal["input", "output"]
"""Whether the last message goes into a model or came out of one."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label means.

    Attributes:
        title: as its makers call it.
        input, output: policy categories, by where the text stands.
        hazards: risks of ``core.risks``.
        harmless: a statement about the text that is no reason to stop it (an answer that refuses).
    """

    title: str
    input: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    harmless: bool = False

    def categories(self, side: Side) -> tuple[str, ...]:
        """Those of one side."""
        return self.input if side == "input" else self.output


@dataclass(frozen=True, slots=True)
class Table:
    """The labels of one adapter.

    Attributes:
        source: where they are defined.
        covers: side → the policy categories, and all below them, that it has an opinion about.
        label: its own label → what it means.
    """

    source: str
    covers: Mapping[str, tuple[str, ...]]
    label: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """What a model said of one of its labels.

    ``probability`` is that the label holds, 0 to 1; None where the model gives none.
    """

    name: str
    flagged: bool
    probability: float | None = None


@cache
def tables() -> Mapping[str, Table]:
    """Adapter family → its table."""
    source = resources.files("octarine.guard.adapters") / "data" / "labels.toml"
    sections = tomllib.loads(source.read_text("utf-8"))
    return {name: decode(Table, section, path=str(source)) for name, section in sections.items()}


def categories(
    table: Table, labels: Iterable[Label], side: Side
) -> tuple[dict[str, float | None], frozenset[str]]:
    """Category → the highest probability that a label gives it, None where none gives any; and the
    categories that are found.

    A label that is not flagged counts only where it has a probability: what was looked for, and how little
    of it there is.
    """
    chances: dict[str, float | None] = {}
    found = set()
    for label in labels:
        if not label.flagged and label.probability is None:
            continue
        for category in table.label[label.name].categories(side):
            before = chances.get(category)
            chance = label.probability
            chances[category] = (
                before if chance is None else chance if before is None else max(before, chance)
            )
            if label.flagged:
                found.add(category)
    return chances, frozenset(found)
