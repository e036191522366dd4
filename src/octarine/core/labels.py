"""What people say of answers. Append-only, like all that is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from octarine.core.results import Outcome


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of an answer.

    Attributes:
        sample, completion: keys of what was looked at.
        annotator: who said so; a pseudonym will do.
        outcome: what the model did.
        score: how far the expectation was met, 0 to 1.
        at: ISO 8601, UTC.
        adjudicates: whether it settles a disagreement of others, and stands in place of theirs.
    """

    sample: str
    completion: str
    annotator: str
    outcome: Outcome
    score: float
    at: str
    note: str = ""
    adjudicates: bool = False

    def __post_init__(self) -> None:
        if self.outcome is Outcome.ERROR:
            raise ValueError("outcome: 'error' is nothing that a person sees in an answer")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be in [0, 1], not {self.score}")


class Choice(StrEnum):
    """Which of two answers a person prefers."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class Preference:
    """Which of two answers to one conversation a person prefers.

    ``conversation``, ``first`` and ``second`` are keys: of the conversation and of the two completions;
    ``dimension`` is the one that the person was asked to look at, empty for the whole.
    """

    conversation: str
    first: str
    second: str
    choice: Choice
    annotator: str
    at: str
    dimension: str = ""
    note: str = ""
