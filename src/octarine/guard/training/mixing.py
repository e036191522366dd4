"""Which rows train, which calibrate, which are reported."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from octarine.guard.training.authored import authored_rows
from octarine.guard.training.row import Row
from octarine.guard.training.sources import LANGUAGES, capped, read_source, sources

HELD_OUT = 5
"""One in so many values of a source's ``held_out`` column is never trained on."""
DEVELOPMENT_CAP = 600
"""Rows a development set and language: no set outweighs the others."""


def held_out(row: Row) -> bool:
    """Whether a row of a training set is kept for reporting: by an id that its translations share."""
    source = sources().get(row.source)
    if source is None or not source.held_out:
        return False
    return int(row.note[source.held_out]) % HELD_OUT == HELD_OUT - 1


def training_rows(
    folder: Path | None,
    *,
    languages: Collection[str] = LANGUAGES,
    without: Collection[str] = (),
    extra: Collection[Row] = (),
    seed: int = 0,
) -> list[Row]:
    """Every row that is trained on: public sets in ``folder`` by their caps, our own, and ``extra``.

    Args:
        without: sources that are left out (``octarine`` is our own).
    """
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for source in sources().values():
        if folder is None or source.id in without:
            continue
        found = [
            row for row in read_source(folder, source) if not held_out(row) and row.language in languages
        ]
        rows += capped(found, source.cap, rng)
    if "octarine" not in without:
        for language in languages:
            rows += authored_rows(language, rng)
    return [*rows, *extra]


def development_rows(folder: Path, *, cap: int = DEVELOPMENT_CAP, seed: int = 1) -> list[Row]:
    """Rows of the development sets and what is held out of the training sets."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for source in sources("development").values():
        rows += capped(read_source(folder, source, source.split or "dev"), cap, rng)
    for source in sources().values():
        if source.held_out:
            rows += [row for row in read_source(folder, source) if held_out(row)]
    return rows
