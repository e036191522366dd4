"""Dialects out of the published attestation table, by path.

``attestation_vectors.csv`` of Multi-VALUE (Ziems et al., ACL 2023) has a row for each feature of eWAVE and a
column for each variety. A cell is the probability with which the feature fires at a site: 1.0 pervasive (A),
0.6 neither pervasive nor rare (B), 0.3 rare (C), 0.0 otherwise.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from octarine.core.errors import DataError, InputError
from octarine.core.files import read_text
from octarine.evaluate.dialects.features import all_features
from octarine.evaluate.dialects.writing import Weighted

FILE = "attestation_vectors.csv"
PERVASIVE, MIDDLE, RARE = 1.0, 0.6, 0.3
_WEIGHTS = frozenset({0.0, RARE, MIDDLE, PERVASIVE})
FEATURES = 235
_HINT = "octarine data get multi-value, or with --from FOLDER out of a copy of its repository."


@dataclass(frozen=True, slots=True)
class Dialect:
    """A variety of English.

    Attributes:
        probabilities: feature of eWAVE → probability, without those that are never attested.
    """

    name: str
    probabilities: Mapping[int, float]

    @property
    def features(self) -> tuple[Weighted, ...]:
        """What we implement of it, in order of attestation: pervasive ones first, then by number."""
        known = {feature.number: feature for feature in all_features()}
        ranked = sorted(self.probabilities.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Weighted(known[number], p) for number, p in ranked if number in known)

    @property
    def missing(self) -> tuple[int, ...]:
        """The attested features that no rule of ours covers."""
        known = {feature.number for feature in all_features()}
        return tuple(sorted(number for number in self.probabilities if number not in known))


def read_dialects(folder: Path) -> dict[str, Dialect]:
    """Every variety of the table in ``folder`` (or in its folder ``resources``), by name.

    Raises:
        DataError: naming the file and the line, where it is missing, cut short, or not that table.
    """
    path = next((place for place in (folder / FILE, folder / "resources" / FILE) if place.is_file()), None)
    if path is None:
        raise DataError(f"there is no {FILE}", path=folder, hint=_HINT)
    rows = list(csv.reader(io.StringIO(read_text(path), newline="")))
    if not rows or rows[0][:1] != ["feature_id"] or len(set(rows[0])) != len(rows[0]) or len(rows[0]) < 2:
        raise DataError(
            "does not begin with 'feature_id' and the names of varieties", path=path, line=1, hint=_HINT
        )
    names = rows[0][1:]
    found: dict[str, dict[int, float]] = {name: {} for name in names}
    for line, row in enumerate(rows[1:], start=2):
        for name, weight in zip(names, _weights(path, line, row, len(names)), strict=True):
            if weight:
                found[name][line - 2] = weight
    if len(rows) != FEATURES + 2:
        raise DataError(
            f"has {len(rows) - 2} features, not {FEATURES}", path=path, line=len(rows), hint=_HINT
        )
    return {name: Dialect(name, probabilities) for name, probabilities in found.items()}


def _weights(path: Path, line: int, row: list[str], count: int) -> list[float]:
    try:
        number, weights = int(row[0]), [float(cell) for cell in row[1:]]
    except (ValueError, IndexError):
        raise DataError(
            "is not a feature's number and its probabilities", path=path, line=line, hint=_HINT
        ) from None
    if number != line - 2 or len(weights) != count or not _WEIGHTS.issuperset(weights):
        message = f"is not feature {line - 2} with {count} probabilities of 0, 0.3, 0.6 or 1"
        raise DataError(message, path=path, line=line, hint=_HINT)
    return weights


def find(dialects: Mapping[str, Dialect], name: str) -> Dialect:
    """A dialect by its name, in any case, or by an unambiguous part of it.

    Raises:
        InputError: naming the nearest, where none or several fit.
    """
    low = name.lower()
    exact = [dialect for known, dialect in dialects.items() if known.lower() == low]
    fitting = exact or [dialect for known, dialect in dialects.items() if low in known.lower()]
    if len(fitting) == 1:
        return fitting[0]
    near = [dialect.name for dialect in fitting] or difflib.get_close_matches(name, dialects, n=3, cutoff=0.3)
    what = "several dialects fit" if fitting else "there is no dialect"
    raise InputError(f"{what} '{name}'", hint=f"Nearest: {'; '.join(near) or '; '.join(dialects)}")


def every_feature() -> Dialect:
    """All features that we implement, at every site: not a variety of anybody, for tests and for coverage."""
    return Dialect("every feature", {feature.number: 1.0 for feature in all_features()})
