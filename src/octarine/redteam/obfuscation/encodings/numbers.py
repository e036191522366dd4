"""Characters as numbers, and numbers written otherwise."""

from __future__ import annotations

import re
from itertools import accumulate, count, pairwise
from math import prod

from octarine.redteam.obfuscation.alphabets import AZ, plain_words
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "numbers"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _written(number: int, base: int) -> str:
    made = ""
    while number or not made:
        number, digit = divmod(number, base)
        made = _DIGITS[digit] + made
    return made


def to_code_points(text: str, base: int) -> str:
    """Unicode numbers in a base."""
    return " ".join(_written(ord(sign), base) for sign in text)


def from_code_points(body: str, base: int) -> str:
    """The inverse."""
    return "".join(chr(int(word, base)) for word in body.split())


def to_differences(text: str) -> str:
    """The first code point, then each one's difference from the one before."""
    points = [0, *map(ord, text)]
    return " ".join(f"{after - before:+d}" for before, after in pairwise(points))


def from_differences(body: str) -> str:
    """The inverse."""
    return "".join(map(chr, accumulate(map(int, body.split()))))


def to_balanced_ternary(text: str, signs: str) -> str:
    """Code points in digits of −1, 0 and 1."""
    return " ".join(_balanced(ord(sign), signs) for sign in text)


def _balanced(number: int, signs: str) -> str:
    made = ""
    while number or not made:
        number, digit = divmod(number + 1, 3)
        made = signs[digit] + made
    return made


def from_balanced_ternary(body: str, signs: str) -> str:
    """The inverse."""

    def read(word: str) -> int:
        value = 0
        for sign in word:
            value = 3 * value + signs.index(sign) - 1
        return value

    return "".join(chr(read(word)) for word in body.split())


_MODULI = (101, 103, 109)  # their product, 1 133 927, is above U+10FFFF


def to_residues(text: str) -> str:
    """Each code point as its remainders by three primes."""
    return " ".join(",".join(str(ord(sign) % modulus) for modulus in _MODULI) for sign in text)


