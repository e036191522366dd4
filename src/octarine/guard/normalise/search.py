"""The search through all readings of a text, breadth first, within a budget."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from octarine.guard.normalise.characters.cleaning import clean, unusual
from octarine.guard.normalise.decoders import alphabets, ciphers, escapes, layout, numbers, radix, spacing
from octarine.guard.normalise.decoders.leet import SANDWICH, leet
from octarine.guard.normalise.decoders.readings import Decoder, Meter, Reading
from octarine.guard.normalise.results import Budget, Code, Normalised, Oddity, Offsets, View
from octarine.guard.normalise.trigger import CALLED, looks_enciphered


class _Entry(NamedTuple):
    """A decoder and the quick question whether it could find anything."""

    asks: Callable[[str], object]
    decode: Decoder


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


def _holds(character: str) -> Callable[[str], object]:
    return lambda text: character in text


_DIGITS = _matches(r"[0-9][0-9A-Fa-f]")
_ENTRIES = (
    _Entry(_holds("%"), escapes.url),
    _Entry(_holds("&"), escapes.entities),
    _Entry(_holds("\\"), escapes.backslashes),
    _Entry(_holds("U+"), escapes.notations),
    _Entry(_matches(r"=\r?\n|=[0-9A-Fa-f]{2}="), escapes.quoted_printable),
    _Entry(_matches(r"[\w+/\-]{16}|[a-z0-9][A-Z]|[\w+/]="), radix.base64_fragments),
    _Entry(_matches(r"[A-Z2-7]{12}|[a-z2-7]{16}"), radix.base32_fragments),
    _Entry(_DIGITS, radix.base16_fragments),
    _Entry(_DIGITS, numbers.number_lists),
    _Entry(_matches(CALLED), numbers.calls),
    _Entry(_matches(r"<~|[!-~]{12}"), radix.base85_fragments),
    _Entry(_matches(r"(?m)^[!-M][ -`]{8,60}$"), alphabets.uuencoded),
    _Entry(_matches("[\u2801-\u28ff]"), alphabets.braille),
    _Entry(alphabets.looks_spelt, alphabets.spelt),
    _Entry(_matches(r"""["']\s?[+.&|~<,]|["']\s?;?\s"""), layout.split_strings),
    _Entry(
        _matches(r"[.\-·•–—−_]{1,7}[ \t/|\n]{1,3}[.\-·•–—−_]{1,7}[ \t/|\n]{1,3}[.\-·•–—−_]"), layout.morse
    ),
    _Entry(spacing.looks_spaced, spacing.spaced),
    _Entry(spacing.looks_stacked, spacing.stacked),
    _Entry(SANDWICH.search, leet),
    _Entry(looks_enciphered, ciphers.enciphered),
)


class Search:
    """The state of one search."""

    def __init__(self, text: str, budget: Budget) -> None:
        self.budget = budget
        self.meter = Meter(budget.characters(len(text)))
        self.views = [View(text)]
        self.oddities: list[Oddity] = []
        self.exhausted = ""
        self._codes: dict[str, list[Code]] = {}
        self._seen = {text}
        self._queue = deque([(self.views[0], 0)])

    def run(self) -> Normalised:
        while self._queue and len(self.views) <= self.budget.views and self.exhausted != "views":
            self._expand(*self._queue.popleft())
        if self.meter.empty and not self.exhausted:
            self.exhausted = "characters"
        return Normalised(tuple(self.views), tuple(dict.fromkeys(self.oddities)), self.exhausted, self._codes)

    def add(
        self, parent: View, names: tuple[str, ...], text: str, ways: tuple[Offsets, ...], depth: int
    ) -> None:
        """One more view, unless the budget ends here or the text is known."""
        if not text or text in self._seen:
            return
        if depth > self.budget.depth:
            self.exhausted = self.exhausted or "depth"
            return
        if len(self.views) >= self.budget.views:
            self.exhausted = "views"
            return
        view = View(text, parent.chain + names, parent.offsets + ways)
        self._seen.add(text)
        self.views.append(view)
        self._queue.append((view, depth))

    def _note(self, view: View, reading: Reading) -> None:
        if reading.codes:
            codes = self._codes.setdefault(view.text, [])
            codes += [Code(one.start, one.end, one.text, reading.names) for one in reading.codes]

    def _expand(self, view: View, depth: int) -> None:
        if unusual(view.text):
            cleaned = clean(view.text)
            for kind, start, end in cleaned.odd:
                self.oddities.append(Oddity(kind, *view.span(start, end)))
            if cleaned.names and self.meter.spend(len(cleaned.text)):
                self.add(view, cleaned.names, cleaned.text, cleaned.offsets, depth + 1)
            for ways, reading in cleaned.messages:
                if self.meter.spend(len(reading.text)):
                    self.add(view, reading.names, reading.text, (*ways, reading.offsets), depth + 1)
            if cleaned.names:
                return
        for entry in _ENTRIES:
            if entry.asks(view.text):
                for reading in entry.decode(view.text, self.meter):
                    self._note(view, reading)
                    self.add(view, reading.names, reading.text, (reading.offsets,), depth + 1)
                    if self.exhausted == "views":
                        return
