"""The page: well formed, escaped, whole without a script, and legible in both schemes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest
from report_examples import INJECTION, empty_run, injected, weak_model

from octarine.core.content import Conversation, Part
from octarine.core.dimensions import Dimension, objectives
from octarine.core.results import Completion, Evidence, Judgement, Outcome, Result
from octarine.core.samples import Provenance, Subject
from octarine.evaluate.scorecard import Scorecard, Status
from octarine.report import html, words
from octarine.report.sample_view import MOST_CHARACTERS, highlight

_VOID = {"meta", "link", "input", "br", "img"}
Run = tuple[Scorecard, list[Result]]
MADE = Provenance("octarine", "1", "parent", ("base64",))
"""Of an attack."""


class _Page(HTMLParser):
    """What a page holds; fails on an end tag that closes something else."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def ids(self) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get("id"))]


def test_transcripts_with_an_access_label_are_left_out_and_counted() -> None:
    card, results = weak_model()
    told = replace(results[0].completion, parts=(Part.of_text("SECRET ANSWER"),), error="")
    asked = Conversation.user("SECRET ATTACK")
    sample = replace(results[0].sample, conversation=asked, risk="", subject=Subject.ANSWER)
    labelled = [
        replace(results[0], sample=replace(sample, tags=("access:embargo",)), completion=told),
        replace(results[0], sample=replace(sample, risk="weapons", provenance=MADE), completion=told),
    ]
    page = html.write(replace(card, samples=len(results) + 2), [*results, *labelled])
    assert "SECRET" not in page
    assert "2 with an access label are left out: 1 Embargo, 1 Indiscriminate weapons" in page
    assert "more samples are in the store" not in page
    shown = html.write(card, [replace(labelled[0], sample=replace(sample, tags=("access:public",)))])
    assert "SECRET ATTACK" in shown
    assert "SECRET ANSWER" in shown


def test_every_page_is_well_formed_with_unique_ids_and_links_that_lead_somewhere(run: Run) -> None:
    page = _Page(html.write(*run))
    assert page.open == []
    ids = page.ids()
    assert len(ids) == len(set(ids))
    targets = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    missing = {target for target in targets if "=" not in target and target[1:] not in ids}
    assert not missing
    labels = {attrs.get("aria-labelledby") for _, attrs in page.tags} - {None}
    assert labels <= set(ids)


def test_nothing_is_loaded_from_anywhere(run: Run) -> None:
    page = _Page(html.write(*run))
    for tag, attrs in page.tags:
        assert not {"src", "srcset", "action", "style"} & attrs.keys(), (tag, attrs)
        assert not any(name.startswith("on") for name in attrs), (tag, attrs)
        assert tag not in {"iframe", "object", "embed", "img"}
        assert (attrs.get("href") or "#").startswith(("#", "data:,"))
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_an_injection_in_any_field_stays_text() -> None:
    source = html.write(*injected())
    assert INJECTION not in source
    assert source.count("<script") == 1
    page = _Page(source)
    shown = "".join(page.text)
    assert shown.count(INJECTION) > 25, "the fields are shown, escaped"


@pytest.mark.parametrize("make", [weak_model, empty_run])
def test_the_first_screen_says_how_good_where_bad_and_how_sure(make: Callable[[], Run]) -> None:
    card, results = make()
    text = " ".join("".join(_Page(html.write(card, results)).text).split())
    met = sum(score.status is Status.MET for score in card.objectives)
    assert f"{met} of {len(card.objectives)} objectives met" in text
    for dimension in Dimension:
        assert dimension.label in text
    for score in card.objectives:
        assert score.objective.statement in text
        if score.estimate:
            assert words.interval(score.estimate) in text
    assert ("Nothing was tested." in text) == (card.samples == 0)


def test_the_worst_three_are_those_furthest_from_their_goals() -> None:
    card, results = weak_model()
    page = html.write(card, results)
    listed = re.findall(
        r'<li><a href="#([\w.]+)">', page.partition('<ol class="worst">')[2].partition("</ol>")[0]
    )
    distance = {
        score.objective.id: abs(score.estimate.value - score.objective.threshold)
        for score in card.objectives
        if score.status is Status.NOT_MET and score.estimate
    }
    assert listed == sorted(distance, key=distance.__getitem__, reverse=True)[:3]


