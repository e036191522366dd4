"""Progressives, habituals, futures."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, drop, each, saying, span, swap
from octarine.evaluate.dialects.features.verbs.group import (
    AUX,
    agreeing,
    be_agreeing,
    plain_present,
    simple_past,
)
from octarine.evaluate.dialects.inflection import gerund
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_STATIVE = listed(
    """
    believe belong contain cost dislike doubt enjoy fear feel hate have hear hope know like love
    mean need own prefer remember see seem smell sound think understand want wish
    """
)


def _progressive(token: Token) -> Site | None:
    if token.lemma not in _STATIVE or not (plain_present(token) or simple_past(token)):
        return None
    who = token.subject
    if who is None or who.index > token.index:
        return None
    tense = "past" if token.tag == "VBD" else "present"
    return span(token, token, f"{be_agreeing(who, tense)} {gerund(token.lemma)}")


def _stood(token: Token) -> Site | None:
    be = token.child("aux")
    form = {"standing": "stood", "sitting": "sat"}.get(token.lower)
    return swap(token, form) if form and be is not None and be.lemma == "be" else None


def _do(token: Token) -> Site | None:
    who = token.subject
    if who is None or who.index > token.index:
        return None
    if simple_past(token):
        return span(token, token, f"did {token.lemma}")
    return span(token, token, f"{agreeing('do', who)} {token.lemma}") if plain_present(token) else None


def _waan(token: Token) -> Site | None:
    to = token.next
    return Edit(token.start, to.end, "waan") if to is not None and to.lower == "to" else None


def _coming_to(token: Token) -> Site | None:
    to, be = token.next, token.prev
    going = to is not None and to.lower == "to" and be is not None and be.lemma in {"be", "'m"}
    return swap(token, "coming") if going else None


def _no_will(token: Token) -> Site | None:
    """``will be leaving`` as ``be leaving``, ``will come`` as ``comes``."""
    verb, who = token.head, token.head.subject
    if who is None or who.index > token.index or verb.child("neg") is not None:
        return None
    if verb.child("aux") is not verb.kids("aux")[-1] or verb.lemma == "be":
        return drop(token)
    return drop(token), Edit(verb.start, verb.end, agreeing(verb.lemma, who))


def _is_for_am(token: Token) -> Site | None:
    return Edit(token.start, token.end, "'s" if token.glued else "is")


def _would_if(token: Token) -> Site | None:
    """``if I were`` as ``if I would be``."""
    mark = token.child("mark")
    if mark is None or mark.lower != "if" or token.tag != "VBD" or token.child(*AUX, "neg") is not None:
        return None
    return span(token, token, f"would {token.lemma}")


_WILL = saying({"will", "'ll", "’ll"})


def _would(token: Token) -> Site:
    return Edit(token.start, token.end, "'d") if token.glued else swap(token, "would")


def _future(token: Token) -> bool:
    who = token.head.subject
    return token.dep == "aux" and who is not None and who.index < token.index


FEATURES = (
    Feature(88, "progressive of stative verbs", each(_progressive)),
    Feature(95, "be sat, be stood", each(_stood)),
    Feature(103, "unstressed do", each(_do)),
    Feature(106, "irrealis be done", each(lambda token: swap(token, "be done"), _WILL, _future)),
    Feature(114, "future gon'", each(lambda token: swap(token, "gon'"), _WILL, _future)),
    Feature(115, "future waan", each(_waan, lambda token: token.lemma == "want")),
    Feature(116, "future coming to", each(_coming_to, saying({"about", "going"}))),
    Feature(117, "present for future", each(_no_will, _WILL, lambda token: token.dep == "aux")),
    Feature(118, "is with the first person", each(_is_for_am, saying({"am", "'m", "’m"}))),
    Feature(119, "would for will", each(_would, _WILL)),
    Feature(120, "would in if-clauses", each(_would_if)),
)
