"""The best of several attempts."""

from __future__ import annotations

import math
from typing import SupportsIndex

from octarine.core.errors import InputError
from octarine.core.stats.inputs import whole


def best_of_k(samples: SupportsIndex, successes: SupportsIndex, k: SupportsIndex) -> float:
    """The unbiased chance that at least one of ``k`` attempts on a seed succeeds: 1 − C(n − c, k)/C(n, k).

    Of ``samples`` = n attempts on that seed, ``successes`` = c succeeded; 1 ≤ k ≤ n. It is one seed's value:
    give those of all seeds to ``mean`` for the rate with its interval. ``1 − (1 − c/n)^k`` would be biased.
    Source: Chen et al. 2021, "Evaluating large language models trained on code", equation 1.
    """
    n, c, attempts = whole(samples, "samples", 1), whole(successes, "successes"), whole(k, "k", 1)
    if c > n:
        raise InputError(f"successes must be at most samples, not {c} of {n}")
    if attempts > n:
        raise InputError(
            f"k must be at most samples, not {attempts} of {n}", hint="Take at least k samples of each seed."
        )
    every = math.comb(n, attempts)
    return (every - math.comb(n - c, attempts)) / every
