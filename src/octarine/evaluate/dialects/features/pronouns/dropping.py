"""Pronouns left out and put in."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, after, drop, each, related, saying, swap
from octarine.evaluate.dialects.features.pronouns.reference import SUBJECT, dummy, referential
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_PERSONS = listed("i you he she it we they")
_CLAUSES = frozenset({"advcl", "conj", "ccomp"})


def _null_subject(token: Token) -> Site | None:
    """In a clause that depends on another one, where the hearer knows who is meant."""
    verb = token.head
    inside = verb.dep in _CLAUSES and not verb.root and verb.index > token.index
    clitic = token.next is not None and token.next.glued and token.next.text[:1].isalnum() is False
    return drop(token) if inside and not clitic and not dummy(token) else None


def _without_it(token: Token) -> Site | None:
    """``it is`` without ``it``; ``it's`` becomes ``is``."""
    verb = token.next
    if verb is None or verb.lemma != "be" or not verb.finite:
        return None
    if not verb.glued:
        return drop(token)
    return drop_clitic(token, verb)


def drop_clitic(token: Token, verb: Token) -> Site:
    """``it's`` as ``is``, capitalised at the head of a sentence."""
    return (Edit(token.start, verb.end, swap(token, "is").text),)


def _made_it_clear(token: Token) -> Site | None:
    said = token.child("oprd", "acomp", "ccomp")
    if said is None or said.tag != "JJ" or said.index != token.index + 1 or token.child("dobj") is not None:
        return None
    return after(token, "it")


FEATURES = (
    Feature(42, "object pronoun drop", each(drop, saying({"it", "them"}), related("dobj"))),
    Feature(43, "subject pronoun drop", each(_null_subject, saying(_PERSONS), related(*SUBJECT))),
    Feature(
        45,
        "inserted it",
        each(_made_it_clear, lambda token: token.verb and token.lemma in {"make", "find", "think", "see"}),
    ),
    Feature(
        46,
        "referential it dropped before is",
        each(_without_it, saying({"it"}), related(*SUBJECT), referential),
    ),
    Feature(47, "dummy it dropped before is", each(_without_it, saying({"it"}), dummy)),
)
