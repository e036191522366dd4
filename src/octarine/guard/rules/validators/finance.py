"""Cards, accounts and wallets."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from octarine.guard.rules.validators.checksums import compact, digits, luhn, mod97, varied, weighted

VALIDATORS = (
    "payment_card", "iban", "bitcoin_base58", "bitcoin_bech32", "aba_routing", "clabe", "cbu", "bic",
    "luhn_number",
)  # fmt: skip

# Lengths by country: the IBAN registry of SWIFT, release 99.
_IBAN_LENGTHS = {
    int(length): countries.split()
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD FK", "19": "MK SI", "20": "AT BA EE KZ LT LU XK MN",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ TL OM SO",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG DJ", "25": "LY PT ST", "26": "IS TR",
        "27": "BI FR GR IT MC MR SM", "28": "MA AL AZ BY CY DO GT HU LB NI PL SV HN", "29": "BR EG PS QA UA",
        "30": "JO KW MU YE", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
}  # fmt: skip
_IBAN_LENGTH = {country: length for length, countries in _IBAN_LENGTHS.items() for country in countries}

# Issuer ranges: first digits from and to, and the lengths that are issued (ISO/IEC 7812 registry, networks'
# own documentation).
_CARDS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("300", "305", (14, 16)),  # Diners Club
    ("36", "36", (14, 16)),
    ("38", "39", (14, 16)),
    ("3528", "3589", (16, 17, 18, 19)),  # JCB
    ("4", "4", (13, 16, 19)),  # Visa, Elo
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("50", "50", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro, Elo, Verve
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("6", "6", (16, 17, 18, 19)),  # Discover, UnionPay, RuPay, Maestro, Hipercard
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
    ("9792", "9792", (16,)),  # Troy
    ("81", "82", (16,)),  # UnionPay, RuPay
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def payment_card(text: str) -> bool:
    """Issuer range, length and Luhn."""
    number = digits(text)
    if not luhn(number) or len(set(number)) < 2:
        return False
    return len(number) in _issued_lengths(number[:4])


@lru_cache(maxsize=10_000)
def _issued_lengths(first_four: str) -> frozenset[int]:
    return frozenset(
        length for low, high, lengths in _CARDS if low <= first_four[: len(low)] <= high for length in lengths
    )


def luhn_number(text: str) -> bool:
    """Luhn alone, of more than two different digits."""
    number = digits(text)
    return luhn(number) and len(set(number)) > 2


def iban(text: str) -> bool:
    """ISO 13616: the country's length, and mod 97."""
    number = compact(text)
    return _IBAN_LENGTH.get(number[:2]) == len(number) and mod97(number[4:] + number[:4])


def bitcoin_base58(text: str) -> bool:
    """Base58Check with version 0 or 5."""
    value = 0
    for character in text:
        index = _BASE58.find(character)
        if index < 0:
            return False
        value = value * 58 + index
    if value >= 1 << 200:
        return False
    raw = value.to_bytes(25, "big")
    check = hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4]
    return raw[0] in (0, 5) and raw[21:] == check


def bitcoin_bech32(text: str) -> bool:
    """BIP 173 and BIP 350."""
    if text not in (text.lower(), text.upper()):
        return False
    prefix, _, rest = text.lower().rpartition("1")
    values = [_BECH32.find(character) for character in rest]
    if min(values, default=-1) < 0:
        return False
    checksum = 1
    expanded = (
        [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]
    )
    for value in expanded + values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= term if top >> bit & 1 else 0
    return checksum in (1, 0x2BC830A3)


def aba_routing(text: str) -> bool:
    """American Bankers Association: weights 3, 7, 1."""
    number = digits(text)
    return varied(number) and weighted(number, (3, 7, 1) * 3) % 10 == 0


def clabe(text: str) -> bool:
    """Mexico's CLABE: weights 3, 7, 1, each product modulo 10."""
    number = digits(text)
    total = sum(int(digit) * weight % 10 for digit, weight in zip(number[:17], (3, 7, 1) * 6, strict=False))
    return varied(number) and (10 - total % 10) % 10 == int(number[17])


def cbu(text: str) -> bool:
    """Argentina's CBU: two blocks, weights 3, 1, 7, 9 from the right."""

    def check(block: str) -> str:
        total = weighted(block[::-1], (3, 1, 7, 9) * 4)
        return str((10 - total % 10) % 10)

    number = digits(text)
    return varied(number) and check(number[:7]) == number[7] and check(number[8:21]) == number[21]


def bic(text: str) -> bool:
    """ISO 9362: the country is one that has accounts numbered by ISO 13616, or one of the large others."""
    return text[4:6] in _IBAN_LENGTH or text[4:6] in {
        "US",
        "CA",
        "MX",
        "AR",
        "CL",
        "CO",
        "AU",
        "NZ",
        "IN",
        "JP",
        "CN",
    }
