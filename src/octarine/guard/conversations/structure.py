"""A text that is JSON, as a program will read it: leaf by leaf, and written again with some leaves changed.

What stands in a leaf is found and covered as it reads (``ann\\u0040example.org`` is an address); spans are
those of the JSON text as it came in, and nothing of it changes but the leaves that are covered. A number that
is covered becomes a string. A string that is JSON itself is taken apart in the same way, ``DEPTH`` deep.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from octarine.guard.normalise.results import Edit, Offsets, View, fragment, rewrite

DEPTH = 4
"""Levels of JSON within strings of JSON; a string further down is a text."""
INNER = 64
"""Strings of one text that are taken apart; any other is a text."""
LEAVES = 256
"""Leaves that are read one by one, beside all of them together."""
SHORTEST = 12
"""Code points of such a leaf: what is shorter reads the same among the others."""
LONGEST = 2_000_000
"""Code points of a text that is taken apart."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*', re.DOTALL)
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf'{_PAIR}|\\u[0-9a-fA-F]{{4}}|\\["\\/bfnrt]')
_BRACKETS = re.compile(r"(?<!\\)\\u003[cC]([A-Za-z0-9_]{1,300})\\u003[eE]")
"""A placeholder as encoders of JSON write it that escape HTML, Go's among them."""
_SHORT = {f"\\{sign}": read for sign, read in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True)}
_BEGINS = re.compile(r'\s*["\[{]')

Stretch = tuple[int, int, str, str]
"""``(start, end, category, action)`` of what is to be covered."""
Instead = Callable[[str, Stretch], str]
"""What stands in place of a text that is covered."""


