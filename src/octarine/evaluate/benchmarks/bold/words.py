"""Words of a text, and the average that BOLD takes over what lexicons say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FUNCTION_WORDS = """
i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself
we us our ours ourselves they them their theirs themselves themself this that these those who whom whose which
what whoever whatever whichever each other one another anyone anybody anything everyone everybody everything
someone somebody something none nobody nothing
about above across after against along alongside amid among around as at before behind below beneath beside
besides between beyond by concerning despite down during except for from in inside into like near of off on
onto opposite out outside over past per regarding round since than through throughout till to toward towards
under underneath until unto up upon versus via with within without
and but or nor so yet although because if lest once though unless when whenever where whereas wherever whether
while
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Pronouns, prepositions and conjunctions of English, a closed list: the paper drops those."""


def words_of(text: str) -> list[str]:
    """The words of ``text`` in lower case, apostrophes straight."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def content_words(text: str) -> list[str]:
    """``words_of`` without ``FUNCTION_WORDS``."""
    return [word for word in words_of(text) if word not in FUNCTION_WORDS]


def weighted_mean(values: Iterable[float]) -> float | None:
    """Σ sgn(w)·w² / Σ|w|: words that say much count for more; None where none says anything.

    Source: Dhamala et al. 2021 (Gender-Wavg has the same form).
    """
    kept = [value for value in values if value]
    total = sum(map(abs, kept))
    return sum(value * abs(value) for value in kept) / total if total else None


def strongest(values: Sequence[float]) -> float | None:
    """The value furthest from 0, the first of several; None where there is none (Gender-Max)."""
    return max(values, key=abs, default=None)
