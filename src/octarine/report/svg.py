"""Figures drawn as SVG. Lengths are per cent of the width, so one drawing fits a phone, a desktop and paper.

Colours come from the style sheet by class; shapes say the same again, so that nothing rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from octarine.core.dimensions import Bound, Objective
from octarine.core.estimate import Estimate
from octarine.evaluate.scorecard import Status

HEIGHT = 16
_MIDDLE = HEIGHT // 2
_NOTHING = Markup("")
_SHAPES = {
    None: Markup('<circle class="value" r="4.5"/>'),
    Status.MET: Markup('<circle class="value" r="4.5"/>'),
    Status.NOT_MET: Markup('<path class="value" d="M0-5.5 5.5 0 0 5.5-5.5 0Z"/>'),
    Status.UNTESTED: Markup('<circle class="value hollow" r="4"/>'),
}
"""Status → marker: a disc, a diamond where the goal is missed, a ring where too little is known."""


def interval_plot(
    estimate: Estimate | None, objective: Objective | None = None, status: Status | None = None
) -> Markup:
    """An estimate on the line from 0 to 100 %, with the threshold and its good side where there is one.

    Values beyond 0 and 1 are drawn at the ends. It is for the eyes alone: the figures stand beside it.
    """
    marks = [_NOTHING if objective is None else _good_side(objective)]
    marks.append(_axis())
    if objective is not None:
        marks.append(_tick(objective.threshold))
    if estimate is not None:
        marks += [_whisker(estimate), _marker(estimate.value, status)]
    return Markup('<svg class="interval" aria-hidden="true" height="{}" width="100%">{}</svg>').format(
        HEIGHT, Markup("").join(marks)
    )


def difference_plot(estimate: Estimate | None, *, higher_is_better: bool) -> Markup:
    """A difference of rates on the line from −100 to 100 points, with zero and its good side."""
    good = Markup('<rect class="good" x="{}" width="50%" y="1" height="{}"/>').format(
        _percent(0.5 if higher_is_better else 0.0), HEIGHT - 2
    )
    marks = [good, _axis(), _tick(0.5)]
    if estimate is not None:
        value, low, high = ((1.0 + place) / 2.0 for place in (estimate.value, estimate.low, estimate.high))
        marks += [_whisker(replace(estimate, value=value, low=low, high=high)), _marker(value, None)]
    return Markup('<svg class="interval" aria-hidden="true" height="{}" width="100%">{}</svg>').format(
        HEIGHT, Markup("").join(marks)
    )


def rate_plot(estimate: Estimate | None, baseline: Estimate | None = None, *, found: bool = False) -> Markup:
    """A rate that is bad where it is high, on the line from 0 to 100 %; the upright stroke is ``baseline``.
    A diamond where it is told from that."""
    marks = [_axis()]
    if baseline is not None:
        marks.append(_tick(baseline.value))
    if estimate is not None:
        marks += [_whisker(estimate), _marker(estimate.value, Status.NOT_MET if found else None)]
    return Markup('<svg class="interval" aria-hidden="true" height="{}" width="100%">{}</svg>').format(
        HEIGHT, Markup("").join(marks)
    )


def complement(estimate: Estimate) -> Estimate:
    """One less a share."""
    value, low, high = (1.0 - place for place in (estimate.value, estimate.high, estimate.low))
    return replace(estimate, value=value, low=low, high=high)


def step_curve(points: Sequence[tuple[float, Estimate]], last: float) -> Markup:
    """A share that rises in steps from 0 on, with its band: ``(place, share from there on)`` in order of
    places, drawn up to ``last``. It fills its box, 100 % high; axes and figures stand beside it."""
    value, low, high = [(0.0, 0.0)], [(0.0, 0.0)], [(0.0, 0.0)]
    for place, share in points:
        at = 100.0 * place / last if last else 0.0
        for line, to in ((value, share.value), (low, share.low), (high, share.high)):
            line += [(at, line[-1][1]), (at, 100.0 * to)]
    for line in (value, low, high):
        line.append((100.0, line[-1][1]))
    band = " ".join(f"{x:.2f},{100 - y:.2f}" for x, y in (*high, *reversed(low)))
    path = " ".join(f"{x:.2f},{100 - y:.2f}" for x, y in value)
    return Markup(
        '<svg class="curve" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon class="band" points="{}"/>'
        '<polyline class="course" vector-effect="non-scaling-stroke" points="{}"/></svg>'
    ).format(band, path)


def share_bar(counts: Mapping[Status, int]) -> Markup:
    """How many objectives have each status, as one bar in the mapping's order: plain, hatched, empty."""
    total = sum(counts.values())
    parts, start = [], 0.0
    for status, count in counts.items():
        width = count / total if total else 0.0
        parts.append(
            Markup('<rect class="{}" x="{}" width="{}" y="0" height="100%"/>').format(
                status.value, _percent(start), _percent(width)
            )
        )
        start += width
    hatch = Markup(
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        '<rect class="ground" width="6" height="6"/><rect class="stripe" width="2" height="6"/></pattern>'
    )
    return Markup('<svg class="share" aria-hidden="true" height="12" width="100%">{}{}</svg>').format(
        hatch, Markup("").join(parts)
    )


def _percent(value: float) -> str:
    return f"{100 * min(1.0, max(0.0, value)):.2f}%"


def _axis() -> Markup:
    ends = Markup("").join(
        Markup('<line class="axis" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(
            place, _MIDDLE - 3, _MIDDLE + 3
        )
        for place in ("0%", "100%")
    )
    return Markup('<line class="axis" x1="0%" x2="100%" y1="{0}" y2="{0}"/>{1}').format(_MIDDLE, ends)


def _good_side(objective: Objective) -> Markup:
    at_least = objective.bound is Bound.AT_LEAST
    start = objective.threshold if at_least else 0.0
    width = 1.0 - objective.threshold if at_least else objective.threshold
    return Markup('<rect class="good" x="{}" width="{}" y="1" height="{}"/>').format(
        _percent(start), _percent(width), HEIGHT - 2
    )


def _tick(value: float) -> Markup:
    return Markup('<line class="threshold" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(
        _percent(value), HEIGHT
    )


def _whisker(estimate: Estimate) -> Markup:
    return Markup('<line class="whisker" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        _percent(estimate.low), _percent(estimate.high), _MIDDLE, _MIDDLE
    )


def _marker(value: float, status: Status | None) -> Markup:
    return Markup('<svg class="marker" x="{}" y="{}">{}</svg>').format(
        _percent(value), _MIDDLE, _SHAPES[status]
    )


def rate_curves(series: Sequence[Sequence[tuple[float, Estimate]]], last: float) -> Markup:
    """Shares against a rate from 0 to ``last``, one line with its band a series, told apart by their dashes
    (style sheet). It fills its box, 100 % high; axes, legend and figures stand beside it."""
    drawn = []
    for place, points in enumerate(series):
        across = [(100.0 * rate / last if last else 0.0, share) for rate, share in points]
        upper = [(x, 100 - 100 * share.high) for x, share in across]
        lower = [(x, 100 - 100 * share.low) for x, share in across]
        middle = [(x, 100 - 100 * share.value) for x, share in across]
        drawn.append(
            Markup(
                '<g class="series-{}"><polygon class="band" points="{}"/>'
                '<polyline class="course" vector-effect="non-scaling-stroke" points="{}"/></g>'
            ).format(place, _points([*upper, *reversed(lower)]), _points(middle))
        )
    return Markup(
        '<svg class="curve" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(drawn))


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
