"""The quick question that spares honest text everything else: could there be anything to undo?

One pattern without look-around finds every mark of an encoding, at RE2's speed where it is installed and with
``re`` where not; one pass over letter statistics finds ciphers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from octarine.guard.normalise.characters.ranges import CONTROLS, CROWDED, UNUSUAL
from octarine.guard.normalise.likeness import direction_bits, strangeness

ALARM, MOST_ALARM = 10.0, 20.0
"""Bits that a run of letters must lack before a cipher is tried at all, in a short text and in a long one."""
DULL = -0.35
"""Bits a letter that all letters lack on average from which the text as a whole looks strange."""
BACKWARDS = 18.0
"""Bits of direction that a text in another script must lose before it counts as reversed."""
_DIRECTED = "[\u0620-\u064a\u0904-\u0939\u3041-\u3096]"
_PAIR = "[0-9A-Fa-f]{2}"
_SIGNAL = r"[.\-·•–—−_]{1,7}"
_RADIO = (
    "(?i:alfa|alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november|oscar|papa"
    "|quebec|romeo|sierra|tango|uniform|victor|whisk|x.?ray|yankee|zulu)"
)
_SPELT = rf"{_RADIO}\w?\w?[\s,.;:/|()\-–]{{1,4}}{_RADIO}"
CALLED = r"(?i:chrw?|char|code|point)\$?\(\s{0,2}\d|(?i:\[char\])\s?\(?\d"
"""A character that is called by its number."""
_MARKS_OF_ENCODING = (
    r"%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})",
    r"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};)",
    r"\\(?:[uUx][0-9A-Fa-f{]|[0-3][0-7]{2}|40)|\\[0-9A-Fa-f]{2,6}\s?\\[0-9A-Fa-f]{2}",
    r"U\+[0-9A-Fa-f]{4}",
    r"=(?:\r?\n|[0-9A-Fa-f]{2}=)",
    # Base 64 and 32: a digit or a capital after a small letter, and more to come.
    r"[a-z][A-Z0-9][A-Za-z0-9+/_\-]{5}",
    r"[A-Za-z0-9+/]{2}==?(?:[\s\"'.,)\]]|$)",
    r"[A-Z2-7]{12}|[a-z][2-7][a-z2-7]{6}",
    rf"[0-9A-Fa-f]{{10}}|{_PAIR}(?:[ :,\-]{{1,2}}(?:0x)?{_PAIR}){{4}}|0x{_PAIR}[ ,]|{_PAIR}\r?\n{_PAIR}\r?\n",
    r"(?:\d{2,8}[ \t]?[,;\- \t][ \t]?){3}\d{2}|[01]{8}|(?:\d{2,3}\r?\n){3}\d|(?:\d{1,2}[-,/ ]){8}\d",
    r"<~|[!-~]{3}[#$%&*+;<=>?@^`{|}~][!-~]{6}",
    r"[\"']\s{0,4}(?:\+|\.|&|\|\||~|<>)\s{0,4}[\"']|[\"'][^\"'\\\n]{1,3}[\"']\s{0,2},\s{0,2}[\"']",
    r"[A-Za-z_]\s?:?=\s?[\"']",
    rf"{_SIGNAL}[ \t/|\n]{{1,3}}{_SIGNAL}[ \t/|\n]{{1,3}}{_SIGNAL}[ \t/|\n]{{1,3}}[.\-·•–—−_]",
    r"[A-Za-z][0-9@$!|+€]{1,3}[A-Za-z]",
    "[\u2801-\u28ff]",
    _SPELT,
    CALLED,
)


@cache
def _search() -> Callable[[str], object]:
    patterns = (*_MARKS_OF_ENCODING, f"[{UNUSUAL}]", CROWDED)
    try:
        import re2
    except ImportError:
        import re

        # ``re`` knows no \p{L}: what is not ASCII counts as a letter, and goes the long way round.
        letter, gap = (
            r"[A-Za-z0-9\u0080-\U0010ffff]",
            r"[\x00-/:-@\[-`{-\x7f\u2000-\u2bff\U0001f000-\U0001faff]",
        )
        spaced = f"(?:^|{gap})(?:{letter}{gap}{{1,3}}){{4}}"
        return re.compile("|".join((*patterns, spaced, f"[{CONTROLS}]"))).search
    letter, gap = r"[\pL\pN\pM]", r"[^\pL\pN\pM]"
    spaced = rf"(?:^|{gap})(?:{letter}\pM*{gap}{{1,3}}){{4}}"
    controls = CONTROLS.replace("\ud800-\udfff", "")
    options = re2.Options()
    options.max_mem = 64 << 20
    found: Callable[[str], object] = re2.compile(
        "|".join((*patterns, spaced, f"[{controls}]")), options
    ).search
    return found


def unmarked(text: str) -> bool:
    """Whether ``text`` holds neither a mark of an encoding nor a character that cleaning would look at."""
    try:
        return _search()(text) is None
    except UnicodeEncodeError:
        return False


@cache
def _directed() -> Callable[[str], object]:
    import re

    return re.compile(_DIRECTED).search


def directed(text: str) -> bool:
    """Whether ``text`` holds letters of Arabic, Devanagari or kana, whose direction can be told."""
    return not text.isascii() and _directed()(text) is not None


def alarm(text: str) -> float:
    """Bits that a run of letters of ``text`` must lack before a cipher is tried."""
    return min(ALARM + len(text) / 40, MOST_ALARM)


def looks_enciphered(text: str) -> bool:
    """Whether some letters look like no language, or text in another script like none that runs forwards."""
    most, mean = strangeness(text)
    if most >= alarm(text) or mean > DULL:
        return True
    return directed(text) and direction_bits(text) < -BACKWARDS
