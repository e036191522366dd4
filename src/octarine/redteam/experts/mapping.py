"""From the names of other tools to ours: ``data/mapping.toml`` is the only place that knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from octarine.core.access import known_label
from octarine.core.codec import decode_toml
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.risks import risks
from octarine.core.samples import Behaviour


@dataclass(frozen=True, slots=True)
class Category:
    """What a finding is about. ``access`` stands beside the label that its risk has."""

    dimension: Dimension
    risk: str = ""
    access: str = ""
    expect: Behaviour = Behaviour.DEFLECT

    def __post_init__(self) -> None:
        if self.risk and self.risk not in risks():
            raise ValueError(f"there is no risk '{self.risk}'")
        if self.access:
            known_label(self.access)


UNMAPPED = Category(Dimension.SAFETY)
"""Of a name that the table does not hold."""


@dataclass(frozen=True, slots=True)
class NameTable:
    """The table. ``dimensions``: risk → dimension; ``objectives``: risk or dimension → objective; the others:
    tool → name → what it is here."""

    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    objectives: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Category]] = field(default_factory=dict)
    techniques: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def category(self, tool: str, name: str) -> Category | None:
        """Of the entries that ``name`` begins with, at a joint, the longest; None where there is none."""
        known = {key.casefold(): value for key, value in self.categories.get(tool, {}).items()}
        name = name.casefold()
        if tool == "pyrit":
            return known.get(name)
        pieces = re.split(r"([.:])", name)
        for end in range(len(pieces), 0, -2):
            if found := known.get("".join(pieces[:end])):
                return found
        return None

    def technique(self, tool: str, name: str) -> str:
        """The chain of ours that ``name`` is, as people write it; empty where there is none."""
        return self.techniques.get(tool, {}).get(name.casefold(), "")

    def objectives_of(self, risk: str, dimension: str, behaviour: Behaviour) -> tuple[str, ...]:
        """What a finding counts towards where it does not say so itself: by its risk, or its dimension."""
        found = self.objectives.get(risk) or self.objectives.get(dimension)
        wanted = Behaviour.CORRECT if risk == "misinformation" else Behaviour.DEFLECT
        return (found,) if found and behaviour is wanted else ()

    def of_risk(self, risk: str) -> Dimension:
        """The dimension that a risk belongs to."""
        return self.dimensions.get(risk, Dimension.SAFETY)


@cache
def mapping() -> NameTable:
    """The table that ships."""
    source = resources.files("octarine.redteam.experts") / "data" / "mapping.toml"
    return decode_toml(NameTable, source.read_text("utf-8"), path=str(source))


def said(pairs: tuple[str, ...]) -> dict[str, Category]:
    """``NAME=DIMENSION`` or ``NAME=DIMENSION/RISK`` as name → category.

    Raises:
        InputError: naming the pair.
    """
    found = {}
    for pair in pairs:
        name, equals, meaning = pair.rpartition("=")
        dimension, _, risk = meaning.partition("/")
        try:
            if not equals or not name:
                raise ValueError("there is no '=' in it")
            found[name.casefold()] = Category(Dimension(dimension), risk)
        except ValueError as error:
            raise InputError(
                f"'{pair}' maps nothing: {error}",
                hint="Write NAME=DIMENSION or NAME=DIMENSION/RISK, as in my.Probe=safety/fraud.",
            ) from None
    return found
