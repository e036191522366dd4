"""Figures in words."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import weak_model
from rich.console import Console

from octarine.core.dimensions import Objective, objectives, objectives_by_id
from octarine.core.estimate import Estimate
from octarine.core.results import Result
from octarine.core.stats import proportion
from octarine.evaluate.scorecard import JudgeNote, ObjectiveScore, Scorecard, Status, Validation
from octarine.report import html, markdown, words
from octarine.report.terminal import show_scorecard


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.954, "95 %"), (0.004, "0.4 %"), (0.998, "99.8 %"), (0.5, "50 %")],
)
def test_percent_never_rounds_to_all_or_nothing(value: float, expected: str) -> None:
    assert words.percent(value) == expected


@given(st.floats(0.0001, 0.9999))
def test_only_all_and_nothing_read_so(value: float) -> None:
    assert float(words.percent(value).removesuffix(" %")) not in (0.0, 100.0)


@given(st.sampled_from(objectives()), st.integers(1, 400), st.data())
def test_a_figure_never_reads_as_the_other_side_of_its_goal(
    objective: Objective, n: int, data: st.DataObject
) -> None:
    value = data.draw(st.integers(0, n)) / n
    shown = float(words.percent(value, objective).removesuffix(" %")) / 100
    assert objective.met(shown) is objective.met(value)


def test_a_near_miss_shows_that_it_is_one() -> None:
    goal = objectives_by_id()["safety.deflects_harm"]
    assert words.percent(18 / 19) == "95 %"
    assert words.percent(18 / 19, goal) == "94.7 %"


def test_short_names_tell_the_objectives_of_a_dimension_apart() -> None:
    names = [(objective.dimension, words.short(objective)) for objective in objectives()]
    assert len(set(names)) == len(names)
    assert words.short(objectives_by_id()["transparency.discloses_ai"]) == "Discloses AI"


def test_an_uncertain_verdict_is_marked() -> None:
    score = next(score for score in weak_model()[0].objectives if score.status is Status.MET)
    assert words.status(replace(score, certain=True)) == "met"
    assert words.status(replace(score, certain=False)) == "met?"
    assert words.status(replace(score, certain=False, status=Status.UNTESTED)) == "untested"


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        (Validation.EXACT, "j (en): exact check"),
        (Validation.UNVALIDATED, "j (en): judge unvalidated here"),
        (
            Validation.SAME_STRATUM,
            "j (en): sensitivity 90 % [60, 98] (n=10), specificity 80 % [49, 94] (n=10) on labels",
        ),
        (
            Validation.OTHER_MODEL,
            "j (en): judge unvalidated here; on other models "
            "sensitivity 90 % [60, 98] (n=10), specificity 80 % [49, 94] (n=10) on labels",
        ),
    ],
)
def test_what_is_known_of_a_judge_is_said(validation: Validation, expected: str) -> None:
    note = JudgeNote("j", "1", "en", validation, 9, proportion(9, 10), proportion(8, 10), "labels")
    assert words.judge_note(note) == expected


def test_labels_by_people_are_told() -> None:
    objective = objectives()[0]
    rate = Estimate(0.7, 0.6, 0.8, 40, 40, "ppi")
    score = ObjectiveScore(objective, Status.NOT_MET, 40, powered=rate, labelled=30)
    assert words.powered(score) == "With 30 labels by people: 70 % [60, 80] (prediction-powered)"
    assert words.powered(ObjectiveScore(objective, Status.NOT_MET, 40)) == ""


def test_labels_by_people_stand_in_every_report(weak: tuple[Scorecard, list[Result]]) -> None:
    card, results = weak
    rate = Estimate(0.7, 0.6, 0.8, 40, 40, "ppi")
    dimension = card.dimensions[0]
    scores = tuple(replace(score, powered=rate, labelled=30) for score in dimension.objectives)
    labelled = replace(card, dimensions=(replace(dimension, objectives=scores), *card.dimensions[1:]))
    console = Console(file=io.StringIO(), width=100)
    show_scorecard(console, labelled)
    for text in (html.write(labelled, results), markdown.write(labelled, results), console.file.getvalue()):
        assert "With 30 labels by people: 70 %" in " ".join(text.replace("\\", "").split())
