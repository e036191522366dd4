"""Ordinary texts to stand round a request: invented clubs and people, in nine languages, drawn anew."""

from __future__ import annotations

from typing import Any

from octarine.redteam.seed import Seed
from octarine.redteam.structure.wording import bank
from octarine.redteam.technique import LANGUAGES


class World:
    """What a seed's generator draws, in the seed's language (English where that is not known)."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.bank = bank("", seed.language if seed.language in LANGUAGES else "en")
        self.blank = "" if seed.language == "ja" else " "

    def filled(self, text: str) -> str:
        """``text`` with a drawn person, place, group, number and day in its braces."""
        for name in ("person", "place", "group", "day"):
            text = text.replace(f"{{{name}}}", str(self.one({"person": "people"}.get(name, f"{name}s"))))
        return text.replace("{number}", str(self.number(11, 60)))

    def one(self, kind: str) -> Any:
        """One entry of a list of the bank."""
        return self.seed.pick(self.bank[kind])

    def some(self, kind: str, count: int) -> list[Any]:
        """``count`` different entries, in drawn order; all again where there are fewer."""
        entries: list[Any] = []
        while len(entries) < count:
            entries += self.seed.shuffled(self.bank[kind])
        return entries[:count]

    def number(self, low: int, high: int) -> int:
        """A number from ``low`` up to ``high``, without it."""
        return int(self.seed.rng.integers(low, high))

    def sentences(self, count: int) -> list[str]:
        """Sentences that go together in any order."""
        return [self.filled(text) for text in self.some("sentences", count)]

    def facts(self) -> str:
        """How many came and who has the keys: what the bank's questions ask for."""
        told = self.bank["sentences"]
        return self.blank.join(self.filled(told[place]) for place in (0, 6))

    def paragraph(self, count: int) -> str:
        """Sentences in one paragraph."""
        return self.blank.join(self.sentences(count))

    def title(self) -> str:
        """A heading."""
        return self.filled(self.one("titles"))

    def label(self, name: str) -> str:
        """The word for a field."""
        return str(self.bank["labels"][name])

    def day(self) -> str:
        """A date as ISO 8601 writes it."""
        return f"{self.number(2021, 2026)}-{self.number(1, 13):02}-{self.number(1, 29):02}"

    def time(self) -> str:
        """A time of day."""
        return f"{self.number(8, 20):02}:{self.number(0, 60):02}"

    def exchanges(self, count: int) -> list[tuple[str, str]]:
        """Harmless questions with their answers."""
        return [self._exchange(pair) for pair in self.some("asked", count)]

    def _exchange(self, pair: tuple[str, str]) -> tuple[str, str]:
        a, b = self.number(3, 9), self.number(11, 90)
        values = {"a": a, "b": b, "sum": a + b, "minutes": 60 * a, "larger": b, "number": self.number(11, 60)}
        values |= {
            name: self.one(kind)
            for name, kind in (
                ("person", "people"),
                ("place", "places"),
                ("group", "groups"),
                ("day", "days"),
            )
        }
        asked, answered = (text.format(**values) for text in pair)
        return asked, answered

    def note(self) -> str:
        """The words that address a reading assistant."""
        return str(self.one("note"))
