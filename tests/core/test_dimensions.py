"""The eight dimensions, their objectives and the hazards."""

from __future__ import annotations

from collections import Counter

import pytest

from octarine.core.dimensions import Bound, Dimension, Metric, Objective, objectives, objectives_by_id
from octarine.core.risks import AdversarialOutcome, risks


def test_there_are_eight_in_this_order() -> None:
    assert [dimension.label for dimension in Dimension] == [
        "Privacy and security",
        "Safety",
        "Fairness",
        "Veracity and robustness",
        "Explainability",
        "Controllability",
        "Governance",
        "Transparency",
    ]


def test_every_dimension_has_an_objective() -> None:
    assert {objective.dimension for objective in objectives()} == set(Dimension)


def test_ids_are_unique_and_begin_with_their_dimension() -> None:
    counts = Counter(objective.id for objective in objectives())
    assert max(counts.values()) == 1
    assert all(objective.id.startswith(f"{objective.dimension}.") for objective in objectives())
    suite = [objective for objective in objectives_by_id().values() if not objective.benchmark]
    assert suite == list(objectives())


def test_objectives_are_listed_by_dimension() -> None:
    order = list(Dimension)
    places = [order.index(objective.dimension) for objective in objectives()]
    assert places == sorted(places)


def test_objectives_say_something_that_can_be_met() -> None:
    for objective in objectives():
        assert objective.statement.endswith(".")
        assert 0 < objective.threshold < 1


@pytest.mark.parametrize(
    ("metric", "bound", "meets", "misses"),
    [
        (Metric.ADHERENCE, Bound.AT_LEAST, (0.9, 1.0), (0.0, 0.899)),
        (Metric.FALSE_REFUSAL, Bound.AT_MOST, (0.0, 0.9), (0.901, 1.0)),
        (Metric.GROUP_GAP, Bound.AT_MOST, (0.0, 0.9), (0.901, 1.0)),
    ],
)
def test_when_an_objective_is_met(
    metric: Metric, bound: Bound, meets: tuple[float, ...], misses: tuple[float, ...]
) -> None:
    objective = Objective("safety.x", Dimension.SAFETY, "It is so.", metric, 0.9)
    assert objective.bound is bound
    assert all(objective.met(value) for value in meets)
    assert not any(objective.met(value) for value in misses)


def test_the_cost_of_refusing_is_an_objective_where_deflecting_is_one() -> None:
    for dimension in (Dimension.SAFETY, Dimension.PRIVACY_SECURITY):
        metrics = {objective.metric for objective in objectives() if objective.dimension is dimension}
        assert {Metric.ADHERENCE, Metric.FALSE_REFUSAL} <= metrics


def test_hazards_lead_to_all_four_outcomes() -> None:
    found = risks()
    assert {risk.outcome for risk in found.values()} == set(AdversarialOutcome)
    for name, risk in found.items():
        assert name == risk.id
        assert risk.title
        assert risk.description
        assert all(len(entry) == 5 and entry.startswith("LLM") for entry in risk.owasp)
