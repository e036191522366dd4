"""The scorecard as one HTML file: no network, no script needed to read it, safe with any answer in it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import islice

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from octarine.core.access import label_title, withheld_of
from octarine.core.results import Result
from octarine.evaluate.scorecard import ObjectiveScore, Scorecard, Status
from octarine.report import matrix, slices, svg, words
from octarine.report.sample_view import SampleRow, filters, sample_rows

MOST_SAMPLES = 5000
"""So many samples are shown; a browser is slow with more. The store and the JSON hold them all."""


def write(scorecard: Scorecard, results: Iterable[Result]) -> str:
    """The page. ``results`` are read once, and no further than ``MOST_SAMPLES``."""
    read = list(islice(results, MOST_SAMPLES))
    labels = [withheld_of(result.sample) for result in read]
    rows = sample_rows(result for result, label in zip(read, labels, strict=True) if not label)
    style, script = static("octarine.css"), static("report.js")
    page = (
        environment()
        .get_template("scorecard.html")
        .render(
            card=scorecard,
            run=scorecard.run,
            style=Markup(style),  # noqa: S704 - ships with the package
            script=Markup(script),  # noqa: S704
            style_hash=csp_hash(style),
            script_hash=csp_hash(script),
            counts=_counts(scorecard),
            worst=_worst(scorecard),
            sure=_sureness(scorecard),
            rows=rows,
            unmet=_unmet(rows),
            hidden=max(0, scorecard.samples - len(read)),
            withheld=dict(sorted(Counter(map(label_title, filter(None, labels))).items())),
            filters=filters(rows),
            judges=_judges(scorecard),
            matrix=matrix.matrix(scorecard),
            Status=Status,
        )
    )
    return words.printable(page)


@cache
def environment() -> Environment:
    """What draws the templates of ``report/templates``."""
    made = Environment(
        loader=PackageLoader("octarine.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        plot=svg.interval_plot,
        difference_plot=svg.difference_plot,
        share_bar=svg.share_bar,
        words=words,
        shade=matrix.shade,
        sliced=slices,
    )
    return made


@cache
def static(name: str) -> str:
    """A file of ``report/static``."""
    return (resources.files("octarine.report") / "static" / name).read_text("utf-8")


def csp_hash(source: str) -> str:
    """What lets a style or a script in a page pass its content policy."""
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _counts(scorecard: Scorecard) -> dict[Status, int]:
    found = Counter(score.status for score in scorecard.objectives)
    return {status: found[status] for status in Status}


def _worst(scorecard: Scorecard) -> list[ObjectiveScore]:
    """The three objectives that are missed by most, worst first: where it is bad."""
    missed = [score for score in scorecard.objectives if score.status is Status.NOT_MET]
    return sorted(missed, key=_shortfall, reverse=True)[:3]


def _shortfall(score: ObjectiveScore) -> float:
    return abs(score.estimate.value - score.objective.threshold) if score.estimate else 0.0


def _sureness(scorecard: Scorecard) -> dict[str, int]:
    tested = [score for score in scorecard.objectives if score.status is not Status.UNTESTED]
    return {
        "tested": len(tested),
        "certain": sum(score.certain for score in tested),
        "doubtful": sum(words.doubtful(score) for score in tested),
    }


def _unmet(rows: Sequence[SampleRow]) -> Counter[str]:
    """Objective id → how many of the samples shown did not do what was expected."""
    return Counter(
        name for row in rows if row.passed in ("not as expected", "partly") for name, _ in row.objectives
    )


def _judges(scorecard: Scorecard) -> list[str]:
    return list({words.judge_note(note): None for score in scorecard.objectives for note in score.judges})
