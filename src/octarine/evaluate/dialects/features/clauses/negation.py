"""Negation."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import Edit, Feature, Site, each, saying, span, swap
from octarine.evaluate.dialects.features.verbs.group import AUX
from octarine.evaluate.dialects.inflection import past
from octarine.evaluate.dialects.parse import Token
from octarine.evaluate.dialects.wordlist import listed

_NEGATIVE = {
    "any": "no",
    "anybody": "nobody",
    "anyone": "no one",
    "anything": "nothing",
    "anywhere": "nowhere",
    "ever": "never",
    "either": "neither",
}
_NOT = saying({"not", "n't", "n’t"})


def _concord(token: Token) -> Site | None:
    """Every any- word under a negated verb at once."""
    if token.dep != "neg":
        return None
    scope = [word for word in token.head.subtree if word.index > token.index and word.lower in _NEGATIVE]
    return tuple(swap(word, _NEGATIVE[word.lower]) for word in scope) or None


def carrier(token: Token) -> Token | None:
    """What a not follows: the auxiliary or the copula before it."""
    before = token.prev
    return before if before is not None and (before.dep in AUX or before.verb) else None


_BE = listed("am is are 'm 's 're")
_HAVE = frozenset({"have", "has", "had", "'ve"})
_DO = frozenset({"do", "does", "did"})


def _aint_be(token: Token) -> Site | None:
    verb = carrier(token)
    return span(verb, token, f"{_gap(verb)}ain't") if verb is not None and verb.lower in _BE else None


def _aint_have(token: Token) -> Site | None:
    verb = carrier(token)
    auxiliary = verb is not None and verb.lower in _HAVE and verb.dep in AUX
    return span(verb, token, f"{_gap(verb)}ain't") if verb is not None and auxiliary else None


def _gap(verb: Token) -> str:
    return " " if verb.glued else ""


def _do_of(token: Token) -> Token | None:
    verb = carrier(token)
    return verb if verb is not None and verb.lower in _DO and verb.dep in AUX else None


def _aint_do(token: Token) -> Site | None:
    do = _do_of(token)
    return None if do is None else span(do, token, "ain't")


def _dont(token: Token) -> Site | None:
    do = _do_of(token)
    return span(do, token, "don't") if do is not None and do.lower == "does" else None


def _never(token: Token) -> Site | None:
    """``didn't come`` as ``never came``."""
    do, verb = _do_of(token), token.head
    if do is None or do.lower != "did" or verb.tag != "VB" or not _stated(do):
        return None
    return span(do, token, "never"), swap(verb, past(verb.lemma))


def _stated(do: Token) -> bool:
    who = do.head.subject
    return who is not None and who.index < do.index


def _no(token: Token) -> Site | None:
    do = _do_of(token)
    return span(do, token, "no") if do is not None and _stated(do) else None


def _not_ate(token: Token) -> Site | None:
    do, verb = _do_of(token), token.head
    if do is None or not _stated(do):
        return None
    form = past(verb.lemma) if do.lower == "did" else verb.lemma
    return span(do, token, "not"), Edit(verb.start, verb.end, form)


def _no_more(token: Token) -> Site | None:
    """``there is not any food`` as ``no more food``."""
    verb, what = token.head, token.head.child("attr")
    if token.lower != "there" or verb.lemma != "be" or what is None:
        return None
    some = what.child("det")
    denied = verb.child("neg") is not None or (some is not None and some.lower == "no")
    if not denied:
        return None
    last = some if some is not None and some.lower in {"any", "no"} else what.left.prev
    return None if last is None else span(token, last, "no more")


def _werent(token: Token) -> Site | None:
    verb = carrier(token)
    return swap(verb, "were") if verb is not None and verb.lower == "was" else None


FEATURES = (
    Feature(154, "negative concord", each(_concord)),
    Feature(155, "ain't for be", each(_aint_be, _NOT)),
    Feature(156, "ain't for have", each(_aint_have, _NOT)),
    Feature(157, "ain't before a main verb", each(_aint_do, _NOT)),
    Feature(158, "invariant don't", each(_dont, _NOT)),
    Feature(159, "never as past negator", each(_never, _NOT)),
    Feature(160, "no before the verb", each(_no, _NOT)),
    Feature(161, "not before the verb", each(_not_ate, _NOT)),
    Feature(162, "no more as existential", each(_no_more, lambda token: token.dep == "expl")),
    Feature(163, "was and weren't", each(_werent, _NOT)),
)
