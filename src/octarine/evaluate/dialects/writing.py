"""A text written in a dialect: which feature fired where, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.evaluate.dialects.edits import Edit, Feature
from octarine.evaluate.dialects.parse import Parser

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True, slots=True)
class Weighted:
    """A feature and the probability with which it fires at each of its sites."""

    feature: Feature
    probability: float


@dataclass(frozen=True, slots=True)
class Application:
    """One firing. ``start`` and ``end`` are offsets into the text as it was; ``before`` is what stood there,
    ``after`` what this feature alone makes of it."""

    feature: int
    name: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Written:
    """The text in dialect, every application in the order of firing, and how many sites fired but lay on a
    place that an earlier feature had taken."""

    text: str
    applications: tuple[Application, ...]
    crowded_out: int = 0


def write(text: str, features: Sequence[Weighted], parse: Parser, rng: numpy.random.Generator) -> Written:
    """``text`` with features applied, in the order given.

    All features read one parse, that of the text as it was: a parser of standard English is not asked to
    parse what the features made. A place belongs to the first feature that takes it. One draw is made for
    every site, whether it is free or not, so that equal generators give equal texts.
    """
    doc = parse(text)
    taken: list[Edit] = []
    applications: list[Application] = []
    crowded_out = 0
    for weighted in features:
        for site in weighted.feature.rule(doc):
            fires = rng.random() < weighted.probability
            edits = (site,) if isinstance(site, Edit) else site
            if not fires or all(text[edit.start : edit.end] == edit.text for edit in edits):
                continue  # nothing would change: an odd word may be its own lemma
            if any(_meet(edit, other) for edit in edits for other in taken):
                crowded_out += 1
                continue
            taken.extend(edits)
            applications.append(_application(weighted.feature, text, edits))
    return Written(_applied(text, taken, 0, len(text)), tuple(applications), crowded_out)


def _meet(a: Edit, b: Edit) -> bool:
    if a.start == a.end and b.start == b.end:
        return a.start == b.start
    if a.start == a.end:
        return b.start < a.start < b.end
    if b.start == b.end:
        return a.start < b.start < a.end
    return a.start < b.end and b.start < a.end


def _applied(text: str, edits: Sequence[Edit], start: int, end: int) -> str:
    pieces, at = [], start
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:end]])


def _application(feature: Feature, text: str, edits: Sequence[Edit]) -> Application:
    start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
    return Application(
        feature.number, feature.name, start, end, text[start:end], _applied(text, edits, start, end)
    )
