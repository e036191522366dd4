"""Where matches may be: Hyperscan in one pass, or RE2's sets. Both give the same matches in the end.

A finder is given probes (patterns) and terms (literals) and says, for a text in UTF-8:

* which terms occur, every occurrence, exactly;
* for which probes there may be a match, and, where it can, a list of ends: every match that RE2 would find
  has one of them inside it or at its end.

The matcher then places exact matches by RE2. Let ``e`` be the first reported end after ``position``; a
match that starts at or after ``position`` ends at or after its own reported end, and none is longer than
``width``, so it cannot start before ``e - width``. Searching from there to ``e + width`` finds the leftmost
one if it starts at or before ``e``; otherwise the next reported end is tried. RE2 alone finds
the same.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from octarine.guard.rules.databases import Expression, Scratch, database
from octarine.guard.rules.patterns import Reading, compiled

_LONGEST_WINDOW = 2048  # bytes; wider probes are placed by RE2 from the start of the text
_PLAIN = frozenset(string.ascii_letters + string.digits)
_SHORT = 4
_SET_SIZE = 48
_SET_MEMORY = 64 << 20
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
    """What a finder saw: probe → ends in bytes, rising, or None for "look everywhere"; and the terms'
    occurrences as ``(start, end, term)`` in bytes, in no order."""

    ends: dict[int, list[int] | None] = field(default_factory=dict)
    terms: list[tuple[int, int, int]] = field(default_factory=list)


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

    def match(self, data: bytes) -> list[int]:
        """The numbers of those patterns, rising."""
        return sorted(start + index for start, group in self._sets for index in group.Match(data) or ())


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
            hits.ends[index] = None
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


class HyperscanFinder:
    """Hyperscan for all that it can take, RE2's sets for the rest.

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
        wanted = [
            Expression(
                probe.finder,
                self._first + index,
                hyperscan.HS_FLAG_UTF8 | (0 if _placed(probe) else hyperscan.HS_FLAG_SINGLEMATCH),
            )
            for index, probe in enumerate(probes)
            if probe.finder
        ]
        self._database, refused = database([*literals, *wanted])
        self._everywhere = frozenset(index for index, probe in enumerate(probes) if not _placed(probe))
        left = [
            index for index, probe in enumerate(probes) if not probe.finder or self._first + index in refused
        ]
        self._left = left
        self._rest = Re2Finder([probes[index] for index in left], ()) if left else None
        self._scratch = Scratch(self._database)

    @property
    def refused(self) -> tuple[int, ...]:
        """The probes that RE2 looks for, because Hyperscan cannot."""
        return tuple(self._left)

    def scan(self, data: bytes) -> Hits:
        """See ``Finder``."""
        raw: list[tuple[int, int]] = []
        if self._database is not None and data:
            self._database.scan(
                data, match_event_handler=_collect, context=raw.append, scratch=self._scratch.own()
            )
        hits = self._sorted(raw)
        if self._rest is not None:
            for index in self._rest.scan(data).ends:
                hits.ends[self._left[index]] = None
        return hits

    def _sorted(self, raw: list[tuple[int, int]]) -> Hits:
        hits = Hits()
        for number, end in raw:
            if number < self._first:
                hits.terms.append((end - self._lengths[number], end, number))
                continue
            probe = number - self._first
            if probe in self._everywhere:
                hits.ends[probe] = None
            else:
                places = hits.ends.setdefault(probe, [])
                assert places is not None
                if not places or places[-1] != end:
                    places.append(end)
        for ends in hits.ends.values():
            if ends is not None:
                ends.sort()
        return hits


def _collect(
    number: int, _start: int, end: int, _flags: int, append: Callable[[tuple[int, int]], None]
) -> None:
    append((number, end))


def _placed(probe: Reading) -> bool:
    return probe.width <= _LONGEST_WINDOW


def _literal(term: Term) -> str:
    escaped = "".join(chr(byte) if chr(byte) in _PLAIN else f"\\x{byte:02x}" for byte in term.text.encode())
    # A short word stands inside many others: where its ends are ASCII, that can be ruled out here already.
    # For all words it would cost: with boundaries they are no literals any more.
    short = term.whole and len(term.text) <= _SHORT
    before = r"\b" if short and re.match(r"[A-Za-z0-9_]", term.text) else ""
    after = r"\b" if short and re.search(r"[A-Za-z0-9_]$", term.text) else ""
    return before + escaped + after
