"""Multi-VALUE: the published unit cases, and the table's counts of features."""

from __future__ import annotations

from pathlib import Path

from checks import Check
from dialect_cases import cases

from octarine.core.errors import MissingExtra
from octarine.evaluate.dialects import find, read_dialects

_NAME = "multivalue"
_ACTIVE = {
    "Urban African American": (141, 117),
    "Rural African American": (164, 135),
    "Bahamian": (128, 106),
    "Indian English": (100, 90),
    "Singlish": (75, 67),
    "Appalachian": (76, 63),
    "Chicano": (32, 29),
}
"""Variety → attested features, and those of them that the original implements."""


def reproduce(folder: Path) -> list[Check]:
    """``folder`` holds Multi-VALUE's ``resources`` or is it."""
    dialects = read_dialects(folder)
    checks = [Check(_NAME, "varieties", float(len(dialects)), 50.0)]
    for name, (attested, implemented) in _ACTIVE.items():
        dialect = find(dialects, name)
        checks.append(
            Check(_NAME, f"attested, {dialect.name}", float(len(dialect.probabilities)), float(attested))
        )
        checks.append(
            Check(_NAME, f"implemented, {dialect.name}", float(len(dialect.features)), float(implemented))
        )
    tables = folder / "resources" if (folder / "resources").is_dir() else folder
    try:
        found = cases(tables)
    except MissingExtra as error:
        return [*checks, Check(_NAME, "unit cases accepted", None, note=error.message)]
    note = f"of {len(found)}; {sum(case.nearly for case in found)} of them past capitals and the closing mark"
    return [
        *checks,
        Check(_NAME, "unit cases accepted", float(sum(case.accepted for case in found)), note=note),
    ]
