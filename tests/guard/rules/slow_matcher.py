"""What a matcher finds, by definition: every rule alone over the whole text, by RE2's public interface, and
nothing left out that cannot match. Slow, and the oracle of the fast one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from octarine.guard.rules import Match, Rule
from octarine.guard.rules.folding import Folded, fold, fold_accents, touched
from octarine.guard.rules.patterns import compiled
from octarine.guard.rules.validators import validator

Candidate = tuple[Rule, int, int, int]


def slow_find(rules: Sequence[Rule], text: str) -> list[Match]:
    """The matches in ``text`` by start; the better one wins where two overlap."""
    found: list[Candidate] = []
    for order, rule in enumerate(rules):
        (folded,) = Folded.all_of(text, [rule.folds])
        spans = _terms(rule, folded) if rule.terms else _pattern(rule, folded)
        found += [(rule, order, *_in_text(folded, start, end)) for start, end in spans]
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda it: (-it[0].priority, it[2] - it[3], it[2], it[1])):
        if all(one[3] <= other[2] or other[3] <= one[2] for other in kept):
            kept.append(one)
    kept.sort(key=lambda it: it[2])
    return [Match(rule.id, rule.category, start, end, rule.score) for rule, _, start, end in kept]


def _in_text(folded: Folded, start: int, end: int) -> tuple[int, int]:
    first, last = (len(folded.data[:at].decode()) for at in (start, end))
    return folded.source(first, last)


def _occurrences(data: bytes, literal: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(literal)
    while at >= 0:
        yield at, at + len(literal)
        at = data.find(literal, at + 1)


def _terms(rule: Rule, folded: Folded) -> Iterator[tuple[int, int]]:
    for term in rule.terms:
        for start, end in _occurrences(folded.data, fold(term, rule.folds).encode()):
            if not (rule.whole and touched(folded.data, start, end)):
                yield start, end


def _pattern(rule: Rule, folded: Folded) -> Iterator[tuple[int, int]]:
    regexp, check = compiled(rule.pattern), validator(rule.validator, rule.id) if rule.validator else None
    group = regexp.groupindex.get(b"value", 0)
    for low, high in _around(rule, folded):
        position = low
        while (match := regexp.search(folded.data, position, high)) is not None:
            start, end = match.span(group) if match.span(group)[0] >= 0 else match.span()
            whole = not (rule.whole and touched(folded.data, *match.span()))
            if whole and (check is None or check(folded.data[start:end].decode())):
                yield start, end
                position = match.end()
            else:
                position = match.start() + len(folded.data[match.start() :].decode()[0].encode())


def _around(rule: Rule, folded: Folded) -> Iterator[tuple[int, int]]:
    """The whole text, or what lies around the words of the context, joined where it meets."""
    data = folded.data
    if not rule.context:
        yield 0, len(data)
        return
    forms = {form for word in rule.context for form in _spellings(fold(word, rule.folds))}
    words = {span for form in forms for span in _occurrences(data.lower(), form.encode().lower())}
    high = low = -1
    for start, end in sorted(span for span in words if not touched(data, *span)):
        first = len(data[:start].decode()[: -rule.within or None].encode())
        last = end + len(data[end:].decode()[: rule.within].encode())
        first = 0 if len(data[:start].decode()) <= rule.within else first
        if low >= 0 and first > high:
            yield low, high
            low = -1
        low, high = (first if low < 0 else low), max(high, last)
    if low >= 0:
        yield low, high


def _spellings(word: str) -> set[str]:
    forms = {word, word.upper(), word.capitalize(), word.lower()}
    return forms | {fold_accents(form) for form in forms}
