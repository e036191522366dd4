"""What of a text an alphabet of 26 letters holds."""

from __future__ import annotations

import re
import unicodedata

from octarine.core.errors import InputError

AZ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPELT = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l",
        "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "’": "'", "‘": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...", "¿": "?", "¡": "!",
    }
)  # fmt: skip


def listed(words: str) -> list[str]:
    """The words of a table that is written as one text."""
    return words.split()


def paired(pairs: str) -> dict[str, str]:
    """``A=.- B=-...`` as a table."""
    return dict(pair.split("=", 1) for pair in pairs.split())


def ascii_of(text: str) -> str:
    """``text`` without accents, ligatures and typographic signs; what is then no ASCII is left out."""
    bare = unicodedata.normalize("NFKD", text.translate(_SPELT))
    return bare.encode("ascii", "ignore").decode()


def letters(text: str) -> str:
    """The letters A to Z of ``text``, all that a classical cipher takes."""
    return re.sub("[^A-Z]", "", ascii_of(text).upper())


def plain_words(text: str) -> str:
    """Capitals and digits, one blank between words."""
    return " ".join(re.findall("[A-Z0-9]+", ascii_of(text).upper()))


def key_letters(key: str, least: int = 1) -> str:
    """The letters of a key.

    Raises:
        InputError: there are fewer than ``least``.
    """
    found = letters(key)
    if len(found) < least:
        raise InputError(
            f"the key '{key}' has fewer than {least} letters", hint="Take a word, such as lemon."
        )
    return found


def keyed_alphabet(key: str, alphabet: str = AZ) -> str:
    """``alphabet`` with the characters of ``key`` first."""
    return "".join(dict.fromkeys([c for c in key.upper() if c in alphabet] + list(alphabet)))


KEY_WORDS = tuple(
    listed(
        "lemon garden violin harbour copper window planet saffron bridge candle marble orchid silver thunder "
        "walnut yellow quartz jasmine falcon dolphin magnet pillow"
    )
)
"""Words that keys are drawn from."""


def grouped(text: str, size: int = 5) -> str:
    """``text`` in groups, as telegrams were."""
    return " ".join(text[i : i + size] for i in range(0, len(text), size))
