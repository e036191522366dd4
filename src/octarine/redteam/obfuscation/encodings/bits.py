"""Bits, and codes over bits."""

from __future__ import annotations

import re
from itertools import groupby

from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Parameter, Technique

_GROUP = "bits"
_TWO = Parameter("digits", "01", "The two signs.", choices=("01", "OI", "ox", "_|", "○●"))


def _bits(text: str) -> str:
    return "".join(f"{byte:08b}" for byte in text.encode())


def _text(bits: str) -> str:
    if len(bits) % 8:
        raise ValueError("not whole bytes")
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).decode()


def _shown(words: list[str], digits: str) -> str:
    return " ".join(words).translate(str.maketrans("01", digits))


def _read(body: str, digits: str) -> list[str]:
    return body.translate(str.maketrans(digits, "01")).split()


def to_binary(text: str, digits: str) -> str:
    """Eight bits a byte."""
    return _shown([f"{byte:08b}" for byte in text.encode()], digits)


def from_binary(body: str, digits: str) -> str:
    """The inverse."""
    return _text("".join(_read(body, digits)))


def to_gray(text: str, digits: str) -> str:
    """Reflected binary code (Gray 1953) of each byte."""
    return _shown([f"{byte ^ byte >> 1:08b}" for byte in text.encode()], digits)


def from_gray(body: str, digits: str) -> str:
    """The inverse."""
    data = bytearray()
    for word in _read(body, digits):
        value = gray = int(word, 2)
        while gray := gray >> 1:
            value ^= gray
        data.append(value)
    return bytes(data).decode()


def _fibonacci(limit: int) -> list[int]:
    numbers = [1, 2]
    while numbers[-1] <= limit:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers


def to_zeckendorf(text: str) -> str:
    """Fibonacci code of each code point + 1: the Fibonacci numbers that it is the sum of, and a 1 to
    end it."""
    return "".join(_coded(ord(sign) + 1) for sign in text)


def _coded(number: int) -> str:
    terms = [n for n in _fibonacci(number) if n <= number]
    bits = []
    for term in reversed(terms):
        bits.append("1" if term <= number else "0")
        number -= term if term <= number else 0
    return "".join(reversed(bits)) + "1"


def from_zeckendorf(body: str) -> str:
    """The inverse: two ones in a row end a character."""
    numbers = _fibonacci(0x110000)
    words = re.findall(r"(?:0|10)*11", body)
    return "".join(
        chr(sum(n for n, bit in zip(numbers, w[:-1], strict=False) if bit == "1") - 1) for w in words
    )


def to_run_lengths(text: str) -> str:
    """The first bit, a colon, and how long each run of equal bits is."""
    bits = _bits(text)
    return f"{bits[0]}: " + " ".join(str(len(list(run))) for _, run in groupby(bits))


def from_run_lengths(body: str) -> str:
    """The inverse."""
    first, _, rest = body.partition(":")
    runs = list(map(int, rest.split()))
    if sum(runs) > _LONGEST:
        raise ValueError("too many bits")
    bits = "".join(str((int(first) + i) % 2) * run for i, run in enumerate(runs))
    return _text(bits)


_LONGEST = 10**8


def to_hamming(text: str, errors: str, seed: Seed) -> str:
    """Hamming (7,4): four data bits with three of parity, in the places p1 p2 d1 p3 d2 d3 d4. ``errors``:
    one bit of every word is turned over."""
    bits = _bits(text)
    words = [_hamming(bits[i : i + 4]) for i in range(0, len(bits), 4)]
    if errors == "one":
        places = seed.rng.integers(7, size=len(words))
        words = [
            "".join("10"[int(b)] if i == place else b for i, b in enumerate(word))
            for word, place in zip(words, places, strict=True)
        ]
    return " ".join(words)


def _hamming(data: str) -> str:
    a, b, c, d = map(int, data)
    return "".join(map(str, (a ^ b ^ d, a ^ c ^ d, a, b ^ c ^ d, b, c, d)))


def from_hamming(body: str, errors: str) -> str:
    """The inverse; one wrong bit a word is put right."""
    bits = ""
    for word in body.split():
        digits = list(map(int, word))
        wrong = 0
        for place, bit in enumerate(digits, 1):
            wrong ^= place if bit else 0
        if wrong:
            digits[wrong - 1] ^= 1
        bits += "".join(str(digits[i]) for i in (2, 4, 5, 6))
    return _text(bits)


def to_bit_planes(text: str) -> str:
    """Eight lines: the highest bit of every byte, then the next one of every byte …"""
    words = [f"{byte:08b}" for byte in text.encode()]
    return "\n".join("".join(word[plane] for word in words) for plane in range(8))


def from_bit_planes(body: str) -> str:
    """The inverse."""
    return bytes(int("".join(column), 2) for column in zip(*body.split("\n"), strict=True)).decode()


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "binary",
        "Binary bytes",
        "Every byte of the text is written as eight binary digits.",
        group=_GROUP,
        encode=to_binary,
        decode=from_binary,
        parameters=(_TWO,),
        detail=lambda digits: f" (0 = {digits[0]}, 1 = {digits[1]})" if digits != "01" else "",
        reference="PyRIT BinaryConverter",
    ),
    encoded(
        "gray-code",
        "Gray code",
        "Every byte is written in reflected binary code, where neighbouring numbers differ in one bit.",
        group=_GROUP,
        encode=to_gray,
        decode=from_gray,
        parameters=(_TWO,),
        detail=lambda digits: f" (0 = {digits[0]}, 1 = {digits[1]})" if digits != "01" else "",
        reference="Gray 1953, US patent 2,632,058",
    ),
    encoded(
        "fibonacci-code",
        "Fibonacci code",
        "Every character is a sum of Fibonacci numbers that are no neighbours, its end marked by two ones.",
        group=_GROUP,
        encode=to_zeckendorf,
        decode=from_zeckendorf,
        reference="Zeckendorf 1972; Fraenkel and Klein 1996",
    ),
    encoded(
        "bit-runs",
        "Runs of bits",
        "The text is given as the lengths of the runs of equal bits in its bytes.",
        group=_GROUP,
        encode=to_run_lengths,
        decode=from_run_lengths,
        reference="ours; run-length encoding as in ITU-T T.4",
    ),
    encoded(
        "hamming-words",
        "Hamming code with errors",
        "Every four bits have three bits of parity, and one bit of each word is wrong and has to be "
        "put right.",
        group=_GROUP,
        encode=to_hamming,
        decode=from_hamming,
        parameters=(Parameter("errors", "one", "Wrong bits of a word.", choices=("one", "none")),),
        draws=True,
        reference="Hamming 1950",
    ),
    encoded(
        "bit-planes",
        "Bit planes",
        "The bits are written plane by plane, first the highest bit of every byte, then the next of "
        "every byte.",
        group=_GROUP,
        encode=to_bit_planes,
        decode=from_bit_planes,
        reference="ours; bit planes of digital images",
    ),
)
