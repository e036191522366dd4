"""A campaign as one HTML file: no network, no script needed to read it, safe with any answer in it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from octarine.core.dimensions import Dimension
from octarine.core.results import Outcome
from octarine.evaluate.scorecard import Validation
from octarine.redteam.campaign.figures import (
    AttackFigure,
    CampaignReport,
    Cell,
    Hit,
    Rate,
    Reading,
    StepPoint,
)
from octarine.report import html, svg, words
from octarine.report.campaign.transcripts import STANDING, Transcript, Transcripts, transcripts
from octarine.store import Store

READING = {
    Reading.FOUND: "works",
    Reading.NOT_SHOWN: "not above the plain seeds",
    Reading.NOT_UNDERSTOOD: "not understood",
    Reading.UNCHECKED: "not above; unchecked",
}
_STATUS = {
    Reading.FOUND: "not_met",
    Reading.NOT_SHOWN: "plain",
    Reading.NOT_UNDERSTOOD: "untested",
    Reading.UNCHECKED: "untested",
}
"""Reading → the class of the style sheet that colours it. Robust is said of none."""
MOST_CURVES = 6
"""Curves of the attacks that worked first; the figures of all are in the JSON."""


def write(report: CampaignReport, store: Store, *, at: str = "") -> str:
    """The page.

    Args:
        store: holds the transcripts.
        at: the store as a person named it, for the commands that the page shows; "" where it is the default.
    """
    found = transcripts(store, report)
    style = html.static("octarine.css") + html.static("campaign.css")
    script = html.static("report.js") + html.static("campaign.js")
    page = (
        html.environment()
        .get_template("campaign.html")
        .render(
            card=report,
            run=report.run,
            style=Markup(style),  # noqa: S704 - ships with the package
            script=Markup(script),  # noqa: S704
            style_hash=html.csp_hash(style),
            script_hash=html.csp_hash(script),
            found=found,
            filters=_filters(found.rows),
            matrices=[
                made
                for exploratory in (False, True)
                if (made := _matrix([cell for cell in report.cells if cell.exploratory is exploratory]))
            ],
            stepped=[one for one in report.attacks if _stepped(one)][:MOST_CURVES],
            hit_counts=Counter(row.hit.attack for row in found.rows),
            unvalidated=[
                n for n in report.judges if n.validation in (Validation.UNVALIDATED, Validation.OTHER_MODEL)
            ],
            judge_notes=list(dict.fromkeys(words.judge_note(note) for note in report.judges)),
            untried=Counter(one.reason for one in report.untried).most_common(),
            replay=_Replay(at),
            READING=READING,
            STATUS=_STATUS,
            Outcome=Outcome,
            others=_others,
            curve=_curve,
            rate_plot=svg.rate_plot,
            sides=Counter(row.side.value for row in report.seeds.rows if row.eligible),
        )
    )
    return words.printable(page)


@dataclass(frozen=True, slots=True)
class _Replay:
    """The command that puts a success to the model again."""

    at: str

    def __call__(self, hit: Hit) -> str:
        return hit.replay + (f" --store {shlex.quote(self.at)}" if hit.replay and self.at else "")


def _others(rate: Rate) -> str:
    """What is neither success nor deflection, in words."""
    rest = (Outcome.PARTIAL, Outcome.INCOHERENT, Outcome.ERROR)
    names = {Outcome.ERROR: "failed"}
    return ", ".join(
        f"{rate.counts[one]} {names.get(one, one.value)}" for one in rest if rate.counts.get(one)
    )


@dataclass(frozen=True, slots=True)
class Matrix:
    """Categories by dimensions; a cell is None where nothing was tried."""

    exploratory: bool
    dimensions: tuple[Dimension, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]

    @property
    def attacks(self) -> int:
        """The most that are pooled in a cell."""
        return max((cell.attacks for _, cells in self.rows for cell in cells if cell), default=0)


def _matrix(cells: Sequence[Cell]) -> Matrix | None:
    if not cells:
        return None
    known = {(cell.category, cell.dimension): cell for cell in cells}
    dimensions = tuple(d for d in Dimension if any(cell.dimension is d for cell in cells))
    categories = dict.fromkeys(cell.category for cell in cells)
    rows = tuple((name, tuple(known.get((name, d)) for d in dimensions)) for name in categories)
    return Matrix(cells[0].exploratory, dimensions, rows)


def _stepped(one: AttackFigure) -> bool:
    return any(point.step > 1 for point in one.steps)


@dataclass(frozen=True, slots=True)
class Curve:
    """A survival curve turned round: the share that had succeeded by each step."""

    drawing: Markup
    last: int
    points: tuple[StepPoint, ...]


def _curve(one: AttackFigure) -> Curve:
    # One call more than were made, so that what the last one brought is seen.
    last = max(point.step for point in one.steps) + 1
    shares = [(float(point.step), svg.complement(point.remaining)) for point in one.steps]
    return Curve(svg.step_curve(shares, float(last)), last, one.steps)


Choice = tuple[str, str, int]


def _filters(rows: Iterable[Transcript]) -> Mapping[str, list[Choice]]:
    """Filter → its choices, (value, label, count)."""
    seen = list(rows)
    attacks = Counter(row.hit.attack for row in seen)
    categories = Counter(row.hit.category for row in seen)
    dimensions = Counter(row.hit.dimension for row in seen)
    languages = Counter(row.hit.language for row in seen)
    standings = Counter(row.standing for row in seen)
    return {
        "attack": [(name, name, n) for name, n in attacks.items()],
        "category": [(name, name, n) for name, n in sorted(categories.items())],
        "dimension": [(d.value, d.label, dimensions[d]) for d in Dimension if dimensions[d]],
        "language": [(name, name, n) for name, n in sorted(languages.items())],
        "standing": [(name, name, standings[name]) for name in STANDING.values() if standings[name]],
    }


__all__ = ["Matrix", "Transcripts", "write"]