def from_residues(body: str) -> str:
    """The inverse, by the Chinese remainder theorem."""
    whole = prod(_MODULI)
    made = ""
    for word in body.split():
        parts = zip(map(int, word.split(",")), _MODULI, strict=True)
        made += chr(sum(rest * whole // m * pow(whole // m, -1, m) for rest, m in parts) % whole)
    return made


_PRIMES = (2, 3, 5, 7, 11)


def to_goedel(text: str) -> str:
    """Five letters a number: the product of the first primes, each to the power of its letter's place."""
    numbers = [
        str(
            prod(prime ** (AZ.index(sign) + 1) for prime, sign in zip(_PRIMES, word[i : i + 5], strict=False))
        )
        for word in _letter_words(text)
        for i in range(0, len(word), 5)
    ]
    return " ".join(numbers)


def _letter_words(text: str) -> list[str]:
    return re.findall("[A-Z]+", plain_words(text))


def from_goedel(body: str) -> str:
    """The letters, without blanks."""
    made = ""
    for number in map(int, body.split()):
        if number < 1:
            raise ValueError(f"{number} is no product of primes")
        for prime in _PRIMES:
            power = next(k for k in count() if number % prime ** (k + 1))
            made += AZ[power - 1] if power else ""
    return made


def letters_alone(text: str) -> str:
    """What of a text letter codes keep that tell no words apart."""
    return "".join(_letter_words(text))


def lettered_words(text: str) -> str:
    """Words of letters, one blank between two."""
    return " ".join(_letter_words(text))


_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(number: int) -> str:
    """From 1 to 39."""
    made = ""
    for value, sign in _ROMAN:
        made, number = made + sign * (number // value), number % value
    return made


def to_letter_numbers(text: str, numerals: str) -> str:
    """A = 1 to Z = 26, in the one or the other numerals; a stroke between words."""
    write = roman if numerals == "roman" else str
    return " / ".join("-".join(write(AZ.index(c) + 1) for c in word) for word in _letter_words(text))


def from_letter_numbers(body: str, numerals: str) -> str:
    """The inverse."""
    table = {roman(n) if numerals == "roman" else str(n): AZ[n - 1] for n in range(1, 27)}
    return " ".join("".join(table[n] for n in word.split("-")) for word in body.split(" / "))


def to_colours(text: str) -> str:
    """Every digit of a code point as the colour of a ring on a resistor."""
    return " / ".join("-".join(_COLOURS[int(digit)] for digit in str(ord(sign))) for sign in text)


_COLOURS = ("black", "brown", "red", "orange", "yellow", "green", "blue", "violet", "grey", "white")


def from_colours(body: str) -> str:
    """The inverse."""
    rings = [[str(_COLOURS.index(ring)) for ring in group.split("-")] for group in body.split(" / ")]
    return "".join(chr(int("".join(digits))) for digits in rings)


def to_polynomial(text: str) -> str:
    """Blocks of four code points as the coefficients of a polynomial that is given by its values at 0
    to 3."""
    blocks = []
    for i in range(0, len(text), 4):
        powers = list(map(ord, text[i : i + 4]))
        values = [sum(c * x**k for k, c in enumerate(powers)) for x in range(len(powers))]
        blocks.append(" ".join(map(str, values)))
    return " | ".join(blocks)


def from_polynomial(body: str) -> str:
    """The inverse, by Newton's forward differences."""
    made = ""
    for block in body.split(" | "):
        made += "".join(map(chr, _coefficients(list(map(int, block.split())))))
    return made


def to_fractions(text: str) -> str:
    """Blocks of four code points, each and two, as the terms of a continued fraction; its value."""
    made = []
    for i in range(0, len(text), 4):
        over, under = 1, 0
        for term in reversed([ord(sign) + 2 for sign in text[i : i + 4]]):
            over, under = term * over + under, over
        made.append(f"{over}/{under}")
    return " ".join(made)


def from_fractions(body: str) -> str:
    """The inverse, by Euclid's algorithm."""
    made = ""
    for word in body.split():
        over, under = map(int, word.split("/"))
        while under:
            term, rest = divmod(over, under)
            made, over, under = made + chr(term - 2), under, rest
    return made


def _coefficients(values: list[int]) -> list[int]:
    from fractions import Fraction

    rows, result, basis = values, [Fraction(0)] * len(values), [Fraction(1)]
    for order in range(len(values)):
        for k, term in enumerate(basis):
            result[k] += rows[0] * term
        rows = [after - before for before, after in pairwise(rows)]
        # the next falling factorial over its factorial: x (x − 1) … / n!
        lower = [Fraction(0), *basis]
        basis = [(a - order * b) / (order + 1) for a, b in zip(lower, [*basis, Fraction(0)], strict=True)]
    return [int(value) for value in result]


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "code-points",
        "Code points",
        "Every character is written as its number in Unicode, in decimal or another base.",
        group=_GROUP,
        encode=to_code_points,
        decode=from_code_points,
        parameters=(Parameter("base", 10, "The base.", low=3, high=36),),
        detail=lambda base: f" (base {base})" if base != 10 else "",
        reference="The Unicode Standard; garak CharCode",
    ),
    encoded(
        "differences",
        "Differences of code points",
        "The first character is a number, and each later one its difference from the one before it.",
        group=_GROUP,
        encode=to_differences,
        decode=from_differences,
        reference="ours; delta encoding",
    ),
    encoded(
        "balanced-ternary",
        "Balanced ternary",
        "Every code point is a sum of powers of three, each added, left out or taken away.",
        group=_GROUP,
        encode=to_balanced_ternary,
        decode=from_balanced_ternary,
        parameters=(Parameter("signs", "-0+", "The digits for −1, 0, 1.", choices=("-0+", "T01", "▽○△")),),
        detail=lambda signs: f" ({signs[0]} = −1, {signs[1]} = 0, {signs[2]} = 1)",
        reference="Knuth, The Art of Computer Programming 2, 4.1",
    ),
    encoded(
        "residues",
        "Remainders",
        "Every code point is given by its remainders on division by three primes, to be solved for.",
        group=_GROUP,
        encode=to_residues,
        decode=from_residues,
        detail=lambda: f" (mod {', '.join(map(str, _MODULI))})",
        reference="ours; Chinese remainder theorem",
    ),
    encoded(
        "goedel-numbers",
        "Gödel numbers",
        "Five letters at a time are one number, a product of the first primes raised to the letters' places.",
        group=_GROUP,
        encode=to_goedel,
        decode=from_goedel,
        survives=letters_alone,
        scripts=LATIN,
        reference="Gödel 1931",
    ),
    encoded(
        "letter-numbers",
        "Letters as numbers",
        "Every letter is its place in the alphabet, from 1 to 26, in Arabic or Roman numerals.",
        group=_GROUP,
        encode=to_letter_numbers,
        decode=from_letter_numbers,
        survives=lettered_words,
        scripts=LATIN,
        parameters=(Parameter("numerals", "roman", "Which numerals.", choices=("roman", "arabic")),),
        reference="ours; A1Z26",
    ),
    encoded(
        "resistor-colours",
        "Colour rings",
        "Every digit of a character's Unicode number is the colour of a ring, as resistors are marked.",
        group=_GROUP,
        encode=to_colours,
        decode=from_colours,
        reference="IEC 60062",
    ),
    encoded(
        "polynomial-values",
        "Values of a polynomial",
        "Four code points are the coefficients of a polynomial, of which only its values at 0 to 3 "
        "are given.",
        group=_GROUP,
        encode=to_polynomial,
        decode=from_polynomial,
        detail=lambda: ": a + bx + cx² + dx³, x = 0, 1, 2, 3",
        reference="ours; interpolation as in Shamir 1979",
    ),
    encoded(
        "continued-fractions",
        "Continued fractions",
        "Four code points are the terms of a continued fraction, of which only the value is given.",
        group=_GROUP,
        encode=to_fractions,
        decode=from_fractions,
        reference="ours; Euler 1737",
    ),
)
