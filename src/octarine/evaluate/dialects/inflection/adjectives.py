"""Adjectives."""

from __future__ import annotations

from octarine.evaluate.dialects.inflection.spelling import with_er
from octarine.evaluate.dialects.wordlist import listed

_SUPPLETIVE = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}
_MUTE_E = listed("large nice safe wide late close rare pure brave wise white strange fine cute simple")


def comparative(adjective: str) -> str:
    """In -er, however long the word is."""
    return _SUPPLETIVE[adjective][0] if adjective in _SUPPLETIVE else with_er(adjective, "er")


def superlative(adjective: str) -> str:
    """In -est, however long the word is."""
    return _SUPPLETIVE[adjective][1] if adjective in _SUPPLETIVE else with_er(adjective, "est")


def positive(graded: str) -> str:
    """The ground form of one in -er or -est, by rule; what has no such ending comes back as it is."""
    for base, forms in _SUPPLETIVE.items():
        if graded in forms:
            return base
    for ending in ("est", "er"):
        stem = graded.removesuffix(ending)
        if stem == graded or len(stem) < 2:
            continue
        if stem.endswith("i"):
            return f"{stem[:-1]}y"
        if f"{stem}e" in _MUTE_E:
            return f"{stem}e"
        return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return graded
