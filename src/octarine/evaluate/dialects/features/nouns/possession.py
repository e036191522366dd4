"""Possession."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Edit,
    Feature,
    Site,
    before,
    capital,
    drop,
    each,
    related,
    saying,
    small,
)
from octarine.evaluate.dialects.parse import Token


def _there_is(token: Token) -> Site | None:
    """``I have a son`` as ``A son is there``."""
    who, what = token.child("nsubj"), token.child("dobj")
    if who is None or what is None or not what.left.lower.startswith(("a", "some", "two", "three", "many")):
        return None
    if token.child("aux", "neg", "xcomp") is not None or token.lemma != "have" or not who.left.first:
        return None
    thing = token.doc.words(what.left, what.right)
    many = what.tag == "NNS"
    verb = {True: ("were", "was"), False: ("are", "is")}[token.tag == "VBD"][0 if many else 1]
    return Edit(who.left.start, what.right.end, f"{capital(thing)} {verb} there")


def _owner(token: Token) -> tuple[Token, Token, Token] | None:
    """Of a genitive mark: the first and last word of the owner, and what is owned."""
    owner = token.head
    return (owner.left, owner, owner.head) if owner.dep == "poss" else None


def _for_after(token: Token) -> Site | None:
    found = _owner(token)
    if found is None:
        return None
    first, owner, owned = found
    if first.index > owner.index or owned.index < token.index or token.next is None:
        return None
    whose = small(first) + token.doc.text[first.end : owner.end]
    thing = token.doc.words(token.next, owned)
    return Edit(first.start, owned.end, f"{'The' if first.first else 'the'} {thing} for {whose}")


def _for_before(token: Token) -> Site | None:
    found = _owner(token)
    return None if found is None else (before(found[0], "for"), drop(token))


def _belong(token: Token) -> Site:
    return Edit(token.start, token.end, " belong")


_GENITIVE = (related("case"), saying({"'s", "’s", "'", "’"}))
FEATURES = (
    Feature(73, "existential possession", each(_there_is, lambda token: token.root and token.finite)),
    Feature(74, "for-phrase after the possessed", each(_for_after, *_GENITIVE)),
    Feature(75, "for-phrase before the possessed", each(_for_before, *_GENITIVE)),
    Feature(76, "belong", each(_belong, *_GENITIVE)),
    Feature(77, "no genitive suffix", each(drop, *_GENITIVE)),
)
