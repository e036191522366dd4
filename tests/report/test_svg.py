"""Drawings: every coordinate inside, whatever the estimate."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import bounds

from octarine.core.dimensions import Bound, Objective
from octarine.core.estimate import Estimate
from octarine.evaluate.scorecard import Status
from octarine.report.svg import HEIGHT, complement, interval_plot, rate_plot, share_bar, step_curve

_numbers = st.floats(-2.0, 3.0)


@st.composite
def _estimates(draw: st.DrawFn) -> Estimate:
    low, value, high = sorted(draw(st.tuples(_numbers, _numbers, _numbers)))
    return Estimate(value, low, high, 21, 11, "wilson")


_plots = {
    "estimate": st.none() | _estimates(),
    "objective": st.none() | st.sampled_from(list(bounds().values())),
    "status": st.none() | st.sampled_from(Status),
}


@given(**_plots)
def test_every_coordinate_lies_inside(
    estimate: Estimate | None, objective: Objective | None, status: Status | None
) -> None:
    root = ElementTree.fromstring(interval_plot(estimate, objective, status))
    for element in root.iter():
        for name in ("x", "x1", "x2", "width"):
            value = element.get(name, "0%")
            assert value.endswith("%")
            assert 0.0 <= float(value[:-1]) <= 100.0
        for name in ("y", "y1", "y2"):
            assert 0.0 <= float(element.get(name, "0")) <= HEIGHT


@given(**_plots)
def test_low_value_and_high_stand_in_order(
    estimate: Estimate | None, objective: Objective | None, status: Status | None
) -> None:
    root = ElementTree.fromstring(interval_plot(estimate, objective, status))
    whiskers = root.findall("line[@class='whisker']")
    markers = root.findall("svg[@class='marker']")
    assert len(whiskers) == len(markers) == (estimate is not None)
    for whisker, marker in zip(whiskers, markers, strict=True):
        low, value, high = (
            float(element.get(name, "")[:-1])
            for element, name in ((whisker, "x1"), (marker, "x"), (whisker, "x2"))
        )
        assert low <= value <= high


@pytest.mark.parametrize("bound", list(Bound))
def test_the_good_side_lies_on_its_side_of_the_goal(bound: Bound) -> None:
    objective = bounds()[bound]
    root = ElementTree.fromstring(interval_plot(None, objective))
    good, goal = root.find("rect[@class='good']"), root.find("line[@class='threshold']")
    assert good is not None
    assert goal is not None
    start, width = float(good.get("x", "")[:-1]), float(good.get("width", "")[:-1])
    tick = 100 * objective.threshold
    assert float(goal.get("x1", "")[:-1]) == pytest.approx(tick, abs=0.01)
    ends = (tick, 100.0) if bound is Bound.AT_LEAST else (0.0, tick)
    assert (start, start + width) == pytest.approx(ends, abs=0.02)


def test_each_status_has_a_shape_of_its_own() -> None:
    estimate = Estimate(0.5, 0.4, 0.6, 21, 11, "wilson")
    shapes = {
        re.sub('.*(<svg class="marker".*)', r"\1", interval_plot(estimate, None, status)) for status in Status
    }
    assert len(shapes) == len(Status)


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3))
def test_the_shares_fill_the_bar(counts: list[int]) -> None:
    root = ElementTree.fromstring(share_bar(dict(zip(Status, counts, strict=True))))
    widths = [float(rect.get("width", "")[:-1]) for rect in root.findall("rect")]
    total = sum(counts)
    assert sum(widths) == pytest.approx(100.0 if total else 0.0, abs=0.05)
    for width, count in zip(widths, counts, strict=True):
        assert width == pytest.approx(100 * count / total if total else 0.0, abs=0.01)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 40, 20, "wilson")


def test_a_curve_rises_in_steps_within_its_box() -> None:
    points = [(2.0, estimate(0.25, 0.1, 0.4)), (5.0, estimate(0.5, 0.3, 0.8))]
    drawn = step_curve(points, 6.0)
    course = re.search(r'class="course"[^>]*points="([^"]*)"', drawn)
    assert course
    places = [tuple(map(float, pair.split(","))) for pair in course[1].split()]
    assert places[0] == (0.0, 100.0)
    assert places[-1] == (100.0, 50.0)
    assert (33.33, 75.0) in places
    assert [x for x, _ in places] == sorted(x for x, _ in places)


def test_the_complement_of_a_share_turns_its_interval_round() -> None:
    found = complement(estimate(0.25, 0.1, 0.4))
    assert (found.value, found.low, found.high) == (0.75, 0.6, 0.9)


def test_a_rate_stands_beside_its_baseline() -> None:
    drawn = rate_plot(estimate(0.5, 0.3, 0.8), estimate(0.02, 0.0, 0.1), found=True)
    assert 'class="threshold" x1="2.00%"' in drawn
    assert "<path" in drawn
    assert "<path" not in rate_plot(estimate(0.5, 0.3, 0.8))
