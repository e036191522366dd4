"""Adverbial clauses, adverbs, prepositions."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Edit,
    Feature,
    Rule,
    Site,
    before,
    drop,
    each,
    related,
    saying,
    swap,
    words,
)
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_DEGREES = {
    "really": "real",
    "extremely": "real",
    "exceedingly": "real",
    "awfully": "awful",
    "terribly": "terrible",
    "fairly": "reasonable",
    "reasonably": "reasonable",
}
_NOT_FLAT = listed("only early family really likely friendly daily weekly nearly hardly barely actually")
_MOTION = listed("go come travel drive return fly run walk move")
_CONCESSIVE = frozenset({"although", "though", "despite"})


def _final_but(word: str) -> Rule:
    def edit(token: Token) -> Site | None:
        last, first = token.next, token.prev
        if last is None or last.tag != "." or first is None:
            return None
        start = first.prev.end if first.text == "," and first.prev is not None else first.end
        return Edit(start, token.end, ", but")

    return each(edit, saying({word}))


def _chained(token: Token) -> Site | None:
    clause = token.head
    return drop(token) if clause.dep == "advcl" and token.dep == "mark" else None


def _main_after(token: Token, clause: Token) -> Token | None:
    """The first word of the main clause that follows a clause (and its comma)."""
    comma = clause.right.next
    who = clause.head.child("nsubj", "nsubjpass", "expl")
    apt = comma is not None and comma.text == "," and who is not None and who.left is comma.next
    return who.left if apt and who is not None and token is clause.left else None


def _yet_still(token: Token) -> Site | None:
    main = _main_after(token, token if token.dep == "prep" else token.head)
    if main is None:
        return None
    verb = main.head if main.dep.startswith("nsubj") else main.head.head
    still = next((child for child in verb.kids("advmod") if child.lower == "still"), None)
    opened = before(main, "yet still")
    return opened if still is None else (opened, drop(still))


def _but_after(token: Token) -> Site | None:
    main = _main_after(token, token.head)
    return None if main is None else before(main, "but")


def _no_preposition(token: Token) -> Site | None:
    where = token.child("pobj") or (token.head if token.dep == "aux" else None)
    verb = token.head if token.dep == "prep" else token.head.head
    place = where is not None and where.tag in {"NNP", "NN"} and where.left.index == token.index + 1
    return drop(token) if place and verb.lemma in _MOTION else None


def _flat(token: Token) -> Site | None:
    word = token.lower
    if not word.endswith("ly") or len(word) < 6 or word in _NOT_FLAT or not token.head.verb:
        return None
    if token.index < token.head.index:
        return None
    stem = word.removesuffix("ly")
    return swap(token, f"{stem[:-1]}y" if stem.endswith("i") else stem)


def _of_degree(token: Token) -> bool:
    return token.head.tag in {"JJ", "RB"} and token.dep == "advmod"


CLAUSES = (
    Feature(211, "final but for though", _final_but("though")),
    Feature(212, "final but for really", _final_but("really")),
    Feature(213, "chained clauses", each(_chained, saying({"if"}))),
    Feature(214, "yet still", each(_yet_still, saying(_CONCESSIVE))),
    Feature(
        215,
        "although … but",
        each(_but_after, saying({"although", "though"}), related("mark")),
    ),
)
ADVERBS = (
    Feature(216, "no preposition", each(_no_preposition, saying({"to"}))),
    Feature(220, "degree adverbs as adjectives", words(_DEGREES, _of_degree)),
    Feature(221, "flat adverbs", each(_flat, related("advmod"))),
    Feature(222, "too for very", words({"very": "too"}, _of_degree)),
)
