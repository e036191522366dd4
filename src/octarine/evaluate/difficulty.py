"""How many models met each sample. What every model meets, or none, tells models apart no more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from octarine.core.codec import decode, encode
from octarine.core.files import json_lines, read_text, write_text
from octarine.core.results import Result
from octarine.core.samples import Subject

ENOUGH = 3
"""Models that must have been asked before a sample may be called saturated."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """One sample's record.

    Attributes:
        id: of the sample; ``key`` is the hash of its conversation: a changed one starts anew.
        models: model → whether it met the expectation.
    """

    id: str
    key: str
    models: Mapping[str, bool]

    @property
    def asked(self) -> int:
        """How many models were asked."""
        return len(self.models)

    @property
    def met(self) -> int:
        """How many met the expectation."""
        return sum(self.models.values())

    @property
    def saturated(self) -> bool:
        """Whether enough models were asked and all of them met it, or none did: a candidate to be retired."""
        return self.asked >= ENOUGH and self.met in (0, self.asked)


def read_difficulty(path: Path) -> tuple[Difficulty, ...]:
    """The records of a file.

    Raises:
        DataError: naming the line.
    """
    return parse_difficulty(read_text(path), str(path))


def parse_difficulty(text: str, path: str) -> tuple[Difficulty, ...]:
    """The same from a text; ``path`` is for the errors."""
    lines = json_lines(text.split("\n"), path)
    return tuple(decode(Difficulty, record, path=path, line=number) for number, record in lines)


def write_difficulty(records: Iterable[Difficulty], path: Path) -> Path:
    """One line a sample, by id."""
    lines = [json.dumps(encode(record), ensure_ascii=False) for record in sorted(records, key=lambda r: r.id)]
    return write_text(path, "".join(f"{line}\n" for line in lines))


def add_results(
    records: Iterable[Difficulty], model: str, results: Iterable[Result]
) -> tuple[Difficulty, ...]:
    """The record with one more model's results; a model's later word replaces its earlier one.

    A sample that was asked several times counts as met where most answers met it. Samples about files and
    answers that could not be judged are left out.
    """
    kept = {(record.id, record.key): dict(record.models) for record in records}
    votes: dict[tuple[str, str], list[bool]] = {}
    for result in results:
        if result.judgement.score is None or result.sample.subject is not Subject.ANSWER:
            continue
        place = (result.sample.id, result.sample.conversation.key)
        votes.setdefault(place, []).append(result.judgement.met)
    for place, given in votes.items():
        kept.setdefault(place, {})[model] = 2 * sum(given) > len(given)
    return tuple(Difficulty(*place, models) for place, models in sorted(kept.items()))
