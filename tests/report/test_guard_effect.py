"""What the guard changes, in every report."""

from __future__ import annotations

import io
import json as plain_json
import re
from dataclasses import replace

import pytest
from guard_examples import behind_a_guard, change, injected_guard, watched, without_the_extra
from report_examples import INJECTION, weak_model
from rich.cells import cell_len
from rich.console import Console
from test_html import _Page as Page

from octarine.core.codec import decode
from octarine.core.dimensions import Metric
from octarine.core.estimate import Estimate
from octarine.core.results import Action, Completion, Finish, GuardCheck, Side
from octarine.evaluate.guard_effect import Checks, GuardEffect
from octarine.evaluate.scorecard import Scorecard
from octarine.report import html, json, junit, markdown, svg, words
from octarine.report.terminal import COUNTS, show_guard, show_results


def shown(effect: GuardEffect, width: int = 100) -> str:
    out = io.StringIO()
    show_guard(Console(file=out, width=width), effect)
    return out.getvalue()


def effect_of(card: Scorecard) -> GuardEffect:
    assert card.guard is not None
    return card.guard


@pytest.mark.parametrize("width", [72, 80, 100, 140])
def test_the_terminal_has_a_line_for_each_dimension(width: int) -> None:
    effect = effect_of(behind_a_guard()[0])
    text = shown(effect, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    (safety,) = (line for line in text.splitlines() if line.startswith("Safety"))
    n = r"\s+40" if width >= COUNTS else ""
    gained, paid = r"\+50 \[\+35, \+\d\d\]", r"\+28 \[\+1\d, \+4\d\]"
    assert re.search(rf"40 → 90 %\s+{gained}{n}\s+8 → 35 %\s+{paid}{n}$", safety.rstrip())
    (governance,) = (line for line in text.splitlines() if line.startswith("Governance"))
    assert governance.split() == ["Governance", "–", "–"]
    (ordinary,) = (line for line in text.splitlines() if "Ordinary refusals" in line)
    assert "2 → 5 %" in ordinary
    whole = " ".join(text.split())
    looked = "Going in: 324 conversations, 41 blocked (5 that should be answered), 3 covered"
    assert f"{looked}; 3.1 ms p50, 12 ms p99" in whole
    assert "Found going in: harmful_request.fraud 41, secrets.aws 3" in whole
    assert "Coming out: 283 answers, 9 blocked, 0 covered; 0.51 ms p50, 120 ms p99" in whole
    assert "shares weights" in whole


def test_a_policy_that_only_watches_shows_what_it_would_have_done_and_no_row_of_zeros() -> None:
    card, results = watched()
    markup = html.write(card, results)
    assert Page(markup).open == []
    page = " ".join("".join(Page(markup).text).split())
    section = page[page.index("With and without the guard") : page.index("What was tested, and what was not")]
    for text in (shown(effect_of(card)), section, markdown.write(card, results).replace("\\", "")):
        whole = " ".join(text.split())
        assert "only watches" in whole
        said = "Going in: 40 conversations watched, 9 would have been blocked (2 that should be answered)"
        assert f"{said}, 1 covered; 3.1 ms p50, 12 ms the slowest" in whole
        assert "Found going in: jailbreak 9" in whole
    assert "gained" not in shown(effect_of(card)).replace("gained or paid", "").replace("gains", "")
    assert "too few samples" not in section


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            Checks(20, 0, 0, 1.0, 9.0, 20, 9.5),
            "20 answers, 0 blocked, 0 covered; 1.0 ms p50, 9.5 ms the slowest",
        ),
        (
            Checks(600, 2, 1, 1.0, 9.0, 200, 9.5, flagged=4),
            "600 answers, 2 blocked, 1 covered, 4 flagged; "
            "1.0 ms p50, 9.0 ms p99 over the first look at each of 200",
        ),
        (
            Checks(600, 2, 0, 1.0, 9.0, watched=600, would_block=7),
            "600 answers, 2 blocked, 7 with all rules in force, 0 covered; 1.0 ms p50, 9.0 ms p99",
        ),
    ],
)
def test_looks_in_words(found: Checks, text: str) -> None:
    assert words.checks(found, "answers") == text


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (GuardCheck(Side.INPUT, Action.ALLOW, 1.0), ""),
        (GuardCheck(Side.INPUT, Action.ALLOW, 1.0, Action.ALLOW), ""),
        (GuardCheck(Side.INPUT, Action.BLOCK, 1.0, found=("a.b", "c")), "Going in: blocked, for a.b, c"),
        (
            GuardCheck(Side.OUTPUT, Action.MASK, 1.0, found=("secret.aws",)),
            "Coming out: covered, for secret.aws",
        ),
        (
            GuardCheck(Side.INPUT, Action.ALLOW, 1.0, Action.BLOCK, ("jailbreak",)),
            "Going in: would have been blocked, for jailbreak",
        ),
    ],
)
def test_one_look_in_words(check: GuardCheck, text: str) -> None:
    assert words.look(check) == text


def test_a_sample_shows_what_the_guard_did_to_it() -> None:
    card, results = weak_model()
    check = GuardCheck(Side.INPUT, Action.BLOCK, 1.0, found=("harmful_request.fraud",))
    stopped = Completion.of_text("Not that.", finish=Finish.FILTERED, checks=(check,))
    page = html.write(card, [replace(results[0], completion=stopped), *results[1:]])
    text = " ".join("".join(Page(page).text).split())
    assert text.count("Going in: blocked, for harmful_request.fraud") == 1
    assert text.count("stopped by the guard") == 1


