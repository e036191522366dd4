"""What every registered report owes, whoever wrote it."""

from __future__ import annotations

import re

import pytest

from octarine.core.registry import registry
from tests.report.report_examples import empty_run, injected, weak_model

REPORTS = registry.names("report")
RUNS = {"weak": weak_model, "empty": empty_run, "injected": injected}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@pytest.fixture(params=sorted(RUNS))
def run(request):
    return RUNS[request.param]()


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_a_text_that_a_file_can_hold(name, run):
    scorecard, results = run
    text = registry.get("report", name)(scorecard, iter(results))
    assert isinstance(text, str)
    assert text.encode("utf-8")
    assert not _CONTROL.search(text)


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_run_gives_the_same_report(name, run):
    scorecard, results = run
    write = registry.get("report", name)
    assert write(scorecard, iter(results)) == write(scorecard, iter(results))


@pytest.mark.parametrize("name", REPORTS)
def test_every_objective_is_there(name, run):
    """Met, not met or untested: never silently absent."""
    scorecard, results = run
    text = registry.get("report", name)(scorecard, iter(results))
    for score in scorecard.objectives:
        assert (
            score.objective.id in text
            or (
                f'classname="octarine.{score.objective.dimension}" '
                f'name="{score.objective.id.partition(".")[2]}"'
            )
            in text
        )


@pytest.mark.parametrize("name", REPORTS)
def test_no_answer_becomes_markup(name):
    scorecard, results = injected()
    text = registry.get("report", name)(scorecard, iter(results))
    if name != "json":
        assert "<script>alert" not in text
        assert "<img src=x" not in text
