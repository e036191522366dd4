"""The verb group: a main verb, its auxiliary, its subject."""

from __future__ import annotations

from collections.abc import Callable

from octarine.evaluate.dialects.edits import Edit, Rule, Site, drop, each, swap
from octarine.evaluate.dialects.inflection import be_form, present
from octarine.evaluate.dialects.parse import Token

AUX = ("aux", "auxpass")
_HAVE = frozenset({"have", "has", "had", "'ve", "’ve"})
_SHORT = frozenset({"'s", "’s", "'d", "’d"})


def negated(verb: Token) -> bool:
    """Whether a not stands with it."""
    return verb.child("neg") is not None


def have_of(verb: Token) -> Token | None:
    """The auxiliary have of a perfect, after its subject and not negated; the short ``'s`` counts where the
    participle cannot be a passive's."""
    if verb.tag not in {"VBN", "VBD"} or negated(verb):
        return None
    for aux in verb.kids(*AUX):
        short = aux.lower in _SHORT and (verb.lemma in {"get", "be", "go"} or verb.child("dobj") is not None)
        if (aux.lower in _HAVE or short) and aux.index < verb.index:
            who = verb.subject
            return aux if who is None or who.index < aux.index else None
    return None


def plural_subject(who: Token | None) -> bool:
    """Whether a subject is more than one."""
    return who is not None and (who.tag in {"NNS", "NNPS"} or who.child("conj") is not None)


def agreeing(base: str, who: Token | None) -> str:
    """The present tense of a verb with its subject."""
    return present(base, who.lower if who is not None else "it", plural=plural_subject(who))


def be_agreeing(who: Token | None, tense: str = "present") -> str:
    """The form of be with a subject."""
    return be_form(who.lower if who is not None else "it", plural=plural_subject(who), tense=tense)


def perfect(write: Callable[[Token, Token], tuple[str | None, str]]) -> Rule:
    """The rule that rewrites have + participle: ``write(have, verb)`` says what stands for each (no word for
    a have that goes)."""

    def edit(verb: Token) -> Site | None:
        have = have_of(verb)
        if have is None:
            return None
        for_have, for_verb = write(have, verb)
        changes = [drop(have) if for_have is None else swap(have, for_have)]
        if for_verb != verb.text:
            changes.append(Edit(verb.start, verb.end, for_verb))
        return tuple(changes)

    return each(edit)


def simple_past(verb: Token) -> bool:
    """Whether a verb is a finite past with no auxiliary and no be."""
    plain = verb.tag == "VBD" and verb.lemma != "be" and verb.dep not in AUX
    return plain and verb.child(*AUX) is None and not negated(verb)


def plain_present(verb: Token) -> bool:
    """Whether a verb is a finite present with no auxiliary and no be."""
    return (
        verb.tag in {"VBP", "VBZ"} and verb.lemma != "be" and verb.child(*AUX) is None and verb.dep not in AUX
    )
