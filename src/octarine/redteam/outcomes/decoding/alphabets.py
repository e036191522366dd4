"""Other alphabets for letters and bits: Morse, Braille, the radio's words, places in the alphabet, and
characters that show nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from string import ascii_lowercase

from octarine.redteam.outcomes.decoding.letters import spoken_digits

_MORSE = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- "
    "--.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
_NUMBER_SIGN = "⠼"
_RADIO = [
    "alfa",
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "juliet",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "whisky",
    "xray",
    "yankee",
    "zulu",
]
_WIDTHLESS = "\u200b\u200c\u200d\u2060"
_SIGN = re.compile(r"(?<![.\-])[.\-]{1,5}(?![.\-])")
_PLACE = re.compile(r"(?<![0-9])(?:[1-9]|1[0-9]|2[0-6])(?![0-9])")
_WORD = re.compile(r"[a-z]+(?:-ray)?|[0-9]")


@cache
def _morse() -> dict[str, str]:
    return dict(zip(_MORSE.split(), ascii_lowercase + "0123456789", strict=True))


def morse(text: str) -> Iterator[str]:
    """Dots and dashes, whichever signs stand for them."""
    signs = _SIGN.findall(text.translate(str.maketrans("•·∙●–—−_", "....----")))
    if len(signs) >= 4:
        yield "".join(_morse().get(sign, "") for sign in signs)


def braille(text: str) -> Iterator[str]:
    """Uncontracted Braille."""
    made, digits = [], False
    for char in text:
        cell = chr(0x2800 | ord(char) & 0x3F) if "\u2800" < char <= "\u28ff" else ""
        place = _BRAILLE.find(cell) if cell else -1
        digits = cell == _NUMBER_SIGN or (digits and 0 <= place < 10)
        if place >= 0:
            made.append("1234567890"[place] if digits else ascii_lowercase[place])
    if len(made) >= 4:
        yield "".join(made)


def radio(text: str) -> Iterator[str]:
    """Alfa, Bravo, Charlie; digits as they are or in words."""
    tokens = _WORD.findall(spoken_digits(text))
    letters = [word[0] for word in tokens if word.isdigit() or word.replace("-", "") in _RADIO]
    if len(letters) >= 4:
        yield "".join(letters)


def initials(text: str) -> Iterator[str]:
    """The first letters of words and of lines: an acrostic."""
    found = re.findall(r"(?<!\w)\w", text)
    if len(found) >= 6:
        yield "".join(found)
    lines = re.findall(r"^[^\w\n]*(\w)", text, re.M)
    if len(lines) >= 6:
        yield "".join(lines)


def places(text: str) -> Iterator[str]:
    """Numbers from 1 to 26 for letters."""
    numbers = _PLACE.findall(text)
    if len(numbers) >= 6:
        yield "".join(ascii_lowercase[int(number) - 1] for number in numbers)


def invisible(text: str) -> Iterator[str]:
    """Variation selectors that carry a byte or half of one, and characters without width that carry bits."""
    selectors = [
        ord(char) for char in text if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    ]
    if len(selectors) >= 4:
        values = bytes(code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16 for code in selectors)
        yield values.decode("utf-8", "ignore")
        if max(values) < 16:
            pairs = zip(values[::2], values[1::2], strict=False)
            yield bytes(high << 4 | low for high, low in pairs).decode("utf-8", "ignore")
    carriers = [_WIDTHLESS.index(char) for char in text if char in _WIDTHLESS]
    if len(carriers) >= 16:
        yield _of_bits("".join(str(value & 1) for value in carriers))
        yield _of_bits("".join(f"{value:02b}" for value in carriers))


def _of_bits(digits: str) -> str:
    octets = [digits[start : start + 8] for start in range(0, len(digits) - 7, 8)]
    return bytes(int(octet, 2) for octet in octets).decode("utf-8", "ignore")