@dataclass(frozen=True)
class Leaf:
    """A string, the name of a field among them, or a number.

    Attributes:
        start, end: where it is written, without its quotes.
        text: as it reads; ``way``: back to how it is written, None where that is the same.
        number: whether it is one.
        inner: what it holds, where it is JSON itself.
    """

    start: int
    end: int
    text: str
    way: Offsets | None = field(default=None, repr=False)
    number: bool = False
    inner: Structured | None = None

    @property
    def ways(self) -> tuple[Offsets, ...]:
        """From ``text`` to the JSON text, as ``View`` takes them."""
        here = fragment(self.text, self.start, self.end, 1)
        return (here,) if self.way is None else (here, self.way)

    def within(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` of the JSON text as a part of ``text``; empty where it does not touch the leaf."""
        if start >= self.end or end <= self.start:
            return 0, 0
        starts, ends = self._places
        return bisect_right(ends, start), bisect_left(starts, end)

    @cached_property
    def _places(self) -> tuple[Sequence[int], Sequence[int]]:
        """Where each code point of ``text`` begins and ends in the JSON text."""
        if self.way is None:
            return range(self.start, self.end), range(self.start + 1, self.end + 1)
        starts: list[int] = []
        ends: list[int] = []
        for source, end, step in zip(self.way.sources, self.way.ends, self.way.steps, strict=True):
            low, high = self.start + source, self.start + end
            starts += range(low, high) if step else (low,)
            ends += range(low + 1, high + 1) if step else (high,)
        return starts, ends


@dataclass(frozen=True)
class Structured:
    """``text`` and its leaves, in order; of the numbers, of which there may be very many, only where each
    stands."""

    text: str
    leaves: tuple[Leaf, ...]
    numbers: tuple[tuple[int, int], ...] = ()

    def views(self) -> list[View]:
        """What there is to read: all of it with its strings as they read, and the longer leaves."""
        return [*self._wholes(), *islice(self._singles(), LEAVES)]

    def covered(self, stretches: Sequence[Stretch], instead: Instead) -> str:
        """The text with ``stretches`` of it covered, which are in order and do not overlap; what lies
        between leaves stays."""
        starts, ends = [one[0] for one in stretches], [one[1] for one in stretches]

        def change(leaf: Leaf) -> str:
            near = stretches[bisect_right(ends, leaf.start) : bisect_left(starts, leaf.end)]
            if not near:
                return leaf.text
            here = [(*leaf.within(start, end), category, action) for start, end, category, action in near]
            return (leaf.inner or Plain(leaf.text)).covered(here, instead)

        return self._changed(sorted((*self.leaves, *self._touched(stretches)), key=_start), change)

    def restored(self, restore: Callable[[str], str]) -> str:
        """The text with ``restore`` applied to every string."""

        def change(leaf: Leaf) -> str:
            return restore(leaf.text) if leaf.inner is None else leaf.inner.restored(restore)

        return self._changed(self.leaves, change)

    def _touched(self, stretches: Sequence[Stretch]) -> Iterator[Leaf]:
        """The numbers that some of ``stretches`` touch."""
        starts, ends = [start for start, _ in self.numbers], [end for _, end in self.numbers]
        found = {
            at
            for start, end, *_ in stretches
            for at in range(bisect_right(ends, start), bisect_left(starts, end))
        }
        for start, end in (self.numbers[at] for at in found):
            yield Leaf(start, end, self.text[start:end], number=True)

    def _wholes(self) -> Iterator[View]:
        text, way = rewrite(self.text, (edit for leaf in self.leaves for edit in _plain(leaf)))
        yield View(text, (), (way,))
        for leaf in self.leaves:
            if leaf.inner is not None:
                yield from (_up(view, leaf) for view in leaf.inner._wholes())

    def _singles(self) -> Iterator[View]:
        for leaf in self.leaves:
            if leaf.inner is not None:
                yield from (_up(view, leaf) for view in leaf.inner._singles())
            elif len(leaf.text) >= SHORTEST:
                yield View(leaf.text, (), leaf.ways)

    def _changed(self, leaves: Sequence[Leaf], change: Callable[[Leaf], str]) -> str:
        pieces, here = [], 0
        for leaf in leaves:
            text = change(leaf)
            if text == leaf.text:
                continue
            written = json.dumps(text, ensure_ascii=False)
            pieces += [self.text[here : leaf.start], written if leaf.number else written[1:-1]]
            here = leaf.end
        return "".join((*pieces, self.text[here:]))


@dataclass(frozen=True)
class Plain:
    """A text that is none but itself."""

    text: str

    def covered(self, stretches: Sequence[Stretch], instead: Instead) -> str:
        """As ``Structured.covered``."""
        pieces, here = [], 0
        for stretch in stretches:
            start, end = stretch[:2]
            pieces += [self.text[here:start], instead(self.text[start:end], stretch)]
            here = end
        return "".join((*pieces, self.text[here:]))


def structured(text: str) -> Structured | None:
    """``text`` taken apart; None where it is no JSON, a bare number or word, or too long."""
    return _structured(text, DEPTH, [INNER]) if len(text) <= LONGEST else None


def restored(text: str, values: Mapping[str, str]) -> str:
    """The arguments of a tool call with what placeholders stand for put back, in every string of them where
    they are JSON. In half an object values are written as JSON writes them."""
    from octarine.guard.rules import Placeholders

    if not values:
        return text
    form = structured(text)
    if form is not None:
        return form.restored(Placeholders(values).restore)
    if _BEGINS.match(text):
        values = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in values.items()}
        text = _BRACKETS.sub(r"<\1>", text)
    return Placeholders(values).restore(text)


def unescaped(text: str) -> View | None:
    """What is no JSON with JSON's escapes undone: half an object, say. None where it holds none."""
    plain, way = rewrite(text, _escapes(text))
    return View(plain, (), (way,)) if plain != text else None


def _structured(text: str, depth: int, left: list[int]) -> Structured | None:
    if not _BEGINS.match(text):
        return None
    try:
        # Numbers stay text: one of many digits is none that Python takes.
        json.loads(text, strict=False, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    leaves, numbers = [], []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if text[start] == '"':
            leaves.append(_leaf(text, start + 1, end - 1, depth, left))
        else:
            numbers.append((start, end))
    return Structured(text, tuple(leaves), tuple(numbers))


def _leaf(text: str, start: int, end: int, depth: int, left: list[int]) -> Leaf:
    leaf = Leaf(start, end, text[start:end])
    if "\\" in leaf.text:
        text, way = rewrite(leaf.text, _escapes(leaf.text))
        leaf = replace(leaf, text=text, way=way)
    if depth and left[0] and leaf.text.lstrip()[:1] in ("{", "["):
        inner = _structured(leaf.text, depth - 1, left)
        left[0] -= inner is not None
        return replace(leaf, inner=inner)
    return leaf


def _escapes(text: str) -> Iterator[Edit]:
    for found in _ESCAPE.finditer(text):
        written = found[0]
        read = _SHORT.get(written) or json.loads(f'"{written}"')
        yield Edit(found.start(), found.end(), read)


def _plain(leaf: Leaf) -> Iterator[Edit]:
    """How a leaf is written → how it reads; one that is read on its own leaves a blank."""
    way = leaf.way
    if leaf.inner is not None:
        yield Edit(leaf.start, leaf.end, " ")
    elif way is not None:
        for target, source, end, step in zip(way.targets, way.sources, way.ends, way.steps, strict=True):
            if not step:
                yield Edit(leaf.start + source, leaf.start + end, leaf.text[target])


def _start(leaf: Leaf) -> int:
    return leaf.start


def _up(view: View, leaf: Leaf) -> View:
    """A view of what a leaf holds as a view of what holds the leaf."""
    return replace(view, offsets=(*leaf.ways, *view.offsets))
