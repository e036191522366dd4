"""Other forms of pronouns."""

from __future__ import annotations

from collections.abc import Iterator

from octarine.evaluate.dialects.edits import (
    Edit,
    Feature,
    Rule,
    Site,
    after,
    each,
    related,
    saying,
    small,
    span,
    swap,
    tagged,
    words,
)
from octarine.evaluate.dialects.features.pronouns.reference import OBJECT, SUBJECT
from octarine.evaluate.dialects.parse import Parse, Token
from octarine.evaluate.dialects.wordlist import listed

_BENEFITS = listed(
    """
    bake book bring build buy catch choose cook draw drink eat fetch find fix get grab grow have
    hire keep knit make need order own pack pick plant pour rent save sing smoke steal want win
    write
    """
)
_OBJECT_OF = {"i": "me", "you": "you", "he": "him", "she": "her", "we": "us", "they": "them"}
_SELF = {"i": "myself", "he": "himself", "she": "herself"}
_AS_SUBJECT = {"me": "I", "him": "he", "her": "she", "us": "we", "them": "they"}
_AS_OBJECT = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_NASAL = {"her": "hern", "his": "hisn", "our": "ourn", "your": "yourn", "their": "theirn"}
_NASAL_ALONE = {"hers": "hern", "his": "hisn", "ours": "ourn", "yours": "yourn", "theirs": "theirn"}


def alone(token: Token) -> bool:
    """Whether it is coordinated with nothing."""
    return token.dep != "conj" and token.child("conj") is None


def _unclipped(token: Token) -> bool:
    """Whether no clipped verb (``'m``, ``'re``) hangs on it."""
    return token.next is None or not token.next.glued or token.next.text[:1] not in "'’"


def _partner(token: Token) -> Token | None:
    """The subject that an ``and I`` is coordinated with, whichever head the parser gave the I."""
    joint = token.prev
    if joint is None or joint.lower != "and" or joint.head.index > joint.index:
        return None
    return joint.head if joint.head.dep in SUBJECT else None


def _me_and(token: Token) -> Site | None:
    partner = _partner(token)
    if partner is None or token.prev is None or token.prev.prev is None:
        return None
    first = partner.left
    between = token.doc.words(first, token.prev.prev)
    between = small(first) + between[len(first.text) :]
    return Edit(first.start, token.end, f"{'Me' if first.first else 'me'} and {between}")


def _personal_dative(token: Token) -> Site | None:
    what, who = token.child("dobj"), token.subject
    if what is None or who is None or who.lower not in _OBJECT_OF or token.child("dative") is not None:
        return None
    if what.tag == "PRP" or what.left.index < token.index or what.left.lower == "the":
        return None
    return after(token, _OBJECT_OF[who.lower])


def _absolute_self(token: Token) -> Site | None:
    return swap(token, _SELF[token.lower]) if token.lower in {"he", "she"} else None


def _interrogative(token: Token) -> bool:
    """Whether a who or what asks, in a question or in an indirect one."""
    clause = token
    while clause.dep not in {"relcl", "ccomp", "pcomp", "advcl"} and not clause.root:
        clause = clause.head
    return clause.dep != "relcl"


def _possessive(table: dict[str, str]) -> Rule:
    return words(table, tagged("PRP$"))


def _nasal(doc: Parse) -> Iterator[Site]:
    for token in doc:
        table = _NASAL if token.tag == "PRP$" else _NASAL_ALONE
        if token.lower in table:
            yield swap(token, table[token.lower])


def _reduplicated(token: Token) -> Site:
    return Edit(token.start, token.end, f"{token.text}-{token.lower}")


def _coordinated_i(token: Token) -> Site | None:
    return span(token, token, "myself") if _partner(token) is not None else None


_HIS = {"his": "he", "her": "she"}
_NUMBER = {
    "ourselves": "ourself",
    "yourselves": "yourself",
    "themselves": "themself",
    "yourself": "yourselves",
}
_OWN = {"themselves": "their own self", "ourselves": "our own self", "yourselves": "your own self"}
_OWN |= {
    "myself": "my own self",
    "yourself": "your own self",
    "himself": "his own self",
    "herself": "her own self",
}

FEATURES = (
    Feature(7, "me in coordinate subjects", each(_me_and, saying({"i"}))),
    Feature(8, "myself in coordinate subjects", each(_coordinated_i, saying({"i"}))),
    Feature(
        9, "personal dative", each(_personal_dative, lambda token: token.verb and token.lemma in _BENEFITS)
    ),
    Feature(
        11,
        "regularised reflexives",
        words({"himself": "hisself", "themselves": "theirselves", "themself": "theirself"}),
    ),
    Feature(12, "reflexives on object forms", words({"myself": "meself", "yourself": "youself"})),
    Feature(13, "reflexives on subject forms", words({"themselves": "theyselves", "themself": "theyself"})),
    Feature(14, "no number in reflexives", words(_NUMBER)),
    Feature(15, "absolute reflexive", each(_absolute_self, related(*SUBJECT))),
    Feature(16, "emphatic reflexive with own", words(_OWN)),
    Feature(18, "I for my", _possessive({"my": "I"})),
    Feature(19, "we for our", _possessive({"our": "we"})),
    Feature(20, "he for his", _possessive(_HIS)),
    Feature(21, "they for their", _possessive({"their": "they"})),
    Feature(22, "you for your", _possessive({"your": "you"})),
    Feature(23, "y'all's for your", _possessive({"your": "y'all's"})),
    Feature(24, "him for his", _possessive({"his": "him"})),
    Feature(25, "them for their", _possessive({"their": "them"})),
    Feature(26, "me for my", _possessive({"my": "me"})),
    Feature(27, "us for our", _possessive({"our": "us"})),
    Feature(29, "us for me", words({"me": "us"}, related(*OBJECT))),
    Feature(
        30, "subject forms as objects", words(_AS_SUBJECT, tagged("PRP"), related("dobj", "pobj"), alone)
    ),
    Feature(
        31, "object forms as subjects", words(_AS_OBJECT, tagged("PRP"), related(*SUBJECT), alone, _unclipped)
    ),
    Feature(33, "possessives with a nasal", _nasal),
    Feature(34, "plural you", words({"you": "y'all"}, tagged("PRP"))),
    Feature(35, "ye", words({"you": "ye"}, tagged("PRP"))),
    Feature(
        39,
        "plural interrogatives: who-all",
        each(
            lambda token: Edit(token.start, token.end, f"{token.text}-all"),
            saying({"who", "what"}),
            _interrogative,
        ),
    ),
    Feature(
        40, "plural interrogatives: who-who", each(_reduplicated, saying({"who", "what"}), _interrogative)
    ),
)
