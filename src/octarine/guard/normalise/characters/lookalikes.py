"""Letters of one alphabet that look like those of another.

Source: UTS #39 (confusables, mixed scripts).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from octarine.guard.normalise.characters.hidden import Step
from octarine.guard.normalise.likeness import mean_bits
from octarine.guard.normalise.results import Edit

_PHONETIC = re.compile("[\u0250-\u02af]")
_ASCII_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")


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
    genuine = latin = spoken = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            latin += 1
            continue
        kinds = [2 if c in table else 1 if c < "\u0250" or "\u1e00" <= c < "\u1f00" else 0 for c in word]
        if 0 in kinds:
            genuine += 1 not in kinds
            spoken += _of_transcription(word, table)
        elif 2 in kinds:
            edit = Edit(match.start(), match.end(), "".join(table.get(c, c) for c in word), 1)
            if 1 not in kinds:
                whole.append(edit)
            else:
                mixed.append((edit, kinds.count(2) > kinds.count(1), _abused(word, kinds)))
    if spoken:
        mixed = _without_transcription(text, mixed, spoken)
        whole = [edit for edit in whole if not _PHONETIC.search(text, edit.start, edit.end)]
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


def _of_transcription(word: str, table: dict[str, str]) -> bool:
    """Whether a word holds a letter of the phonetic alphabet, or African ones, that looks like no other."""
    return any(c not in table for c in _PHONETIC.findall(word))


def _without_transcription(
    text: str, mixed: list[tuple[Edit, bool, bool]], spoken: int
) -> list[tuple[Edit, bool, bool]]:
    """Words that are mixed with phonetic letters alone are honest among as many that can be nothing else."""
    odd = [word for word in mixed if not _PHONETIC.search(text, word[0].start, word[0].end)]
    return odd if 2 * spoken >= len(mixed) - len(odd) else mixed


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
