"""Forms of verbs: eWAVE 128 to 153."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, each, saying, span, swap, tagged
from octarine.evaluate.dialects.features.verbs.group import AUX, have_of, simple_past
from octarine.evaluate.dialects.inflection import gerund, irregular, participle, past, regular_past
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_MOTION = listed("go come send run walk drive travel return move bring take rush head")


def _irregular(token: Token) -> bool:
    return irregular(token.lemma) and token.lemma not in {"be", "have"}


def _form(token: Token, form: str) -> Site | None:
    return swap(token, form) if form != token.lower else None


def _went(token: Token) -> Site | None:
    return _form(token, past(token.lemma)) if token.child(*AUX) is not None else None


def _seen(token: Token) -> Site | None:
    return _form(token, participle(token.lemma))


def _double_past(token: Token) -> Site | None:
    did = token.child("aux")
    doubled = did is not None and did.lower == "did" and token.child("neg") is not None
    return _form(token, past(token.lemma)) if doubled else None


def _a_going(token: Token) -> Site | None:
    be = token.child("aux")
    plain = be is not None and be.lemma in {"be", "'m", "'re", "'s"} and token.lower[:1] not in "aeiou"
    return Edit(token.start, token.end, f"a-{token.text}") if plain else None


def _a_killed(token: Token) -> Site | None:
    have = have_of(token)
    if have is None or token.lower[:1] in "aeiou":
        return None
    joined = have.next is token and have.glued
    return Edit(have.end, token.start, " a-") if joined else Edit(token.start, token.start, "a-")


def _transitive(token: Token) -> Site | None:
    """``see the fish`` as ``see 'im fish``."""
    what = token.head
    return swap(token, "'im") if what.dep == "dobj" and what.head.index == token.index - 1 else None


def _driving(token: Token) -> Site | None:
    modal = token.child("aux")
    apt = modal is not None and modal.tag == "MD" and token.lemma not in {"be", "have"}
    return swap(token, gerund(token.lemma)) if apt else None


def _if_was(token: Token) -> Site | None:
    mark = token.child("mark")
    return swap(token, "was") if mark is not None and mark.lower == "if" else None


def _give(token: Token) -> Site | None:
    to = token.child("pobj")
    personal = to is not None and to.tag in {"PRP", "NNP"} and token.head.verb
    return swap(token, "give") if personal else None


def _go(token: Token) -> Site | None:
    return swap(token, "go") if token.head.lemma in _MOTION and token.child("pobj") is not None else None


def _come(token: Token) -> Site | None:
    return swap(token, "come") if token.head.lemma in {"bring", "carry", "take", "send"} else None


def _give_passive(token: Token) -> Site | None:
    """``John was scolded by his boss`` as ``John give his boss scold``."""
    be, by = token.child("auxpass"), token.child("agent")
    who = by.child("pobj") if by is not None else None
    if be is None or by is None or who is None or len(token.kids("aux", "neg")) > 0:
        return None
    if be.index + 1 != token.index or by.index != token.index + 1 or by.right.index != who.right.index:
        return None
    return span(be, who.right, f"give {token.doc.words(who.left, who.right)} {token.lemma}")


FEATURES = (
    Feature(
        128, "regularised pasts", each(lambda t: _form(t, regular_past(t.lemma)), simple_past, _irregular)
    ),
    Feature(129, "unmarked pasts", each(lambda token: _form(token, token.lemma), simple_past)),
    Feature(130, "past for participle", each(_went, tagged("VBN"), _irregular)),
    Feature(131, "participle for past", each(_seen, simple_past, _irregular)),
    Feature(
        132,
        "unmarked regular pasts",
        each(lambda token: _form(token, token.lemma), simple_past, lambda token: not _irregular(token)),
    ),
    Feature(133, "double past", each(_double_past, tagged("VB"))),
    Feature(134, "a- before -ing", each(_a_going, tagged("VBG"))),
    Feature(135, "a- before participles", each(_a_killed)),
    Feature(143, "transitive suffix", each(_transitive, saying({"the"}))),
    Feature(
        145, "gotten", each(lambda t: swap(t, "gotten"), saying({"got"}), lambda t: have_of(t) is not None)
    ),
    Feature(146, "-ing after modals", each(_driving, tagged("VB"))),
    Feature(147, "conditional was", each(_if_was, saying({"were"}))),
    Feature(148, "serial verbs: give", each(_give, saying({"for", "to"}))),
    Feature(149, "serial verbs: go", each(_go, saying({"to"}))),
    Feature(150, "serial verbs: come", each(_come, saying({"here"}))),
    Feature(153, "give passive", each(_give_passive, tagged("VBN"))),
)
