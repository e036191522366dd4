"""Word order and discourse."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Edit,
    Feature,
    Site,
    before,
    drop,
    each,
    related,
    saying,
    small,
    span,
    swap,
)
from octarine.evaluate.dialects.features.verbs.group import AUX, agreeing, simple_past
from octarine.evaluate.dialects.parse import Token

_NOBODY = frozenset({"nobody", "nothing", "no", "none"})


def _cleft(token: Token) -> Site | None:
    """``they ride bikes`` as ``it is bikes that they ride``."""
    who, what = token.child("nsubj"), token.child("dobj")
    if not token.root or who is None or what is None or not token.finite or not who.left.first:
        return None
    if what.left.index != token.index + 1 or what.tag == "PRP" or token.child("conj", "ccomp"):
        return None
    doc = token.doc
    subject = small(who.left) + doc.text[who.left.end : token.end]
    return Edit(who.left.start, what.right.end, f"It is {doc.words(what.left, what.right)} that {subject}")


def _fronted(token: Token) -> Site | None:
    """``I drive to town`` as ``I to town drive``."""
    verb = token.head
    plain = verb.finite and verb.child(*AUX) is None and verb.lemma != "be" and verb.subject is not None
    if not plain or token.prev is not verb or token.child("pobj") is None or verb.first:
        return None
    return Edit(verb.start, token.right.end, f"{token.doc.words(token, token.right)} {verb.text}")


def _negative_inversion(token: Token) -> Site | None:
    """``nobody showed up`` as ``didn't nobody show up``."""
    verb, left = token.head, token.left
    if token.dep != "nsubj" or left.lower not in _NOBODY or not left.first:
        return None
    if simple_past(verb):
        return before(left, "didn't"), Edit(verb.start, verb.end, verb.lemma)
    lead = verb.child(*AUX)
    if lead is not None and lead.lower in {"can", "could", "would", "will", "did"}:
        negative = {"can": "can't", "will": "won't"}.get(lead.lower, f"{lead.lower}n't")
        return before(left, negative), drop(lead)
    if verb.tag == "VBZ" and verb.lemma != "be":
        return before(left, "don't"), Edit(verb.start, verb.end, verb.lemma)
    return None


def _superlative_first(token: Token) -> Site | None:
    """``the thing I like most`` as ``the most thing I like``."""
    clause = token.head
    while clause.dep in {"advmod", "dobj"}:
        clause = clause.head
    noun = clause.head
    if clause.dep != "relcl" or noun.child("det") is None or token.index < clause.index:
        return None
    return before(noun, token.lower), drop(token)


def _objects_swapped(token: Token) -> Site | None:
    """``teach it to us`` as ``teach us it``."""
    what, to = token.child("dobj"), token.child("prep", "dative")
    who = to.child("pobj") if to is not None else None
    if what is None or to is None or who is None or to.lower not in {"to", "for"}:
        return None
    if what.tag != "PRP" or who.tag != "PRP" or to.prev is not what:
        return None
    return span(what, who, f"{who.text} {what.text}")


def _like(token: Token) -> Site | None:
    return (
        before(token.left, "like")
        if token.head.lemma == "be" and token.left.index > token.head.index
        else None
    )


def _quotative(token: Token) -> Site | None:
    quote = token.next
    if quote is not None and quote.text == ",":
        quote = quote.next
    who = token.subject
    if quote is None or quote.text not in {'"', "“", "``", "'"} or who is None or who.index > token.index:
        return None
    past_tense = token.tag == "VBD"
    be = ("were" if agreeing("be", who) == "are" else "was") if past_tense else agreeing("be", who)
    return swap(token, f"{be} like")


FEATURES = (
    Feature(223, "cleft", each(_cleft)),
    Feature(224, "prepositional phrase before the verb", each(_fronted, related("prep"))),
    Feature(226, "negative inversion", each(_negative_inversion)),
    Feature(231, "most before the noun", each(_superlative_first, saying({"most", "best", "least"}))),
    Feature(232, "order of two pronoun objects", each(_objects_swapped)),
    Feature(234, "focusing like", each(_like, related("acomp"))),
    Feature(235, "quotative be like", each(_quotative, lambda token: token.lemma == "say")),
)
