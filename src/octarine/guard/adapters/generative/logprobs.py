"""The probability of a verdict from the log-probabilities of the token that it begins with."""

from __future__ import annotations

import math
from collections.abc import Sequence

from octarine.core.results import TokenLogprob


def verdict_probability(
    logprobs: Sequence[TokenLogprob], yes: Sequence[str], no: Sequence[str], *, after: str = ""
) -> float | None:
    """P(yes), 0 to 1, given that the verdict is one of the words; None where no token shows it.

    Looked at is the first token with letters in it that stands behind ``after``, and what else might have
    stood there: the share of the tokens that begin a word of ``yes`` among those that begin any. Where only
    one of the two is among the alternatives, its own probability (or the rest) is all that is known.

    Args:
        yes, no: lower-case words; no word of one begins a word of the other.
        after: lower-case text that comes before the verdict (``safety:``).
    """
    said = ""
    for entry in logprobs:
        if after in said and any(char.isalpha() for char in entry.token):
            return _share({entry.token: entry.logprob, **entry.top}, yes, no)
        said += entry.token.lower()
    return None


def _share(tokens: dict[str, float], yes: Sequence[str], no: Sequence[str]) -> float | None:
    good = _mass(tokens, yes)
    bad = _mass(tokens, no)
    if good and bad:
        return good / (good + bad)
    return min(1.0, good) if good else max(0.0, 1.0 - bad) if bad else None


def _mass(tokens: dict[str, float], words: Sequence[str]) -> float:
    begun = (
        logprob
        for token, logprob in tokens.items()
        if (text := token.strip().lower()) and any(word.startswith(text) for word in words)
    )
    return sum(math.exp(logprob) for logprob in begun)