def test_every_sample_opens_and_the_filters_count_them() -> None:
    card, results = weak_model()
    page = _Page(html.write(card, results))
    samples = [attrs for tag, attrs in page.tags if tag == "details" and attrs.get("class") == "sample"]
    assert len(samples) == len(results)
    failed = sum(attrs["data-result"] == "failed" for attrs in samples)
    assert failed == card.errors
    options = [attrs.get("value") for tag, attrs in page.tags if tag == "option"]
    assert {"en", "ar", "ja", *Dimension} <= set(options)
    assert {objective.id for objective in objectives()} <= set(options)


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    card, (first, *_) = weak_model()
    long = replace(first, completion=Completion.of_text("x" * (MOST_CHARACTERS + 1234)))
    page = html.write(card, [long])
    assert "x" * MOST_CHARACTERS in page
    assert "x" * (MOST_CHARACTERS + 1) not in page
    assert "1,234 more characters are in the store" in page


def test_more_samples_than_a_browser_likes_are_counted_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_SAMPLES", 10)
    card, results = weak_model()
    taken = iter(results)
    page = html.write(card, taken)
    assert page.count('<details class="sample"') == 10
    assert f"{len(results) - 10} more samples are in the store" in page
    assert next(taken) is results[10], "no more are read than are shown"


def test_lone_surrogates_and_control_characters_do_not_reach_the_file() -> None:
    card, (first, *_) = weak_model()
    page = html.write(card, [replace(first, completion=Completion.of_text("a\x00b\ud800c\x1b[2J"))])
    assert page.encode("utf-8")
    assert "a�b�c�[2J" in page


def _judged(*spans: tuple[int | None, int | None]) -> Judgement:
    evidence = tuple(Evidence("", start, end) for start, end in spans)
    return Judgement(Outcome.COMPLIED, 0.0, "j", "1", evidence=evidence)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "ab&lt;cd"),
        ([(0, 2)], "<mark>ab</mark>&lt;cd"),
        ([(2, 3)], "ab<mark>&lt;</mark>cd"),
        ([(3, 99)], "ab&lt;<mark>cd</mark>"),
        ([(0, 3), (1, 4)], "<mark>ab&lt;</mark><mark>c</mark>d"),
        ([(0, 4), (1, 2)], "<mark>ab&lt;c</mark>d"),
        ([(-5, 1), (None, None), (4, 2), (9, 12)], "<mark>a</mark>b&lt;cd"),
    ],
)
def test_evidence_is_marked_in_the_answer(spans: list[tuple[int | None, int | None]], expected: str) -> None:
    assert highlight("ab<cd", _judged(*spans)) == expected


def test_an_empty_answer_is_said_to_be_empty() -> None:
    card, (first, *_) = weak_model()
    sample = replace(first.sample, conversation=Conversation.user("Well?"))
    assert "(an empty answer)" in html.write(card, [replace(first, sample=sample, completion=Completion())])


def _palettes() -> dict[str, dict[str, str]]:
    """Scheme → variable → colour, read from the style sheet; dark takes from light what it does not set."""
    css = (resources.files("octarine.report") / "static" / "octarine.css").read_text("utf-8")
    light, dark, paper = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    )
    return {"light": light, "dark": light | dark, "print": light | paper}


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(scheme: str) -> None:
    colours = _palettes()[scheme]
    for ink in ("ink", "soft", "accent", "met", "missed", "untested", "cost"):
        for ground in ("paper", "card", "hair"):
            found = _contrast(colours[ink], colours[ground])
            assert found >= 4.5, f"{scheme}: {ink} on {ground} has {found:.2f}"
    assert _contrast(colours["mark-ink"], colours["mark"]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_marks_in_the_drawings_stand_out_as_wcag_asks_of_graphics(scheme: str) -> None:
    """WCAG 2.2, 1.4.11: 3 to 1 for what is needed to understand; markers and goals carry the meaning."""
    colours = _palettes()[scheme]
    for mark in ("accent", "met", "missed", "untested", "cost", "ink"):
        for ground in ("card", "good"):
            assert _contrast(colours[mark], colours[ground]) >= 3.0, (scheme, mark, ground)
