"""Letters taken apart into digits or dots, which are shuffled and put together anew."""

from __future__ import annotations

import re
from itertools import product

from octarine.core.errors import InputError
from octarine.redteam.obfuscation.alphabets import AZ, grouped, key_letters, keyed_alphabet, letters
from octarine.redteam.obfuscation.ciphers.alphabetic import WORD
from octarine.redteam.obfuscation.ciphers.squares import PAIR, square_of, without_j
from octarine.redteam.obfuscation.encodings.signals import from_morse, kept, lettered, to_morse
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "fractions of letters"
_36 = AZ + "0123456789"
_PERIOD = Parameter("period", 7, "Letters of a block.", low=2, high=40)


def _periods(text: str, period: int) -> list[str]:
    return [text[i : i + period] for i in range(0, len(text), period)]


def to_bifid(text: str, key: str, period: int) -> str:
    """Delastelle 1895: rows of a block, then its columns, read in pairs."""
    square, made = square_of(key), ""
    for block in _periods(without_j(text), period):
        places = [divmod(square.index(sign), 5) for sign in block]
        line = [row for row, _ in places] + [column for _, column in places]
        made += "".join(square[5 * line[i] + line[i + 1]] for i in range(0, len(line), 2))
    return grouped(made)


def from_bifid(body: str, key: str, period: int) -> str:
    """The inverse."""
    square, made = square_of(key), ""
    for block in _periods(letters(body), period):
        line = [part for sign in block for part in divmod(square.index(sign), 5)]
        rows, columns = line[: len(block)], line[len(block) :]
        made += "".join(square[5 * row + column] for row, column in zip(rows, columns, strict=True))
    return made


_27 = AZ + "."


def _thirds(place: int) -> tuple[int, int, int]:
    return place // 9, place // 3 % 3, place % 3


def to_trifid(text: str, key: str, period: int) -> str:
    """Delastelle 1902: three coordinates in a cube of 27."""
    cube, made = keyed_alphabet(key_letters(key), _27), ""
    for block in _periods(letters(text), period):
        places = [_thirds(cube.index(sign)) for sign in block]
        line = [place[axis] for axis in range(3) for place in places]
        made += "".join(cube[9 * a + 3 * b + c] for a, b, c in zip(*[iter(line)] * 3, strict=True))
    return grouped(made)


def from_trifid(body: str, key: str, period: int) -> str:
    """The inverse."""
    cube, made = keyed_alphabet(key_letters(key), _27), ""
    for block in _periods("".join(body.split()), period):
        line = [part for sign in block for part in _thirds(cube.index(sign))]
        size = len(block)
        axes = (line[:size], line[size : 2 * size], line[2 * size :])
        made += "".join(cube[9 * a + 3 * b + c] for a, b, c in zip(*axes, strict=True))
    return made


def lettered_and_numbered(text: str) -> str:
    """Letters and digits, without blanks."""
    return kept(text, _36).replace(" ", "")


def _columns(key: str) -> list[int]:
    """The columns of a key word in the order of its letters, equal ones from the left."""
    return sorted(range(len(key)), key=lambda i: (key[i], i))


def _square_and_order(key: str) -> tuple[str, str]:
    square, dash, order = key.partition("-")
    if not dash:
        raise InputError(f"the key '{key}' is no pair of words A-B", hint="For example lemon-garden.")
    return keyed_alphabet(square, _36), key_letters(order, 2)


def to_adfgvx(text: str, key: str) -> str:
    """Nebel 1918: coordinates in a square of 36 named A D F G V X, transposed by a second key word."""
    square, order = _square_and_order(key)
    signs = "".join(
        "ADFGVX"[place] for c in lettered_and_numbered(text) for place in divmod(square.index(c), 6)
    )
    return grouped("".join(signs[column :: len(order)] for column in _columns(order)))


def from_adfgvx(body: str, key: str) -> str:
    """The inverse."""
    square, order = _square_and_order(key)
    signs = "".join(body.split())
    line, place = [""] * len(signs), 0
    for column in _columns(order):
        size = len(range(column, len(signs), len(order)))
        line[column :: len(order)] = signs[place : place + size]
        place += size
    places = ["ADFGVX".index(sign) for sign in line]
    return "".join(square[6 * a + b] for a, b in zip(places[::2], places[1::2], strict=True))


