"""Every technique, by id."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.registry import Registry, registry
from octarine.redteam.chain import Chain
from octarine.redteam.technique import Category, Technique


@dataclass
class Catalogue(Mapping[str, Technique]):
    """Id → technique, in the order of the categories: what every plug-in of the kind ``technique`` brings.
    Nothing is imported before it is asked for."""

    plugins: Registry = field(default_factory=lambda: registry)
    _known: dict[str, Technique] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def _all(self) -> dict[str, Technique]:
        fresh = [name for name in self.plugins.names("technique") if name not in self._read]
        for name in sorted(fresh, key=_place):
            self.add(self.plugins.get("technique", name)(), source=name)
            self._read.add(name)
        return self._known

    def add(self, techniques: Iterable[Technique], *, source: str = "") -> None:
        """Take in techniques, for this process.

        Raises:
            InputError: an id is taken.
        """
        for technique in techniques:
            if technique.id in self._known:
                where = f" (from '{source}')" if source else ""
                raise InputError(f"there are two techniques '{technique.id}'{where}", hint="Rename one.")
            self._known[technique.id] = technique

    def add_file(self, path: Path) -> None:
        """Take in the techniques of a YAML or TOML file; see ``redteam.templates``."""
        from octarine.redteam.templates import read_techniques

        self._all()
        self.add(read_techniques(path), source=str(path))

    def chain(self, text: str) -> Chain:
        """``"a | b"``, or ``"a(key=lemon) | b"``, as a chain."""
        from octarine.redteam.naming import named

        return Chain(tuple(named(self, step) for step in text.split("|")))

    def of(self, category: Category) -> list[Technique]:
        """Those of a category."""
        return [technique for technique in self.values() if technique.category is category]

    def __getitem__(self, name: str) -> Technique:
        known = self._all()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            guess = f"Did you mean {' or '.join(near)}? " if near else ""
            raise UnknownPlugin(
                f"there is no technique '{name}'", hint=f"{guess}List them:  octarine redteam techniques"
            )
        return known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


_ORDER = [category.value for category in Category]


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


techniques = Catalogue()
"""The catalogue of this process."""
