"""Relative clauses."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Edit,
    Feature,
    Rule,
    Site,
    after,
    drop,
    each,
    related,
    saying,
    span,
    swap,
)
from octarine.evaluate.dialects.features.nouns.number import human
from octarine.evaluate.dialects.features.verbs.group import plural_subject
from octarine.evaluate.dialects.parse import Token


def relative(token: Token) -> bool:
    """Whether a who, which, that opens a relative clause."""
    clause = token.head
    while clause.dep in {"xcomp", "prep", "ccomp"} and not clause.root:
        clause = clause.head
    return clause.dep == "relcl" and token.tag in {"WP", "WDT", "IN"} and token.index < clause.index


def as_subject(token: Token) -> bool:
    """Whether it is that clause's subject."""
    return relative(token) and token.dep in {"nsubj", "nsubjpass"}


def _instead(word: str, *old: str) -> Rule:
    return each(lambda token: swap(token, word), saying(old), relative)


def _his(token: Token) -> Site | None:
    clause = token.head
    while clause.dep != "relcl" and not clause.root:
        clause = clause.head
    many = plural_subject(clause.head) if clause.dep == "relcl" else False
    return swap(token, "that their" if many else "that his")


def _shadow(token: Token) -> Site | None:
    """A pronoun where the relative pronoun was moved from."""
    verb = token.head
    if not verb.verb or verb.index < token.index:
        return None
    noun = verb.head if verb.dep == "relcl" else verb
    pronoun = "them" if noun.tag == "NNS" else "him" if human(noun) else "it"
    return after(verb, pronoun)


def _postposed_one(token: Token) -> Site | None:
    verb = token.head
    if verb.dep != "relcl" or (token.prev is not None and token.prev.text == ","):
        return None
    return drop(token), after(verb.right, "one")


def _correlative(token: Token) -> Site | None:
    """``the ones I made are`` as ``the ones I made, those are``."""
    noun = token.head
    if noun.dep != "nsubj" or noun.right.index > noun.head.index:
        return None
    return Edit(noun.right.end, noun.right.end, f", {'those' if plural_subject(noun) else 'that one'}")


def _linking(token: Token) -> Site | None:
    clauses = token.head.child("conj")
    full = token.head.verb and clauses is not None and clauses.child("nsubj") is not None
    return swap(token, "which") if full else None


def _chopped(token: Token) -> Site | None:
    verb = token.head
    while verb.dep in {"xcomp", "ccomp"}:
        verb = verb.head
    stranded = all(child.index < token.index for child in token.children)
    return drop(token) if verb.dep == "relcl" and stranded else None


def _reduced(token: Token) -> Site | None:
    """``food cooked by Amma`` as ``Amma cooked food``."""
    noun, by = token.head, token.child("agent")
    who = by.child("pobj") if by is not None else None
    if token.dep != "acl" or who is None or token.prev is not noun or by is None or by.prev is not token:
        return None
    return span(noun, who.right, f"{token.doc.words(who.left, who.right)} {token.text} {noun.text}")


FEATURES = (
    Feature(186, "which for who", _instead("which", "who", "whom")),
    Feature(187, "relative as", _instead("as", "who", "which", "that")),
    Feature(188, "relative at", _instead("at", "who", "which", "that")),
    Feature(189, "relative where", _instead("where", "which", "that")),
    Feature(190, "relative what", _instead("what", "who", "which", "that")),
    Feature(
        191,
        "doubled relativiser",
        each(lambda t: swap(t, f"that {t.lower}"), saying({"who", "which"}), relative),
    ),
    Feature(192, "that his for whose", each(_his, saying({"whose"}))),
    Feature(193, "no relative pronoun as subject", each(drop, saying({"who", "which", "that"}), as_subject)),
    Feature(
        194,
        "shadow pronouns",
        each(_shadow, saying({"which", "who", "that", "whom"}), related("dobj"), relative),
    ),
    Feature(195, "postposed one", each(_postposed_one, saying({"that", "which", "who"}), relative)),
    Feature(196, "correlatives", each(_correlative, related("relcl"))),
    Feature(197, "linking which", each(_linking, saying({"but", "and"}), related("cc"))),
    Feature(198, "preposition chopping", each(_chopped, related("prep"))),
    Feature(199, "reduced relatives before the noun", each(_reduced)),
)
