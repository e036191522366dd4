"""Checks as JUnit XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from octarine.core.results import ModelIdentity, Run, Settings
from octarine.redteam.evergreen import Check, Regression, State
from octarine.report.regress import figure, junit, what

RUN = Run("r", ModelIdentity("scripted:m\x00"), Settings(), "regress", "1", "2026-11-29T12:00:00+00:00")
CHECKS = (
    Check("a1", State.REGRESSED, 2, 3, "safety", "de", "framing", risk="fraud", last=(0, 3)),
    Check("b2", State.OPEN, 3, 3, "safety", "en", "plain"),
    Check("c3", State.HOLDS, 0, 3, "fairness", "en", "plain", last=(0, 3)),
    Check("d4", State.FIXED, 0, 3, "safety", "en", "plain", risk="weapons", access="chemical"),
    Check("e5", State.UNJUDGED, 0, 0, "safety", "en", "plain", why="busy \x07"),
)


def test_failures_say_which_kind_and_errors_are_no_pass() -> None:
    root = ElementTree.fromstring(junit(Regression(RUN, CHECKS, 0.0, None)))
    assert root.attrib | {"name": ""} == {
        "name": "", "tests": "5", "failures": "2", "skipped": "0", "errors": "1"
    }  # fmt: skip
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    failure = cases["a1"].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "regressed"
    assert (
        "safety, de, framing: works in 2 of 3, 67 % [21, 94]; before in 0 of 3" in failure.attrib["message"]
    )
    open_ = cases["b2"].find("failure")
    assert open_ is not None
    assert open_.attrib["type"] == "still open"
    assert cases["c3"].find("failure") is None
    error = cases["e5"].find("error")
    assert error is not None
    assert error.attrib["message"].startswith("busy")


def test_of_a_special_domain_nothing_is_told_but_its_label() -> None:
    text = junit(Regression(RUN, CHECKS[3:4], 0.0, None))
    assert 'classname="octarine.regress.chemical"' in text
    assert "weapons" not in text
    assert "safety" not in text
    quoting = replace(CHECKS[4], access="chemical", why="no judgement in 'SECRET words'")
    found = ElementTree.fromstring(junit(Regression(RUN, (quoting,), 0.0, None)))
    error = next(found.iter("error"))
    assert error.attrib["message"] == "could not be judged"
    assert "SECRET" not in f"{figure(quoting)} {what(quoting)}"


def test_a_run_that_was_stopped_passes_nothing() -> None:
    assert Regression(RUN, CHECKS[2:4], 0.0, None).passes
    assert not Regression(RUN, CHECKS[2:4], 0.0, None, stopped="the time limit").passes
