"""Check digits against python-stdnum, an independent implementation."""

from __future__ import annotations

import importlib
import random

import pytest

from octarine.guard.rules.validators import validator, validators

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Our name, their module, the alphabet of each character in turn (a single one stands for all that follow).
CASES: dict[str, tuple[str, list[str]]] = {
    "us_ssn": ("us.ssn", [DIGITS] * 9),
    "canada_sin": ("ca.sin", [DIGITS] * 9),
    "uk_nhs": ("gb.nhs", [DIGITS] * 10),
    "uk_utr": ("gb.utr", [DIGITS] * 10),
    "ireland_pps": ("ie.pps", [DIGITS] * 7 + [UPPER[:23], "ABW"]),
    "germany_steuer_id": ("de.idnr", [DIGITS] * 11),
    "switzerland_ahv": ("ch.ssn", ["7", "5", "6"] + [DIGITS] * 10),
    "france_nir": ("fr.nir", ["12"] + [DIGITS] * 2 + ["01", "12"] + ["2", "AB5"] + [DIGITS] * 8),
    "france_siren": ("fr.siren", [DIGITS] * 9),
    "france_siret": ("fr.siret", [DIGITS] * 14),
    "france_tax": ("fr.nif", ["0123"] + [DIGITS] * 12),
    "belgium_nrn": ("be.nn", [DIGITS] * 2 + ["0", "123456789", "12", "12345678"] + [DIGITS] * 5),
    "spain_dni": ("es.dni", [DIGITS] * 8 + [UPPER]),
    "spain_nie": ("es.nie", ["XYZ"] + [DIGITS] * 7 + [UPPER]),
    "mexico_curp": (
        "mx.curp",
        [
            "B",
            "AEIOU",
            *["GHR"] * 2,
            "9",
            DIGITS,
            "0",
            "123456789",
            "12",
            "12345678",
            "HM",
            "J",
            "C",
            "B",
            "G",
            "C",
            "0123A",
            DIGITS,
        ],
    ),
    "argentina_cuit": ("ar.cuit", ["23", "034"] + [DIGITS] * 9),
    "cbu": ("ar.cbu", [DIGITS] * 22),
    "colombia_nit": ("co.nit", [DIGITS] * 10),
    "chile_rut": ("cl.rut", [DIGITS] * 8 + [DIGITS + "K"]),
    "italy_partita_iva": ("it.iva", [DIGITS] * 7 + ["0"] + [DIGITS] * 3),
    "portugal_nif": ("pt.nif", [DIGITS] * 9),
    "portugal_cc": ("pt.cc", [DIGITS] * 9 + ["XYZ", "XYZ0123456789", DIGITS]),
    "brazil_cpf": ("br.cpf", [DIGITS] * 11),
    "brazil_cnpj": ("br.cnpj", [DIGITS] * 14),
    "india_aadhaar": ("in_.aadhaar", [DIGITS] * 12),
    "india_gstin": (
        "in_.gstin",
        ["0", "1234567"] + [UPPER] * 3 + ["CPH", UPPER] + [DIGITS] * 4 + [UPPER, "1", "Z", DIGITS],
    ),
    "japan_my_number": ("jp.in_", [DIGITS] * 12),
    "japan_corporate_number": ("jp.cn", [DIGITS] * 13),
    "australia_tfn": ("au.tfn", [DIGITS] * 9),
    "australia_abn": ("au.abn", [DIGITS] * 11),
    "aba_routing": ("us.rtn", [DIGITS] * 9),
    "imei": ("imei", [DIGITS] * 15),
}
# We ask that digits vary, and a few things that they leave open; never the other way round.
STRICTER = {"argentina_cuit", "india_gstin", "belgium_nrn", "us_ssn"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_check_digits_agree_with_stdnum(name: str) -> None:
    pytest.importorskip("stdnum", reason="python-stdnum, the oracle, is not installed")
    module, alphabets = CASES[name]
    theirs = importlib.import_module(f"stdnum.{module}").is_valid
    ours = validators()[name]
    rng = random.Random(name)
    agreed = 0
    for _ in range(4000):
        number = "".join(map(rng.choice, alphabets))
        if ours(number) != theirs(number):
            assert name in STRICTER, number
            assert not ours(number) or name == "argentina_cuit", number
        agreed += ours(number)
    assert agreed > 0, "no valid number was drawn"


def luhn_number(start: str, size: int, rng: random.Random) -> str:
    body = start + "".join(rng.choice(DIGITS) for _ in range(size - len(start) - 1))
    total = sum(
        (d * 2 - 9 if d > 4 else d * 2) if i % 2 == 0 else d for i, d in enumerate(map(int, reversed(body)))
    )
    return body + str(-total % 10)


@pytest.mark.parametrize(
    ("start", "size"),
    [("4", 16), ("51", 16), ("2221", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14)],
)
def test_cards(start: str, size: int) -> None:
    rng = random.Random(start)
    card = validators()["payment_card"]
    for _ in range(50):
        number = luhn_number(start, size, rng)
        assert card(number)
        assert not card(number[:-1] + str((int(number[-1]) + 1) % 10))
        assert not card("0" + number[1:])


def test_iban_by_calculation() -> None:
    rng = random.Random(1)
    iban = validators()["iban"]
    for country, size in (("DE", 22), ("FR", 27), ("SA", 24), ("MA", 28), ("NO", 15)):
        bban = "".join(rng.choice(DIGITS) for _ in range(size - 4))
        check = 98 - int("".join(str(int(character, 36)) for character in bban + country + "00")) % 97
        assert iban(f"{country}{check:02}{bban}")
        assert not iban(f"{country}{(check + 1) % 100:02}{bban}")
        assert not iban(f"{country}{check:02}{bban}0")


def test_iban_lengths_agree_with_stdnum() -> None:
    stdnum = pytest.importorskip("stdnum.iban", reason="python-stdnum, the oracle, is not installed")
    from octarine.guard.rules.validators.finance import _IBAN_LENGTH

    numbers = [f"{country}00" + "0" * (size - 4) for country, size in _IBAN_LENGTH.items()]
    assert all(len(number) <= 34 for number in numbers)
    assert stdnum.is_valid("DE96469543325754287954")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("germany_rvnr", "81221218P022", "81221218P023"),
        ("germany_document", "LYN6151641", "LYN6151642"),
        ("austria_svnr", "4156190777", "4157190777"),
        ("spain_cif", "A01834241", "A01834242"),
        ("spain_nss", "406533227194", "406533227195"),
        ("portugal_niss", "12982071918", "12982071919"),
        ("clabe", "495485000239851467", "495485000239851468"),
        ("brazil_cnpj", "2LT4X3WT08J514", "2LT4X3WT08J515"),
        ("saudi_id", "2050358486", "2050358487"),
        ("vin", "14R18DS146D7K5FR1", "14R18DS156D7K5FR1"),
        ("ipv4", "203.0.113.9", "127.0.0.1"),
        ("birth_date", "31.12.1999", "31.11.1999"),
        ("international_phone", "+44 20 7946 0958", "+999 20 7946 0958"),
        ("strong_random", "k3Jf82LmQz91xVbT", "aaaaaaaaaaaaaaaa"),
        ("password_like", "x7Kp2q!vLm", "db.password"),
    ],
)
def test_one_right_and_one_wrong(name: str, good: str, bad: str) -> None:
    pytest.importorskip("re2", reason="the extra guard is not installed")
    assert validators()[name](good)
    assert not validators()[name](bad)


@pytest.mark.parametrize("name", sorted(validators()))
def test_a_text_of_another_shape_fails_a_check_and_breaks_nothing(name: str) -> None:
    """Policies may put any check behind any pattern of their own."""
    pytest.importorskip("re2", reason="the extra guard is not installed")
    check = validator(name, "mine")
    rng = random.Random(name)
    texts = ["", "a", "12", "x" * 50, "9" * 60, "é٣", "A1" * 20, "-", "AIOQ" * 5]
    texts += ["".join(rng.choices("0123456789ABCXYZIOQxyz-. é²٣", k=rng.randrange(25))) for _ in range(200)]
    assert {type(check(text)) for text in texts} == {bool}
