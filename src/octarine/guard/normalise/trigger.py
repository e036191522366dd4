"""The quick question that spares honest text everything else: could there be anything to undo?

One pattern without look-around finds every mark of an encoding, at RE2's speed where it is installed and with
``re`` where not; one pass over letter statistics finds ciphers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from octarine.guard.normalise.characters.cleaning import OTHER_ALPHABETS
from octarine.guard.normalise.characters.hidden import CONTROLS, HIDDEN
from octarine.guard.normalise.characters.lookalikes import LETTERFORMS, MARKS

_ENDS = r"[^A-Za-z0-9_]"
_PAIR = "[0-9A-Fa-f]{2}"
_SIGNAL = r"[.\-·•–—−_]{1,7}"
_SPACED_OUT = r"[^\s\w]{0,2}[\s._\-*|/·,:;~+=][^\s\w]{0,2}"
_MARKS_OF_ENCODING = (
    r"%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})",
    r"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};)",
    r"\\(?:[uUx][0-9A-Fa-f{]|[0-3][0-7]{2})",
    r"U\+[0-9A-Fa-f]{4}",
    r"=(?:\r?\n|[0-9A-Fa-f]{2}=)",
    # Base 64 and 32: a digit or a capital after a small letter, and more to come.
    r"[a-z][A-Z0-9][A-Za-z0-9+/_\-]{5}",
    r"[A-Za-z0-9+/]{2}==?(?:[\s\"'.,)\]]|$)",
    r"[A-Z2-7]{12}|[a-z][2-7][a-z2-7]{6}",
    rf"[0-9A-Fa-f]{{10}}|{_PAIR}(?:[ :,\-]{{1,2}}(?:0x)?{_PAIR}){{4}}|0x{_PAIR}[ ,]|{_PAIR}\r?\n{_PAIR}\r?\n",
    r"(?:\d{2,8}[ \t]?[,;\- \t][ \t]?){3}\d{2}|[01]{8}",
    r"<~|[!-~]{3}[#$%&*;<=>?@^`{|}~][!-~]{6}",
    r"[\"']\s{0,4}(?:\+|\.|&|\|\||~|<>)\s{0,4}[\"']|[\"'][^\"'\\\n]{1,3}[\"']\s{0,2},\s{0,2}[\"']",
    r"[A-Za-z_]\s?:?=\s?[\"']",
    rf"{_SIGNAL}[ \t/|\n]{{1,3}}{_SIGNAL}[ \t/|\n]{{1,3}}{_SIGNAL}[ \t/|\n]{{1,3}}[.\-·•–—−_]",
    r"[A-Za-z][0-9@$!|+€]{1,3}[A-Za-z]",
)


@cache
def _search() -> Callable[[str], object]:
    characters = f"{HIDDEN}{MARKS}{LETTERFORMS}{OTHER_ALPHABETS}"
    patterns = (*_MARKS_OF_ENCODING, f"[{characters}]", "[\u064b-\u065f\u0e31-\u0e4e]{4}")
    try:
        import re2
    except ImportError:
        import re

        # ``re`` knows no \p{L}: what is not ASCII counts as a letter, and goes the long way round.
        letter, gap = r"[A-Za-z0-9\u0080-\U0010ffff]", r"[\x00-/:-@\[-`{-\x7f]"
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
