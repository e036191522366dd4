"""Rules over a text: one pass to find, exact spans, checks, and one winner where matches overlap."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from octarine.core.errors import InputError, MissingExtra
from octarine.guard.rules.finders import Finder, HyperscanFinder, Re2Finder, Region, Sieve, Term
from octarine.guard.rules.folding import Folded, fold, fold_accents, touched
from octarine.guard.rules.patterns import Locator, Reading, Spans, compiled, locator, read_pattern
from octarine.guard.rules.rule import Fold, Match, Rule
from octarine.guard.rules.validators import Validator, validator

EngineName = Literal["auto", "hyperscan", "re2"]
# A rule whose check fails is tried again from the next character, so often; then after the failed match. It
# keeps a text that is made to fail from costing time without end.
_RETRIES = 1000
# With more contexts than these in a text, all their rules are looked for at once.
_SEPARATE = 4


@dataclass(frozen=True)
class _Compiled:
    """A pattern rule, ready to be placed."""

    rule: Rule
    order: int
    reading: Reading
    check: Validator | None

    @cached_property
    def whole(self) -> bool:
        return self.rule.whole

    @cached_property
    def locate(self) -> Locator:
        return locator(self.reading.pattern)

    @cached_property
    def group(self) -> int:
        return int(compiled(self.reading.pattern).groupindex.get(b"value", 0))


class _Group:
    """Rules with a context, each with the number of its context."""

    def __init__(self, rules: list[tuple[int, _Compiled]]) -> None:
        self.rules = rules
        self.widest = max((near.rule.within for _, near in rules), default=0)

    @cached_property
    def sieve(self) -> Sieve:
        """Which of them match somewhere."""
        return Sieve([near.reading.pattern for _, near in self.rules])


@dataclass
class _Layer:
    """The rules that look at a text folded in one way."""

    folds: frozenset[Fold]
    probes: list[_Compiled] = field(default_factory=list)
    nearby: list[_Compiled] = field(default_factory=list)
    """Rules with a context: looked for only around its words."""
    contexts: dict[tuple[str, ...], int] = field(default_factory=dict)
    owners: dict[Term, list[int]] = field(default_factory=dict)
    """Term → the orders of the rules whose term it is, or -1 less the number of a context."""
    finder: Finder | None = None
    wanted: list[list[int]] = field(default_factory=list)
    """The owners of each term, by its number."""
    groups: list[_Group] = field(default_factory=list)
    """The rules of each context."""
    everything: _Group | None = None

    def add_term(self, term: Term, owner: int) -> None:
        """``owner`` wants to know of ``term``."""
        self.owners.setdefault(term, []).append(owner)

    def add_context(self, words: tuple[str, ...]) -> None:
        """Look for the words of a context, with or without their accents, in any case."""
        if words in self.contexts:
            return
        number = self.contexts[words] = len(self.contexts)
        folded = [fold(word, self.folds) for word in words]
        spellings = {
            form for word in folded for form in (word, word.upper(), word.capitalize(), word.lower())
        }
        spellings |= {fold_accents(form) for form in spellings}
        for form in sorted({_ascii_lower(form) for form in spellings}):
            self.add_term(Term(form, whole=True, caseless=True), -1 - number)

    def build(self, finder: Callable[[Sequence[Reading], Sequence[Term]], Finder]) -> None:
        """Compile what was added."""
        self.finder = finder([probe.reading for probe in self.probes], list(self.owners))
        self.wanted = list(self.owners.values())
        self.everything = _Group([(self.contexts[near.rule.context], near) for near in self.nearby])
        self.groups = [
            _Group([one for one in self.everything.rules if one[0] == number])
            for number in range(len(self.contexts))
        ]


class Matcher:
    """Finds what rules describe. Compiled once; safe to use from several threads; can be pickled.

    Args:
        rules: with unique ids.
        engine: ``hyperscan`` needs it installed, ``re2`` does without, ``auto`` takes the fastest there
            is. All give the same matches.

    Raises:
        PatternError: a pattern cannot be read.
        InputError: two rules with one id, an unknown validator or a rule with nothing to look for.
        MissingExtra: RE2, or the engine asked for, is not installed.
    """

    def __init__(self, rules: Sequence[Rule], engine: EngineName = "auto") -> None:
        self.rules = tuple(rules)
        self.engine, build = _engine(engine)
        self._requested = engine
        self._layers: dict[frozenset[Fold], _Layer] = {}
        seen: set[str] = set()
        for order, rule in enumerate(self.rules):
            if rule.id in seen:
                raise InputError(f"two rules are called {rule.id!r}", hint="Give each rule an id of its own.")
            seen.add(rule.id)
            self._add(rule, order)
        for layer in self._layers.values():
            layer.build(build)

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self.rules, self._requested)

    def find(self, text: str) -> list[Match]:
        """The matches in ``text`` by start. None overlap: the higher priority wins, then the longer, then the
        earlier, then the rule that was given first."""
        found: list[_Found] = []
        for layer, folded in zip(self._layers.values(), Folded.all_of(text, self._layers), strict=True):
            assert layer.finder is not None
            hits = layer.finder.scan(folded.data)
            for index, regions in hits.regions.items():
                _place(layer.probes[index], folded, 0, len(folded.data), regions, found)
            if hits.terms:
                _place_nearby(self._place_terms(layer, folded, hits.terms, found), layer, folded, found)
        return _winners(found)

    def _add(self, rule: Rule, order: int) -> None:
        layer = self._layers.setdefault(rule.folds, _Layer(rule.folds))
        if bool(rule.pattern) == bool(rule.terms):
            raise InputError(f"rule {rule.id!r} must have either a pattern or terms")
        for term in rule.terms:
            folded = fold(term, rule.folds)
            if not folded.strip():
                raise InputError(f"rule {rule.id!r}: {term!r} has nothing to look for")
            layer.add_term(Term(folded, rule.whole), order)
        if not rule.pattern:
            return
        check = validator(rule.validator, rule.id) if rule.validator else None
        probe = _Compiled(rule, order, read_pattern(rule.pattern, rule.id), check)
        if rule.context:
            layer.nearby.append(probe)
            layer.add_context(rule.context)
        else:
            layer.probes.append(probe)

    def _place_terms(
        self, layer: _Layer, folded: Folded, occurrences: list[tuple[int, int, int]], found: list[_Found]
    ) -> list[tuple[int, int, int]]:
        """Add the terms of rules to ``found``; the rest are contexts: ``(start, end, number)`` in bytes."""
        contexts = []
        for first, last, term in occurrences:
            touches = touched(folded.data, first, last)
            for owner in layer.wanted[term]:
                if owner < 0:
                    if not touches:
                        contexts.append((first, last, -1 - owner))
                elif not (touches and self.rules[owner].whole):
                    span = folded.source(folded.point(first), folded.point(last))
                    found.append(_Found(self.rules[owner], owner, *span))
        return contexts


class _Found(NamedTuple):
    rule: Rule
    order: int
    start: int
    end: int


def _engine(name: EngineName) -> tuple[str, Callable[[Sequence[Reading], Sequence[Term]], Finder]]:
    if name not in ("auto", "hyperscan", "re2"):
        raise InputError(f"no rule engine is called {name!r}", hint="Take auto, hyperscan or re2.")
    if name == "re2":
        return "re2", Re2Finder
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        if name == "hyperscan":
            raise MissingExtra("guard", "Searching with Hyperscan") from None
        return "re2", Re2Finder
    return "hyperscan", HyperscanFinder


def _ascii_lower(text: str) -> str:
    return text.encode().lower().decode()


def _place_nearby(
    hits: list[tuple[int, int, int]], layer: _Layer, folded: Folded, found: list[_Found]
) -> None:
    """Add what the rules find around the words of their contexts."""
    present = {number for _, _, number in hits}
    if len(present) > _SEPARATE and layer.everything is not None:
        _place_group(layer.everything, hits, folded, found)
        return
    for number in present:
        _place_group(layer.groups[number], [hit for hit in hits if hit[2] == number], folded, found)


def _place_group(
    group: _Group, hits: list[tuple[int, int, int]], folded: Folded, found: list[_Found]
) -> None:
    if len(group.rules) == 1:
        near = group.rules[0][1]
        for low, high, _ in _neighbourhoods(hits, near.rule.within, folded):
            _place(near, folded, low, high, None, found)
        return
    data = folded.data
    for low, high, inside in _neighbourhoods(hits, group.widest, folded):
        present = {number for _, _, number in inside}
        # One character more on either side, so that word boundaries are seen as they are.
        for index in group.sieve.match(data[folded.back(low, 1) : folded.forth(high, 1)]):
            number, near = group.rules[index]
            if number in present:
                own = [hit for hit in inside if hit[2] == number]
                for start, end, _ in _neighbourhoods(own, near.rule.within, folded):
                    _place(near, folded, start, end, None, found)


def _neighbourhoods(
    hits: list[tuple[int, int, int]], within: int, folded: Folded
) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
    """Hits in bytes, widened by ``within`` characters and joined where they meet."""
    low, high = -1, -1
    inside: list[tuple[int, int, int]] = []
    for hit in sorted(hits):
        start, end = folded.back(hit[0], within), folded.forth(hit[1], within)
        if inside and start <= high:
            high = max(high, end)
            inside.append(hit)
            continue
        if inside:
            yield low, high, inside
        low, high, inside = start, end, [hit]
    if inside:
        yield low, high, inside


def _place(
    probe: _Compiled,
    folded: Folded,
    first: int,
    last: int,
    regions: list[Region] | None,
    found: list[_Found],
) -> None:
    """Add every match of ``probe`` between two bytes that its checks accept; it starts in a region, if any
    are given."""
    data, width, locate = folded.data, probe.reading.width, probe.locate
    retries, position = _RETRIES, first
    for low, high in ((first, last),) if regions is None else regions:
        position = max(position, low)
        stop = min(high + width, last)
        while position < high:
            spans = locate(data, position, stop)
            if spans is None or spans[0][0] >= high:
                break
            accepted = _accepted(probe, folded, spans) if spans[0][1] > spans[0][0] else None
            if accepted is not None:
                found.append(accepted)
            if accepted is not None or (not retries and spans[0][1] > position):
                position = spans[0][1]
            else:
                retries = max(0, retries - 1)
                position = _next_character(data, spans[0][0])


def _accepted(probe: _Compiled, folded: Folded, spans: Spans) -> _Found | None:
    """What RE2 placed, if the checks of its rule let it pass."""
    start, end = spans[0]
    if probe.whole and touched(folded.data, start, end):
        return None
    if probe.group and spans[probe.group][0] >= 0:
        start, end = spans[probe.group]
    value = folded.data[start:end].decode()
    if probe.check is not None and not probe.check(value):
        return None
    start = folded.point(start)
    end = start + len(value)
    if folded.origin is not None:
        start, end = folded.source(start, end)
    return _Found(probe.rule, probe.order, start, end)


def _next_character(data: bytes, position: int) -> int:
    position += 1
    while position < len(data) and data[position] & 0xC0 == 0x80:
        position += 1
    return position


def _winners(found: list[_Found]) -> list[Match]:
    """Those that no better one overlaps."""
    found.sort(key=_place_in_text)
    kept: list[_Found] = []
    cluster: list[_Found] = []
    reach = -1
    for one in found:
        if one.start >= reach:
            kept += _best(cluster)
            cluster = []
        cluster.append(one)
        reach = max(reach, one.end)
    kept += _best(cluster)
    return [Match(one.rule.id, one.rule.category, one.start, one.end, one.rule.score) for one in kept]


def _place_in_text(one: _Found) -> tuple[int, int]:
    return one.start, one.order


def _best(cluster: list[_Found]) -> list[_Found]:
    """Those of a chain of overlapping ones that stay, by start."""
    if len(cluster) < 2:
        return cluster
    starts: list[int] = []
    kept: list[_Found] = []
    for one in sorted(
        cluster, key=lambda one: (-one.rule.priority, one.start - one.end, one.start, one.order)
    ):
        at = bisect_left(starts, one.start)
        if at and kept[at - 1].end > one.start:
            continue
        if at < len(kept) and kept[at].start < one.end:
            continue
        starts.insert(at, one.start)
        kept.insert(at, one)
    return kept
