"""Every strategy, by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from octarine.core.registry import Registry, registry
from octarine.redteam.strategies.strategy import Strategy


@dataclass
class Strategies(Mapping[str, Strategy]):
    """Id → strategy: every plug-in of the kind ``strategy``. Nothing is imported before it is asked for."""

    plugins: Registry = field(default_factory=lambda: registry)

    def named(self, text: str) -> Strategy:
        """``"crescendo(turns=5, inside=base64)"``, as people and records write it.

        Raises:
            InputError: it is not written so, or there is no such strategy or parameter.
        """
        from octarine.redteam.naming import named

        return named(self, text, "strategy")

    def __getitem__(self, name: str) -> Strategy:
        found: Strategy = self.plugins.get("strategy", name)()
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.plugins.names("strategy")

    def __iter__(self) -> Iterator[str]:
        return iter(self.plugins.names("strategy"))

    def __len__(self) -> int:
        return len(self.plugins.names("strategy"))


strategies = Strategies()
"""The strategies of this process."""
