"""Rules of the user's own: lists of denied words and phrases, and patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from octarine.core.errors import InputError
from octarine.guard.rules.patterns import read_pattern
from octarine.guard.rules.rule import Fold, Rule


def words(
    list_id: str,
    terms: Iterable[str],
    *,
    ignore_case: bool = True,
    ignore_width: bool = True,
    ignore_accents: bool = False,
    whole: bool = True,
    priority: int = 50,
    score: float = 1.0,
) -> tuple[Rule, ...]:
    """A rule that finds any of ``terms``, with the category ``denied_word.LIST_ID``. Between the words of a
    phrase there may be several blanks or a line break.

    Thousands of terms cost no more time than one. Scripts that write no spaces between words have no word
    boundaries, whatever ``whole`` says.

    Args:
        list_id: names the list: letters, digits, ``_``, ``-`` and dots.
        terms: words and phrases, taken literally; those that are blank or come twice are passed over.
        ignore_case: by Unicode's case folding of single characters.
        ignore_width: full-width and ASCII forms, all digits, dashes and spaces are alike.
        ignore_accents: ``e`` finds ``é`` and the other way round.
        whole: no letter or digit of the same script may touch a match.

    Raises:
        InputError: the name is no name, or no term is left.
    """
    kept = tuple(dict.fromkeys(term.strip() for term in terms if term.strip()))
    if not kept:
        raise InputError(f"the word list {list_id!r} is empty")
    wanted = {
        Fold.CASE: ignore_case,
        Fold.FORM: ignore_width,
        Fold.ACCENTS: ignore_accents,
        Fold.SPACING: any(len(term.split()) > 1 for term in kept),
    }
    return (
        Rule(
            id=f"words.{_name(list_id)}",
            category=f"denied_word.{list_id}",
            terms=kept,
            folds=frozenset(fold for fold, on in wanted.items() if on),
            whole=whole,
            priority=priority,
            score=score,
        ),
    )


def pattern(
    pattern_id: str,
    expression: str,
    *,
    category: str = "",
    context: Iterable[str] = (),
    within: int = 48,
    validator: str = "",
    whole: bool = False,
    priority: int = 50,
    score: float = 1.0,
) -> Rule:
    """A rule that finds ``expression`` (RE2 syntax) in the text as it stands, nothing folded; its category is
    ``pattern.PATTERN_ID`` unless another is given. A group named ``value`` narrows the match.

    Raises:
        PatternError: naming the pattern, the place and what is not allowed there.
        InputError: the name is no name.
    """
    read_pattern(expression, _name(pattern_id))
    return Rule(
        id=f"pattern.{pattern_id}",
        category=category or f"pattern.{pattern_id}",
        pattern=expression,
        context=tuple(context),
        within=within,
        validator=validator,
        folds=frozenset(),
        whole=whole,
        priority=priority,
        score=score,
    )


def _name(name: str) -> str:
    if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*", name):
        raise InputError(
            f"{name!r} is no name for a list or a pattern",
            hint="Use letters, digits, _, - and dots between them.",
        )
    return name
