"""Dates, addresses of machines, telephone numbers."""

from __future__ import annotations

import ipaddress
import re
import socket
from datetime import date

from octarine.guard.rules.validators.checksums import compact, digits, luhn, varied

VALIDATORS = (
    "ipv4", "ipv6", "mac_address", "international_phone", "plausible_phone", "birth_date", "imei", "vin",
    "japan_phone", "seven_to_eleven_digits", "seven_to_thirteen_digits",
    "has_digits", "mixed_or_long",
)  # fmt: skip

# Country calling codes (ITU-T E.164, assigned).
_CALLING_CODES = frozenset(map(str, (
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98, 211, 212, 213, 216,
    218, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 236, 237, 238,
    239, 240, 241, 242, 243, 244, 245, 246, 248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 260,
    261, 262, 263, 264, 265, 266, 267, 268, 269, 290, 291, 297, 298, 299, 350, 351, 352, 353, 354, 355,
    356, 357, 358, 359, 370, 371, 372, 373, 374, 375, 376, 377, 378, 380, 381, 382, 383, 385, 386, 387,
    389, 420, 421, 423, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 590, 591, 592, 593, 594, 595,
    596, 597, 598, 599, 670, 672, 673, 674, 675, 676, 677, 678, 679, 680, 681, 682, 683, 685, 686, 687,
    688, 689, 690, 691, 692, 800, 850, 852, 853, 855, 856, 880, 886, 960, 961, 962, 963, 964, 965, 966,
    967, 968, 970, 971, 972, 973, 974, 975, 976, 977, 979, 992, 993, 994, 995, 996, 998,
)))  # fmt: skip


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def ipv4(text: str) -> bool:
    """RFC 791 address of one machine: no loopback, unspecified, broadcast or reserved one."""
    try:
        first = socket.inet_pton(socket.AF_INET, text)[0]
    except (OSError, ValueError):
        return False
    return first not in (0, 127) and first < 240


def ipv6(text: str) -> bool:
    """RFC 4291 address of one machine."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return (
        not (address.is_loopback or address.is_unspecified) and len(digits(text)) > 1 and text.count(":") > 2
    )


def mac_address(text: str) -> bool:
    """IEEE 802: one separator throughout, no broadcast and no empty address."""
    separators = {character for character in text if not character.isalnum()}
    return len(separators) == 1 and varied(compact(text))


def international_phone(text: str) -> bool:
    """ITU-T E.164: an assigned country code and at most 15 digits."""
    number = digits(text)
    if text.lstrip("( ").startswith("00"):
        number = number[2:]
    return (
        8 <= len(number) <= 15
        and any(number[:size] in _CALLING_CODES for size in (1, 2, 3))
        and _lively(number)
    )


def plausible_phone(text: str) -> bool:
    """No number that is written to fill a form."""
    return _lively(digits(text))


def japan_phone(text: str) -> bool:
    """Numbering plan of Japan: 0x0-nnnn-nnnn for mobiles, 0120 free of charge, ten digits otherwise."""
    number = digits(text)
    parts = re.findall("[0-9]+", text)
    if len(number) == 11:
        return number[1] in "5789" and number[2] == "0" and [len(part) for part in parts] == [3, 4, 4]
    return len(number) == 10 and number[1] != "0" and (len(parts[2]) == 4 or number.startswith("0120"))


def seven_to_eleven_digits(text: str) -> bool:
    """As many digits as the national numbers of Latin America have."""
    return 7 <= len(digits(text)) <= 11 and _lively(digits(text))


def seven_to_thirteen_digits(text: str) -> bool:
    """As many digits as the national numbers of the world have."""
    return 7 <= len(digits(text)) <= 13 and _lively(digits(text))


def _lively(number: str) -> bool:
    return len(set(number)) > 2


def birth_date(text: str) -> bool:
    """A day from 1900 until now, in any order of its parts; dates with a month's name pass."""
    parts = [part for part in "".join(c if c in "0123456789" else " " for c in text).split() if part]
    if len(parts) != 3:
        return True
    values = [int(part) for part in parts]
    orders = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
    return any(_born(values[year], values[month], values[day]) for year, month, day in orders)


def _born(year: int, month: int, day: int) -> bool:
    if year < 100:
        year += 1900
    return 1900 <= year <= date.today().year and is_date(year, month, day)


def imei(text: str) -> bool:
    """3GPP TS 23.003: Luhn."""
    number = digits(text)
    return varied(number) and luhn(number)


def vin(text: str) -> bool:
    """ISO 3779 with the check digit of 49 CFR 565."""
    values = dict(
        zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(
        (int(character) if character.isdigit() else values[character]) * weight
        for character, weight in zip(text.upper(), weights, strict=True)
    )
    return "0123456789X"[total % 11] == text.upper()[8]


def has_digits(text: str) -> bool:
    """At least four digits: what tells the number of a document from a word."""
    return len(digits(text)) >= 4


def mixed_or_long(text: str) -> bool:
    """Twelve digits, or letters and digits: what tells the number of a card from a word or a year."""
    mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    return mixed or (text.isdigit() and len(text) == 12)
