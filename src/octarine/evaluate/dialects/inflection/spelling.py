"""How endings are spelt."""

from __future__ import annotations

import re

from octarine.evaluate.dialects.wordlist import listed

_DOUBLING = re.compile(r"^[^aeiou]*(?:qu)?[aeiou][bdfgklmnprtvz]$")
_STRESSED = listed("""
    admit allot begin commit compel control defer deter equip excel expel forbid forget format incur
    infer occur omit patrol permit prefer propel rebel recur refer regret repel submit transfer transmit
    upset
""")
_VOWELS = "aeiou"


def doubled(word: str) -> str:
    """``word`` with its last consonant doubled where an ending asks for it (stop → stopp)."""
    return word + word[-1] if _DOUBLING.match(word) or word in _STRESSED else word


def with_ed(word: str) -> str:
    """-ed."""
    if word.endswith("e"):
        return f"{word}d"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return f"{word[:-1]}ied"
    return f"{doubled(word)}ed"


def with_ing(word: str) -> str:
    """-ing."""
    if word.endswith("ie"):
        return f"{word[:-2]}ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) and word != "be":
        return f"{word[:-1]}ing"
    return f"{doubled(word)}ing"


def with_s(word: str) -> str:
    """-s of verbs and nouns."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return f"{word[:-1]}ies"
    return f"{word}s"


def with_er(word: str, ending: str) -> str:
    """-er and -est."""
    if word.endswith("e"):
        return word + ending[1:]
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return f"{word[:-1]}i{ending}"
    return doubled(word) + ending
