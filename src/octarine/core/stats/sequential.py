"""Intervals that hold at every moment at once, so that one may look after each value and stop when one likes.

A 95 % interval is right at a sample size fixed beforehand. Who looks after every attempt and stops when it
looks good is wrong far more often than 5 %; a confidence sequence is not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.stats.inputs import confidence_level, numbers, within

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CELLS = 2000
"""Candidate means: sin² of even angles, so 6e-7 apart at 0 and 1 and 8e-4 in the middle, as rates need."""
TRUNCATION = 0.75
"""The greatest share of a capital that one value may cost: c of the source, which proposes 1/2 or 3/4."""


class ConfidenceSequence:
    """A confidence sequence for the mean of values in [0, 1], fed value by value.

    For every candidate mean m two gamblers bet against it, one that the values lie higher, one that they lie
    lower, each with half a unit of capital. Were m the mean, each capital would be a nonnegative martingale,
    so it reaches 1/α with chance α/2 at most (Ville); the m against which nobody has are kept. What is left
    out once stays out (running intersection), so the interval never widens. Limits are rounded outwards to
    the candidates.

    What is assumed: given all values before it, each value has the same mean μ. They need not be independent
    or alike otherwise, and what is measured next, and when to stop, may depend on all that was seen. Several
    samples of one seed do not fulfil it: give one value for each seed (its rate), seeds drawn at random.

    Source: Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting", JRSS-B
    86:1, section 4, theorem 3 (hedged capital, θ = 1/2) with the predictable plug-in bets proposed there.
    """

    def __init__(self, confidence: float = 0.95) -> None:
        import numpy as np

        self.confidence = confidence_level(confidence)
        self.n = 0
        self._sum = 0.0
        self._squares = 0.25
        self._threshold = math.log(2.0 / (1.0 - confidence))
        self._means = np.sin(np.linspace(0.0, math.pi / 2.0, CELLS + 1)) ** 2
        self._means[-1] = 1.0
        with np.errstate(divide="ignore"):
            self._most_up = TRUNCATION / self._means
            self._most_down = TRUNCATION / (1.0 - self._means)
        self._up = np.zeros(CELLS + 1)
        self._down = np.zeros(CELLS + 1)
        self._first, self._last = 0, CELLS
        self._contradicted = False

    @property
    def mean(self) -> float:
        """The mean of the values so far; needs one value at least."""
        if self.n == 0:
            raise InputError("no value was given yet: nothing was observed, so there is no rate")
        return self._sum / self.n

    @property
    def contradicted(self) -> bool:
        """Whether every candidate mean was ruled out: the mean moved along the way, or chance (α at most).

        The interval then stays what it was before.
        """
        return self._contradicted

    def update(self, value: float) -> None:
        """Take in the next value, in [0, 1]. Raises ``InputError`` outside."""
        x = within(value, "value", 0.0, 1.0)
        self._bet(x)
        self.n += 1
        self._sum += x
        self._squares += (x - (0.5 + self._sum) / (self.n + 1)) ** 2

    def estimate(self) -> Estimate:
        """The mean so far, with the interval: at every n at once it holds μ with chance ``confidence``.

        ``value`` is the mean cut to the interval; the two differ only where the values drifted away from what
        was ruled out before.
        """
        low, high = float(self._means[self._first]), float(self._means[self._last])
        value = min(max(self.mean, low), high)
        return Estimate(value, low, high, self.n, self.n, "hedged-betting-sequence", self.confidence)

    def _bet(self, x: float) -> None:
        import numpy as np

        # Only values before this one decide the stake: that makes the capital a martingale.
        # Variance so far: squares / t, whose t cancels the t of the formula.
        stake = math.sqrt(2.0 * self._threshold / (self._squares * math.log(self.n + 2.0)))
        # One ruled out is ruled out for good, so its capital is of no more interest.
        live = slice(self._first, self._last + 1)
        gain = x - self._means[live]
        self._up[live] += np.log1p(np.minimum(stake, self._most_up[live]) * gain)
        self._down[live] += np.log1p(-np.minimum(stake, self._most_down[live]) * gain)
        # Capital on "higher" falls as m rises, that on "lower" rises, so both rule out from the ends inwards.
        out_below = (self._up[live] >= self._threshold).nonzero()[0]
        out_above = (self._down[live] >= self._threshold).nonzero()[0]
        first = self._first + (int(out_below[-1]) if len(out_below) else 0)
        last = self._first + int(out_above[0]) if len(out_above) else self._last
        if self._contradicted or first >= last:
            self._contradicted = True
        else:
            self._first, self._last = first, last


def confidence_sequence(values: ArrayLike, confidence: float = 0.95) -> list[Estimate]:
    """``ConfidenceSequence`` over ``values``, shape (n,), in [0, 1]: its estimate after each of them.

    Entry i rests on the first i + 1 values; all n intervals together hold μ with chance ``confidence``.
    """
    sequence = ConfidenceSequence(confidence)
    estimates = []
    for value in numbers(values, "values", (0.0, 1.0)).tolist():
        sequence.update(value)
        estimates.append(sequence.estimate())
    return estimates
