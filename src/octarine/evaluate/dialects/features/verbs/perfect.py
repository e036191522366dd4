"""Perfects."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, drop, each, leading, span, swap
from octarine.evaluate.dialects.features.verbs.group import (
    agreeing,
    be_agreeing,
    have_of,
    perfect,
    simple_past,
)
from octarine.evaluate.dialects.inflection import gerund, participle, past
from octarine.evaluate.dialects.parse import Token


def _resultative(token: Token) -> Site | None:
    """``there is a car that broke down`` as ``there is a car broken down``."""
    who = token.child("nsubj")
    if token.dep != "relcl" or who is None or who.tag not in {"WDT", "WP"} or token.tag != "VBD":
        return None
    if token.head.head.child("expl") is None:
        return None
    return drop(who), swap(token, participle(token.lemma))


def _medial_object(token: Token) -> Site | None:
    """``has written a letter`` as ``has a letter written``."""
    what = token.child("dobj")
    if have_of(token) is None or what is None or what.left.index != token.index + 1:
        return None
    return Edit(token.start, what.right.end, f"{token.doc.words(what.left, what.right)} {token.text}")


def _after_perfect(token: Token) -> Site | None:
    have = have_of(token)
    if have is None or have.lower in {"had", "'d"}:
        return None
    changes = [swap(have, be_agreeing(token.subject)), span(token, token, f"after {gerund(token.lemma)}")]
    just = next((child for child in token.kids("advmod") if child.lower == "just"), None)
    return tuple([*changes, drop(just)] if just is not None else changes)


def _present_for_perfect(token: Token) -> Site | None:
    """Where since or for says how long."""
    have = have_of(token)
    lasting = any(child.lower in {"since", "for"} for child in token.subtree)
    if have is None or not lasting or have.lower in {"had", "'d"}:
        return None
    return drop(have), Edit(token.start, token.end, agreeing(token.lemma, token.subject))


def _be_perfect(token: Token) -> Site | None:
    """``haven't left yet`` as ``aren't left``: be for have, and no yet where it is denied."""
    have = next((aux for aux in token.kids("aux") if aux.lower in {"have", "has", "'ve"}), None)
    if have is None or token.tag != "VBN":
        return None
    changes: list[Edit] = [swap(have, be_agreeing(token.subject))]
    yet = next((child for child in token.kids("advmod") if child.lower == "yet"), None)
    if yet is not None and token.child("neg") is not None:
        changes.append(drop(yet))
    return tuple(changes)


def _already(token: Token) -> Site | None:
    """``have you eaten`` as ``did you already eat``."""
    have, who = token.child("aux"), token.child("nsubj")
    if have is None or who is None or have.lemma != "have" or token.tag != "VBN":
        return None
    if have.index < who.index:
        return swap(have, "did"), Edit(token.start, token.end, f"already {token.lemma}")
    if token.child("neg") is not None or any(child.lower == "already" for child in token.children):
        return None
    return drop(have), Edit(token.start, token.end, f"already {past(token.lemma)}")


def _perfect_for_past(token: Token) -> Site | None:
    past_be = token.tag == "VBD" and token.lemma == "be" and token.dep not in {"aux", "auxpass"}
    who = token.subject
    if not (simple_past(token) or past_be) or who is None or who.index > token.index:
        return None
    if token.child("neg") is not None or who.dep == "expl":
        return None
    return Edit(token.start, token.end, f"{agreeing('have', who)} {participle(token.lemma)}")


FEATURES = (
    Feature(96, "resultative participle after there", each(_resultative)),
    Feature(97, "medial object perfect", each(_medial_object)),
    Feature(98, "after-perfect", each(_after_perfect)),
    Feature(99, "past for present perfect", perfect(lambda have, verb: (None, past(verb.lemma)))),
    Feature(100, "present perfect for past", each(_perfect_for_past)),
    Feature(101, "present for continuative perfect", each(_present_for_perfect)),
    Feature(102, "be as perfect auxiliary", each(_be_perfect)),
    Feature(104, "completive done", perfect(lambda have, verb: ("done", verb.text))),
    Feature(105, "have done", perfect(lambda have, verb: (have.text.lower(), f"done {verb.text}"))),
    Feature(107, "completive slam", perfect(lambda have, verb: ("slam", verb.text))),
    Feature(108, "experiential ever", perfect(lambda have, verb: ("ever", verb.lemma))),
    Feature(109, "perfect already", each(_already)),
    Feature(110, "completive finish", perfect(lambda have, verb: ("finish", verb.lemma))),
    Feature(111, "anterior been", each(lambda token: leading(token, "been"), simple_past)),
    Feature(
        112,
        "had with a bare root",
        perfect(lambda have, verb: (have.text, verb.lemma if have.lower == "had" else verb.text)),
    ),
)
