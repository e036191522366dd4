"""Marks on letters: piled-up ones and those that strike words out; accents are composed.

Source: UAX #15 (canonical composition).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from octarine.guard.normalise.characters.hidden import Step
from octarine.guard.normalise.characters.ranges import MARKS, SCRIPT_MARKS
from octarine.guard.normalise.results import Edit

_ODD_MARK = (
    "\u0305\u030d\u030e\u0310\u0315-\u031a\u031c-\u0322\u0329-\u0330\u0332-\u0338\u0339-\u0341\u0346-\u0357\u0359-\u036f\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f"
)
_OTHER_MARKS = "\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e"
_PILE = re.compile(f"(?<=[{_OTHER_MARKS}]{{3}})[{_OTHER_MARKS}]{{2,}}")
_SOME_MARK = re.compile(f"[{MARKS}]|[{_OTHER_MARKS}]{{5}}")
_CLUSTER = re.compile(f"(?s:(.)[{MARKS}]+)")
# A word with an odd mark on one letter after another: x̅ and n̪t̪ have it on fewer.
_STRUCK = re.compile(rf"(?:[A-Za-z\u00c0-\u024f][{_ODD_MARK}]+){{3}}|(?:[^\W\d_][{_ODD_MARK}]+){{5}}")
_SOME_ODD = re.compile(rf"[^\W\d_][{SCRIPT_MARKS}]{{0,4}}?[{_ODD_MARK}]")
_ANY_MARK = re.compile(f"[{MARKS}]+")
_KEPT = re.compile("(?<=[0-9#*])\ufe0f?\u20e3")
_COMPOSABLE = re.compile(
    "[A-Za-z\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff][\u0300-\u036f]+|[\u3041-\u30ff][\u3099\u309a]"
)
_LATIN = re.compile("[A-Za-z\u00c0-\u02af\u1e00-\u1eff]")
PILE = 3
"""Marks that no letter takes in and no orthography or transcription puts on one letter."""
_LONGEST = 16
"""Marks on a letter that are put in order at all: that takes quadratic time."""


def combining(text: str) -> Step:
    """Piled-up marks go, and marks on letter after letter that compose to none."""
    step = Step("combining")
    if not _SOME_MARK.search(text):
        return step
    piles = [match.span() for match in _PILE.finditer(text)]
    if not piles and not _STRUCK.search(text) and not _heaped(text):
        return step
    pattern = re.compile(f"{_PILE.pattern}|{_ANY_MARK.pattern}")
    for match in pattern.finditer(text):
        if not _KEPT.match(text, match.start()):
            step.edits.append(Edit(match.start(), match.end(), ""))
    if step.edits:
        step.odd.append(("combining", step.edits[0].start, step.edits[-1].end))
    return step


def _heaped(text: str) -> bool:
    """Whether a letter carries a pile, or most letters carry marks that they cannot take in, or many carry
    one that strikes out."""
    left = clusters = 0
    for match in _CLUSTER.finditer(text):
        over = _left_over(match[0]) if len(match[0]) <= _LONGEST else PILE
        if over >= PILE:
            return True
        left += over
        clusters += 1
    if clusters <= 3:
        return False
    struck = len(_SOME_ODD.findall(text))
    if struck > 5 and struck >= 0.45 * sum(map(str.isalpha, text)):
        return True
    return left >= 0.5 * len(_LATIN.findall(text)) > 0


@lru_cache(4096)
def _left_over(cluster: str) -> int:
    """Marks of ``cluster`` that its letter does not take in."""
    return len(unicodedata.normalize("NFC", cluster)) - 1


def composed(text: str) -> Step:
    """A letter and its accents as the one character that stands for both (NFC), alphabet and kana only."""
    step = Step("composed")
    for match in _COMPOSABLE.finditer(text):
        made = unicodedata.normalize("NFC", match[0])
        if made != match[0]:
            step.edits.append(Edit(match.start(), match.end(), made))
    return step
