"""Letters set apart: by blanks, dots, emoji or any other sign, or one a line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import partial

from octarine.guard.normalise.characters.ranges import SCRIPT_MARKS
from octarine.guard.normalise.decoders.readings import LANGUAGE, UNBROKEN, Meter, Reading
from octarine.guard.normalise.likeness import common_words, mean_bits
from octarine.guard.normalise.results import Edit, rewrite

_UNIT = rf"(?:(?:[^\W_]|[{SCRIPT_MARKS}])[{SCRIPT_MARKS}]*+)"
_SPACED = re.compile(
    rf"(?<![^\W_])(?<![{SCRIPT_MARKS}]){_UNIT}(?:[^\w\n\r{SCRIPT_MARKS}]{{1,5}}{_UNIT}(?![^\W_{SCRIPT_MARKS}])){{4,}}|"
    rf"(?<![^\W_])(?<![{SCRIPT_MARKS}]){_UNIT}(?:_{_UNIT}(?![^\W_])){{4,}}"
)
_IS_MARK = re.compile(f"[{SCRIPT_MARKS}]").match
_SEPARATORS = re.compile(rf"[^\w{SCRIPT_MARKS}]+|_+")
_SIGN = rf"\S[{SCRIPT_MARKS}]*+"
_COLUMN = re.compile(
    rf"^[ \t]*+{_SIGN}[ \t]*+(?:(?:\r?\n[ \t]*+){{1,5}}{_SIGN}[ \t]*+(?=\r?\n|\Z)){{5,}}", re.MULTILINE
)
_LINES = re.compile(r"[ \t]*+(?:\r?\n[ \t]*+)+")
_PUNCTUATION = frozenset("'’,.!?;:()\"-")
_CODE = frozenset("=<>(){}[]%&|;")
_LEAST = 5
"""Letters that are set apart from which they are read together."""

looks_spaced = re.compile(
    rf"(?<![^\W_])(?<![{SCRIPT_MARKS}]){_UNIT}(?:[\W_]{{1,5}}?{_UNIT}(?![^\W_{SCRIPT_MARKS}])){{4}}"
).search
looks_stacked = re.compile(
    r"^[ \t]{0,8}\S\S?[ \t]{0,8}(?:(?:\r?\n[ \t]{0,8}){1,5}\S\S?[ \t]{0,8}){4}\r?\n", re.MULTILINE
).search


def spaced(text: str, meter: Meter) -> Iterator[Reading]:
    """Letters set apart: ``s p a c e d``, ``s.p.a.c.e.d``, ``s-p-a-c-e-d``; a wider gap parts words."""
    edits = []
    for match in _SPACED.finditer(text):
        usual, steady = _rhythm(match[0])
        made = _SEPARATORS.sub(partial(_closed, usual=usual, steady=steady), match[0])
        if _is_word(made, _least(match[0], made, steady)) and (steady or _sentence(made)):
            end = match.end()
            if text.startswith(usual, end) and text[end + len(usual) : end + len(usual) + 1] in _PUNCTUATION:
                end += len(usual)
            edits.append(Edit(match.start(), end, made))
    if edits and meter.spend(len(text)):
        yield Reading(("spaced",), *rewrite(text, edits), edits)


def _rhythm(run: str) -> tuple[str, bool]:
    """The gap that stands most often, and whether letters are set apart by one kind of gap throughout: one
    and the same, or pictures."""
    gaps = Counter(_SEPARATORS.findall(run))
    usual, count = gaps.most_common(1)[0]
    total = gaps.total()
    pictures = sum(times for gap, times in gaps.items() if any(unicodedata.category(c) == "So" for c in gap))
    code = any(_CODE.intersection(gap) for gap in gaps if gap != usual)
    return usual, not code and 2 * max(count, pictures) >= total


def _least(run: str, made: str, steady: bool) -> float:
    """Bits that closed-up letters must have. Formulas and code change their signs; lists of letters have
    commas, or are short."""
    if not steady:
        return LANGUAGE
    return 0.4 if "," in run or len(made) < 10 else UNBROKEN


def _sentence(made: str) -> bool:
    """Whether letters between changing signs are words beyond doubt: those of ``c == 'a' || …`` are short."""
    return common_words(made) > 1 and max(map(len, made.split())) > 3


def _closed(found: re.Match[str], usual: str, steady: bool) -> str:
    """What a gap leaves once letters are closed up: nothing, a blank, or the punctuation of the sentence."""
    gap = found[0]
    if gap == usual:
        return ""
    if gap.isspace():
        return " " if len(gap) > len(usual) or not usual.isspace() else ""
    blank = " " if usual in gap.replace(usual, "", 1) or any(map(str.isspace, gap.replace(usual, ""))) else ""
    if not steady:
        return blank
    rest = gap.removeprefix(usual).removesuffix(usual)
    kept = "".join(c for c in rest if c.isspace() or (c in _PUNCTUATION and c not in usual))
    return re.sub(r"\s+", " ", kept) or blank


def stacked(text: str, meter: Meter) -> Iterator[Reading]:
    """One letter a line; an empty line more parts words."""
    edits = []
    for match in _COLUMN.finditer(text):
        usual = Counter(gap.count("\n") for gap in _LINES.findall(match[0])).most_common(1)[0][0]
        made = _LINES.sub(partial(_wider, usual), match[0]).strip()
        # The answers to a test are few letters, many times.
        varied = len({c for c in made.lower() if c.isalpha()}) > _LEAST
        if varied and _is_word(made, UNBROKEN if len(made) >= 12 else LANGUAGE):
            edits.append(Edit(match.start(), match.end(), made))
    if edits and meter.spend(len(text)):
        yield Reading(("stacked",), *rewrite(text, edits), edits)


def _wider(usual: int, gap: re.Match[str]) -> str:
    return " " if gap[0].count("\n") > usual else ""


def _is_word(made: str, least: float) -> bool:
    """Whether closed-up letters are words: mostly letters that look, with ``least`` bits, like a language."""
    letters = [c for c in made if c.isalpha() or _IS_MARK(c)]
    if len(letters) < _LEAST or len(letters) < 0.7 * len(made.replace(" ", "")):
        return False
    foreign = sum(map(_foreign, letters))
    if 2 * foreign > len(letters):
        # Lists of single letters or syllables are rare in other scripts, and joining them hides nothing.
        return len(set(letters)) >= 4
    return mean_bits(made) >= least and any("a" <= c <= "z" for c in made.lower())


def _foreign(letter: str) -> bool:
    """Neither Latin nor a symbol of mathematics."""
    if letter <= "\u02af" or "\u1e00" <= letter < "\u1f00":
        return False
    return not ("\u2000" <= letter < "\u2c00" or "\U0001d400" <= letter < "\U0001d800")
