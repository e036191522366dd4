"""What a pronoun refers to: gender, person, number."""

from __future__ import annotations

from collections.abc import Iterator

from octarine.evaluate.dialects.edits import Feature, Rule, Site, each, related, saying, swap, tagged, words
from octarine.evaluate.dialects.parse import Parse, Token
from octarine.evaluate.dialects.wordlist import listed

SUBJECT = ("nsubj", "nsubjpass")
OBJECT = ("dobj", "pobj", "dative")
_TIMES = listed("time morning evening night day noon midnight year month week hour season late early")
_WEATHER = listed("rain snow hail drizzle freeze thunder seem appear happen matter depend")


def dummy(token: Token) -> bool:
    """Whether an ``it`` refers to nothing: weather, time, and what stands in for a clause."""
    if token.dep == "expl":
        return True
    if token.dep not in SUBJECT:
        return False
    verb = token.head
    if verb.lemma in _WEATHER:
        return True
    said = verb.child("attr", "acomp")
    if verb.child("ccomp", "xcomp", "csubj") is not None and (verb.lemma != "be" or said is not None):
        return True
    if said is None:
        return False
    return said.lower in _TIMES or (said.tag == "JJ" and said.child("xcomp", "ccomp") is not None)


def referential(token: Token) -> bool:
    """Whether an ``it`` refers to something."""
    return not dummy(token)


def _gendered(subject: str, other: str) -> Rule:
    def edit(token: Token) -> Site | None:
        if token.dep in SUBJECT:
            return swap(token, subject)
        return swap(token, other) if token.dep in OBJECT else None

    return each(edit, saying({"it"}), referential)


_OTHER_GENDER = {
    "he": "she",
    "she": "he",
    "him": "her",
    "hers": "his",
    "himself": "herself",
    "herself": "himself",
}


def _no_gender(token: Token) -> Site | None:
    word = token.lower
    if word == "her":
        return swap(token, "his" if token.tag == "PRP$" else "him")
    if word == "his":
        return swap(token, "her" if token.tag == "PRP$" else "hers")
    return swap(token, _OTHER_GENDER[word]) if word in _OTHER_GENDER else None


def _they_as_it(doc: Parse) -> Iterator[Site]:
    """``it`` for a ``they`` that takes up a plural noun named before."""
    many = False
    for token in doc:
        if many and token.lower == "they" and token.dep in SUBJECT:
            yield swap(token, "it")
        if many and token.lower == "them" and token.dep in OBJECT:
            yield swap(token, "it")
        many = many or token.tag == "NNS"


FEATURES = (
    Feature(1, "she for inanimate it", _gendered("she", "her")),
    Feature(2, "he for inanimate it", _gendered("he", "him")),
    Feature(
        3, "referential it: the thing", words({"it": "the thing"}, referential, related(*SUBJECT, *OBJECT))
    ),
    Feature(4, "dummy it: that", words({"it": "that"}, dummy)),
    Feature(5, "generalised third person: subject", words({"he": "'im", "she": "'im"}, related(*SUBJECT))),
    Feature(
        6,
        "generalised third person: object",
        words({"it": "'im", "her": "'im", "him": "'im"}, tagged("PRP"), related(*OBJECT)),
    ),
    Feature(10, "no gender in the third person", each(_no_gender, tagged("PRP", "PRP$"))),
    Feature(41, "anaphoric it for they", _they_as_it),
)
