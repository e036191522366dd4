"""Letters and digits under their disguises: look-alikes, styles, marks, other scripts' digits, number
words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from string import ascii_lowercase, ascii_uppercase

from octarine.redteam.obfuscation.orthography.characters.tables import (
    CIRCLES,
    SMALL_CAPITALS,
    SUPERSCRIPT,
    UPSIDE_DOWN,
    back,
)

_NO_LETTER_OR_DIGIT = re.compile(r"[\W_]+")
_GREEK_AND_CYRILLIC = (
    "ϨЗӠбΑАΒВСΕЕϜԌΗНͿЈΚКΜϺМΝΟОΡРЅΤТѴԜΧХΥУҮΖαаЬсԁеҽһιіӏϳјΙІӀοσоρрԛгѕυνѵѡԝхγуүѐґњћŋǫ",
    "2336AABBCEEFGHHJJKKMMMNOOPPSTTVWXXYYYZaabcdeehiiijjllloooppqrsuvvwwxyyyernhnq",
)
"""Letters that look like Latin ones (UTS #39) or like digits, and what they look like."""

NUMBER_WORDS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
    "ja": "ゼロ いち に さん よん ご ろく なな はち きゅう",
    "hi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "ar": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة",
}
"""Zero to nine in the nine languages."""
_KANJI = str.maketrans("〇一二三四五六七八九", "0123456789")
_LEET = str.maketrans("4@301!l5$78269", "aaeoiiisstbzgg")


@cache
def _lookalikes() -> dict[int, str]:
    framed = {
        chr(first + place): letter
        for first in CIRCLES.values()
        for place, letter in enumerate(ascii_lowercase)
    }
    table = back(SMALL_CAPITALS, SUPERSCRIPT) | framed | dict(zip(*_GREEK_AND_CYRILLIC, strict=True))
    return {ord(char): letter for char, letter in table.items()}


@cache
def _turned() -> dict[int, str]:
    letters = {
        letter: flipped for letter, flipped in UPSIDE_DOWN.items() if letter in ascii_lowercase + "123456"
    }
    # Two letters have more than one turned form in use.
    return {ord(flipped): letter for letter, flipped in letters.items()} | {
        ord("l"): "l", ord("x"): "x", ord("ʞ"): "k", ord("z"): "z"
    }  # fmt: skip


def bare(text: str) -> str:
    """The letters and digits of ``text`` in one case and nothing between them: look-alikes as Latin letters,
    digits of any script as ASCII, marks gone."""
    if text.isascii():
        return _NO_LETTER_OR_DIGIT.sub("", text.lower())
    plain = unicodedata.normalize("NFKD", text.translate(_lookalikes())).casefold()
    return "".join(_digit(char) for char in plain if char.isalnum())


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None) if char > "\x7f" else None
    return char if value is None else str(value)


def unleet(text: str) -> str:
    """``text`` with digits and signs as the letters that they stand for in leetspeak."""
    return text.translate(_LEET)


def turned(text: str) -> str:
    """Letters that stand on their heads, upright, in the order that a reader turns them to."""
    return text.lower().translate(_turned())[::-1]


def tagged(text: str) -> str:
    """What invisible tag characters say."""
    return "".join(chr(ord(char) - 0xE0000) for char in text if 0xE0020 <= ord(char) <= 0xE007E)


@cache
def _spoken() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {word: str(value) for names in NUMBER_WORDS.values() for value, word in enumerate(names.split())}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), words


def spoken_digits(text: str) -> str:
    """``text`` with number words of the nine languages, and kanji, as digits."""
    pattern, words = _spoken()
    return pattern.sub(lambda found: words[found[0]], text.casefold()).translate(_KANJI)


def shifted(letters: str, by: int) -> str:
    """Caesar's cipher on the Latin letters of ``letters``."""
    return letters.translate(_shift(by))


@cache
def _shift(by: int) -> dict[int, int]:
    return {
        ord(letter): ord(letters[(place + by) % 26])
        for letters in (ascii_lowercase, ascii_uppercase)
        for place, letter in enumerate(letters)
    }


def mirrored(letters: str) -> str:
    """Atbash: a for z, b for y."""
    return letters.translate(str.maketrans(ascii_lowercase, ascii_lowercase[::-1]))
