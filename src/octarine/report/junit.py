"""The scorecard as JUnit XML, so that any CI server shows objectives as tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from octarine.core.results import Result
from octarine.evaluate.scorecard import ObjectiveScore, Scorecard, Status
from octarine.report import words


def write(scorecard: Scorecard, results: Iterable[Result]) -> str:
    """A suite for each dimension, a test for each objective: not met is a failure, untested is skipped."""
    counts = Counter(score.status for score in scorecard.objectives)
    root = Element("testsuites", name=words.printable(f"octarine {scorecard.run.model.name}"))
    root.attrib |= _totals(len(scorecard.objectives), counts)
    for dimension in scorecard.dimensions:
        suite = SubElement(
            root,
            "testsuite",
            name=dimension.dimension.value,
            timestamp=words.printable(scorecard.run.created),
        )
        suite.attrib |= _totals(
            len(dimension.objectives), Counter(score.status for score in dimension.objectives)
        )
        for score in dimension.objectives:
            _case(suite, score)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _totals(tests: int, counts: Counter[Status]) -> dict[str, str]:
    return {
        "tests": str(tests),
        "failures": str(counts[Status.NOT_MET]),
        "skipped": str(counts[Status.UNTESTED]),
        "errors": "0",
    }


def _case(suite: Element, score: ObjectiveScore) -> None:
    objective = score.objective
    name = objective.id.partition(".")[2]
    case = SubElement(suite, "testcase", classname=f"octarine.{objective.dimension.value}", name=name)
    figure = (
        f"{words.with_interval(score.estimate, objective)}, n={score.n}, wanted {words.threshold(objective)}"
    )
    if score.status is Status.NOT_MET:
        failure = SubElement(
            case, "failure", message=words.printable(f"{objective.statement} {figure}"), type="not_met"
        )
        failure.text = words.printable("\n".join(words.judge_note(note) for note in score.judges))
    elif score.status is Status.UNTESTED:
        SubElement(case, "skipped", message=words.printable(f"untested: {score.reason}"))
    else:
        SubElement(case, "system-out").text = words.printable(figure)
