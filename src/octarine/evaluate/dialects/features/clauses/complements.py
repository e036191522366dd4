"""Complement clauses."""

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
    span,
    swap,
    tagged,
)
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_SUBJECT_OF = {"me": "I", "him": "he", "her": "she", "us": "we", "them": "they"}
_TELLING = listed("say hear tell know think believe feel see understand claim hope remember forget")
_WISHING = listed("want need like expect ask tell wish allow intend prefer")
_BARE = frozenset(["make", "let", "help", "have"])


def _say(token: Token) -> Site | None:
    clause = token.head
    return swap(token, "say") if clause.dep == "ccomp" and clause.head.lemma in _TELLING else None


def _infinitive(token: Token, *deps: str) -> bool:
    return token.lower == "to" and token.dep == "aux" and token.head.tag == "VB" and token.head.dep in deps


def _for(token: Token) -> Site | None:
    return swap(token, "for") if _infinitive(token, "ccomp", "xcomp") else None


def _for_to_purpose(token: Token) -> Site | None:
    return before(token, "for") if _infinitive(token, "advcl") else None


def _for_to(token: Token) -> Site | None:
    return before(token, "for") if _infinitive(token, "acl", "xcomp", "ccomp") else None


def _than_what(token: Token) -> Site | None:
    return swap(token, f"{token.lower} what") if token.dep == "mark" and token.head.dep == "advcl" else None


def _existential(word: str, token: Token) -> Site | None:
    verb = token.next
    plain = verb is not None and verb is token.head and verb.lower in {"is", "are", "'s", "'re"}
    if verb is None or not plain or verb.child("neg") is not None:
        return None
    return span(token, verb, word)


def _that_should(token: Token) -> Site | None:
    """``wanted me to go`` as ``wanted that I should go``."""
    if not _infinitive(token, "ccomp", "xcomp") or token.head.head.lemma not in _WISHING:
        return None
    who = token.head.child("nsubj") or token.head.head.child("dobj")
    if who is None or who.right.index != token.index - 1:
        return None
    name = _SUBJECT_OF.get(who.lower, token.doc.words(who.left, who.right))
    return Edit(who.left.start, token.end, f"that {name} should")


def _no_to(token: Token) -> Site | None:
    apt = _infinitive(token, "xcomp", "ccomp") and token.head.head.lemma not in {"have", "use", "go", "be"}
    return drop(token) if apt else None


def _made_to(token: Token) -> Site | None:
    bare = token.dep in {"ccomp", "xcomp"} and token.head.lemma in _BARE and token.child("aux") is None
    return before(token, "to") if bare else None


def _started_whoop(token: Token) -> Site | None:
    bare = token.dep in {"xcomp", "pcomp", "ccomp"} and token.child("aux", "auxpass") is None
    return swap(token, token.lemma) if bare else None


_THERE = related("expl")
FEATURES = (
    Feature(200, "say as complementiser", each(_say, saying({"that"}), related("mark"))),
    Feature(201, "for as complementiser", each(_for)),
    Feature(202, "for to of purpose", each(_for_to_purpose)),
    Feature(203, "for to as infinitive", each(_for_to)),
    Feature(204, "than what", each(_than_what, saying({"than", "as"}))),
    Feature(205, "existential got", each(lambda token: _existential("got", token), _THERE)),
    Feature(206, "existential you have", each(lambda token: _existential("you have", token), _THERE)),
    Feature(207, "that-clause for infinitive", each(_that_should)),
    Feature(208, "no to before infinitives", each(_no_to)),
    Feature(209, "to before bare infinitives", each(_made_to, tagged("VB"))),
    Feature(210, "bare root for -ing", each(_started_whoop, tagged("VBG"))),
)
