"""Squares of letters, and pairs of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from octarine.core.errors import InputError
from octarine.redteam.obfuscation.alphabets import (
    AZ,
    KEY_WORDS,
    grouped,
    key_letters,
    keyed_alphabet,
    letters,
)
from octarine.redteam.obfuscation.ciphers.alphabetic import WORD
from octarine.redteam.obfuscation.encodings.signals import lettered
from octarine.redteam.obfuscation.explaining import Key, encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "squares of letters"
_25 = AZ.replace("J", "")


def without_j(text: str) -> str:
    """Letters, J written I."""
    return letters(text).replace("J", "I")


def words_without_j(text: str) -> str:
    """Words of letters, J written I."""
    return lettered(text).replace("J", "I")


def square_of(key: str) -> str:
    return keyed_alphabet(key_letters(key).replace("J", "I"), _25)


_KNOCKS: dict[str, Callable[[int, int], str]] = {
    "digits": lambda row, column: f"{row + 1}{column + 1}",
    "knocks": lambda row, column: "." * (row + 1) + " " + "." * (column + 1),
}


def to_polybius(text: str, key: str, written: str) -> str:
    """Row and column of each letter in a square; as knocks, a wider gap between letters."""
    square, show = square_of(key), _KNOCKS[written]
    gap = " " if written == "digits" else "  "
    words = [
        gap.join(show(*divmod(square.index(c), 5)) for c in word) for word in words_without_j(text).split()
    ]
    return " / ".join(words)


def from_polybius(body: str, key: str, written: str) -> str:
    """The inverse."""
    square = square_of(key)
    words = []
    for word in body.split(" / "):
        pairs = word.split() if written == "digits" else word.split("  ")
        places = [
            (int(p[0]), int(p[1])) if written == "digits" else tuple(map(len, p.split())) for p in pairs
        ]
        words.append("".join(square[5 * row + column - 6] for row, column in places))
    return " ".join(words)


def in_pairs(text: str) -> str:
    """Pairs of different letters: X between two that are the same, and behind a single last one; Q where that
    one is an X."""
    plain, made, place = without_j(text), "", 0
    while place < len(plain):
        first, second = plain[place], plain[place + 1 : place + 2]
        alone = not second or first == second
        made += first + (("Q" if first == "X" else "X") if alone else second)
        place += 1 if alone else 2
    return made


def _playfair(pairs: str, square: str, step: int) -> str:
    made = ""
    for i in range(0, len(pairs), 2):
        (a, b), (c, d) = (divmod(square.index(sign), 5) for sign in pairs[i : i + 2])
        if a == c:
            b, d = (b + step) % 5, (d + step) % 5
        elif b == d:
            a, c = (a + step) % 5, (c + step) % 5
        else:
            b, d = d, b
        made += square[5 * a + b] + square[5 * c + d]
    return made


def to_playfair(text: str, key: str) -> str:
    """Wheatstone 1854: pairs along rows, columns and the corners of rectangles."""
    return grouped(_playfair(in_pairs(text), square_of(key), 1), 2)


def from_playfair(body: str, key: str) -> str:
    """The inverse."""
    return _playfair(letters(body), square_of(key), -1)


def evened(text: str) -> str:
    """Letters, J written I, an X behind an odd last one."""
    plain = without_j(text)
    return plain + "X" * (len(plain) % 2)


def _two_squares(key: str) -> tuple[str, str]:
    left, dash, right = key.partition("-")
    if not dash:
        raise InputError(f"the key '{key}' is no pair of words A-B", hint="For example lemon-garden.")
    return square_of(left), square_of(right)


def to_four_square(text: str, key: str) -> str:
    """Delastelle 1902: two plain squares and two keyed ones at the corners."""
    upper, lower = _two_squares(key)
    plain, made = evened(text), ""
    for i in range(0, len(plain), 2):
        (a, b), (c, d) = (divmod(_25.index(sign), 5) for sign in plain[i : i + 2])
        made += upper[5 * a + d] + lower[5 * c + b]
    return grouped(made, 2)


def from_four_square(body: str, key: str) -> str:
    """The inverse."""
    upper, lower = _two_squares(key)
    pairs, made = letters(body), ""
    for i in range(0, len(pairs), 2):
        (a, d), (c, b) = divmod(upper.index(pairs[i]), 5), divmod(lower.index(pairs[i + 1]), 5)
        made += _25[5 * a + b] + _25[5 * c + d]
    return made


def to_nihilist(text: str, key: str) -> str:
    """Two-digit coordinates of the text plus those of a second key word, as numbers."""
    square, added = _nihilist(key)
    numbers = [_coordinate(square, sign) for sign in without_j(text)]
    return " ".join(str(number + added[i % len(added)]) for i, number in enumerate(numbers))


def _coordinate(square: str, sign: str) -> int:
    row, column = divmod(square.index(sign), 5)
    return 10 * row + column + 11


def _nihilist(key: str) -> tuple[str, list[int]]:
    first, dash, second = key.partition("-")
    if not dash:
        raise InputError(f"the key '{key}' is no pair of words A-B", hint="For example lemon-garden.")
    square = square_of(first)
    return square, [_coordinate(square, sign) for sign in key_letters(second).replace("J", "I")]


def from_nihilist(body: str, key: str) -> str:
    """The inverse."""
    square, added = _nihilist(key)
    numbers = [int(word) - added[i % len(added)] for i, word in enumerate(body.split())]
    return "".join(square[5 * (number // 10 - 1) + number % 10 - 1] for number in numbers)


def evened_letters(text: str) -> str:
    """Letters, an X behind an odd last one."""
    plain = letters(text)
    return plain + "X" * (len(plain) % 2)


def _matrix(key: str) -> tuple[int, int, int, int]:
    numbers = [int(word) for word in re.findall(r"\d+", key)]
    if len(numbers) != 4 or _reciprocal(numbers[0] * numbers[3] - numbers[1] * numbers[2]) is None:
        raise InputError(f"the key '{key}' is no matrix that can be inverted", hint="For example 3,3,2,5.")
    a, b, c, d = numbers
    return a, b, c, d


def _reciprocal(number: int) -> int | None:
    return next((i for i in range(26) if number * i % 26 == 1), None)


def _multiplied(plain: str, matrix: tuple[int, int, int, int]) -> str:
    a, b, c, d = matrix
    made = ""
    for i in range(0, len(plain), 2):
        x, y = AZ.index(plain[i]), AZ.index(plain[i + 1])
        made += AZ[(a * x + b * y) % 26] + AZ[(c * x + d * y) % 26]
    return made


def to_hill(text: str, key: str) -> str:
    """Hill 1929: pairs of letters times a matrix, modulo 26."""
    return grouped(_multiplied(evened_letters(text), _matrix(key)), 2)


def from_hill(body: str, key: str) -> str:
    """The inverse."""
    a, b, c, d = _matrix(key)
    scale = _reciprocal(a * d - b * c) or 0
    return _multiplied(letters(body), (d * scale, -b * scale, -c * scale, a * scale))


def _drawn_matrix(seed: Seed) -> str:
    while True:
        a, b, c, d = (int(number) for number in seed.rng.integers(1, 26, size=4))
        if _reciprocal(a * d - b * c) is not None:
            return f"{a},{b},{c},{d}"


def drawn_pair(seed: Seed) -> str:
    """Two key words with a hyphen."""
    first, second = seed.shuffled(KEY_WORDS)[:2]
    return f"{first}-{second}"


PAIR = Key(drawn_pair, "Two key words A-B.")
TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "polybius",
        "Polybius square",
        "Every letter is its row and column in a square of 25, as digits or as knocks on a wall.",
        group=_GROUP,
        encode=to_polybius,
        decode=from_polybius,
        key=WORD,
        parameters=(Parameter("written", "knocks", "As what.", choices=tuple(_KNOCKS)),),
        survives=words_without_j,
        scripts=LATIN,
        detail=lambda key, written: f": {square_of(key)}",
        reference="Polybius, Histories 10.45; tap code",
    ),
    encoded(
        "playfair",
        "Playfair cipher",
        "Pairs of letters are replaced along the rows, columns and rectangles of a keyed square of 25.",
        group=_GROUP,
        encode=to_playfair,
        decode=from_playfair,
        key=WORD,
        survives=in_pairs,
        scripts=LATIN,
        reference="Wheatstone 1854",
    ),
    encoded(
        "four-square",
        "Four-square cipher",
        "Pairs of letters in two plain squares are replaced by the corners across in two keyed squares.",
        group=_GROUP,
        encode=to_four_square,
        decode=from_four_square,
        key=PAIR,
        survives=evened,
        scripts=LATIN,
        reference="Delastelle 1902",
    ),
    encoded(
        "nihilist",
        "Nihilist cipher",
        "The coordinates of letters in a keyed square are numbers, to which those of a second word "
        "are added.",
        group=_GROUP,
        encode=to_nihilist,
        decode=from_nihilist,
        key=PAIR,
        survives=without_j,
        scripts=LATIN,
        reference="Russian Nihilists, 1880s; Kahn 1967",
    ),
    encoded(
        "hill",
        "Hill cipher",
        "Pairs of letters, as numbers from 0 to 25, are multiplied by a matrix modulo 26.",
        group=_GROUP,
        encode=to_hill,
        decode=from_hill,
        key=Key(_drawn_matrix, "A,B,C,D: the matrix, row by row."),
        survives=evened_letters,
        scripts=LATIN,
        reference="Hill 1929",
    ),
)
