"""What the rows for the guard have in common with the guard."""

from __future__ import annotations

from octarine.guard.classifier.heads import HAZARDS as OF_THE_GUARD
from octarine.redteam.evergreen.training import HAZARDS


def test_the_hazards_are_those_of_the_guard() -> None:
    """Areas do not import one another, so the list stands twice."""
    assert set(OF_THE_GUARD) == HAZARDS
