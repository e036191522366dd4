"""Letters in another form: mathematical, enclosed, squared, raised, small, full-width, of flags, upside down.

Source: UAX #15 (NFKC). Single ones are symbols of mathematics, and stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from octarine.guard.normalise.characters.hidden import Step, regions
from octarine.guard.normalise.decoders.readings import UNBROKEN
from octarine.guard.normalise.likeness import mean_bits
from octarine.guard.normalise.results import Edit

_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_FLIPPED = dict(
    zip(
        "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎzıɓןꞁ∀ƆƎℲ⅁ſ⅂Ԁ┴∩Λ⅄¿¡˙ʻ‾ƖᄅƐㄣϛㄥ",
        "abcdefghijklmnopqrstuvwxyzigllacefgjlptuvy?!.'_123457",
        strict=True,
    )
)
_FLIPPED_ONLY = re.compile("[ɐɔǝɟƃɓɥᴉɾʞɯɹʇʌʍʎꞁ]")
_FULL = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a][\uff01-\uff5e\u3000]*")
_FULL_ANY = re.compile("[\uff01-\uff5e\u3000]+")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+")
_PLAIN = "\u2100-\u214f\u2460-\u24ff\U0001d400-\U0001d7ff\U0001f110-\U0001f189"
_PLAIN_FORM = re.compile(f"[{_PLAIN}]+")
_ITALIC = re.compile("[\u210e\U0001d434-\U0001d49b]+")
# Inside a word, at its front, or at its end where that is no function.
_IN_A_WORD = re.compile(
    rf"[A-Za-z][{_PLAIN}]+[A-Za-z]|(?<!\w)[{_PLAIN}][A-Za-z]{{2}}|([A-Za-z]{{2,}})[{_PLAIN}](?!\w)"
)
_FUNCTIONS = frozenset(
    ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "log", "ln", "lg", "exp")
)
_FUNCTIONS |= {"max", "min", "sup", "inf", "lim", "det", "dim", "ker", "deg", "gcd", "arg"}
_SET_APART = re.compile(rf"[{_PLAIN}](?:[^\w\n]{{1,5}}[{_PLAIN}](?![{_PLAIN}])){{4,}}")
_RAISED = re.compile(
    "[\u02b0-\u02b8\u02e1-\u02e3\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2071\u207f\u2090-\u209c\u2c7c\u2c7d]+"
)
_EXPONENT = re.compile(r"[\w)\]}|]")
_CAPITALS = re.compile(f"[{''.join(_SMALL_CAPITALS)}]+")
_THREE_CAPITALS = re.compile(f"{_CAPITALS.pattern[:-1]}{{3}}")


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
    edits = [*_full_width(text), *_regional(text), *_raised(text), *_small_capitals(text)]
    forms = list(_runs(text, _PLAIN_FORM, 1))
    if forms and _spells(text, forms):
        edits += forms
    step.edits = sorted(edits)
    words = [edit for edit in edits if (len(edit.text) > 1 and edit.text.isalpha()) or len(edit.text) > 4]
    if words and not _CJK.search(text):
        step.odd.append(("letterforms", step.edits[0].start, step.edits[-1].end))
    if len(_FLIPPED_ONLY.findall(text)) >= 3:
        turned = "".join(_FLIPPED.get(c, c) for c in text.lower())
        made = max(turned, turned[::-1], key=mean_bits)
        if mean_bits(made) >= 0.9:
            step.messages.append(("upside_down", made, 0, len(text)))
    return step


def _spells(text: str, forms: Sequence[Edit]) -> bool:
    """Whether letterforms spell words or stand in words: single ones are symbols of mathematics."""
    counts = [sum(map(str.isalpha, edit.text)) for edit in forms]
    upright = [
        count
        for edit, count in zip(forms, counts, strict=True)
        if not _ITALIC.fullmatch(text, edit.start, edit.end)
    ]
    several = [count for count in counts if count > 1]
    if max(counts) > 3 or max(upright, default=0) > 2 or (max(counts) > 2 and sum(several) > 4):
        return True
    if any(not match[1] or match[1] not in _FUNCTIONS for match in _IN_A_WORD.finditer(text)):
        return True
    apart = ("".join(map(_form, match[0])) for match in _SET_APART.finditer(text))
    return any(mean_bits(letters) >= (0.4 if len(letters) < 10 else UNBROKEN) for letters in apart if letters)


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


def _raised(text: str) -> Iterator[Edit]:
    """Words of raised or lowered letters; behind a letter, a digit or a bracket they are its exponent."""
    runs = list(_runs(text, _RAISED, 1))
    letters = sum(len(edit.text) for edit in runs)
    mostly = letters > 5 and letters >= len(_LATIN.findall(text))
    for edit in runs:
        if mostly or (len(edit.text) > 2 and not _EXPONENT.match(text[max(edit.start - 1, 0) : edit.start])):
            yield edit


def _small_capitals(text: str) -> Iterator[Edit]:
    """Phonetic transcription has them one by one, never three in a row."""
    if _THREE_CAPITALS.search(text):
        yield from _runs(text, _CAPITALS, 1)


def _full_width(text: str) -> Iterator[Edit]:
    runs = list(_FULL.finditer(text))
    if not runs:
        return
    # Japanese writes single letters, abbreviations and years in full width.
    japanese = _CJK.search(text) is not None
    if max(sum(map(str.isalnum, match[0])) for match in runs) < (5 if japanese else 1):
        return
    for match in runs if japanese else _FULL_ANY.finditer(text):
        made = "".join(" " if c == "\u3000" else chr(ord(c) - 0xFEE0) for c in match[0])
        yield Edit(match.start(), match.end(), made, 1)


def _regional(text: str) -> Iterator[Edit]:
    """Regional indicators that are no flags spell words; a lone one is a slip."""
    runs = list(_REGIONAL.finditer(text))
    loose = [match for match in runs if not _flags(match[0])]
    count = sum(len(match[0]) for match in loose)
    if count < 3:
        return
    # Words may be pairs that are flags by chance.
    for match in runs if 2 * count >= sum(len(match[0]) for match in runs) else loose:
        yield Edit(match.start(), match.end(), _letters(match[0]), 1)


def _letters(run: str) -> str:
    return "".join(chr(ord(c) - 0x1F1E6 + 97) for c in run)


def _flags(run: str) -> bool:
    codes = _letters(run).upper()
    return len(codes) % 2 == 0 and all(codes[i : i + 2] in regions() for i in range(0, len(codes), 2))
