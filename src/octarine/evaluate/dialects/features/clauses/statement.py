"""A yes-or-no question as a statement."""

from __future__ import annotations

from dataclasses import dataclass

from octarine.evaluate.dialects.edits import small
from octarine.evaluate.dialects.features.verbs.group import AUX, agreeing
from octarine.evaluate.dialects.inflection import past
from octarine.evaluate.dialects.parse import Token

_ORDER = {"MD", "VBD", "VBZ", "VBP"}


@dataclass(frozen=True, slots=True)
class YesNo:
    """A question that begins with its verb: that verb, the sentence's ends, and the statement in it, without
    a full stop and with no capital."""

    lead: Token
    last: Token
    text: str


def yes_no(token: Token) -> YesNo | None:
    """The question that ``token``, its first word, opens; nothing where it is no such question."""
    if not token.first or token.tag not in _ORDER:
        return None
    verb = token.head if token.dep in AUX else token
    who = verb.child("nsubj", "nsubjpass")
    if not verb.root or who is None or who.index < token.index or who.left.index != token.index + 1:
        return None
    last = token.doc.sentence(verb)[1]
    if last.text != "?" or last.prev is None:
        return None
    doc, edge = token.doc, who.right
    subject, rest = doc.words(who.left, edge), doc.text[edge.end : last.prev.end]
    if token.lower in {"do", "does", "did"} and token.dep in AUX:
        form = past(verb.lemma) if token.lower == "did" else agreeing(verb.lemma, who)
        rest = doc.text[edge.end : verb.start] + form + doc.text[verb.end : last.prev.end]
        return YesNo(token, last, f"{subject}{rest}")
    return YesNo(token, last, f"{subject} {small(token)}{rest}")
