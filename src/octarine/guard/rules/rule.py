"""A rule and what it finds: data, without an engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fold(StrEnum):
    """What is treated alike before a rule looks at a text. The text itself is never changed."""

    FORM = "form"
    """Full-width and ASCII forms, the digits of every script and 0-9, all dashes, all spaces."""
    CASE = "case"
    """Upper and lower case, by Unicode's case folding of single characters."""
    ACCENTS = "accents"
    """Letters with and without accents (``é`` and ``e``). Vowel signs of other scripts stay."""
    SPACING = "spacing"
    """A blank, several, and line breaks, up to ``folding.LONGEST_RUN`` of them together."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for: a pattern, or a list of terms.

    Attributes:
        id: unique within a matcher; ``de.steuer_id``, ``github.token``.
        category: dotted, the broad one first: ``personal_data.national_id``, ``secret.github``.
        pattern: RE2 syntax. A group named ``value`` narrows the match to what it holds.
        terms: literal words and phrases, in place of a pattern.
        validator: name of a check in ``validators``, on the folded text of the match; empty for none.
        context: words, one of which must be so near that the whole match lies within ``within`` characters
            before or after it; empty for none. Case and form of the words are folded, and their accents may
            be missing in the text.
        priority: who wins where two overlap; the higher one.
        score: how sure a match is, 0 to 1.
        folds: what is treated alike.
        whole: whether letters and digits of the same script may not touch a match.
        country: ISO 3166 codes of the countries that it is for; empty for all.
        source: the standard, law or documentation that gives the form.
        examples, counterexamples: made-up texts in which it must and must not find something.
    """

    id: str
    category: str
    pattern: str = ""
    terms: tuple[str, ...] = ()
    validator: str = ""
    context: tuple[str, ...] = ()
    within: int = 48
    priority: int = 50
    score: float = 1.0
    folds: frozenset[Fold] = frozenset({Fold.FORM})
    whole: bool = True
    country: tuple[str, ...] = ()
    source: str = ""
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule found: ``[start, end)`` in code points of the text that was searched."""

    rule: str
    category: str
    start: int
    end: int
    score: float = 1.0
