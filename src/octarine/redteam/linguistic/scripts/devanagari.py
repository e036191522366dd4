"""Hindi in Latin letters, and in its other spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from octarine.redteam.seed import Seed
from octarine.redteam.technique import Category, Effect, Script, Technique

_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        [
            "k",
            "kh",
            "g",
            "gh",
            "n",
            "ch",
            "chh",
            "j",
            "jh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "p",
            "ph",
            "b",
            "bh",
            "m",
            "y",
            "r",
            "l",
            "v",
            "sh",
            "sh",
            "s",
            "h",
            "l",
        ],
        strict=True,
    )
)
_NUKTA = {"क": "q", "ख": "kh", "ग": "g", "ज": "z", "ड": "r", "ढ": "rh", "फ": "f"}
_INITIAL = dict(
    zip("अआइईउऊऋएऐओऔऑ", ["a", "aa", "i", "ee", "u", "oo", "ri", "e", "ai", "o", "au", "o"], strict=True)
)
_SIGNS = dict(zip("ािीुूृेैोौॉ", ["a", "i", "i", "u", "u", "ri", "e", "ai", "o", "au", "o"], strict=True))
_SYLLABLE = re.compile(
    "([\u0905-\u0914])([ंँः]?)|((?:[क-ह]\u093c?\u094d)*)([क-ह]\u093c?)(\u094d|[\u093e-\u094c]?)([ंँः]?)"
)
_NASALS = {"क": "ङ", "ख": "ङ", "ग": "ङ", "घ": "ङ", "च": "ञ", "छ": "ञ", "ज": "ञ", "झ": "ञ", "ट": "ण",
           "ठ": "ण", "ड": "ण", "ढ": "ण", "त": "न", "थ": "न", "द": "न", "ध": "न",
           "प": "म", "फ": "म", "ब": "म", "भ": "म"}  # fmt: skip


def romanised(seed: Seed) -> str:
    """As in chats, with the vowels that are not spoken left out."""
    text = unicodedata.normalize("NFD", seed.text)
    latin = re.sub("[\u0900-\u0963]+", lambda m: _word(m[0]), text)
    return latin.translate({ord("।"): ".", **{0x966 + i: str(i) for i in range(10)}})


def _word(word: str) -> str:
    pieces: list[tuple[str, str, str, bool]] = []
    place = 0
    while place < len(word):
        match = _SYLLABLE.match(word, place)
        if match is None:
            place += 1
            continue
        place = match.end()
        if match[1]:
            pieces.append(("", _INITIAL.get(match[1], ""), match[2], False))
            continue
        onset = "".join(map(_said, re.findall("[क-ह]\u093c?", match[3] + match[4])))
        onset = onset.replace("jn", "gy")
        silent = match[5] == "\u094d"
        vowel = "" if silent else _SIGNS.get(match[5], "a")
        pieces.append((onset, vowel, match[6], not match[5] and not match[6]))
    return "".join(map("".join, _spoken(pieces, word)))


def _said(letter: str) -> str:
    plain = _CONSONANTS.get(letter[0], "")
    return _NUKTA.get(letter[0], plain) if len(letter) > 1 else plain


def _spoken(pieces: list[tuple[str, str, str, bool]], word: str) -> list[tuple[str, str, str]]:
    """The inherent vowel falls at the end of a word, and between syllables that keep theirs."""
    kept = [bool(vowel) for _, vowel, _, _ in pieces]
    clustered = [len(re.sub("(?<=[kgcjtdpbs])h", "", onset)) > 1 for onset, _, _, _ in pieces]
    for i in range(len(pieces) - 1, 0, -1):
        last = i == len(pieces) - 1
        between = not last and kept[i - 1] and kept[i + 1] and not clustered[i] and not clustered[i + 1]
        if pieces[i][3] and (last or between):
            kept[i] = False
    nasal = {"ँ": "n", "ः": "h", "": ""}
    said = []
    for i, (onset, vowel, sign, _) in enumerate(pieces):
        following = pieces[i + 1][0][:1] if i + 1 < len(pieces) else ""
        said.append(
            (onset, vowel if kept[i] else "", nasal.get(sign, "m" if following in ("p", "b", "m") else "n"))
        )
    return said


def respelt(seed: Seed) -> str:
    """Nasals as letters where a sign stood, no nukta, no chandrabindu, and bare everyday forms."""
    text = unicodedata.normalize("NFC", seed.text).replace("\u093c", "").replace("ँ", "ं")
    text = re.sub("ं(?=([कखगघचछजझटठडढतथदधपफबभ]))", lambda m: _NASALS[m[1]] + "\u094d", text)
    text = re.sub("(नही|में|मैं|यहां|वहां|हां|क्यों|दोनों)(?![\u0900-\u0963])", lambda m: m[0].replace("ं", ""), text)
    return re.sub("(?<=[ािीुूेो])ए(?![\u0900-\u0963])", "ये", text).replace("नहीं", "नही")


_hindi = partial(
    Technique,
    category=Category.LINGUISTIC,
    group="script",
    scripts=frozenset({Script.DEVANAGARI}),
    effect=Effect.ALTERS,
    reference="ours",
)
TECHNIQUES = (
    _hindi(
        id="romanised-hindi",
        name="Hindi in Latin letters",
        mechanism="Devanagari is written in Latin letters as in chats, unspoken vowels left out.",
        apply=romanised,
        instruction="Write the Hindi text in Latin letters as people type it in chats. Do not translate it.",
        reference="Choudhury et al. 2004 (schwa deletion); ours",
    ),
    _hindi(
        id="hindi-spelling-variants",
        name="Hindi spelling variants",
        mechanism="Devanagari is respelt: nasal letters for signs, no nukta, no chandrabindu, bare endings.",
        apply=respelt,
    ),
)
