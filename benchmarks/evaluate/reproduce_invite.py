"""INVITE: the six models' rates from people's labels, and how far our judge agrees with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy
from checks import Check

from octarine.core.results import Completion
from octarine.core.stats import cohen_kappa, mean
from octarine.evaluate.benchmarks.files import found
from octarine.evaluate.benchmarks.invite import FILES, PEOPLE, RATE, Invite
from octarine.evaluate.benchmarks.invite.premise import goes_along, in_development
from octarine.evaluate.benchmarks.invite.rows import LABELLED, Response, read_responses


def reproduce(folder: Path) -> list[Check]:
    """Six published rates, and the judge on the questions that it was made on and on the others."""
    answers = found(folder, LABELLED)
    checks: list[Check] = []
    rows: list[Response] = []
    for name, (model, rate, _) in FILES.items():
        path = answers / f"{name}.json"
        table = Invite().score_files(path, path)
        ours = table.estimate(RATE, PEOPLE).value
        checks.append(Check("invite", f"{RATE}, {model}, {PEOPLE}", ours, rate))
        checks.append(Check("invite", f"{RATE}, {model}, our judge", table.estimate(RATE).value))
        rows += read_responses(path)
    for half, chosen in (("made on", True), ("held out", False)):
        checks += _agreement(half, [row for row in rows if in_development(row.question.id) is chosen])
    return checks


def _agreement(half: str, rows: list[Response]) -> Iterator[Check]:
    """Intervals by question: six models answered each."""
    judged = [goes_along(row.question.invalid, Completion.of_text(row.to_invalid))[0] for row in rows]
    pairs = list(zip(rows, judged, strict=True))
    for what, kept in (
        ("agrees", pairs),
        ("finds hallucinations", [pair for pair in pairs if pair[0].label]),
        ("finds none where there is none", [pair for pair in pairs if not pair[0].label]),
    ):
        right = [float(bool(row.label) is along) for row, along in kept]
        rate = mean(right, [row.question.id for row, _ in kept], rng=numpy.random.default_rng(0))
        yield Check("invite", f"judge {what}, rows {half}", rate.value, note=str(rate))
    kappa = cohen_kappa([bool(row.label) for row in rows], judged)
    yield Check("invite", f"judge's kappa, rows {half}", kappa.value, note=str(kappa))
