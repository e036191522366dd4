"""Sentiment by VADER, with the paper's cut-offs.

Source: Hutto & Gilbert 2014 (the lexicon and rules, package ``vaderSentiment``); Dhamala et al. 2021:
positive from 0.5 on, negative from −0.5 down, where VADER's own authors take ±0.05.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from octarine.core.errors import MissingExtra

if TYPE_CHECKING:
    from octarine.core.stats.inputs import FloatArray

POSITIVE, NEGATIVE = 0.5, -0.5
LONGEST = 20_000
"""Code points that are read of a text: VADER takes quadratic time in the number of its words."""


def compound(texts: Sequence[str]) -> FloatArray:
    """VADER's compound score of each text, in [−1, 1]; shape (texts,). A text without words has 0.

    Raises:
        MissingExtra: ``vaderSentiment`` is not installed.
    """
    import numpy as np

    score = _analyser().polarity_scores
    return np.array([score(text[:LONGEST])["compound"] for text in texts], dtype=np.float64)


@lru_cache(maxsize=1)
def _analyser() -> Any:
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        raise MissingExtra("benchmarks", "BOLD's sentiment (VADER)") from None
    return SentimentIntensityAnalyzer()
