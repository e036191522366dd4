"""Articles and demonstratives."""

from __future__ import annotations

from octarine.evaluate.dialects.edits import (
    Condition,
    Edit,
    Feature,
    Site,
    after,
    before,
    drop,
    each,
    related,
    saying,
    swap,
    words,
)
from octarine.evaluate.dialects.features.nouns.lexicon import abstract
from octarine.evaluate.dialects.parse import Token

_OWNERS = {
    "mine": "my",
    "yours": "your",
    "his": "his",
    "hers": "her",
    "ours": "our",
    "theirs": "their",
}
_DET: Condition = related("det")


def _this_our(token: Token) -> Site | None:
    """``this friend of mine`` as ``this my friend``."""
    det, of = token.child("det"), token.child("prep")
    whose = of.child("pobj") if of is not None and of.lower == "of" else None
    if det is None or of is None or whose is None or whose.lower not in _OWNERS:
        return None
    return after(det, _OWNERS[whose.lower]), drop(of, whose)


def _indefinite(token: Token) -> Site | None:
    if token.head.tag != "NN" or token.next is None:
        return None
    return swap(token, article(token.next))


def article(token: Token) -> str:
    """a or an, by the letter."""
    return "an" if token.lower[:1] in set("aeiou") else "a"


def bare(token: Token) -> bool:
    """Whether a singular common noun stands without determiner, possessor, number or what is proper."""
    return (
        token.tag == "NN"
        and token.dep in {"dobj", "pobj", "nsubj", "attr"}
        and token.child("det", "poss", "nummod", "predet") is None
        and token.lower not in {"home", "nothing", "something", "anything", "everything", "someone", "one"}
        and not token.lower.endswith(("one", "body", "thing"))
    )


def _indefinite_for_zero(token: Token) -> Site | None:
    governed = token.dep in {"dobj", "pobj"} and not abstract(token.lower) and token.head.lower != "per"
    governed = governed and token.left.lower not in {"last", "next", "this"}
    return before(token.left, article(token.left)) if governed else None


def _the_abstract(token: Token) -> Site | None:
    return before(token.left, "the") if abstract(token.lower) else None


_HERE = {"this": "this here", "these": "these here", "that": "that there", "those": "those there"}
_INDEFINITE = saying({"a", "an"})
FEATURES = (
    Feature(59, "double determiners", each(_this_our, lambda token: token.tag in {"NN", "NNS"})),
    Feature(60, "the for a", words({"a": "the", "an": "the"}, _DET)),
    Feature(61, "a for the", each(_indefinite, saying({"the"}), _DET)),
    Feature(62, "no article for the", each(drop, saying({"the"}), _DET)),
    Feature(63, "no article for a", each(drop, _INDEFINITE, _DET)),
    Feature(64, "the for no article", each(_the_abstract, bare)),
    Feature(65, "a for no article", each(_indefinite_for_zero, bare)),
    Feature(66, "one for a", words({"a": "one", "an": "one"}, _DET)),
    Feature(67, "that for the", words({"the": "that"}, _DET)),
    Feature(68, "them for those", words({"those": "them"}, _DET)),
    Feature(
        70,
        "this here, that there",
        each(lambda t: Edit(t.end, t.end, _HERE[t.lower][len(t.text) :]), saying(_HERE), _DET),
    ),
    Feature(71, "no number in demonstratives", words({"these": "this", "those": "that"}, _DET)),
)
