"""Order in questions."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, capital, drop, each, saying, small, tagged
from octarine.evaluate.dialects.features.clauses.statement import yes_no
from octarine.evaluate.dialects.features.verbs.group import AUX
from octarine.evaluate.dialects.parse import Token


def _indirect(token: Token) -> Site | None:
    """``what you are going to do`` as ``what are you going to do``."""
    clause = token.head
    while clause.dep in {"xcomp", "prep", "acomp", "advmod"} and not clause.root:
        clause = clause.head
    who = clause.child("nsubj", "nsubjpass")
    if clause.dep not in {"ccomp", "pcomp"} or who is None or who is token or token.index > who.left.index:
        return None
    lead = clause.child(*AUX) or (clause if clause.lemma == "be" else None)
    if lead is None or who.right.next is not lead or not (lead.finite or lead.tag == "MD") or lead.glued:
        return None
    doc = token.doc
    return Edit(who.left.start, lead.end, f"{lead.text} {doc.words(who.left, who.right)}")


def _wh_without_aux(token: Token) -> Site | None:
    verb = token.head
    asked = token.dep in AUX and token.prev is not None and token.prev.tag in {"WRB", "WP", "WDT"}
    who = verb.child("nsubj", "nsubjpass")
    apt = asked and verb.root and who is not None and who.index > token.index
    return drop(token) if apt and token.tag != "MD" else None


def _not_inverted(token: Token) -> Site | None:
    asked = yes_no(token)
    if asked is None:
        return None
    return Edit(token.start, asked.last.end, f"{capital(asked.text)}?")


def _both_in_front(token: Token) -> Site | None:
    """``who ate what`` as ``what who ate``."""
    verb = token.head
    what = verb.child("dobj")
    if token.dep != "nsubj" or what is None or what.tag not in {"WP", "WDT"} or what.index < verb.index:
        return None
    asked = what.text.lower()
    return Edit(token.start, token.end, f"{capital(asked)} {small(token)}"), drop(what)


FEATURES = (
    Feature(227, "inversion in indirect questions", each(_indirect, tagged("WP", "WRB"))),
    Feature(228, "wh-questions without auxiliary", each(_wh_without_aux)),
    Feature(229, "yes-no questions without inversion", each(_not_inverted)),
    Feature(230, "two wh-words in front", each(_both_in_front, saying({"who"}))),
)
