"""How much of a text must be there before a rule is sure to be recognised: what a stream has to hold back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from octarine.guard.rules.folding import LONGEST_RUN
from octarine.guard.rules.patterns import UNBOUNDED, PatternItem, PatternReader
from octarine.guard.rules.rule import Fold, Rule

OPENING = re.compile(r"\((?:\?P?<\w+>|\?[a-zA-Z-]*:)?")


def reach(rule: Rule) -> int:
    """Code points from where a match of ``rule`` begins within which it is recognised, words of its context
    behind it included; ``UNBOUNDED`` where there is no bound. The match itself may go on behind that: what
    only repeats at its end is not counted."""
    needed = recognised(rule.pattern) if rule.pattern else _longest_term(rule)
    if rule.context:
        needed += rule.within
    return min(needed, UNBOUNDED)


def _longest_term(rule: Rule) -> int:
    blank = LONGEST_RUN if Fold.SPACING in rule.folds else 1
    return max((len(term) + (blank - 1) * (len(term.split()) - 1) for term in rule.terms), default=0)


def recognised(pattern: str) -> int:
    """Code points within which the shortest form of each match of ``pattern`` (RE2 syntax, readable) ends,
    at most; ``UNBOUNDED`` where there is no bound."""
    reader = PatternReader(pattern, widest=1)
    reader.alternatives()
    sequences = branches(pattern, reader.top)
    return min(UNBOUNDED, max((_of_sequence(pattern, items) for items in sequences), default=0))


def branches(pattern: str, items: Sequence[PatternItem]) -> Iterator[list[PatternItem]]:
    """The items of each alternative at the top."""
    branch: list[PatternItem] = []
    for item in items:
        if branch and "|" in pattern[branch[-1].end : item.start]:
            yield branch
            branch = []
        branch.append(item)
    if branch:
        yield branch


def _of_sequence(pattern: str, items: Sequence[PatternItem]) -> int:
    required = [index for index, item in enumerate(items) if item.least and not item.assertion]
    if not required:
        return 0
    last = items[required[-1]]
    before = sum(
        _width(pattern[item.start : item.body_end]) * item.most
        for item in items[: required[-1]]
        if not item.assertion
    )
    body = pattern[last.start : last.body_end]
    return before + (last.least - 1) * _width(body) + _recognised_body(body)


def _width(body: str) -> int:
    return min(PatternReader(body, widest=1).alternatives(), UNBOUNDED)


def _recognised_body(body: str) -> int:
    opening = OPENING.match(body)
    return recognised(body[opening.end() : -1]) if opening else _width(body)
