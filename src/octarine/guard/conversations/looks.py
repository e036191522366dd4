"""Pieces of a conversation on their way through the scanner: what is read of each, and findings brought home.

Most pieces are read as they are. JSON is read as its strings read, together and leaf by leaf (``structure``).
Pieces that a model reads as one are also read around the places where one ends and the next begins, so that
what was cut in two is seen whole; what is found across such a place is found in every piece that it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from octarine.core.results import Span
from octarine.guard.conversations.positions import STRUCTURED, TOOL_DESCRIPTIONS, Place
from octarine.guard.conversations.structure import Structured, structured, unescaped
from octarine.guard.scan.scanner import Reading, Scanner

if TYPE_CHECKING:
    from octarine.guard.normalise.results import View

NEAR = 1_000
"""Code points on either side of where two pieces meet that are read as one text."""


@dataclass
class Look:
    """One piece, and all that was found in it.

    Attributes:
        reading: of the text as it came in. Findings in other readings of it come to stand here too.
        form: its leaves, where it is JSON.
        others: further readings, and the way from their text to the piece's.
    """

    piece: Place
    reading: Reading
    form: Structured | None = None
    others: list[tuple[View, Reading]] = field(default_factory=list)

    @property
    def read(self) -> list[Reading]:
        """All readings that are to be scanned."""
        found = [reading for _, reading in self.others]
        return found if self.form is not None else [self.reading, *found]

    @property
    def language(self) -> str:
        """Of the text."""
        return next((reading.language for reading in self.read), self.reading.language)

    @property
    def chains(self) -> tuple[tuple[str, ...], ...]:
        """The decodings that gave a readable text, in any reading."""
        return tuple(dict.fromkeys(chain for reading in self.read for chain in reading.chains))

    def gather(self) -> None:
        """Bring the findings of the other readings home."""
        for view, reading in self.others:
            self.reading.spans += (_home(span, view) for span in reading.spans)
            for kind, why in reading.unscanned.items():
                self.reading.unscanned.setdefault(kind, why)
            for stage, seconds in reading.seconds.items():
                self.reading.seconds[stage] = self.reading.seconds.get(stage, 0.0) + seconds
        if self.others:
            self.reading.spans = _once(self.reading.spans)
        if self.piece.position == TOOL_DESCRIPTIONS:
            self.reading.spans = [_of_tool(span) for span in self.reading.spans]


@dataclass
class Joint:
    """A text that goes on from one piece to another.

    Attributes:
        reading: of it.
        ends: the pieces that it holds some of, and ``[start, end)`` of each in it; a piece that begins
            before it has a negative start.
    """

    reading: Reading
    ends: list[tuple[Look, int, int]]

    @property
    def piece(self) -> Place:
        """The first of them."""
        return self.ends[0][0].piece

    def gather(self) -> None:
        """Add what was found across pieces to each of them."""
        for span in self.reading.spans:
            touched = [end for end in self.ends if span.start < end[2] and span.end > end[1]]
            for look, start, end in touched if len(touched) > 1 else ():
                first, last = max(span.start, start) - start, min(span.end, end) - start
                look.reading.spans.append(replace(span, start=first, end=last))


def look_at(scanner: Scanner, piece: Place) -> Look:
    """A piece, read and not yet scanned."""
    text = piece.text
    if text is None:
        return Look(piece, Reading("", (), (), unscanned={piece.unscannable: "nothing here reads it"}))
    plain = _as_text(text) if piece.position in STRUCTURED else None
    if plain is None:
        return Look(piece, scanner.read(text))
    form = structured(plain)
    if form is not None:
        views = form.views()
        return Look(piece, Reading(plain, (), ()), form, [(view, scanner.read(view.text)) for view in views])
    look = Look(piece, scanner.read(text))
    if view := unescaped(look.reading.text):
        look.others.append((view, scanner.read(view.text)))
    return look


def joints(scanner: Scanner, looks: Sequence[Look]) -> Iterator[Joint]:
    """Where pieces of one group meet: read with nothing between them and, where neither side has a blank
    there, with a blank."""
    together = [look for look in looks if look.piece.group is not None and look.reading.text]
    for _, group in groupby(
        together, lambda look: (look.piece.message, look.piece.group, look.piece.position)
    ):
        members = list(group)
        texts = [look.reading.text for look in members]
        if len(members) < 2:
            continue
        yield from _joints(scanner, members, texts, "")
        if any(not one[-1].isspace() and not other[0].isspace() for one, other in pairwise(texts)):
            yield from _joints(scanner, members, texts, " ")


def _joints(scanner: Scanner, looks: Sequence[Look], texts: Sequence[str], between: str) -> Iterator[Joint]:
    whole = between.join(texts)
    starts, here = [], 0
    for text in texts:
        starts.append(here)
        here += len(text) + len(between)
    for first, last in _stretches(starts[1:], len(whole)):
        ends = [
            (look, start - first, start + len(text) - first)
            for look, text, start in zip(looks, texts, starts, strict=True)
            if start < last and start + len(text) > first
        ]
        yield Joint(scanner.read(whole[first:last]), ends)


def _stretches(meetings: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """What lies within ``NEAR`` of ``meetings``, those that overlap as one."""
    first, last = max(0, meetings[0] - NEAR), 0
    for meeting in meetings:
        if meeting - NEAR > last > 0:
            yield first, last
            first = meeting - NEAR
        last = min(length, meeting + NEAR)
    yield first, last


def _home(span: Span, view: View) -> Span:
    start, end = view.span(span.start, span.end)
    return replace(span, start=start, end=end)


def _of_tool(span: Span) -> Span:
    """Tools are described in orders to the model: policies tell them from documents that give any."""
    poisoned = span.category == "indirect_injection"
    return replace(span, category="indirect_injection.tool_description") if poisoned else span


def _once(spans: Iterable[Span]) -> list[Span]:
    """What was found twice in the same place only once, with the higher score."""
    best: dict[tuple[str, str, int, int], Span] = {}
    for span in spans:
        key = (span.category, span.rule, span.start, span.end)
        if key not in best or span.score > best[key].score:
            best[key] = span
    return list(best.values())


def _as_text(text: str | bytes) -> str | None:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
