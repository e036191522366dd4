"""Caesar shifts, Atbash and reversed text: found where letters look like no language, accepted where the
decoding looks like one, and gains so many bits over the text as it stands that no chance explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from octarine.guard.normalise.decoders.readings import LANGUAGE, Meter, Reading
from octarine.guard.normalise.likeness import (
    STRANGE,
    bits,
    classes,
    common_words,
    densest,
    direction_bits,
)
from octarine.guard.normalise.results import Edit, fragment, rewrite
from octarine.guard.normalise.trigger import BACKWARDS, alarm, directed

GAIN = 15.0
"""Bits a decoding must gain in letters alone."""
PROOF, MOST_PROOF = 42.0, 72.0
"""Bits that it must gain in letters and common words together, in a short text and in a long one, where the
best of many stretches is looked at."""
FEWEST = 6
"""Different letters that a decoding must have."""
WORD_BITS = 8.0
"""What a common word more is worth: one in a few hundred short words is one by chance."""
WORDLESS = 15.0
"""What it costs to hold not one common word more."""
REST = 12.0
"""Bits that the rest of a line may lose when it is decoded along."""
REGIONS = 4
_WORD = re.compile(r"\S+")
_WITH_DIGIT = re.compile(r"\b[^\W\d]*\d\w*")
_FOREIGN = re.compile("[\u0100-\u0151\u0154-\u02af\u1e00-\u1eff]")
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc\u06be\u06d2\u0679\u0688\u0691]")

Array = Any


@cache
def _keys() -> Array:
    """Row k−1 maps classes by a shift back of k; the last row is Atbash."""
    import numpy as np

    letters = np.arange(26)
    keys = np.zeros((26, 27), np.uint8)
    for shift in range(1, 26):
        keys[shift - 1, 1:] = (letters - shift) % 26 + 1
    keys[25, 1:] = 26 - letters
    return keys


def enciphered(text: str, meter: Meter) -> Iterator[Reading]:
    """Caesar shifts, Atbash, and reversed text."""
    yield from substitutions(text, meter)
    yield from backwards(text, meter)


def substitutions(text: str, meter: Meter) -> Iterator[Reading]:
    """Caesar shifts (ROT13 among them) and Atbash of ASCII letters."""
    # Letters among digits are hexadecimal, identifiers or leet.
    letters = classes(_WITH_DIGIT.sub(lambda match: " " * len(match[0]), text))
    own = bits(letters)
    lack = STRANGE * (letters != 0) - own
    tried = 0
    while tried < REGIONS:
        start, end, sum_ = densest(lack)
        if sum_ < alarm(text):
            return
        tried += 1
        key = _best_key(letters[max(start - 2, 0) : end + 2][:400])
        gains = bits(_keys()[key][letters]) - own
        first, last, gain = densest(gains)
        lack[start:end] = -1.0
        first, last = _whole_words(text, first, last, gains)
        first, last = _whole_lines(text, first, last, gains)
        first, last = _stripped(text, first, last)
        part = text[first:last]
        made = part.translate(_translation(key))
        if gain >= GAIN and _proven(part, made, gain, len(text)) and meter.spend(len(made)):
            name = "atbash" if key == 25 else "rot13" if key == 12 else f"caesar{key + 1}"
            yield Reading((name,), made, fragment(made, first, last, 1))
            lack[first:last] = -1.0


def _proven(part: str, made: str, gain: float, length: int) -> bool:
    """Whether ``made`` looks like a language, and so much more than ``part``, which is the best stretch of
    ``length`` characters, that it is no chance."""
    if _FOREIGN.search(part):
        return False
    words = common_words(made) - common_words(part)
    if words < 1:
        gain -= WORDLESS
    letters = classes(made)
    count = int((letters != 0).sum())
    if len(set(letters.tolist()) - {0}) < FEWEST:
        return False
    enough = gain + WORD_BITS * words >= min(PROOF + length / 100, MOST_PROOF)
    return enough and float(bits(letters).sum()) >= LANGUAGE * count


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _best_key(letters: Array) -> int:
    return int(bits(_keys()[:, letters]).sum(axis=1).argmax())


@cache
def _translation(key: int) -> dict[int, int]:
    row = _keys()[key]
    return {base + i: base + int(row[i + 1]) - 1 for base in (65, 97) for i in range(26)}


def _whole_lines(text: str, start: int, end: int, gains: Array) -> tuple[int, int]:
    """``[start, end)`` with the rest of its line before and behind, where that costs next to nothing."""
    low = text.rfind("\n", 0, start) + 1
    high = text.find("\n", end)
    high = len(text) if high < 0 else high
    longest = (end - start) // 2
    if start - low <= longest and float(gains[low:start].sum()) > -REST:
        start = low
    if high - end <= longest and float(gains[end:high].sum()) > -REST:
        end = high
    return start, end


def _whole_words(text: str, start: int, end: int, gains: Array) -> tuple[int, int]:
    """``[start, end)`` with the words that it cuts: taken in where they gain, left out where not."""
    low, high = _word_around(text, start)
    if low < start:
        start = low if float(gains[low:high].sum()) > 0 else high
    low, high = _word_around(text, end - 1)
    if end < high:
        end = high if float(gains[low:high].sum()) > 0 else low
    return start, max(start, end)


def _word_around(text: str, at: int) -> tuple[int, int]:
    start = end = at
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def backwards(text: str, meter: Meter) -> Iterator[Reading]:
    """Text that was reversed, as a whole or word by word; both readings are given, as letters cannot tell."""
    start, end = _reversed_latin(text)
    if start == end:
        start, end = _reversed_other(text)
    if start == end or not meter.spend(2 * (end - start)):
        return
    part = text[start:end]
    made = part[::-1]
    yield Reading(("reversed",), made, fragment(made, start, end, -1))
    if " " in part.strip():
        edits = [Edit(m.start(), m.end(), m[0][::-1], -1) for m in _WORD.finditer(part)]
        by_word, offsets = rewrite(part, edits)
        moved = [source + start for source in offsets.sources], [stop + start for stop in offsets.ends]
        yield Reading(
            ("reversed_words",),
            by_word,
            type(offsets)(offsets.targets, *moved, offsets.steps, offsets.length),
        )


def _reversed_latin(text: str) -> tuple[int, int]:
    letters = classes(text)
    own = bits(letters)
    mirrored = bits(letters[::-1])[::-1]
    start, end, gain = densest(mirrored - own)
    start, end = _whole_words(text, start, end, mirrored - own)
    start, end = _whole_lines(text, start, end, mirrored - own)
    start, end = _stripped(text, start, end)
    part = text[start:end]
    if gain < GAIN or not _proven(part, part[::-1], gain, len(text)):
        return 0, 0
    return _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Punctuation at the end of a sentence belongs to the front of a reversed one."""
    while start > 0 and text[start - 1] in ".!?…)»”":
        start -= 1
    return start, end


def _reversed_other(text: str) -> tuple[int, int]:
    if not directed(text) or _PERSIAN.search(text):
        return 0, 0
    lost = -direction_bits(text)
    return (0, len(text)) if lost >= max(BACKWARDS, 0.3 * len(text)) else (0, 0)
