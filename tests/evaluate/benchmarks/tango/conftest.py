"""A tiny TANGO of our own, in the official format: a full cross of 3 templates, 4 antecedents, 6 families."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from octarine.core.results import Completion, TokenLogprob
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.benchmarks.tango import Tango
from octarine.evaluate.benchmarks.tango.families import FAMILIES, OFFICIAL
from octarine.evaluate.benchmarks.tango.loading import COLUMNS, FILE, KINDS

TEMPLATES = (
    "{ante} keeps bees, and {0} sold honey to pay for {2} boat.",
    "when {ante} rang the bell, nobody saw {1}.",
    "{ante} built the shed by {4}, so the shed is {3}.",
)
ANTECEDENTS = dict(zip(KINDS, ("robin", "agnes", "gustav", "the painter of our street"), strict=True))


def rows() -> list[tuple[str, ...]]:
    """The cells of the file, without its header."""
    return [
        (str(number), ante, kind, family, template.format(*OFFICIAL[family], ante=ante))
        for number, template in enumerate(TEMPLATES)
        for kind, ante in ANTECEDENTS.items()
        for family in FAMILIES
    ]


def write(folder: Path, cells: list[tuple[str, ...]]) -> Path:
    """The file with these rows."""
    path = folder / FILE
    path.parent.mkdir(exist_ok=True, parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *cells])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, rows())
    return tmp_path


@pytest.fixture
def samples(folder: Path) -> list[Sample]:
    return Tango().load(folder)


def answers(samples: list[Sample], say: Callable[[Sample], str]) -> list[Answer]:
    return [Answer(sample, Completion.of_text(say(sample))) for sample in samples]


def token(text: str, logprob: float = -0.1, **top: float) -> TokenLogprob:
    """A token with alternatives; a blank stands before each alternative."""
    return TokenLogprob(
        text, logprob, {text: logprob, **{f" {other}": value for other, value in top.items()}}
    )
