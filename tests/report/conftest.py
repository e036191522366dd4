"""The runs that every writer is tried on."""

from __future__ import annotations

import pytest
from report_examples import empty_run, injected, weak_model

from octarine.core.results import Result
from octarine.evaluate.scorecard import Scorecard

RUNS = {"weak": weak_model, "empty": empty_run, "injected": injected}


@pytest.fixture(params=sorted(RUNS))
def run(request: pytest.FixtureRequest) -> tuple[Scorecard, list[Result]]:
    """Each example in turn."""
    return RUNS[request.param]()


@pytest.fixture(scope="session")
def weak() -> tuple[Scorecard, list[Result]]:
    """The weak model's run."""
    return weak_model()
