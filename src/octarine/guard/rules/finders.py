"""Where matches may be: Hyperscan in one pass, or RE2's sets. Both give the same matches in the end.

A finder is given probes (patterns) and terms (literals) and says, for a text in UTF-8:

* which terms occur, every occurrence, exactly;
* for which probes there may be a match, and in which regions: every match that RE2 would find starts in one.

The matcher then places exact matches by RE2, by searching each region for what starts in it. RE2 alone finds
the same.

Hyperscan is fast where a pattern holds a literal. Patterns of digits and classes alone cost it several times
what RE2 takes for all of them as one alternation; those are left to ``Gate``.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from octarine.guard.rules.databases import Expression, Scratch, database
from octarine.guard.rules.literals import joined, longest_literal
from octarine.guard.rules.patterns import Reading, compiled, locator

_LONGEST_WINDOW = 2048  # bytes; wider probes are placed by RE2 from the start of the text
_PLAIN = frozenset(string.ascii_letters + string.digits)
_SHORT = 4
_WIDEST_JOINED = 256  # bytes; so much is looked at behind each match of the alternation
_JOINED_WIDTH = 4096  # bytes of all patterns of the alternation together
_HELD = 3  # bytes of a literal that Hyperscan finds quickly
_SET_SIZE = 64
_SET_MEMORY = 64 << 20
_GATE_MEMORY = 32 << 20
_TERMS_MEMORY = 256 << 20


@dataclass(frozen=True, slots=True)
class Term:
    """A literal.

    Attributes:
        whole: it counts only where no letter or digit touches it; a finder may leave out such occurrences.
        caseless: ``text`` has no ASCII capitals and is compared with the text's ASCII letters in lower case.
    """

    text: str
    whole: bool = True
    caseless: bool = False


@dataclass(slots=True)
class Hits:
    """What a finder saw: probe → regions ``[low, high)`` in bytes, both rising, or None for "look
    everywhere"; and the terms' occurrences as ``(start, end, term)`` in bytes, in no order."""

    regions: dict[int, list[Region] | None] = field(default_factory=dict)
    terms: list[tuple[int, int, int]] = field(default_factory=list)


Region = tuple[int, int]


class Finder(Protocol):
    """Finds where to look. Safe to use from several threads."""

    def scan(self, data: bytes) -> Hits:
        """What may be in ``data``, which must be UTF-8."""
        ...


class Sieve:
    """Which of many patterns match somewhere in a text, without where: RE2's sets."""

    def __init__(self, patterns: Sequence[str]) -> None:
        starts = range(0, len(patterns), _SET_SIZE)
        self._sets = [(start, _compiled_set(patterns[start : start + _SET_SIZE])) for start in starts]

    def match(self, data: bytes) -> Sequence[int]:
        """The numbers of those patterns, in no order."""
        if len(self._sets) == 1:
            return self._sets[0][1].Match(data) or ()
        return [start + index for start, group in self._sets for index in group.Match(data) or ()]


class Re2Finder:
    """RE2 alone."""

    def __init__(self, probes: Sequence[Reading], terms: Sequence[Term]) -> None:
        self._sieve = Sieve([probe.pattern for probe in probes])
        self._exact = _Literals([(index, term.text) for index, term in enumerate(terms) if not term.caseless])
        self._caseless = _Literals([(index, term.text) for index, term in enumerate(terms) if term.caseless])

    def scan(self, data: bytes) -> Hits:
        """See ``Finder``."""
        hits = Hits()
        for index in self._sieve.match(data):
            hits.regions[index] = None
        self._exact.find(data, hits.terms)
        self._caseless.find(data.lower(), hits.terms)
        return hits


class _Literals:
    """Every occurrence of numbered literals: RE2 says where one may start, a table says which."""

    def __init__(self, literals: Sequence[tuple[int, str]]) -> None:
        self._numbers = {literal.encode(): index for index, literal in literals}
        lengths: dict[bytes, set[int]] = {}
        for literal in self._numbers:
            lengths.setdefault(literal[:2], set()).add(len(literal))
        self._lengths = {head: sorted(sizes) for head, sizes in lengths.items()}
        self._any = _any_of([literal for _, literal in literals]) if literals else None

    def find(self, data: bytes, found: list[tuple[int, int, int]]) -> None:
        """Append ``(start, end, number)`` in bytes."""
        position = 0
        while self._any is not None and (match := self._any.search(data, position)) is not None:
            start = match.start()
            for head in {data[start : start + 1], data[start : start + 2]}:
                for size in self._lengths.get(head, ()):
                    number = self._numbers.get(data[start : start + size])
                    if number is not None and start + size <= len(data):
                        found.append((start, start + size, number))
            position = start + 1


def _compiled_set(patterns: Sequence[str]) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _SET_MEMORY
    group = re2.Set.SearchSet(options)
    for pattern in patterns:
        group.Add(pattern.encode())
    group.Compile()
    return group


def _any_of(literals: Sequence[str]) -> Any:
    import re2

    return compiled("|".join(map(re2.escape, literals)), max_memory=_TERMS_MEMORY)


