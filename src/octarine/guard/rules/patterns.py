"""Reading patterns in RE2 syntax: what an engine needs to know of one, and errors that point at the place.

RE2 decides what a pattern means (https://github.com/google/re2/wiki/Syntax). Hyperscan only has to report an
end inside or at the end of every match that RE2 would find, so its form of a pattern may be a looser one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from octarine.core.errors import InputError, MissingExtra

UNBOUNDED = 1 << 30
_MEMORY = 8 << 20
_BARE = (b"", b"a", b"\n", b" -")  # where a pattern of assertions alone, or of nothing, matches nothing
_LOOSENED = 12
_COUNTED_TAIL = 16
_COUNTED_GROUP = re.compile(r"\]\{([1-9]\d*),\d*\}\)$")
_WIDEST = 4  # bytes of a code point in UTF-8
_UNSUPPORTED = (
    (re.compile(r"\(\?<?="), "lookaround"),
    (re.compile(r"\(\?<?!"), "lookaround"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"\(\?\("), "a condition"),
    (re.compile(r"\(\?#"), "a comment"),
    (re.compile(r"\(\?P="), "a backreference"),
    (re.compile(r"\\[1-9]"), "a backreference"),
    (re.compile(r"\\[gk][<{'0-9]"), "a backreference"),
    (re.compile(r"[*+?}]\+"), "a possessive repetition"),
)


class PatternError(InputError):
    """A pattern that RE2 cannot read. ``position`` is the code point of the pattern, None where unknown."""

    def __init__(self, name: str, pattern: str, reason: str, position: int | None = None) -> None:
        where = (
            f" at character {position + 1} ({pattern[position : position + 12]!r})"
            if position is not None
            else ""
        )
        super().__init__(
            f"pattern {name!r}: {reason}{where}",
            hint="Patterns are in RE2 syntax: no backreferences, no lookaround. "
            "https://github.com/google/re2/wiki/Syntax",
        )
        self.position = position


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a pattern.

    Attributes:
        pattern: as RE2 takes it.
        finder: as Hyperscan takes it; empty where the two would not read it alike.
        width: no match is longer than so many bytes; ``UNBOUNDED`` where there is no bound.
        lead: Hyperscan reports an end of every match no more than so many bytes behind its start.
    """

    pattern: str
    finder: str
    width: int
    lead: int


def compiled(pattern: str, *, max_memory: int = _MEMORY) -> Any:
    """``pattern`` as RE2's object over UTF-8 bytes.

    Raises:
        MissingExtra: RE2 is not installed.
        re2.error: it is no pattern.
    """
    try:
        import re2
    except ModuleNotFoundError:
        raise MissingExtra("guard", "Searching by rules") from None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = max_memory
    return re2.compile(pattern.encode(), options)


Spans = Sequence[tuple[int, int]]
Locator = Callable[[bytes, int, int], Spans | None]
"""Of UTF-8 bytes, from, to → the leftmost match and its groups in bytes, (-1, -1) for an empty group."""


def locator(pattern: str, *, max_memory: int = _MEMORY) -> Locator:
    """``pattern`` as a function that places its leftmost match."""
    import re2

    regexp = compiled(pattern, max_memory=max_memory)
    native, anywhere = getattr(regexp, "_regexp", None), getattr(re2, "_Anchor", None)
    if native is None or anywhere is None:
        return _public_locator(regexp)
    # The public method costs twice as much as the search itself.
    search, anchor = native.Match, anywhere.UNANCHORED

    def spans(data: bytes, start: int, stop: int) -> Spans | None:
        found: Spans = search(anchor, data, start, stop)
        return None if found[0][0] < 0 else found

    return spans


def _public_locator(regexp: Any) -> Locator:
    groups = range(regexp.groups + 1)

    def spans(data: bytes, start: int, stop: int) -> Spans | None:
        found = regexp.search(data, start, stop)
        return None if found is None else [found.span(group) for group in groups]

    return spans


def read_pattern(pattern: str, name: str) -> Reading:
    """What an engine needs to know of ``pattern``.

    Raises:
        PatternError: naming the pattern, the place and what is not allowed there.
        MissingExtra: RE2 is not installed.
    """
    try:
        encoded = pattern.encode()
    except UnicodeEncodeError as error:
        raise PatternError(name, pattern, "a lone surrogate is no character", error.start) from None
    try:
        matcher = compiled(pattern)
    except (MissingExtra, MemoryError):
        raise
    except Exception as error:  # re2.error, which cannot be named where RE2 may be missing
        raise _explained(name, pattern, error) from None
    if any((found := matcher.search(text)) is not None and found.end() == found.start() for text in _BARE):
        raise PatternError(name, pattern, "it matches the empty text, so it would match everywhere")
    reader = PatternReader(pattern)
    width = reader.alternatives()
    portable = reader.portable and b"\0" not in encoded
    finder, head = reader.finder()
    lead = min(width, PatternReader(head).alternatives())
    return Reading(pattern, finder if portable else "", min(width, UNBOUNDED), lead)


