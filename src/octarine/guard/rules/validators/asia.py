"""National numbers of India, Japan, Australia and the Arab countries."""

from __future__ import annotations

from octarine.guard.rules.validators.checksums import compact, digits, luhn, varied, verhoeff, weighted
from octarine.guard.rules.validators.contact import is_date

VALIDATORS = (
    "india_aadhaar", "india_gstin", "japan_my_number", "japan_corporate_number", "australia_tfn",
    "australia_medicare", "australia_abn", "saudi_id", "emirates_id", "egypt_national_id",
)  # fmt: skip

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def india_aadhaar(text: str) -> bool:
    """UIDAI: twelve digits, the first 2 to 9, Verhoeff, no palindrome."""
    number = digits(text)
    return number[0] in "23456789" and number != number[::-1] and verhoeff(number)


def india_gstin(text: str) -> bool:
    """GST Network: state 01 to 38 or 97, and Luhn modulo 36."""
    number = compact(text)
    state = int(number[:2])
    if not (1 <= state <= 38 or state == 97):
        return False
    total = 0
    for index, character in enumerate(number[:14]):
        value = _BASE36.index(character) * (1 + index % 2)
        total += value // 36 + value % 36
    return _BASE36[(36 - total % 36) % 36] == number[14]


def japan_my_number(text: str) -> bool:
    """Ordinance 85 of 2014 of the Ministry of Internal Affairs: weights modulo 11."""
    number = digits(text)
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return varied(number) and (0 if rest < 2 else 11 - rest) == int(number[11])


def japan_corporate_number(text: str) -> bool:
    """National Tax Agency: nine less the weighted sum modulo 9; the check digit is the first."""
    number = digits(text)
    return varied(number) and 9 - weighted(number[:0:-1], (1, 2) * 6) % 9 == int(number[0])


def australia_tfn(text: str) -> bool:
    """Australian Taxation Office: weights modulo 11."""
    number = digits(text)
    return varied(number) and weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def australia_medicare(text: str) -> bool:
    """Services Australia: weights 1, 3, 7, 9 modulo 10."""
    number = digits(text)
    return number[0] in "23456" and weighted(number[:8], (1, 3, 7, 9) * 2) % 10 == int(number[8])


def australia_abn(text: str) -> bool:
    """Australian Business Register: one less at the front, weights modulo 89."""
    number = digits(text)
    total = weighted(number, (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) - 10
    return varied(number) and number[0] != "0" and total % 89 == 0


def saudi_id(text: str) -> bool:
    """National id (1) and Iqama (2): Luhn."""
    number = digits(text)
    return number[0] in "12" and luhn(number)


def emirates_id(text: str) -> bool:
    """784, year of birth, Luhn."""
    number = digits(text)
    return 1900 <= int(number[3:7]) <= 2100 and luhn(number)


def egypt_national_id(text: str) -> bool:
    """Century, date of birth, governorate."""
    number = digits(text)
    year = {"2": 1900, "3": 2000}.get(number[0], 0) + int(number[1:3])
    governorate = int(number[7:9])
    return is_date(year, int(number[3:5]), int(number[5:7])) and (1 <= governorate <= 35 or governorate == 88)
