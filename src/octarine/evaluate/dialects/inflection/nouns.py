"""Nouns."""

from __future__ import annotations

from octarine.evaluate.dialects.inflection.spelling import with_s

_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "wife": "wives",
    "knife": "knives",
    "life": "lives",
    "leaf": "leaves",
    "half": "halves",
    "shelf": "shelves",
    "thief": "thieves",
    "wolf": "wolves",
    "loaf": "loaves",
    "calf": "calves",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "hero": "heroes",
}
_BACK = {many: one for one, many in _IRREGULAR.items()}


def plural(noun: str) -> str:
    """The plural."""
    return _IRREGULAR.get(noun) or with_s(noun)


def singular(noun: str) -> str:
    """The singular of a plural, by rule; what is no plural comes back as it is."""
    low = noun.lower()
    for many, one in _BACK.items():
        if low == many or (low.endswith(many) and many in {"men", "wives", "women", "children"}):
            return noun[: len(noun) - len(many)] + one
    if low.endswith("ies") and len(low) > 4:
        return f"{noun[:-3]}y"
    if low.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return noun[:-2]
    return noun[:-1] if low.endswith("s") and not low.endswith(("ss", "us", "is", "news")) else noun
