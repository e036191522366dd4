"""The whole extension API.

There is one registry, one decorator and one entry-point group for each kind of plug-in:

    kind        group                  what is registered
    model       octarine.models        ``factory(rest: str, options: ModelOptions) -> Model``, by URL scheme
    judge       octarine.judges        ``factory() -> Judge``
    benchmark   octarine.benchmarks    ``factory() -> Benchmark``
    transform   octarine.transforms    ``factory() -> Transform``
    technique   octarine.techniques    ``factory() -> Iterable[Technique]``
    strategy    octarine.strategies    ``factory() -> Strategy``
    moderator   octarine.moderators    ``factory() -> Moderator``
    report      octarine.reports       ``write(scorecard: Scorecard, results: Iterable[Result]) -> str``

A package announces its plug-ins in its own ``pyproject.toml``::

    [project.entry-points."octarine.judges"]
    polite = "my_package.judges:Polite"

and a script, a notebook or a test uses the decorator::

    @plugin("judge", "polite")
    class Polite: ...

Octarine's own plug-ins come through the same entry points. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Literal, TypeVar, get_args

from octarine.core.errors import InputError, UnknownPlugin

Kind = Literal["model", "judge", "benchmark", "transform", "technique", "strategy", "moderator", "report"]
_GROUPS = {"strategy": "octarine.strategies"}
"""Where the group is not the kind with an s."""
T = TypeVar("T", bound=Callable[..., Any])


@dataclass
class Registry:
    """Names to factories, of each kind. Use the module's ``registry``; make another one only in a test."""

    _added: dict[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    _loaded: dict[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    _entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, kind: Kind, name: str, factory: Callable[..., Any]) -> None:
        """Add a plug-in to this process. A name that is taken by another one is an error."""
        if kind not in get_args(Kind):
            raise InputError(f"'{kind}' is no kind of plug-in", hint=f"Kinds: {', '.join(get_args(Kind))}")
        taken = self._added.get((kind, name), factory)
        if taken is not factory or name in self._announced(kind):
            raise InputError(f"a {kind} named '{name}' is registered already", hint="Choose another name.")
        self._added[kind, name] = factory

    def remove(self, kind: Kind, name: str) -> None:
        """Take back what ``add`` added."""
        self._added.pop((kind, name), None)

    def names(self, kind: Kind) -> list[str]:
        """Every known name of a kind, sorted; nothing is imported."""
        return sorted({*self._announced(kind), *(name for known, name in self._added if known == kind)})

    def get(self, kind: Kind, name: str) -> Callable[..., Any]:
        """The factory.

        Raises:
            UnknownPlugin: naming what there is, and the nearest name.
        """
        if (kind, name) in self._added:
            return self._added[kind, name]
        if (kind, name) not in self._loaded:
            announced = self._announced(kind)
            if name not in announced:
                raise self._unknown(kind, name)
            self._loaded[kind, name] = announced[name].load()
        return self._loaded[kind, name]

    def _unknown(self, kind: Kind, name: str) -> UnknownPlugin:
        names = self.names(kind)
        near = difflib.get_close_matches(name, names, n=1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        return UnknownPlugin(f"there is no {kind} named '{name}'", hint=f"{guess}Known: {', '.join(names)}")

    def _announced(self, kind: str) -> dict[str, Any]:
        """Read once: the metadata of every installed package is searched for it, which takes milliseconds."""
        if kind not in self._entries:
            group = _GROUPS.get(kind, f"octarine.{kind}s")
            self._entries[kind] = {entry.name: entry for entry in entry_points(group=group)}
        return self._entries[kind]


registry = Registry()


def plugin(kind: Kind, name: str) -> Callable[[T], T]:
    """Decorator: register a factory in this process and return it unchanged."""

    def add(factory: T) -> T:
        registry.add(kind, name, factory)
        return factory

    return add