def _explained(name: str, pattern: str, error: Exception) -> PatternError:
    for found, what in _UNSUPPORTED:
        for match in found.finditer(pattern):
            if not _escaped(pattern, match.start()):
                return PatternError(name, pattern, f"{what} is not allowed", match.start())
    raw = error.args[0] if error.args else ""
    reason = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    _, _, part = reason.rpartition(": ")
    place = pattern.rfind(part) if part and part != pattern else -1
    return PatternError(name, pattern, reason, place if place >= 0 else None)


def _escaped(pattern: str, at: int) -> bool:
    before = pattern[:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _folds_alike(character: str) -> bool:
    """Whether both engines know the other cases of ``character``: of Latin, or of what has none."""
    return character < "\u0250" or character.lower() == character.upper()


@dataclass(slots=True)
class PatternItem:
    """One element at the top of a pattern: where it lies, its repetition, whether it takes no characters."""

    start: int
    body_end: int
    end: int
    least: int
    most: int
    assertion: bool


class PatternReader:
    """Walks over a pattern that RE2 has accepted.

    Widths are upper bounds in bytes; in code points where ``widest`` is 1.
    """

    def __init__(self, pattern: str, widest: int = _WIDEST) -> None:
        self.pattern = pattern
        self.widest = widest
        self.at = 0
        self.portable = True
        # Anywhere is everywhere: a wider window costs little. The Kelvin sign folds to k in three bytes.
        self.caseless = bool(re.search(r"\(\?[a-zA-Z]*i", pattern))
        if self.caseless and not all(map(_folds_alike, pattern)):
            self.portable = False
        self.depth = 0
        self.branches = 1
        self.top: list[PatternItem] = []
        self.rewritten: list[tuple[int, int, str]] = []
        self.names: list[tuple[int, int]] = []

    def alternatives(self) -> int:
        """The width of alternatives up to the end of the group."""
        width = self._sequence()
        while self._peek() == "|":
            self.at += 1
            if self.depth == 0:
                self.branches += 1
            width = max(width, self._sequence())
        return width

    def finder(self) -> tuple[str, str]:
        """A pattern for Hyperscan that ends inside or at the end of every match, and the part of this pattern
        that it stands for: from its beginning until there."""
        begin, end, tail = 0, len(self.pattern), ""
        if self.branches == 1 and not re.search(r"\(\?[a-zA-Z]*U", self.pattern):
            begin, (end, tail) = self._sign(), self._trimmed()
        pieces, at = [], begin
        for start, stop, text in self.rewritten:
            if begin <= start and stop <= end:
                pieces += [self.pattern[at:start], text]
                at = stop
        return "".join((*pieces, self.pattern[at:end], tail)), self.pattern[:end] + tail

    def _sign(self) -> int:
        """Where to begin: at a rare sign that stands behind classes only, which match almost everywhere."""
        for item in self.top:
            if self.pattern[item.start : item.end] == "@":
                return item.start
            flags = self.pattern[item.start : item.start + 2] == "(?"
            if not (item.assertion or (self.pattern[item.start] in "[(" and not (flags and self.caseless))):
                break
        return 0

    def _trimmed(self) -> tuple[int, str]:
        """Where to cut so that a last repetition reports its first end and not each one."""
        for item in reversed(self.top):
            if item.assertion or item.least == 0 or item.most == 0:
                continue
            if item.end == len(self.pattern) and (
                inner := _COUNTED_GROUP.search(self.pattern, item.start, item.end)
            ):
                least = min(int(inner[1]), _COUNTED_TAIL)
                return inner.start() + 1, f"{{{least}}})"
            if item.least == item.most <= _COUNTED_TAIL:
                return (item.end, "") if self._only_optional_after(item) else (len(self.pattern), "")
            least = min(item.least, _COUNTED_TAIL)
            return item.body_end, "" if least == 1 else f"{{{least}}}"
        return len(self.pattern), ""

    def _only_optional_after(self, item: PatternItem) -> bool:
        """Whether a repetition from nothing follows ``item``: without one the end is kept with its checks."""
        return any(other.start >= item.end and not other.assertion for other in self.top)

    def _peek(self) -> str:
        return self.pattern[self.at] if self.at < len(self.pattern) else ""

    def _sequence(self) -> int:
        width = 0
        while self._peek() not in ("", "|", ")"):
            start = self.at
            size, assertion = self._atom()
            body_end = self.at
            least, most = self._repetition()
            if self.depth == 0:
                self.top.append(PatternItem(start, body_end, self.at, least, most, assertion))
            width = min(width + size * most, UNBOUNDED)
        return width

    def _repetition(self) -> tuple[int, int]:
        character = self._peek()
        counted = re.compile(r"\{(\d+)(,(\d*))?\}").match(self.pattern, self.at)
        if character and character in "*+?":
            self.at += 1
            least, most = {"*": (0, UNBOUNDED), "+": (1, UNBOUNDED), "?": (0, 1)}[character]
        elif counted:
            self.at = counted.end()
            least = int(counted[1])
            most = least if counted[2] is None else int(counted[3]) if counted[3] else UNBOUNDED
            if least + _LOOSENED <= most < UNBOUNDED:
                # Counting far is what makes Hyperscan's automata large; not counting finds no less.
                self.rewritten.append((counted.start(), counted.end(), f"{{{least},}}"))
        else:
            return 1, 1
        if self._peek() == "?":
            self.at += 1
        return least, most

    def _atom(self) -> tuple[int, bool]:
        """The width of one element, and whether it is an assertion."""
        character = self.pattern[self.at]
        if character == "(":
            return self._group(), False
        if character == "[":
            return self._class(), False
        if character == "\\":
            return self._escape()
        self.at += 1
        if character in "^$":
            return 0, True
        return (self.widest if character == "." else self._size(character)), False

    def _size(self, character: str) -> int:
        if ord(character) < 0x80:
            return min(3, self.widest) if self.caseless and character.isalpha() else 1
        return self.widest

    def _group(self) -> int:
        opening = re.compile(r"\((\?P?<\w+>|\?:|\?[a-zA-Z-]*[:)])?").match(self.pattern, self.at)
        assert opening
        self.at = opening.end()
        if "<" in opening[0]:
            self.names.append(opening.span())
        if opening[0].endswith(")"):
            return 0
        self.depth += 1
        width = self.alternatives()
        self.depth -= 1
        self.at += 1
        return width

    def _class(self) -> int:
        """A bracketed class. Only one that is written out in ASCII is narrower than a code point can be."""
        self.at += 1
        wide = self.caseless
        if self._peek() == "^":
            wide = True
            self.at += 1
        first = True
        while first or self._peek() != "]":
            first = False
            if self.pattern.startswith("[:", self.at):
                wide |= self.pattern[self.at + 2] == "^"
                self.at = self.pattern.index(":]", self.at) + 2
            elif self._peek() == "\\":
                size, _ = self._escape(inside=True)
                wide |= size > 1
            else:
                wide |= ord(self._peek()) >= 0x80
                self.at += 1
        self.at += 1
        return self.widest if wide else 1

    def _escape(self, inside: bool = False) -> tuple[int, bool]:
        start = self.at
        character = self.pattern[start + 1]
        self.at += 2
        if character in "bBAz" and not inside:
            return 0, True
        if character in "pPCQE" or character == "S":
            # Other versions of Unicode, bytes, and a vertical tab that only one of the two calls a space.
            self.portable = False
            if character == "Q":
                closing = self.pattern.find("\\E", self.at)
                quoted = self.pattern[self.at :] if closing < 0 else self.pattern[self.at : closing]
                self.at = len(self.pattern) if closing < 0 else closing + 2
                return self.widest * len(quoted), False
            if character in "pP":
                name = re.compile(r"\{[^}]*\}|.").match(self.pattern, self.at)
                self.at = name.end() if name else self.at
            return self.widest, False
        if character == "s":
            self.rewritten.append((start, self.at, r"\t\n\f\r " if inside else r"[\t\n\f\r ]"))
            return 1, False
        if character == "x":
            return self._hexadecimal(), False
        if character.isdigit():
            self.portable = False  # octal here, a backreference there
            digits = re.compile("[0-7]{0,2}").match(self.pattern, self.at)
            self.at = digits.end() if digits else self.at
            return self.widest, False
        return (self.widest if character in "DW" else self._size(character)), False

    def _hexadecimal(self) -> int:
        digits = re.compile(r"\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2})").match(self.pattern, self.at)
        assert digits
        self.at = digits.end()
        point = int(digits[1] or digits[2], 16)
        if self.caseless and not _folds_alike(chr(point)):
            self.portable = False
        return self._size(chr(point))
