"""Texts that are hidden in other ones."""

from __future__ import annotations

import re
from itertools import cycle

from octarine.redteam.obfuscation.alphabets import AZ, letters
from octarine.redteam.obfuscation.encodings.signals import lettered
from octarine.redteam.obfuscation.explaining import Key, encoded, known_data
from octarine.redteam.seed import Seed, words
from octarine.redteam.technique import LATIN, Technique

_GROUP = "hidden in other text"
_WITH_CASE = ("en", "de", "fr", "es", "it", "pt")


def _sentences(seed: Seed, *, latin: bool = False) -> list[str]:
    spoken = known_data("sentences.toml")
    language = seed.language if seed.language in (_WITH_CASE if latin else spoken) else "en"
    return [str(sentence) for sentence in seed.shuffled(spoken[language]["sentences"])]


def to_bacon(text: str, seed: Seed) -> str:
    """Five bits a letter (A = 0 to Z = 25), a capital of the covering sentences for 1, a small letter for 0.
    Letters with accents carry nothing."""
    bits = "".join(f"{AZ.index(letter):05b}" for letter in letters(text))
    made, place = list[str](), 0
    for sentence in cycle(_sentences(seed, latin=True)):
        for sign in sentence + " ":
            if place == len(bits):
                return "".join(made).strip()
            if sign.isascii() and sign.isalpha():
                made.append(sign.upper() if bits[place] == "1" else sign.lower())
                place += 1
            else:
                made.append(sign)
    return ""


def from_bacon(body: str) -> str:
    """The inverse."""
    bits = "".join("1" if sign.isupper() else "0" for sign in body if sign.isascii() and sign.isalpha())
    return "".join(AZ[int(bits[i : i + 5], 2)] for i in range(0, len(bits) - 4, 5))


def to_null_letters(text: str, key: int, seed: Seed) -> str:
    """Before each character stand ``key`` − 1 others, drawn from the text's own."""
    nulls = seed.rng.integers(len(text), size=(len(text), key - 1))
    return "".join("".join(text[int(i)] for i in row) + sign for row, sign in zip(nulls, text, strict=True))


def from_null_letters(body: str, key: int) -> str:
    """The inverse."""
    return body[key - 1 :: key]


_MARKS = "・/|¦‖"


def to_null_words(text: str, key: int, seed: Seed) -> str:
    """Every ``key``-th word is the text's, the others are of harmless sentences. A text without blanks is cut
    by its kinds of letters, and a mark that it does not hold stands before each piece."""
    pieces = text.split(" ")
    mark = ""
    if len(pieces) == 1:
        pieces, mark = words(text), next((mark for mark in _MARKS if mark not in text), "\x1f")
    cover = cycle(word for sentence in _sentences(seed) for word in _covering(sentence, mark))
    made = [word for piece in pieces for word in [*(next(cover) for _ in range(key - 1)), piece]]
    return mark + mark.join(made) if mark else " ".join(made)


def _covering(sentence: str, mark: str) -> list[str]:
    pieces = sentence.split(" ") if " " in sentence else words(sentence)
    return [piece.replace(mark, "") if mark else piece for piece in pieces]


def from_null_words(body: str, key: int) -> str:
    """The inverse."""
    if " " in body or not body:
        return " ".join(body.split(" ")[key - 1 :: key])
    return "".join(body[1:].split(body[0])[key - 1 :: key])


def to_acrostic(text: str, seed: Seed) -> str:
    """A line for each letter that begins with it; an empty line between words."""
    spoken = known_data("acrostic.toml")
    lines = spoken.get(seed.language, spoken["en"])
    verses = []
    for word in lettered(text).split():
        verses.append("\n".join(str(seed.pick(lines[letter])) for letter in word))
    return "\n\n".join(verses)


def from_acrostic(body: str) -> str:
    """The inverse."""
    return " ".join("".join(line[0] for line in verse.split("\n")) for verse in body.split("\n\n"))


def to_spaces(text: str, seed: Seed) -> str:
    """Eight bits a byte, one blank or two between the words of harmless sentences."""
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    cover = cycle(word for sentence in _sentences(seed) for word in _covering(sentence, "\x1f"))
    made = [next(cover)]
    for bit in bits:
        made += ["  " if bit == "1" else " ", next(cover).strip()]
    return "".join(made)


def from_spaces(body: str) -> str:
    """The inverse."""
    bits = "".join(str(len(gap) - 1) for gap in re.findall(" +", body))
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).decode()


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "bilateral-case",
        "Bacon’s bilateral cipher",
        "Capitals and small letters of a harmless text are the ones and noughts of five-bit letters.",
        group=_GROUP,
        encode=to_bacon,
        decode=from_bacon,
        draws=True,
        survives=letters,
        scripts=LATIN,
        detail=lambda: ": A=aaaaa, B=aaaaB, C=aaaBa … Z=BBaaB",
        reference="Bacon, De augmentis scientiarum, 1623",
    ),
    encoded(
        "null-letters",
        "Every n-th character",
        "Between the characters of the text stand others that mean nothing; every n-th one counts.",
        group=_GROUP,
        encode=to_null_letters,
        decode=from_null_letters,
        key=Key(
            lambda seed: int(seed.rng.integers(2, 5)), "Every which one counts.", kind=int, low=2, high=9
        ),
        draws=True,
        reference="Null cipher; Kahn 1967",
    ),
    encoded(
        "null-words",
        "Every n-th word",
        "The words of the text are every n-th word of a cover text of harmless sentences.",
        group=_GROUP,
        encode=to_null_words,
        decode=from_null_words,
        key=Key(
            lambda seed: int(seed.rng.integers(2, 5)), "Every which one counts.", kind=int, low=2, high=9
        ),
        draws=True,
        reference="Trithemius, Steganographia, 1606",
    ),
    encoded(
        "acrostic",
        "Acrostic",
        "The first letters of the lines of a poem spell the text, a verse for each word.",
        group=_GROUP,
        encode=to_acrostic,
        decode=from_acrostic,
        draws=True,
        survives=lettered,
        scripts=LATIN,
        reference="Psalm 119; PyRIT's acrostic converter",
    ),
    encoded(
        "double-blanks",
        "Single and double blanks",
        "Single and double blanks between the words of harmless sentences are the bits of the text.",
        group=_GROUP,
        encode=to_spaces,
        decode=from_spaces,
        draws=True,
        reference="Bender et al. 1996, open space methods",
    ),
)
