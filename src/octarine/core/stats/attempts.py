"""Attempts gathered into steps: who was still at risk, who was elicited, and in which cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.stats.inputs import label_codes, numbers, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from octarine.core.stats.inputs import BoolArray, FloatArray, IntArray, Labels

_BATCH = 4_000_000
"""Cells of clusters × steps held at once: 32 MB an array."""
NOTHING = 1e-12
"""A standard error, relative to what it belongs to, that only rounding made."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts against the distinct ``steps`` at which they ended, ascending.

    ``rows`` (each attempt's entry in ``steps``), ``elicited`` and ``codes`` (its cluster) have shape (n,);
    ``at_risk`` and ``events`` count, for each step, attempts that reached it and those elicited at it.
    """

    steps: FloatArray
    rows: IntArray
    elicited: BoolArray
    codes: IntArray
    clusters: int
    at_risk: IntArray
    events: IntArray

    @property
    def alone(self) -> bool:
        return self.clusters == len(self.codes)

    def hazard(self) -> FloatArray:
        return self.events / self.at_risk

    def survival(self) -> FloatArray:
        import numpy as np

        kept: FloatArray = np.cumprod((self.at_risk - self.events) / self.at_risk, dtype=np.float64)
        return kept

    def by_cluster(self, values: FloatArray) -> FloatArray:
        import numpy as np

        return np.bincount(self.codes, weights=values, minlength=self.clusters).astype(np.float64)

    def risk_of(self, chosen: BoolArray) -> IntArray:
        """How many of the ``chosen`` attempts are at risk at each step."""
        return _at_or_after(self.rows[chosen], len(self.steps))

    def clusters_at_risk(self) -> IntArray:
        import numpy as np

        last = np.zeros(self.clusters, dtype=np.int64)
        np.maximum.at(last, self.codes, self.rows)
        return _at_or_after(last, len(self.steps))

    def relative_variance(self) -> FloatArray:
        """The variance of log(survival) after each step, shape (steps,); 0 from where all are elicited."""
        import numpy as np

        left = self.at_risk - self.events
        weight = np.where(left > 0, 1.0 / np.maximum(left, 1), 0.0)
        if self.alone:
            return np.cumsum(weight * self.hazard())
        total = np.zeros(len(self.steps))
        size = max(1, _BATCH // len(self.steps))
        for start in range(0, self.clusters, size):
            inside = (self.codes >= start) & (self.codes < start + size)
            effects = self._effects(inside, self.codes[inside] - start, min(size, self.clusters - start))
            total += (np.cumsum(effects * weight, axis=1) ** 2).sum(axis=0)
        total *= self.clusters / max(self.clusters - 1.0, 1.0)
        return np.where(total > NOTHING**2, total, 0.0)

    def _effects(self, inside: BoolArray, codes: IntArray, clusters: int) -> FloatArray:
        """Elicited − hazard × at risk of each of these clusters at each step: shape (clusters, steps)."""
        import numpy as np

        width = len(self.steps)
        cells = codes * width + self.rows[inside]
        shape = (clusters, width)
        ended = np.bincount(cells, minlength=clusters * width).reshape(shape)
        events = np.bincount(cells[self.elicited[inside]], minlength=clusters * width).reshape(shape)
        at_risk = np.cumsum(ended[:, ::-1], axis=1)[:, ::-1]
        return events - at_risk * self.hazard()


def gather(times: ArrayLike, elicited: ArrayLike, clusters: Labels | None) -> Attempts:
    """Read and number the attempts; without labels each is a cluster of its own."""
    import numpy as np

    steps_taken = numbers(times, "times", (0.0, math.inf))
    flags = numbers(elicited, "elicited")
    same_length(steps_taken, flags, ("times", "elicited"))
    if not ((flags == 0.0) | (flags == 1.0)).all():
        raise InputError("elicited must hold 0 or 1 only", hint="1: elicited at that step; 0: stopped there.")
    codes, count = np.arange(len(flags), dtype=np.int64), len(flags)
    if clusters is not None:
        same_length(steps_taken, clusters, ("times", "clusters"))
        codes, count = label_codes(clusters, "clusters")
    steps, rows = np.unique(steps_taken, return_inverse=True)
    hit = flags == 1.0
    events = np.bincount(rows[hit], minlength=len(steps)).astype(np.int64)
    return Attempts(steps, rows, hit, codes, count, _at_or_after(rows, len(steps)), events)


def _at_or_after(rows: IntArray, length: int) -> IntArray:
    """For each row, how many of ``rows`` are at it or after it."""
    import numpy as np

    return np.cumsum(np.bincount(rows, minlength=length)[::-1])[::-1].astype(np.int64)