_FREQUENT = "ETAOINSR"


def _checkerboard(key: str) -> dict[str, str]:
    """The eight most frequent letters have one digit, the others two, behind 2 or 6."""
    rest = keyed_alphabet(key_letters(key), AZ + "./")
    table = dict(zip(_FREQUENT, "01345789", strict=True))
    others = [sign for sign in rest if sign not in _FREQUENT]
    return table | {sign: "26"[i // 10] + str(i % 10) for i, sign in enumerate(others)}


def to_checkerboard(text: str, key: str) -> str:
    """Digits of one and two places; a full stop between words."""
    table = _checkerboard(key)
    return grouped("".join(table["." if c == " " else c] for c in lettered(text)))


def from_checkerboard(body: str, key: str) -> str:
    """The inverse."""
    signs = {code: sign for sign, code in _checkerboard(key).items()}
    codes = re.findall(r"[26]\d|\d", "".join(body.split()))
    return "".join(signs[code] for code in codes).replace(".", " ")


_TRIPLES = ["".join(three) for three in product(".-x", repeat=3)][:26]


def to_fractionated_morse(text: str, key: str) -> str:
    """Morse code with x between letters and xx between words, cut in threes, each a letter (ACA)."""
    row = keyed_alphabet(key_letters(key))
    code = to_morse(lettered(text), ".-").replace(" / ", "xx").replace(" ", "x")
    code += "x" * (-len(code) % 3)
    return grouped("".join(row[_TRIPLES.index(code[i : i + 3])] for i in range(0, len(code), 3)))


def from_fractionated_morse(body: str, key: str) -> str:
    """The inverse."""
    row = keyed_alphabet(key_letters(key))
    code = "".join(_TRIPLES[row.index(sign)] for sign in letters(body)).rstrip("x")
    return from_morse(code.replace("xx", " / ").replace("x", " "), ".-")


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "bifid",
        "Bifid cipher",
        "The rows of a block of letters in a square, then their columns, are read in pairs as new letters.",
        group=_GROUP,
        encode=to_bifid,
        decode=from_bifid,
        key=WORD,
        parameters=(_PERIOD,),
        survives=without_j,
        scripts=LATIN,
        detail=lambda key, period: f" {period}",
        reference="Delastelle 1895",
    ),
    encoded(
        "trifid",
        "Trifid cipher",
        "The three coordinates of letters in a cube of 27 are read axis by axis, in threes, as new letters.",
        group=_GROUP,
        encode=to_trifid,
        decode=from_trifid,
        key=WORD,
        parameters=(_PERIOD,),
        survives=letters,
        scripts=LATIN,
        detail=lambda key, period: f" {period}",
        reference="Delastelle 1902",
    ),
    encoded(
        "adfgvx",
        "ADFGVX cipher",
        "Letters become coordinates named A, D, F, G, V, X, which a second key word then transposes "
        "by column.",
        group=_GROUP,
        encode=to_adfgvx,
        decode=from_adfgvx,
        key=PAIR,
        survives=lettered_and_numbered,
        scripts=LATIN,
        reference="Nebel 1918",
    ),
    encoded(
        "straddling-checkerboard",
        "Straddling checkerboard",
        "The eight most frequent letters are one digit, the others two digits, and all digits run together.",
        group=_GROUP,
        encode=to_checkerboard,
        decode=from_checkerboard,
        key=WORD,
        survives=lettered,
        scripts=LATIN,
        detail=lambda key: (
            " (" + " ".join(f"{sign}={code}" for sign, code in _checkerboard(key).items()) + ")"
        ),
        reference="Kahn 1967, the VIC cipher's first step",
    ),
    encoded(
        "fractionated-morse",
        "Fractionated Morse",
        "Morse code with marks between letters is cut every three signs, whatever letters it cuts through.",
        group=_GROUP,
        encode=to_fractionated_morse,
        decode=from_fractionated_morse,
        key=WORD,
        survives=lettered,
        scripts=LATIN,
        detail=lambda key: f": {keyed_alphabet(key_letters(key))}",
        reference="American Cryptogram Association, Fractionated Morse",
    ),
)