class Gate:
    """RE2's alternation of patterns: where one of them matches, and which they may be.

    The search goes on behind each match of any. So every match of each of them starts in one that was found:
    one that starts further left would have been found before.
    """

    def __init__(self, probes: Sequence[Reading]) -> None:
        self._locate = locator(joined([probe.pattern for probe in probes]), max_memory=_GATE_MEMORY)
        self._sieve = Sieve([probe.pattern for probe in probes]) if len(probes) > 1 else None
        self._widest = max(probe.width for probe in probes)

    def find(self, data: bytes, numbers: Sequence[int], regions: dict[int, list[Region] | None]) -> None:
        """Add to ``regions``; ``numbers`` says what the patterns are called there."""
        locate, sieve, end, behind = self._locate, self._sieve, len(data), self._widest + 4
        position = 0
        while (spans := locate(data, position, end)) is not None:
            low, high = spans[0]
            position = high if high > low else low + 1  # nothing but assertions: see the matcher
            # What may match from ``low`` on. A byte on the left and a character on the right tell words.
            possible = sieve.match(data[max(0, low - 1) : high + behind]) if sieve else (0,)
            for index in possible:
                places = regions.setdefault(numbers[index], [])
                assert places is not None
                places.append((low, position))


class HyperscanFinder:
    """Hyperscan for what holds a literal, ``Gate`` for the rest, RE2's sets for what has no bound.

    Raises:
        ModuleNotFoundError: Hyperscan is not installed.
    """

    def __init__(self, probes: Sequence[Reading], terms: Sequence[Term]) -> None:
        import hyperscan

        self._lengths = [len(term.text.encode()) for term in terms]
        # Not as UTF-8: there k has the Kelvin sign for a capital, and no term with a k or an s is a literal.
        literals = [
            Expression(_literal(term), index, hyperscan.HS_FLAG_CASELESS if term.caseless else 0)
            for index, term in enumerate(terms)
        ]
        self._first = len(terms)
        self._probes = probes
        better_joined = _joined_first(probes)
        wanted = [
            Expression(
                probe.finder,
                self._first + index,
                hyperscan.HS_FLAG_UTF8 | (0 if _bounded(probe) else hyperscan.HS_FLAG_SINGLEMATCH),
            )
            for index, probe in enumerate(probes)
            if probe.finder and index not in better_joined
        ]
        self._database, refused = database([*literals, *wanted])
        self._scratch = Scratch(self._database)
        searched = {one.number - self._first for one in wanted if one.number not in refused}
        rest = [index for index in range(len(probes)) if index not in searched]
        self._gated = [index for index in rest if index in better_joined]
        self._gate = Gate([probes[index] for index in self._gated]) if self._gated else None
        self._left = [index for index in rest if index not in better_joined]
        self._rest = Sieve([probes[index].pattern for index in self._left]) if self._left else None

    def scan(self, data: bytes) -> Hits:
        """See ``Finder``."""
        raw: list[tuple[int, int]] = []
        if self._database is not None and data:
            self._database.scan(
                data, match_event_handler=_collect, context=raw.append, scratch=self._scratch.own()
            )
        hits = self._sorted(raw)
        if self._gate is not None:
            self._gate.find(data, self._gated, hits.regions)
        if self._rest is not None:
            hits.regions.update((self._left[index], None) for index in self._rest.match(data))
        return hits

    def _sorted(self, raw: list[tuple[int, int]]) -> Hits:
        """What Hyperscan reported. Of each match it reports an end, its own or one inside of it, no more than
        ``lead`` behind its start: so the start lies between that and the end."""
        hits = Hits()
        for number, end in sorted(raw):
            if number < self._first:
                hits.terms.append((end - self._lengths[number], end, number))
                continue
            index = number - self._first
            probe = self._probes[index]
            if not _bounded(probe):
                hits.regions[index] = None
            else:
                places = hits.regions.setdefault(index, [])
                assert places is not None
                places.append((max(0, end - probe.lead), end + 1))
        return hits


def _collect(
    number: int, _start: int, end: int, _flags: int, append: Callable[[tuple[int, int]], None]
) -> None:
    append((number, end))


def _bounded(probe: Reading) -> bool:
    return probe.width <= _LONGEST_WINDOW


def _joined_first(probes: Sequence[Reading]) -> frozenset[int]:
    """The probes that ``Gate`` searches for, the first of those that it can: the time to compile an
    alternation grows faster than the alternation does."""
    chosen: list[int] = []
    room = _JOINED_WIDTH
    for index, probe in enumerate(probes):
        if len(chosen) < _SET_SIZE and probe.width <= room and _without_literal(probe):
            chosen.append(index)
            room -= probe.width
    return frozenset(chosen)


def _can_be_joined(probe: Reading) -> bool:
    return probe.width <= _WIDEST_JOINED and r"\Q" not in probe.pattern


def _without_literal(probe: Reading) -> bool:
    """Whether Hyperscan would run a pattern's automaton over the whole text, and ``Gate`` can do it. An
    address of e-mail has its sign."""
    seen = probe.finder.startswith("@") or longest_literal(probe.pattern) >= _HELD
    return not seen and _can_be_joined(probe)


def _literal(term: Term) -> str:
    escaped = "".join(chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}" for byte in term.text.encode())
    # A short word stands inside many others: where its ends are ASCII, that can be ruled out here already.
    # For all words it would cost: with boundaries they are no literals any more.
    short = term.whole and len(term.text) <= _SHORT
    before = r"\b" if short and re.match(r"[A-Za-z0-9_]", term.text) else ""
    after = r"\b" if short and re.search(r"[A-Za-z0-9_]$", term.text) else ""
    return before + escaped + after