def test_only_the_commonest_kinds_are_named() -> None:
    kinds = {f"kind{n}": 20 - n for n in range(8)}
    found = words.decided(replace(Checks(9, 0, 0, 1.0, 1.0), found=kinds))
    assert found == "kind0 20, kind1 19, kind2 18, kind3 17, kind4 16, kind5 15 and 2 more kinds"
    assert words.decided(Checks(9, 0, 0, 1.0, 1.0)) == ""


def test_a_missing_extra_is_one_plain_line_with_the_way_out() -> None:
    text = shown(effect_of(without_the_extra()[0]), 200)
    (line,) = text.strip().splitlines()
    assert line.endswith("pip install 'octarine[guard]'")


def test_what_a_guard_did_that_has_nothing_to_be_compared_with_is_told() -> None:
    card, results = without_the_extra()
    effect = replace(
        effect_of(card), reason="behind one already", inputs=Checks(200, 3, 0, 1.0, 9.0, 200, 9.5)
    )
    card = replace(card, guard=effect)
    page = " ".join("".join(Page(html.write(card, results)).text).split())
    for text in (shown(effect), page, markdown.write(card, results)):
        whole = " ".join(text.split())
        assert "ot measured: behind one already" in whole
        assert "Going in: 200 conversations, 3 blocked, 0 covered; 1.0 ms p50, 9.0 ms p99" in whole


def test_it_follows_the_scorecard_and_only_where_it_was_asked_for() -> None:
    card, _ = behind_a_guard()
    out = io.StringIO()
    show_results(Console(file=out, width=100), card)
    assert out.getvalue().index("objectives; intervals") < out.getvalue().index(
        "behind the guard default@1.0.0"
    )
    plain = io.StringIO()
    show_results(Console(file=plain, width=100), replace(card, guard=None))
    assert "guard" not in plain.getvalue()


def test_the_page_shows_every_change() -> None:
    card, results = behind_a_guard()
    page = Page(html.write(card, results))
    assert page.open == []
    ids = page.ids()
    assert len(ids) == len(set(ids))
    targets = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    assert {target for target in targets if "=" not in target and target[1:] not in ids} == set()
    text = " ".join("".join(page.text).split())
    section = text[text.index("With and without the guard") : text.index("What was tested, and what was not")]
    for row in effect_of(card).dimensions:
        for found in (row.adherence, row.false_refusals):
            if found:
                assert words.before_after(found) in section
                assert words.points_interval(found.difference) in section
    assert section.count("too few samples") == 2
    assert "Going in: 324 conversations" in section
    assert "shares weights" in section


def test_no_guard_no_section() -> None:
    for write in (html.write, markdown.write, json.write):
        assert "without the guard" not in write(*weak_model())
    for write in (html.write, markdown.write):
        assert "octarine[guard]" in write(*without_the_extra()).replace("\\", "")


def test_an_injection_stays_text() -> None:
    source = html.write(*injected_guard())
    assert INJECTION not in source
    assert source.count("<script") == 1
    text = markdown.write(*injected_guard())
    assert "<" not in text
    assert "\x1b" not in shown(replace(effect_of(injected_guard()[0]), policy="\x1b[2J"))


def test_json_gives_it_back() -> None:
    for card, results in (behind_a_guard(), without_the_extra()):
        record = plain_json.loads(json.write(card, results))
        assert decode(Scorecard, record["scorecard"]).guard == card.guard


def test_markdown_has_a_table_of_dimensions_and_one_of_objectives() -> None:
    card, results = behind_a_guard()
    text = markdown.write(card, results)
    section = text[text.index("## With and without the guard") : text.index("## Matrix")]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    dimensions, goals = rows[: 2 + 8], rows[2 + 8 :]
    assert {line.count("|") for line in dimensions} == {8}
    assert {line.count("|") for line in goals} == {6}
    assert len(goals) == 2 + len(card.objectives)
    assert re.search(r"\| Safety \| 40 → 90 % \| \+50 \[\+35, \+\d\d\] \| 40 \| 8 → 35 % \|", section)


def test_junit_is_as_it_was() -> None:
    assert junit.write(*behind_a_guard()) == junit.write(*weak_model())


@pytest.mark.parametrize(
    ("value", "text"), [(0.0312, "0.031 ms"), (0.512, "0.51 ms"), (3.14, "3.1 ms"), (12.4, "12 ms")]
)
def test_milliseconds(value: float, text: str) -> None:
    assert words.milliseconds(value) == text


def test_better_depends_on_the_metric_and_is_open_where_the_interval_holds_zero() -> None:
    more, same = change(10, 30), change(10, 11)
    assert words.better(more, Metric.ADHERENCE) is True
    assert words.better(more, Metric.FALSE_REFUSAL) is False
    assert words.better(more, Metric.GROUP_GAP) is False
    assert words.better(same, Metric.ADHERENCE) is None


def test_zero_is_in_the_middle_of_the_line_of_differences() -> None:
    none = Estimate(0.0, -0.5, 1.0, 9, 9, "t")
    drawn = str(svg.difference_plot(none, higher_is_better=True))
    assert '<svg class="marker" x="50.00%"' in drawn
    assert 'x1="25.00%" x2="100.00%"' in drawn
    assert '<rect class="good" x="50.00%"' in drawn
    assert '<rect class="good" x="0.00%"' in str(svg.difference_plot(None, higher_is_better=False))
