"""Check digits that many numbers share. All take ASCII digits and say whether the last one is right."""

from __future__ import annotations

from collections.abc import Iterable

_NO_DIGITS = "".join(chr(point) for point in range(0x80) if not chr(point).isdecimal())
_ONLY_DIGITS = str.maketrans("", "", _NO_DIGITS)


def digits(text: str) -> str:
    """The digits of ``text``, those of other scripts in ASCII."""
    if text.isascii():
        return text.translate(_ONLY_DIGITS)
    return "".join(str(int(character)) for character in text if character.isdecimal())


def compact(text: str) -> str:
    """Letters and digits of ``text``, upper case."""
    return "".join(filter(str.isalnum, text)).upper()


def weighted(number: str, weights: Iterable[int]) -> int:
    """The sum of each digit times its weight; stops with the shorter of the two."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    backwards = number[::-1].encode()
    total = sum(backwards[::2]) + sum(backwards[1::2].translate(_DOUBLED))
    return (total - 48 * len(backwards)) % 10 == 0


_LETTER_VALUES = {65 + index: str(10 + index) for index in range(26)}


def mod97(text: str) -> bool:
    """ISO 7064 MOD 97-10 over digits and letters (A is 10)."""
    return int(text.translate(_LETTER_VALUES)) % 97 == 1


def mod11_10(number: str) -> bool:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in number[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[-1])


# The dihedral group of order ten and its permutation (Verhoeff 1969).
_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTATION = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901",
    "2793806415", "7046913258",
)  # fmt: skip


def verhoeff(number: str) -> bool:
    """Verhoeff's check digit."""
    check = 0
    for index, digit in enumerate(reversed(number)):
        check = int(_PRODUCT[check][int(_PERMUTATION[index % 8][int(digit)])])
    return check == 0


def varied(number: str) -> bool:
    """Whether the digits are not all the same: such a number passes many checks and is nobody's."""
    return len(set(number)) > 1
