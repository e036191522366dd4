"""National numbers of the Americas."""

from __future__ import annotations

import re

from octarine.guard.rules.validators.checksums import compact, digits, luhn, varied, weighted
from octarine.guard.rules.validators.contact import is_date

VALIDATORS = (
    "us_ssn", "us_itin", "us_npi", "canada_sin", "mexico_curp", "mexico_rfc", "argentina_cuit",
    "colombia_nit", "chile_rut", "brazil_cpf", "brazil_cnpj", "brazil_cns",
)  # fmt: skip

_MEXICAN_STATES = frozenset(
    re.findall("..", "ASBCBSCCCSCHCLCMDFDGGTGRHGJCMCMNMSNTNLOCPLQTQRSPSLSRTCTSTLVZYNZSNE")
)
_CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def us_ssn(text: str) -> bool:
    """Social Security Administration: areas 000, 666 and 900 on, group 00 and serial 0000 are never issued,
    nor are the numbers that advertising used up."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    if area in ("000", "666") or area >= "900" or group == "00" or serial == "0000":
        return False
    return varied(number) and number not in ("078051120", "219099999", "123456789")


def us_itin(text: str) -> bool:
    """Internal Revenue Service: starts with 9, fourth and fifth digit 50-65, 70-88, 90-92, 94-99."""
    number = digits(text)
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or group >= 94)


def us_npi(text: str) -> bool:
    """National Provider Identifier: Luhn behind the prefix 80840."""
    return luhn("80840" + digits(text))


def canada_sin(text: str) -> bool:
    """Luhn; none starts with 0 or 8."""
    number = digits(text)
    return number[0] not in "08" and varied(number) and luhn(number)


def mexico_curp(text: str) -> bool:
    """RENAPO: date, state, and a check digit over 37 characters."""
    number = text.upper()
    year = int(number[4:6]) + (1900 if number[16].isdigit() else 2000)
    if number[11:13] not in _MEXICAN_STATES or not is_date(year, int(number[6:8]), int(number[8:10])):
        return False
    total = sum(_CURP_ALPHABET.index(character) * (18 - index) for index, character in enumerate(number[:17]))
    return str((10 - total % 10) % 10) == number[17]


def mexico_rfc(text: str) -> bool:
    """SAT: a person's (13) or a company's (12) key holds a date. Check digits are often wrong: not asked."""
    number = "".join(character for character in text.upper() if character not in "- ")
    date = number[-9:-3]
    return any(is_date(century + int(date[:2]), int(date[2:4]), int(date[4:])) for century in (1900, 2000))


def argentina_cuit(text: str) -> bool:
    """AFIP: weights 5, 4, 3, 2, 7, 6, 5, 4, 3, 2 modulo 11."""
    number = digits(text)
    check = (11 - weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return number[:2] in ("20", "23", "24", "25", "26", "27", "30", "33", "34") and check == int(number[10])


def colombia_nit(text: str) -> bool:
    """DIAN: prime weights modulo 11."""
    number = digits(text)
    total = weighted(number[-2::-1], (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)) % 11
    return varied(number) and int(number[-1]) == (total if total < 2 else 11 - total)


def chile_rut(text: str) -> bool:
    """Weights 2 to 7 from the right, modulo 11; K is ten."""
    number = compact(text)
    total = weighted(number[-2::-1], (2, 3, 4, 5, 6, 7) * 2)
    return varied(number[:-1]) and "0123456789K0"[11 - total % 11] == number[-1]


def brazil_cpf(text: str) -> bool:
    """Receita Federal: two check digits modulo 11."""
    number = digits(text)
    return varied(number) and _brazilian(number, (range(10, 1, -1), range(11, 1, -1)))


def brazil_cnpj(text: str) -> bool:
    """Receita Federal, with letters as of 2026 (Nota Técnica COCAD 49/2024): a character's value is its
    ASCII code less 48."""
    number = compact(text)
    return varied(number) and _brazilian(
        number, ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
    )


def _brazilian(number: str, both: tuple[range | tuple[int, ...], ...]) -> bool:
    values = [ord(character) - 48 for character in number]
    for weights in both:
        rest = sum(value * weight for value, weight in zip(values, weights, strict=False)) % 11
        if values[len(weights)] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def brazil_cns(text: str) -> bool:
    """Cartão Nacional de Saúde: weights 15 to 1 modulo 11."""
    number = digits(text)
    return number[0] in "12789" and weighted(number, range(15, 0, -1)) % 11 == 0
