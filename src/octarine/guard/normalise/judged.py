"""What the model tier judges of a text: the text with its codes read.

The model tier judges meaning, and code has none before it is read: a run of escapes or of Morse looks like
no request, and rather like an attack. **The rule**: a span of a text is code, and is not judged as it stands,
if and only if a decoder read it as a whole (``Reading.codes``: escapes, numbers, base 64, Morse, letters set
apart …; never where a letter stands for a letter, as in ciphers, leet and reversed text) and that reading is

- *faithful*: it has all letters and digits of the span, in their order; or
- of a *wordless* span: no word and no stretch of it looks like a language.

Of a text with code, three things are judged in its place: the text with every code read where it stands,
codes within codes too; what stands around the codes, without them; and every reading that is a view of its
own. All else is judged as it stands. So nobody gains by writing code, neither over the same in plain words
nor over how it stands: what has words of its own is judged as it stands, whatever it decodes to, since only
what has none is left out; what a code says is judged where it says it, as plain words would be; and what
stands within ``AROUND`` of a code is judged without it too, whatever the code says; farther off, and where a
code only shows once another one is read, a code that has been read is a text like any other.

The rule tier sees every view, code included.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from octarine.guard.normalise.characters.ranges import SCRIPT_MARKS
from octarine.guard.normalise.likeness import bits, classes, common_words
from octarine.guard.normalise.results import Budget, Code, Edit, Normalised, View, fragment, rewrite

CLEANING = frozenset(
    {
        "bidi",
        "combining",
        "composed",
        "confusables",
        "controls",
        "invisible",
        "letterforms",
        "overlong",
        "tags",
        "variation_selectors",
    }
)
"""What is undone without reading anything into a text."""
AROUND = 400
"""Code points on either side of a code that are judged without it: more than a window of the model tier."""
WORDLIKE = -0.6
"""Mean bits a letter from which three letters or more by themselves are taken for a word. Of words that are
not among the commonest, one in twenty of four letters and one in fifty of more have less (names, acronyms);
of random letters, six in seven do."""
UNLIKE, STRETCH = 1.0, 20.0
"""Letters that run on are taken for words where they have ``STRETCH`` bits more than text that lacks
``UNLIKE`` bits a letter: words without gaps have about 0, random letters −3."""

_SAID = re.compile(rf"[^\W_]|[{SCRIPT_MARKS}]")
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{3,}(?![^\W_])")
_LETTER = re.compile(r"[^\W\d_]")
_MESSAGE = re.compile(r"[^\W\d_]{3}|[^\W\d_\u0000-\u024f]{2}")
"""The least that says anything: a word of a message has three letters, or two where it is not Latin."""
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f]")
_WALL = -1e6
"""Bits of what is no letter, so that no stretch goes across."""


def judged_views(found: Normalised, budget: Budget, *, around: bool = True) -> list[View]:
    """The views that the model tier judges, by the rule above; what stands for the text as a whole first. The
    cleaned text stands in place of the original where there is one. No two views have the same text.

    Args:
        around: whether what stands around codes is among them.
    """
    length = len(found.views[0].text)
    whole = next((view for view in found.views[1:] if _is_whole(view, length)), found.views[0])
    views = [whole, *(view for view in found.views[1:] if view is not whole)]
    if not found.codes:
        return views
    codes = {
        view.text: _taken(view.text, found.codes[view.text]) for view in views if view.text in found.codes
    }
    read = _read(views, codes, budget.characters(length))
    judged: dict[str, View] = {}
    for view in views:
        judged.setdefault(read[view.text].text, read[view.text])
        for one in _around(view, codes.get(view.text, ())) if around else ():
            judged.setdefault(one.text, one)
    return list(judged.values())


def _is_whole(view: View, length: int) -> bool:
    """Whether a view is the text itself without its oddities, rather than something decoded from it."""
    start, end = view.span(0, len(view.text))
    return CLEANING.issuperset(view.chain) and 2 * (end - start) > length


def _taken(text: str, candidates: Sequence[Code]) -> tuple[Code, ...]:
    """Those of ``candidates`` that are code; of two that overlap the longer one. In order."""
    order = sorted(candidates, key=lambda one: one.start - one.end)
    spans = [text[one.start : one.end] for one in order]
    taken, covered = [], bytearray(len(text))
    for one, span, mute in zip(order, spans, wordless(spans), strict=True):
        if 1 in covered[one.start : one.end]:
            continue
        if mute or _SAID.findall(span) == _SAID.findall(one.text):
            covered[one.start : one.end] = b"\1" * len(span)
            taken.append(one)
    return tuple(sorted(taken))


def wordless(spans: Sequence[str]) -> list[bool]:
    """For each of ``spans``, none of them empty, whether nothing of it looks like a language; a letter that
    is not Latin does."""
    import numpy as np

    text = "\n".join(spans)
    if not _LETTER.search(text):
        return [True] * len(spans)
    starts = [0, *accumulate(len(span) + 1 for span in spans[:-1])]
    cells = classes(text)
    evidence = bits(cells).astype(np.float64)
    sums = np.concatenate((np.zeros(1), np.cumsum(evidence)))
    words = [
        match.start()
        for match in _WORD.finditer(text)
        if sums[match.end()] - sums[match.start()] >= WORDLIKE * len(match[0]) or common_words(match[0])
    ]
    words += [match.start() for match in _NOT_LATIN.finditer(text)]
    gains = np.where(cells != 0, evidence + UNLIKE, _WALL)
    sums = np.concatenate((np.zeros(1), np.cumsum(gains)))
    rises = (sums - np.minimum.accumulate(sums))[1:]
    worded = np.maximum.reduceat(rises, starts) >= STRETCH
    for at in words:
        worded[bisect_right(starts, at) - 1] = True
    return [not one for one in worded.tolist()]


def _read(views: Sequence[View], codes: Mapping[str, Sequence[Code]], room: int) -> dict[str, View]:
    """The text of each view → that view with its codes read to the end. What was found in a view stands
    behind it, so that none is read within itself. A view for which ``room`` characters are not enough stays
    as it is."""
    read: dict[str, View] = {}
    for view in reversed(views):
        found = codes.get(view.text)
        made = view
        if found:
            edits = [
                Edit(one.start, one.end, read[one.text].text if one.text in read else one.text)
                for one in found
            ]
            size = len(view.text) + sum(len(edit.text) for edit in edits)
            if size <= room:
                room -= size
                made = _in_place(view, found, edits, read)
        read[view.text] = made
    return read


def _in_place(view: View, found: Sequence[Code], edits: Sequence[Edit], read: Mapping[str, View]) -> View:
    """``view`` with what its codes say in their places; that alone, where it is all that it says."""
    first = found[0]
    rest = view.text[: first.start] + view.text[first.end :]
    if len(found) == 1 and first.text in read and not _SAID.search(rest):
        return read[first.text]
    text, way = rewrite(view.text, edits)
    names = dict.fromkeys(name for one in found for name in one.names)
    return read.get(text) or View(text, (*view.chain, *names), (*view.offsets, way))


def _around(view: View, found: Sequence[Code]) -> Iterator[View]:
    """What stands around the codes of a view, without them, where that says anything."""
    near: list[list[Code]] = []
    for one in found:
        if near and one.start - near[-1][-1].end <= 2 * AROUND:
            near[-1].append(one)
        else:
            near.append([one])
    for group in near:
        low, high = max(0, group[0].start - AROUND), min(len(view.text), group[-1].end + AROUND)
        part = view.text[low:high]
        text, way = rewrite(part, [Edit(one.start - low, one.end - low, " ") for one in group])
        if _MESSAGE.search(text):
            yield View(text, view.chain, (*view.offsets, fragment(part, low, high, 1), way))
