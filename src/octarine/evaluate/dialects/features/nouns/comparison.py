"""Comparison of adjectives, and where they stand."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Condition,
    Edit,
    Feature,
    Site,
    drop,
    each,
    leading,
    related,
    saying,
    swap,
    tagged,
    words,
)
from octarine.evaluate.dialects.features.nouns.determiners import article
from octarine.evaluate.dialects.inflection import comparative, positive, superlative
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_SUPPLETIVE = frozenset({"good", "bad", "far"})
_NO_QUALITY = listed("many several few last next other such same first own")


def _graded(ending: str) -> Condition:
    tag = "JJS" if ending == "est" else "JJR"

    def condition(token: Token) -> bool:
        known = token.tag == tag and token.lower.endswith(ending) and positive(token.lower) not in _SUPPLETIVE
        # The tagger takes some superlatives of colour for nouns; -iest is an adjective's ending alone.
        return known or (
            ending == "est" and token.lower.endswith("iest") and token.dep in {"compound", "amod"}
        )

    return condition


def _doubled(token: Token) -> Site:
    return leading(token, "most" if token.lower.endswith("est") else "more")


def _synthetic(token: Token) -> Site | None:
    """``most regular`` as ``regularest``."""
    head = token.next
    if head is None or head.tag != "JJ" or head is not token.head:
        return None
    form = superlative if token.lower == "most" else comparative
    return Edit(token.start, head.end, form(head.lower))


def _analytic(token: Token) -> Site:
    """``prettiest`` as ``most pretty``."""
    return swap(token, f"{'most' if token.lower.endswith('est') else 'more'} {positive(token.lower)}")


def _than_word(word: str) -> Condition:
    return lambda token: token.lower == word and token.head.tag in {"JJR", "RBR"}


def _degree_of_than(token: Token) -> Token | None:
    head = token.head
    if head.lower == "more":
        return head
    return next(
        (child for child in head.children if child.lower == "more" and child.index < token.index), None
    )


def _only_than(token: Token) -> Site | None:
    more = _degree_of_than(token)
    return None if more is None else drop(more)


def _and_for_than(token: Token) -> Site | None:
    return None if _degree_of_than(token) is None else swap(token, "and")


def _zero_degree(token: Token) -> Site | None:
    head = token.next
    return drop(token) if head is not None and head.tag == "JJ" and head is token.head else None


def _after_noun(token: Token) -> Site | None:
    """``a big and fresh fish`` as ``a fish big and fresh``."""
    adjectives = [child for child in token.kids("amod") if child.index < token.index]
    if not adjectives or adjectives[0].tag != "JJ":
        return None
    first, last, det = adjectives[0].left, token.prev, token.child("det")
    if any(child.lower in _NO_QUALITY for child in adjectives):
        return None
    if last is None or last not in adjectives[-1].subtree:
        return None
    moved = token.doc.words(first, last)
    noun = swap(first, token.text).text
    lead = moved[:1].lower() if first.first else moved[:1]
    turned = Edit(first.start, token.end, f"{noun} {lead}{moved[1:]}")
    if det is None or det.lower not in {"a", "an"}:
        return turned
    return swap(det, article(token)), turned


_MORE = saying({"more", "most"})
_DEGREE = related("advmod")
FEATURES = (
    Feature(78, "double comparatives", each(_doubled, lambda t: _graded("est")(t) or _graded("er")(t))),
    Feature(79, "synthetic comparison extended", each(_synthetic, _MORE, _DEGREE)),
    Feature(
        80, "analytic comparison extended", each(_analytic, lambda t: _graded("est")(t) or _graded("er")(t))
    ),
    Feature(
        81, "much as comparative", words({"more": "much"}, _DEGREE, lambda token: token.head.tag == "JJ")
    ),
    Feature(82, "as for than", words({"than": "as"}, _than_word("than"))),
    Feature(84, "than alone", each(_only_than, saying({"than"}))),
    Feature(85, "more … and", each(_and_for_than, saying({"than"}))),
    Feature(86, "zero degree", each(_zero_degree, saying({"most"}), _DEGREE)),
    Feature(87, "adjectives after the noun", each(_after_noun, tagged("NN", "NNS"))),
)
