"""OpenSub-Slang: the counts of the release; the paper's figures need its sentences and trained models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checks import Check

from octarine.evaluate.benchmarks.slang import Slang
from octarine.evaluate.benchmarks.slang.rows import Row, read_data, test_part

_NAME = "slang"


def reproduce(folder: Path) -> list[Check]:
    """Counts, exactly; what needs the sentences is skipped where they are not there."""
    data = read_data(folder)
    checks = [
        _count("sentences with slang", len(data.positives), 7488),
        _count("sentences without slang", len(data.negatives), 17_512),
        _count("with a definition and a paraphrase", sum(_meant(row) for row in data.positives), 958),
        _count("detection, balanced", len(data.indices.detect), 3826),
        _count("detection, test part", len(test_part(data.indices.detect)), 574),
        _count("source, test part", sum(len(test_part(order)) for order in data.indices.regions), 188),
        _count("interpretation", len(data.indices.usage), 220),
    ]
    for confidence, published in ((1, 5232), (2, 1844), (3, 412)):
        found = sum(row.confidence == confidence for row in data.positives)
        checks.append(_count(f"seen by {confidence} of 3 annotators", found, published))
    for region, slang, plain in (("US", 4059, 8441), ("UK", 3429, 9071)):
        checks.append(_count(f"with slang, {region}", _from(data.positives, region), slang))
        checks.append(_count(f"without slang, {region}", _from(data.negatives, region), plain))
    if not data.rebuilt:
        checks.append(Check(_NAME, "detection and source", None, note="the sentences are not here"))
    else:
        checks.append(_count("samples of the test part", len(Slang().load(folder)), None))
    return checks


def _count(what: str, ours: int, published: int | None) -> Check:
    return Check(_NAME, what, float(ours), None if published is None else float(published), places=0)


def _meant(row: Row) -> bool:
    return bool(row.definition and row.literal)


def _from(rows: Sequence[Row], region: str) -> int:
    return sum(row.region == region for row in rows)
