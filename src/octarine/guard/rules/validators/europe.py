"""National numbers of the United Kingdom, Ireland and the German- and French-speaking countries."""

from __future__ import annotations

from datetime import date

from octarine.guard.rules.validators.checksums import compact, digits, luhn, mod11_10, varied, weighted

VALIDATORS = (
    "uk_nino", "uk_nhs", "uk_utr", "ireland_pps", "germany_steuer_id", "germany_rvnr", "germany_document",
    "austria_svnr", "switzerland_ahv", "france_nir", "france_siren", "france_siret", "france_tax",
    "belgium_nrn",
)  # fmt: skip


def uk_nino(text: str) -> bool:
    """HMRC NIM39110: letters and prefixes that are not used."""
    number = compact(text)
    if number[0] in "DFIQUV" or number[1] in "DFIOQUV":
        return False
    return number[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def uk_nhs(text: str) -> bool:
    """NHS data dictionary: weights 10 to 2, modulo 11."""
    number = digits(text)
    check = 11 - weighted(number, range(10, 1, -1)) % 11
    return varied(number) and check != 10 and check % 11 == int(number[9])


def uk_utr(text: str) -> bool:
    """HMRC: the check digit is the first; weights 6, 7, 8, 9, 10, 5, 4, 3, 2 modulo 11."""
    number = digits(text)
    total = weighted(number[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11
    return varied(number) and number[0] == "21987654321"[total]


def ireland_pps(text: str) -> bool:
    """Weights 8 to 2 and 9 for a second letter, modulo 23."""
    number = compact(text)
    extra = number[8:9]
    total = weighted(number[:7], range(8, 1, -1)) + (9 * (ord(extra) - 64) if extra not in ("", "W") else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == number[7]


def germany_steuer_id(text: str) -> bool:
    """§ 139b AO: of the first ten digits one comes twice or three times; ISO 7064 MOD 11,10."""
    number = digits(text)
    counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return number[0] != "0" and counts[-1] in (2, 3) and counts[-2] == 1 and mod11_10(number)


def germany_rvnr(text: str) -> bool:
    """§ 147 SGB VI, VKVV: area, date, letter, serial; digit sums of products."""
    number = compact(text)
    day, month = int(number[2:4]), int(number[4:6])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return False
    plain = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    products = (
        int(digit) * weight for digit, weight in zip(plain, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return sum(product // 10 + product % 10 for product in products) % 10 == int(number[11])


def germany_document(text: str) -> bool:
    """ICAO 9303: weights 7, 3, 1 over digits and letters, the tenth character is the check digit."""
    number = compact(text)
    total = sum(
        int(character, 36) * weight for character, weight in zip(number[:9], (7, 3, 1) * 3, strict=True)
    )
    return total % 10 == int(number[9])


def austria_svnr(text: str) -> bool:
    """§ 31 ASVG: the fourth digit checks the others, modulo 11; the date may have months 13 to 15."""
    number = digits(text)
    total = weighted(number, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return (
        number[0] != "0"
        and total == int(number[3])
        and 1 <= int(number[4:6]) <= 31
        and 1 <= int(number[6:8]) <= 15
    )


def switzerland_ahv(text: str) -> bool:
    """AHVN13: EAN-13 with the country 756."""
    number = digits(text)
    return weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


def france_nir(text: str) -> bool:
    """INSEE: 97 less the number modulo 97; 2A and 2B count as 19 and 18."""
    number = compact(text)
    month = int(number[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or month >= 50):
        return False
    plain = number[:13]
    if number[5:7] in ("2A", "2B"):
        plain = number[:5] + {"2A": "19", "2B": "18"}[number[5:7]] + number[7:13]
    return plain.isdigit() and 97 - int(plain) % 97 == int(number[13:])


def france_siren(text: str) -> bool:
    """INSEE: Luhn."""
    number = digits(text)
    return varied(number) and luhn(number)


def france_siret(text: str) -> bool:
    """INSEE: Luhn over 14 digits; La Poste's add up to a multiple of five."""
    number = digits(text)
    if number.startswith("356000000"):
        return sum(map(int, number)) % 5 == 0
    return varied(number) and luhn(number) and luhn(number[:9])


def france_tax(text: str) -> bool:
    """DGFiP numéro fiscal de référence: the last three digits are the first ten modulo 511."""
    number = digits(text)
    return number[0] in "0123" and int(number[:10]) % 511 == int(number[10:])


def belgium_nrn(text: str) -> bool:
    """Rijksregister: 97 less the number modulo 97, with a 2 before it for births from 2000."""
    number = digits(text)
    month = int(number[2:4]) % 20
    if not (month <= 12 and int(number[4:6]) <= 31):
        return False
    check = int(number[9:])
    centuries = ("", "2") if 2000 + int(number[:2]) <= date.today().year else ("",)
    return varied(number) and any(97 - int(century + number[:9]) % 97 == check for century in centuries)
