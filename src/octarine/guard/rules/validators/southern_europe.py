"""National numbers of Spain, Italy and Portugal."""

from __future__ import annotations

from octarine.guard.rules.validators.checksums import compact, digits, luhn, varied, weighted

VALIDATORS = (
    "spain_dni", "spain_nie", "spain_cif", "spain_nss", "italy_codice_fiscale", "italy_partita_iva",
    "portugal_nif", "portugal_niss", "portugal_cc",
)  # fmt: skip

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD_VALUES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def spain_dni(text: str) -> bool:
    """Real Decreto 1553/2005: the letter is the number modulo 23."""
    number = compact(text)
    return varied(number[:-1]) and _DNI_LETTERS[int(number[:-1]) % 23] == number[-1]


def spain_nie(text: str) -> bool:
    """As the DNI, with X, Y, Z for 0, 1, 2."""
    number = compact(text)
    return spain_dni(str("XYZ".index(number[0])) + number[1:])


def spain_cif(text: str) -> bool:
    """Orden EHA/451/2008: Luhn over seven digits; the check is written as a digit or a letter. Sources
    differ on which kinds of company take which, so either will do."""
    number = compact(text)
    total = 0
    for index, digit in enumerate(number[1:8]):
        value = int(digit) * (2 - index % 2)
        total += value // 10 + value % 10
    check = (10 - total % 10) % 10
    return number[8] in ("JABCDEFGHI"[check], str(check))


def spain_nss(text: str) -> bool:
    """Seguridad Social: the last two digits are the province and number modulo 97."""
    number = digits(text)
    province, serial = number[:2], number[2:10]
    plain = province + serial.lstrip("0").zfill(7) if int(serial) < 10_000_000 else province + serial
    return 1 <= int(province) <= 66 and varied(number) and int(plain) % 97 == int(number[10:])


def italy_codice_fiscale(text: str) -> bool:
    """Decreto ministeriale 23 dicembre 1976: odd and even values modulo 26, letters for digits allowed."""
    number = compact(text)
    total = 0
    for index, character in enumerate(number[:15]):
        value = int(character) if character.isdigit() else ord(character) - 65
        total += value if index % 2 else _ODD_VALUES[value]
    return chr(65 + total % 26) == number[15]


def italy_partita_iva(text: str) -> bool:
    """Agenzia delle Entrate: Luhn, the office is 001 to 100, 120, 121, 888 or 999."""
    number = digits(text)
    office = int(number[7:10])
    return luhn(number) and number[:7] != "0000000" and (1 <= office <= 100 or office in (120, 121, 888, 999))


def portugal_nif(text: str) -> bool:
    """Decreto-Lei 14/2013: weights 9 to 2 modulo 11."""
    number = digits(text)
    check = 11 - weighted(number, range(9, 1, -1)) % 11
    return number[0] != "0" and varied(number) and (0 if check > 9 else check) == int(number[8])


def portugal_niss(text: str) -> bool:
    """Segurança Social: prime weights from 29 down, nine less the sum modulo 10."""
    number = digits(text)
    total = weighted(number, (29, 23, 19, 17, 13, 11, 7, 5, 3, 2))
    return number[0] in "12" and varied(number) and 9 - total % 10 == int(number[10])


def portugal_cc(text: str) -> bool:
    """Cartão de Cidadão: Luhn over twelve characters, A is ten."""
    number = compact(text)
    total = 0
    for index, character in enumerate(reversed(number)):
        value = int(character, 36) * (1 + index % 2)
        total += value - 9 if value > 9 and index % 2 else value
    return total % 10 == 0
