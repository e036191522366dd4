"""Characters that look like others: piled-up marks, letterforms of mathematics and the like, confusables.

Sources: UAX #15 (NFKC), UTS #39 (confusables, mixed scripts).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from octarine.guard.normalise.characters.hidden import Step
from octarine.guard.normalise.characters.ranges import MARKS
from octarine.guard.normalise.likeness import mean_bits
from octarine.guard.normalise.results import Edit

_ODD_MARK = (
    "\u0305\u030d\u030e\u0310\u0315-\u031a\u031c-\u0322\u0329-\u0330\u0332-\u0338\u0339-\u0341\u0346-\u0357\u0359-\u036f\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f"
)
_PILE = re.compile(
    f"[{MARKS}]{{3,}}|(?<=[\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e]{{3}})[\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e]{{2,}}"
)
_SOME_MARK = re.compile(f"[{MARKS}]|[\u064b-\u065f\u0e31-\u0e3a\u0e47-\u0e4e]{{5}}")
_ODD = re.compile(rf"(?<=[^\W\d_])[{_ODD_MARK}]")
_ANY_MARK = re.compile(f"[{MARKS}]+")
_KEPT = re.compile("(?<=[0-9#*])\ufe0f?\u20e3")
_COMPOSABLE = re.compile(
    "[A-Za-z\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff][\u0300-\u036f]+|[\u3041-\u30ff][\u3099\u309a]"
)
_OF_VIETNAMESE = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef1]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_FLIPPED = dict(zip("ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", "abcdefghijklmnopqrstuvwxyz", strict=True))
_FLIPPED_ONLY = re.compile("[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]")
_FULL = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a][\uff01-\uff5e\u3000]*")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+")
_PLAIN_FORM = re.compile("[\u2100-\u214f\u2460-\u24ff\U0001d400-\U0001d7ff\U0001f110-\U0001f189]+")
_RAISED = re.compile("[\u02b0-\u02b8\u02e1-\u02e3\u1d2c-\u1d6a\u2071\u207f\u2090-\u209c]+")
_CAPITALS = re.compile(f"[{''.join(_SMALL_CAPITALS)}]+")
_ASCII_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")


def combining(text: str) -> Step:
    """Piled-up marks go, and marks of no orthography; what is left of an accent is composed."""
    step = Step("combining")
    if not _SOME_MARK.search(text):
        return step
    piles = [match.span() for match in _PILE.finditer(text)]
    odd = [match.span() for match in _ODD.finditer(text)]
    marked = sum(1 for _ in _ANY_MARK.finditer(text))
    letters = len(_LATIN.findall(text)) if marked > 3 else 0
    dense = marked > 3 and marked >= 0.7 * letters > 0
    if not piles and len(odd) < 2 and not (dense and not _vietnamese(text)):
        return step
    pattern = re.compile(f"{_PILE.pattern}|{_ANY_MARK.pattern}")
    for match in pattern.finditer(text):
        if not _KEPT.match(text, match.start()):
            step.edits.append(Edit(match.start(), match.end(), ""))
    if step.edits:
        step.odd.append(("combining", step.edits[0].start, step.edits[-1].end))
    return step


def _vietnamese(text: str) -> bool:
    """Whether all marks compose to letters, as those of Vietnamese do, which has one on most vowels."""
    made = unicodedata.normalize("NFC", text)
    return _SOME_MARK.search(made) is None and _OF_VIETNAMESE.search(made) is not None


def composed(text: str) -> Step:
    """A letter and its accents as the one character that stands for both (NFC), alphabet and kana only."""
    step = Step("composed")
    for match in _COMPOSABLE.finditer(text):
        made = unicodedata.normalize("NFC", match[0])
        if made != match[0]:
            step.edits.append(Edit(match.start(), match.end(), made))
    return step


@cache
def _form(character: str) -> str:
    """The ASCII letter or digit that a letterform stands for; empty where it stands for none."""
    point = ord(character)
    for first in (0x1F130, 0x1F150, 0x1F170):
        if first <= point < first + 26:
            return chr(65 + point - first)
    plain = unicodedata.normalize("NFKC", character).strip("()")
    if len(plain) != 1 or not plain.isascii() or not plain.isalnum():
        # Capitals in squares have no compatibility mapping, small capitals have none by design.
        return _SMALL_CAPITALS.get(character, "")
    return plain


def letterforms(text: str) -> Step:
    """Mathematical, enclosed, squared, raised, small-capital and full-width letters that spell words."""
    step = Step("letterforms")
    edits = [*_full_width(text), *_regional(text), *_runs(text, _RAISED, 3), *_small_capitals(text)]
    forms = list(_runs(text, _PLAIN_FORM, 1))
    spelt = sum(sum(map(str.isalpha, edit.text)) for edit in forms)
    # Single letters are symbols of mathematics, unless the text is made of them.
    joined = any(len(edit.text) > 1 and edit.text[:2].isalpha() for edit in forms)
    if joined or (spelt >= 3 and 2 * spelt >= len(_LATIN.findall(text))):
        edits += forms
    step.edits = sorted(edits)
    words = [edit for edit in edits if (len(edit.text) > 1 and edit.text.isalpha()) or len(edit.text) > 4]
    if words and not _CJK.search(text):
        step.odd.append(("letterforms", step.edits[0].start, step.edits[-1].end))
    if len(_FLIPPED_ONLY.findall(text)) >= 3:
        made = "".join(_FLIPPED.get(c, c) for c in reversed(text.lower()))
        if mean_bits(made) >= 0.9:
            step.messages.append(("upside_down", made, 0, len(text)))
    return step


def _runs(text: str, pattern: re.Pattern[str], least: int) -> Iterator[Edit]:
    for match in pattern.finditer(text):
        if len(match[0]) < least:
            continue
        start = match.start()
        for at, character in enumerate(match[0]):
            if not _form(character):
                if at > start - match.start():
                    yield _same(text, start, match.start() + at)
                start = match.start() + at + 1
        if start < match.end():
            yield _same(text, start, match.end())


def _same(text: str, start: int, end: int) -> Edit:
    return Edit(start, end, "".join(map(_form, text[start:end])), 1)


def _small_capitals(text: str) -> Iterator[Edit]:
    """Phonetic transcription has them one by one, never three in a row."""
    if re.search(f"{_CAPITALS.pattern[:-1]}{{3}}", text):
        yield from _runs(text, _CAPITALS, 1)


def _full_width(text: str) -> Iterator[Edit]:
    runs = list(_FULL.finditer(text))
    if not runs:
        return
    # Japanese writes single letters, abbreviations and years in full width.
    least = 5 if _CJK.search(text) else 1
    if max(sum(map(str.isalnum, match[0])) for match in runs) < least:
        return
    for match in runs:
        made = "".join(" " if c == "\u3000" else chr(ord(c) - 0xFEE0) for c in match[0])
        yield Edit(match.start(), match.end(), made, 1)


def _regional(text: str) -> Iterator[Edit]:
    """Regional indicators that are no pairs spell words; pairs are flags."""
    runs = list(_REGIONAL.finditer(text))
    if not any(len(match[0]) % 2 for match in runs) or sum(len(match[0]) for match in runs) < 3:
        return
    for match in runs:
        yield Edit(match.start(), match.end(), "".join(chr(ord(c) - 0x1F1E6 + 97) for c in match[0]), 1)


@cache
def confusable_table() -> dict[str, str]:
    """Character → the ASCII letter or digit that it looks like (UTS #39; see ``data/confusables.txt``)."""
    table = {}
    for line in (files("octarine.guard.normalise") / "data/confusables.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            table.update(dict.fromkeys(line[2:], line[0]))
    return table


def confusables(text: str) -> Step:
    """Words of mixed scripts in which every letter looks Latin; whole words where nothing else is foreign."""
    step = Step("confusables")
    table = confusable_table()
    # Text in another script and no Latin letter.
    if not _ASCII_LETTER.search(text) and _genuine().search(text):
        return step
    whole: list[Edit] = []
    mixed: list[tuple[Edit, bool, bool]] = []
    genuine = latin = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            latin += 1
            continue
        kinds = [2 if c in table else 1 if c < "\u0250" or "\u1e00" <= c < "\u1f00" else 0 for c in word]
        if 0 in kinds:
            genuine += 1 not in kinds
        elif 2 in kinds:
            edit = Edit(match.start(), match.end(), "".join(table.get(c, c) for c in word), 1)
            if 1 not in kinds:
                whole.append(edit)
            else:
                mixed.append((edit, kinds.count(2) > kinds.count(1), _abused(word, kinds)))
    # Among genuine words of the other script, a Latin letter is the slip of a keyboard. One such word in a
    # Latin text gives no shelter.
    foreign = genuine > 0 and 4 * genuine >= latin
    mixed = [word for word in mixed if not (foreign and word[1])]
    sure = any(abused for _, _, abused in mixed) or len(mixed) > 2
    step.edits = [edit for edit, _, _ in mixed] if sure else []
    step.odd = [("confusables", edit.start, edit.end) for edit in step.edits]
    if whole and not foreign:
        step.edits += [edit for edit in whole if sure or _reads_as_latin(text, edit, latin > 0)]
        step.edits.sort()
    return step


def _reads_as_latin(text: str, edit: Edit, latin: bool) -> bool:
    """Whether a word that could be of either alphabet is meant as Latin; a Greek letter alone is not."""
    if len(edit.text) == 1:
        return latin and text[edit.start] >= "\u0400"
    return mean_bits(edit.text) >= 0.9


@cache
def _genuine() -> re.Pattern[str]:
    """A letter of another script that looks like no Latin one."""
    return re.compile(rf"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff{''.join(confusable_table())}]")


def _abused(word: str, kinds: list[int]) -> bool:
    """Not the symbols of science: one Greek letter at the edge of a short word."""
    greek = [c for c, kind in zip(word, kinds, strict=True) if kind == 2 and "\u0370" <= c < "\u0400"]
    return len(word) >= 3 and not (len(greek) == kinds.count(2) == 1 and len(word) <= 4)
