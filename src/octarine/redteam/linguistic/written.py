"""Techniques that only a model can do: declarations read from ``data/written.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from octarine.redteam.linguistic.register.shortening import DATA
from octarine.redteam.rewriting import table
from octarine.redteam.technique import Category, Effect, Need, Parameter, Script, Technique

_TRANSLATING = frozenset({"translation", "code switching"})


def techniques() -> tuple[Technique, ...]:
    """All of the file."""
    return tuple(map(_technique, table(DATA, "written.toml")["technique"]))


def _technique(entry: Mapping[str, Any]) -> Technique:
    need = Need.TRANSLATOR if entry["group"] in _TRANSLATING else Need.MODEL
    return Technique(
        id=entry["id"],
        name=entry["name"],
        category=Category.LINGUISTIC,
        group=entry["group"],
        mechanism=entry["mechanism"],
        apply=None,
        effect=Effect.ALTERS,
        scripts=frozenset(map(Script, entry.get("scripts", ()))),
        needs=frozenset({need}),
        parameters=tuple(map(_parameter, entry.get("parameters", ()))),
        instruction=entry["instruction"],
        reference=entry["reference"],
    )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    return Parameter(entry["name"], entry["default"], entry["meaning"], choices=tuple(entry["choices"]))
