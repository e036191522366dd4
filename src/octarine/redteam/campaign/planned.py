"""What a campaign is made of and what was asked for. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from octarine.core.results import ModelIdentity, Settings

LEVEL = 0.05
"""The chance, at most, that any attack no better than the plain seeds is called found."""


class Phase(StrEnum):
    """What calls are spent on, in order."""

    SCREENING = "screening"
    """Every seed, plain, several times; and its benign twin, plain, once."""
    SEARCH = "search"
    """Attacks on the search part of the seeds, to rank them."""
    REPORT = "report"
    """The attacks that were carried on, and the plain seeds as their baseline, on the untouched part."""
    COMPREHENSION = "comprehension"
    """The benign twins through the same attacks."""
    CONFIRMATION = "confirmation"
    """One more sample of every attack and seed that succeeded."""


class Kind(StrEnum):
    """What an attack is made of."""

    TECHNIQUE = "technique"
    CHAIN = "chain"
    """Several techniques, one after another."""
    STRATEGY = "strategy"
    """Several turns that depend on what the model says."""


class Side(StrEnum):
    """Which part a seed belongs to: decided by the hash of its lineage, the same in every campaign."""

    SEARCH = "search"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    Attributes:
        id: as it is typed: ``base64``, ``museum-placard | base64``, ``crescendo(turns=5)``; unique.
        steps: the techniques of a chain, each with its parameters; of a strategy, itself.
        categories: of its techniques, in order, each once; ``strategy`` for a strategy.
    """

    id: str
    kind: Kind
    steps: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def category(self) -> str:
        """One name; several joined with `` + ``."""
        return " + ".join(self.categories)


@dataclass(frozen=True, slots=True)
class Untried:
    """Attacks of which nothing is known: never "robust". ``reason`` is in words."""

    attack: Attack
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseCalls:
    """Calls to the model in one phase: ``planned`` is the share allotted beforehand (what one phase leaves,
    the next ones may spend); ``spent`` so far, of which ``failed`` gave no answer. An attempt over turns that
    failed counts as one call here; in the budget, as all that it may take."""

    phase: Phase
    planned: int
    spent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What was asked for: all that decides a campaign's results.

    Attributes:
        samples: of each attack and seed in the report, and of each plain seed in screening and baseline.
        budget: calls to the model over everything.
        seed: of everything drawn.
        seeds: how many are screened at most.
        finalists: how many attacks the report takes at most; ``searching``: whether there are more to choose
            from.
        attacks: how many there are to try; ``combine``: techniques a chain made by the search, at most.
        second_judge: name and version; empty where there is none.
    """

    model: ModelIdentity
    settings: Settings
    benchmark: str
    version: str
    languages: tuple[str, ...]
    categories: tuple[str, ...]
    samples: int
    budget: int
    seed: int
    seeds: int
    attacks: int
    finalists: int
    searching: bool
    combine: int = 1
    strategies: tuple[str, ...] = ()
    attacker: str = ""
    writer: str = ""
    second_judge: str = ""
