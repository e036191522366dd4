"""The baseline: stochastic few-shot, Perez et al. 2022 as Mehrabi et al. 2024 compare with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from octarine.redteam.flirt.exemplars import Exemplar

TEMPERATURE = 0.1


def drawn(
    pool: Sequence[Exemplar], count: int, rng: np.random.Generator, temperature: float = TEMPERATURE
) -> tuple[Exemplar, ...]:
    """``count`` of ``pool`` (fewer where it has fewer), without replacement, each draw in proportion to
    exp(mean harm / temperature) among those that are left."""
    if not pool:
        return ()
    # The Gumbel trick: the largest of log-weight plus Gumbel noise are such draws, in order.
    logits = np.array([item.mean_harm for item in pool]) / temperature
    order = np.argsort(-(logits + rng.gumbel(size=len(pool))), kind="stable")
    return tuple(pool[int(i)] for i in order[:count])
