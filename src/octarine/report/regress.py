"""The checks of ``octarine redteam regress`` as JUnit XML: a test a finding, a suite a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from octarine.redteam.evergreen.regress import Check, Regression, State
from octarine.report import words


def junit(found: Regression) -> str:
    """A finding that works is a failure of the type of its state, one that could not be judged an error, with
    what went wrong. Nothing of attacks or answers is in it; of a finding with an access label nothing but
    that label."""
    root = Element("testsuites", name=words.printable(f"octarine regress {found.run.model.name}"))
    root.attrib |= _totals(found.checks)
    by_dimension = sorted(found.checks, key=lambda check: (_suite(check), check.finding))
    for name, group in groupby(by_dimension, key=_suite):
        checks = list(group)
        suite = SubElement(root, "testsuite", name=name, timestamp=words.printable(found.run.created))
        suite.attrib |= _totals(checks)
        for check in checks:
            _case(suite, check, found.max_rate)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(check: Check) -> str:
    return check.access or check.dimension


def _totals(checks: Sequence[Check]) -> dict[str, str]:
    failures = sum(check.state in (State.REGRESSED, State.OPEN) for check in checks)
    errors = sum(check.state is State.UNJUDGED for check in checks)
    return {"tests": str(len(checks)), "failures": str(failures), "skipped": "0", "errors": str(errors)}


def _case(suite: Element, check: Check, most: float) -> None:
    case = SubElement(
        suite, "testcase", classname=f"octarine.regress.{_suite(check)}", name=words.printable(check.finding)
    )
    told = words.printable(f"{what(check)}: {figure(check)}, at most {words.percent(most)}")
    if check.state is State.UNJUDGED:
        SubElement(case, "error", message=words.printable(figure(check)), type=check.state.value)
    elif check.state.passes:
        SubElement(case, "system-out").text = told
    else:
        SubElement(case, "failure", message=told, type=check.state.value).text = told


def what(check: Check) -> str:
    """``regressed  3f9a…  safety, de, framing``; of a finding with an access label the label in place of the
    rest."""
    about = f"({check.access})" if check.access else f"{check.dimension}, {check.language}, {check.category}"
    return f"{check.state.value}  {check.finding}  {about}"


def figure(check: Check) -> str:
    """``works in 2 of 3, 67 % [21, 94]; before in 0 of 3``."""
    if check.rate is None:
        # An error or a judge may quote what was said.
        return "could not be judged" if check.access else check.why
    before = f"; before in {check.last[0]} of {check.last[1]}" if check.last else ""
    return f"works in {check.worked} of {check.judged}, {words.with_interval(check.rate)}{before}"
