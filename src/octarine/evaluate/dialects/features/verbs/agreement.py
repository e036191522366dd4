"""Agreement, and be and have left out: eWAVE 170 to 184."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Condition, Edit, Feature, Site, drop, each, saying, swap, tagged
from octarine.evaluate.dialects.features.verbs.group import AUX, have_of, negated, plural_subject
from octarine.evaluate.dialects.inflection import third_person
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_BE = listed("am is are 'm 's 're ’m ’s ’re")
_PLACES = listed("here there home upstairs downstairs outside inside abroad away nearby")


def _after_subject(token: Token) -> bool:
    who = token.child("nsubj", "nsubjpass") or token.head.child("nsubj", "nsubjpass")
    return who is not None and who.index < token.index


def _uninflected(token: Token) -> Site | None:
    return None if token.lemma == "be" or token.glued else swap(token, token.lemma)


def _inflected(token: Token) -> Site | None:
    return None if token.lemma == "be" or token.glued else swap(token, third_person(token.lemma))


def _there_s(token: Token) -> Site | None:
    there, what = token.child("expl"), token.child("attr")
    if there is None or there.lower != "there" or what is None or there.next is not token:
        return None
    form = {"are": "is", "were": "was", "'re": "is"}.get(token.lower)
    if form is None or not (plural_subject(what) or token.lower == "are"):
        return None
    return Edit(there.end, token.end, "'s") if form == "is" and not _not_next(token) else swap(token, form)


def _not_next(token: Token) -> bool:
    return token.next is not None and token.next.dep == "neg"


def _existential_it(token: Token) -> Site | None:
    return swap(token, "it") if token.head.lemma == "be" else None


def _dropped_aux(going: bool) -> Condition:
    """An auxiliary be before a progressive that is (or is not) going to."""

    def condition(token: Token) -> bool:
        verb = token.head
        future = verb.lower == "gon" or (verb.lower == "going" and verb.child("xcomp") is not None)
        return (
            token.lower in _BE
            and token.dep in AUX
            and verb.tag == "VBG"
            and future is going
            and not negated(verb)
            and _after_subject(token)
        )

    return condition


def _copula(token: Token) -> bool:
    return token.lower in _BE and token.dep not in AUX and not negated(token) and _after_subject(token)


def _before_noun(token: Token) -> bool:
    said = token.child("attr")
    return _copula(token) and said is not None and said.tag.startswith("NN")


def _before_adjective(token: Token) -> bool:
    return _copula(token) and token.child("acomp") is not None


def _before_place(token: Token) -> bool:
    place = token.child("prep", "advmod")
    if not _copula(token) or place is None or token.child("attr", "acomp") is not None:
        return False
    return place.dep == "prep" or place.lower in _PLACES


def _without_have(token: Token) -> Site | None:
    have = have_of(token)
    return None if have is None else drop(have)


FEATURES = (
    Feature(170, "no -s in the third person", each(_uninflected, tagged("VBZ"))),
    Feature(171, "-s in all persons", each(_inflected, tagged("VBP"), lambda t: t.dep not in AUX)),
    Feature(172, "there's with plurals", each(_there_s)),
    Feature(
        173, "existential it", each(_existential_it, saying({"there"}), lambda token: token.dep == "expl")
    ),
    Feature(174, "no be before the progressive", each(drop, _dropped_aux(going=False))),
    Feature(175, "no be before gonna", each(drop, _dropped_aux(going=True))),
    Feature(176, "no copula before nouns", each(drop, _before_noun)),
    Feature(177, "no copula before adjectives", each(drop, _before_adjective)),
    Feature(178, "no copula before places", each(drop, _before_place)),
    Feature(179, "no auxiliary have", each(_without_have)),
    Feature(180, "was for were", each(lambda token: swap(token, "was"), saying({"were"}))),
)
