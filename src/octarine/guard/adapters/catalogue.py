"""What each adapter is, under which licence, and how it is asked: ``data/adapters.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from octarine.core.codec import decode
from octarine.guard.adapters.labels import tables


@dataclass(frozen=True, slots=True)
class Described:
    """One adapter.

    Attributes:
        title: what its makers call it.
        family: its section of ``data/labels.toml``.
        licence: of the weights, or of the service.
        asked: how it is asked, and what it needs.
        example: a whole name, as ``--ask`` takes it.
    """

    title: str
    family: str
    licence: str
    asked: str
    example: str

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """``input`` and ``output`` → the policy categories, and all below them, that it judges."""
        return tables()[self.family].covers


@cache
def described() -> Mapping[str, Described]:
    """Adapter → what it is, in the order in which they are listed."""
    source = resources.files("octarine.guard.adapters") / "data" / "adapters.toml"
    sections = tomllib.loads(source.read_text("utf-8"))
    return {name: decode(Described, section, path=str(source)) for name, section in sections.items()}
