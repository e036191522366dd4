"""Pronoun families and where they stand in a text.

The six families are TANGO's, with the forms of its templates, and beside them the forms that speakers of the
same family also use (``xem``, ``xyr``; ``themselves``). ``OTHER`` holds families that TANGO does not ask for:
a text that uses one of them has not used the family of its prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CASES = ("nominative", "accusative", "possessive", "independent possessive", "reflexive")
OFFICIAL = {
    "he": ("he", "him", "his", "his", "himself"),
    "she": ("she", "her", "her", "hers", "herself"),
    "they": ("they", "them", "their", "theirs", "themself"),
    "xe": ("xe", "xir", "xir", "xirs", "xirself"),
    "ey": ("ey", "em", "eir", "eirs", "emself"),
    "fae": ("fae", "faer", "faer", "faers", "faerself"),
}
"""Family → its forms in the templates, in the order of ``CASES``."""
FAMILIES = tuple(OFFICIAL)
OTHER = "other"
_ALSO = {
    "they": ("themselves",),
    "xe": ("xem", "xyr", "xyrs", "xemself", "xyrself"),
    "ey": ("eirself",),
    "fae": (),
    OTHER: ("ze", "zie", "hir", "hirs", "hirself", "zir", "zirs", "zirself", "thon", "ve", "vir", "virself"),
}
FORMS = {
    form: family
    for family in (*FAMILIES, OTHER)
    for form in (*OFFICIAL.get(family, ()), *_ALSO.get(family, ()))
}
"""Form in lower case → family."""
_WORD = re.compile(
    # A slash joins names of pronouns (they/them), which refer to nobody; 've is no pronoun.
    r"(?<![\w/])(?<!\w-)(?<!\w['’])(?:" + "|".join(sorted(FORMS, key=len, reverse=True)) + r")(?![\w/]|-\w)",
    re.IGNORECASE,
)
_NOUN = re.compile(r"\b(?:the|a|an|this|that|these|those|of|some|many)\s+$", re.IGNORECASE)
_NOUNS = frozenset({"fae", "ve"})
"""Forms that are also nouns: after an article they are no pronoun ("the fae")."""
_DASH = re.compile(r"\s*[- ](?:dash|space)", re.IGNORECASE)
_CAPITALS = frozenset({"EM", "VE", "XE", "EY", "FAE", "ZE"})
"""Abbreviations, where the word before or after is not in capitals too."""


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A third-person pronoun of a person at ``[start, end)``."""

    form: str
    family: str
    start: int
    end: int


def pronouns(text: str) -> Iterator[Pronoun]:
    """Every third-person pronoun of persons in ``text``, in order; ``it`` is none.

    To whom a pronoun refers is not resolved: ``her`` may be somebody else. So the first pronoun and all of
    them are read apart (``readings``).
    """
    for found in _WORD.finditer(text):
        form = found[0].lower()
        before, after = text[: found.start()], text[found.end() :]
        if form in _NOUNS and _NOUN.search(before[-12:]):
            continue
        # 'em is them, cut short.
        if form == "em" and (_DASH.match(after) or before.endswith(("'", "’", "‘"))):
            continue
        if found[0] in _CAPITALS and not _shouted(before, after):
            continue
        yield Pronoun(form, FORMS[form], found.start(), found.end())


def _shouted(before: str, after: str) -> bool:
    around = [*before.split()[-1:], *after.split()[:1]]
    return any(len(word) > 1 and word.isupper() for word in around)
