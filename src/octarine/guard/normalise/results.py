"""What the normaliser gives back: views of a text, and the way from each back to the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work a text may cause. Whatever runs out first ends the search and is named in ``exhausted``.

    Attributes:
        depth: decodings on top of each other.
        views: views in all, the original among them.
        expansion: characters produced for each one that came in: what a compressed bomb meets first.
        least: characters that even the shortest text may produce.
        most: characters up to which a text may expand.
    """

    depth: int = 4
    views: int = 32
    expansion: int = 64
    least: int = 1 << 16
    most: int = 1 << 20

    def __post_init__(self) -> None:
        for name in ("depth", "views", "expansion", "least", "most"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")

    def characters(self, length: int) -> int:
        """Characters that a text of ``length`` code points may produce in all: ``most`` at most, but enough
        to be rewritten as a whole four times, where ``expansion`` allows as much."""
        return max(min(self.most, max(self.least, self.expansion * length)), min(4, self.expansion) * length)


class Edit(NamedTuple):
    """``[start, end)`` of a text is replaced. ``step``: 1 where character stands for character, −1 where the
    replacement runs backwards (equal lengths both), 0 where it stands for the whole."""

    start: int
    end: int
    text: str
    step: int = 0


class Code(NamedTuple):
    """``[start, end)`` of a text can be read as a whole: as ``text``, once ``names`` are undone."""

    start: int
    end: int
    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offsets:
    """The way from a text back to the one that it was made from: neighbouring segments that cover it.

    ``targets[i]`` and ``sources[i]`` are where segment ``i`` starts on either side, ``ends[i]`` where it ends
    in the source (what was deleted lies between two segments), ``steps[i]`` as in ``Edit``.
    """

    targets: Sequence[int]
    sources: Sequence[int]
    ends: Sequence[int]
    steps: Sequence[int]
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` of the made text as the smallest span of the source that it came from."""
        if not self.targets:
            return 0, 0
        first = max(bisect_right(self.targets, start) - 1, 0)
        low, high = self._part(first, start, end)
        last = max(bisect_right(self.targets, max(end - 1, start)) - 1, 0)
        if last != first:
            other_low, other_high = self._part(last, start, end)
            low, high = min(low, other_low), max(high, other_high)
        return (low, low) if start == end else (low, high)

    def _part(self, segment: int, start: int, end: int) -> tuple[int, int]:
        source, source_end, step = self.sources[segment], self.ends[segment], self.steps[segment]
        if not step:
            return source, source_end
        target = self.targets[segment]
        size = source_end - source
        before = min(max(start - target, 0), size)
        after = min(max(end - target, 0), size)
        if step > 0:
            return source + before, source + after
        return source_end - after, source_end - before


def rewrite(text: str, edits: Iterable[Edit]) -> tuple[str, Offsets]:
    """``text`` with ``edits`` (in order, not overlapping) carried out, and the way back."""
    pieces: list[str] = []
    targets: list[int] = []
    sources: list[int] = []
    ends: list[int] = []
    steps: list[int] = []
    here = length = 0

    def segment(piece: str, start: int, end: int, step: int) -> None:
        nonlocal length
        if not piece:
            return
        pieces.append(piece)
        targets.append(length)
        sources.append(start)
        ends.append(end)
        steps.append(step)
        length += len(piece)

    for edit in edits:
        segment(text[here : edit.start], here, edit.start, 1)
        segment(edit.text, edit.start, edit.end, edit.step)
        here = edit.end
    segment(text[here:], here, len(text), 1)
    return "".join(pieces), Offsets(targets, sources, ends, steps, length)


def fragment(text: str, start: int, end: int, step: int = 0) -> Offsets:
    """The way back for a text that stands for ``[start, end)`` of another, as an ``Edit`` would."""
    return Offsets((0,), (start,), (end,), (step,), len(text))


@dataclass(frozen=True, slots=True)
class View:
    """One reading of the text.

    Attributes:
        text: how it reads.
        chain: what was undone to get there, outermost first; empty for the original.
    """

    text: str
    chain: tuple[str, ...] = ()
    offsets: tuple[Offsets, ...] = field(default=(), repr=False, compare=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` of this view as a span of the original, in code points.

        What was cleaned maps character by character, a decoded fragment to the whole of what was encoded.

        Raises:
            ValueError: not ``0 <= start <= end <= len(text)``.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"[{start}, {end}) lies outside a view of {len(self.text)} characters")
        for way in reversed(self.offsets):
            start, end = way.span(start, end)
        return start, end


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that no honest text holds, at ``[start, end)`` of the original.

    ``kind``: ``malformed`` (bytes that are no UTF-8), ``surrogate``, ``control``, ``tags``,
    ``variation_selectors``, ``invisible``, ``bidi``, ``combining``, ``letterforms`` (mathematical, enclosed,
    full-width letters in place of plain ones) or ``confusables`` (a word of mixed scripts).
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Normalised:
    """All readings of a text. ``views[0]`` is the original.

    ``exhausted`` names the budget that ran out (``depth``, ``views`` or ``characters``), so that whoever must
    fail closed can; empty where the search came to its own end. ``codes`` names, by the text of a view, what
    in it was read as a whole, in the order in which it was found; ``judged`` says what of that is code.
    """

    views: tuple[View, ...]
    oddities: tuple[Oddity, ...] = ()
    exhausted: str = ""
    codes: Mapping[str, Sequence[Code]] = field(default_factory=dict, repr=False, compare=False)
