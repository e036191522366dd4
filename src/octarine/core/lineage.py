"""Lineage: what may be taught, and what is kept to measure with.

A model that is graded on what it was taught shows how well it remembers. So every lineage
(``Sample.lineage``: a seed and the technique family that was used on it) goes to one of two places, and stays
there: guard training and alignment data take those of ``TRAINING``, the evergreen benchmark those of
``BENCHMARK``. Whoever trains asks ``destination`` of each sample first.

Where a lineage goes depends on nothing but itself: not on the order in which findings came, and not on what
else there is. What no hash can see (the same attack, worded alike, brought in twice without a parent) is
looked for where a version or an export is made: see ``redteam.evergreen``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

from octarine.core.samples import GROUP, Sample

SHARE = 0.5
"""Of the lineages, how many go to the benchmark. One value for all who ask, or they would disagree."""
_SALT = "octarine lineage 1"


class Destination(StrEnum):
    """Where a lineage goes."""

    TRAINING = "training"
    BENCHMARK = "benchmark"


def destination(sample: Sample, share: float = SHARE) -> Destination:
    """Where the sample's lineage goes, for good.

    What is in a group of samples and has no technique, or is a translation of such, stands in a benchmark as
    it is and stays there. Every other lineage is drawn by its hash: ``share`` of them to the benchmark. A
    greater share moves lineages to the benchmark and none to training.

    Raises:
        ValueError: ``share`` is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be in [0, 1], not {share}")
    if sample.seed.startswith(GROUP) and not sample.family:
        return Destination.BENCHMARK
    named = hashlib.sha256(f"{_SALT}\0{sample.lineage}".encode()).digest()
    drawn = int.from_bytes(named[:7], "big") / 2**56
    return Destination.BENCHMARK if drawn < share else Destination.TRAINING


def shared_lineages(first: Iterable[Sample], second: Iterable[Sample]) -> frozenset[str]:
    """The lineages that are in both: none, of what is trained on and what is measured with."""
    return frozenset(sample.lineage for sample in first) & {sample.lineage for sample in second}
