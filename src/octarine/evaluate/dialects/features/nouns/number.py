"""Number of nouns."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, before, each, span, swap, tagged, words
from octarine.evaluate.dialects.features.nouns.lexicon import MASS, PEOPLE
from octarine.evaluate.dialects.inflection import plural, singular
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_QUANTIFIERS = listed("many several few some all both most various numerous")
_REGULAR = {
    "wives": "wifes",
    "knives": "knifes",
    "lives": "lifes",
    "leaves": "leafs",
    "shelves": "shelfs",
    "thieves": "thiefs",
    "wolves": "wolfs",
    "loaves": "loafs",
    "halves": "halfs",
    "calves": "calfs",
    "people": "persons",
    "men": "mans",
    "women": "womans",
    "children": "childs",
    "feet": "foots",
    "teeth": "tooths",
    "mice": "mouses",
}


def human(token: Token) -> bool:
    """Whether a noun names people."""
    return singular(token.lower) in PEOPLE


def counted(token: Token) -> bool:
    """Whether a number or a quantifier stands with it."""
    quantified = any(child.lower in _QUANTIFIERS or child.lower == "most" for child in token.children)
    return token.child("nummod") is not None or quantified


def to_singular(token: Token) -> Site | None:
    """The singular, where it differs."""
    one = singular(token.lower)
    return swap(token, one) if one != token.lower else None


def _alla(token: Token) -> Site | None:
    one = singular(token.lower)
    if token.child("det", "poss") is not None or counted(token) or one == token.lower:
        return None
    if token.left is token:
        return span(token, token, f"alla {one}")
    return before(token.left, "alla"), Edit(token.start, token.end, one)


def _them_after(token: Token) -> Site:
    return Edit(token.start, token.end, f"{swap(token, singular(token.lower)).text} them")


_NOUNS = tagged("NNS")
FEATURES = (
    Feature(49, "regularised plurals", words(_REGULAR, _NOUNS)),
    Feature(50, "plural marked before: alla", each(_alla, _NOUNS)),
    Feature(51, "plural marked after: them", each(_them_after, _NOUNS)),
    Feature(
        55,
        "mass nouns in the plural",
        each(
            lambda token: swap(token, plural(token.lower)),
            tagged("NN"),
            lambda token: token.lower in MASS and token.dep != "compound" and not token.lower.endswith("s"),
        ),
    ),
    Feature(56, "no plural after a quantifier", each(to_singular, _NOUNS, counted)),
    Feature(57, "optional plural: people", each(to_singular, _NOUNS, human)),
    Feature(58, "optional plural: things", each(to_singular, _NOUNS, lambda token: not human(token))),
)
