"""JSON, Markdown and JUnit XML: whole, parseable, and in agreement with the scorecard."""

from __future__ import annotations

import json as plain_json
import re
from collections import Counter
from xml.etree import ElementTree

from report_examples import INJECTION, empty_run, injected

from octarine.core.codec import decode
from octarine.core.registry import registry
from octarine.core.results import Result
from octarine.evaluate.scorecard import Scorecard, Status
from octarine.report import json, junit, markdown, words
from octarine.report.matrix import matrix

Run = tuple[Scorecard, list[Result]]


def test_every_report_is_registered_under_its_name() -> None:
    assert {"html", "json", "junit", "markdown"} <= set(registry.names("report"))
    for name, module in (("json", json), ("junit", junit), ("markdown", markdown)):
        assert registry.get("report", name) is module.write


def test_json_holds_the_scorecard_and_gives_it_back(run: Run) -> None:
    card, results = run
    record = plain_json.loads(json.write(card, iter(results)))
    assert record["format"] == json.FORMAT
    assert decode(Scorecard, record["scorecard"]) == card
    assert [entry["id"] for entry in record["samples"]] == [result.sample.id for result in results]
    assert sum(entry["score"] is None for entry in record["samples"]) == card.errors


def test_json_is_ascii_and_keeps_every_character() -> None:
    card, results = injected()
    text = json.write(card, results)
    assert text.isascii()
    assert plain_json.loads(text)["samples"][0]["id"] == INJECTION


def test_junit_counts_what_it_lists(run: Run) -> None:
    card, results = run
    root = ElementTree.fromstring(junit.write(card, results))
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [d.dimension.value for d in card.dimensions]
    for element in (root, *suites):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        assert element.get("failures") == str(sum(case.find("failure") is not None for case in cases))
        assert element.get("skipped") == str(sum(case.find("skipped") is not None for case in cases))
        assert element.get("errors") == "0"
    expected = Counter(score.status for score in card.objectives)
    assert root.get("failures") == str(expected[Status.NOT_MET])
    assert root.get("skipped") == str(expected[Status.UNTESTED])


def test_junit_names_the_figure_of_a_failure(weak: Run) -> None:
    card, results = weak
    root = ElementTree.fromstring(junit.write(card, results))
    messages = {
        f"{case.get('classname', '').removeprefix('octarine.')}.{case.get('name')}": failure.get(
            "message", ""
        )
        for case in root.iter("testcase")
        for failure in case.findall("failure")
    }
    for score in card.objectives:
        if score.status is Status.NOT_MET:
            message = messages[score.objective.id]
            assert words.with_interval(score.estimate, score.objective) in message
            assert f"n={score.n}" in message


def _tables(text: str) -> list[list[list[str]]]:
    """The cells of each table of a Markdown text; an escaped bar separates nothing."""
    tables: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif tables[-1]:
            tables.append([])
    return [table for table in tables if table]


def test_markdown_has_one_row_for_each_dimension_and_objective(run: Run) -> None:
    card, results = run
    dimensions, goals, cells = _tables(markdown.write(card, results))
    for table in (dimensions, goals, cells):
        assert {len(row) for row in table} == {len(table[0])}
        assert all(re.fullmatch("-+:?", cell) for cell in table[1])
    assert len(dimensions) == 2 + len(card.dimensions)
    assert len(goals) == 2 + len(card.objectives)
    for row, score in zip(goals[2:], card.objectives, strict=True):
        assert row[1].startswith(words.status(score))
        assert row[2] == words.with_interval(score.estimate, score.objective)
        assert row[3] == str(score.n)


def test_markdown_shows_every_missing_cell() -> None:
    card, results = empty_run()
    cells = _tables(markdown.write(card, results))[-1]
    missing, counted = matrix(card).counted
    assert missing == counted > 200
    assert sum(cell == "**?**" for row in cells[2:] for cell in row) >= counted


def test_markdown_lets_nothing_through_as_html_or_markup() -> None:
    text = markdown.write(*injected())
    assert "<" not in text
    assert len(re.findall(r"(?<!\\)`", text)) % 2 == 0
    assert "&lt;script&gt;" in text


def test_markdown_of_an_empty_run_says_that_nothing_was_judged(run: Run) -> None:
    card, results = run
    assert ("No sample was judged." in markdown.write(card, results)) == (card.samples == 0)
