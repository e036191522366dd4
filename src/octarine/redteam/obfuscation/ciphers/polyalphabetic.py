"""Many alphabets by turns: the tableau ciphers, and two discs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import cycle

from octarine.core.errors import InputError
from octarine.redteam.obfuscation.alphabets import AZ, grouped, key_letters, keyed_alphabet, letters
from octarine.redteam.obfuscation.ciphers.alphabetic import WORD
from octarine.redteam.obfuscation.explaining import Key, encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "many alphabets"
_LETTER = re.compile("[A-Za-z]")


def _each(text: str, change: Callable[[int], int]) -> str:
    """Every ASCII letter's place changed, in order; case and all else stay."""

    def new(match: re.Match[str]) -> str:
        letter = AZ[change(AZ.index(match[0].upper())) % 26]
        return letter if match[0].isupper() else letter.lower()

    return _LETTER.sub(new, text)


def _shifts(key: str) -> Iterator[int]:
    return cycle(AZ.index(letter) for letter in key_letters(key))


def to_vigenere(text: str, key: str, alphabet: str) -> str:
    """Letters shifted by the key's letters by turns (A: not at all), within the alphabet that begins with the
    letters of ``alphabet``."""
    row, shifts = keyed_alphabet(alphabet), _shifts(key)
    return _each(text, lambda place: AZ.index(row[(row.index(AZ[place]) + next(shifts)) % 26]))


def from_vigenere(body: str, key: str, alphabet: str) -> str:
    """The inverse."""
    row, shifts = keyed_alphabet(alphabet), _shifts(key)
    return _each(body, lambda place: AZ.index(row[(row.index(AZ[place]) - next(shifts)) % 26]))


def to_beaufort(text: str, key: str) -> str:
    """The key's letter minus the text's; its own inverse."""
    shifts = _shifts(key)
    return _each(text, lambda place: next(shifts) - place)


def to_porta(text: str, key: str) -> str:
    """Thirteen reciprocal alphabets, two key letters for each (Della Porta 1563); its own inverse."""
    shifts = _shifts(key)

    def change(place: int) -> int:
        turn = next(shifts) // 2
        return (place + turn) % 13 + 13 if place < 13 else (place - 13 - turn) % 13

    return _each(text, change)


def to_autokey(text: str, key: str, source: str) -> str:
    """The key word, then the text itself (or what was written so far) as key."""
    held = [AZ.index(letter) for letter in key_letters(key)]
    used = iter(range(len(text)))

    def change(place: int) -> int:
        new = (place + held[next(used)]) % 26
        held.append(place if source == "text" else new)
        return new

    return _each(text, change)


def from_autokey(body: str, key: str, source: str) -> str:
    """The inverse."""
    held = [AZ.index(letter) for letter in key_letters(key)]
    used = iter(range(len(body)))

    def change(place: int) -> int:
        old = (place - held[next(used)]) % 26
        held.append(old if source == "text" else place)
        return old

    return _each(body, change)


def to_word_shift(text: str, key: str, back: bool = False) -> str:
    """Ragbaby (ACA): in the keyed alphabet, the n-th letter of the m-th word is shifted by m + n − 1. All 26
    letters are used here."""
    row, sign = keyed_alphabet(key_letters(key)), -1 if back else 1
    held = {"word": 0, "letter": 0, "end": -1}

    def new(match: re.Match[str]) -> str:
        fresh = match.start() != held["end"]
        held["word"] += fresh
        held["letter"] = 1 if fresh else held["letter"] + 1
        held["end"] = match.end()
        shift = sign * (held["word"] + held["letter"] - 1)
        letter = row[(row.index(match[0].upper()) + shift) % 26]
        return letter if match[0].isupper() else letter.lower()

    return _LETTER.sub(new, text)


def from_word_shift(body: str, key: str) -> str:
    """The inverse."""
    return to_word_shift(body, key, back=True)


def _two_discs(key: str) -> tuple[str, str]:
    left, _, right = key.partition("/")
    if sorted(left) != list(AZ) or sorted(right) != list(AZ):
        raise InputError(
            "the key is no pair of alphabets LEFT/RIGHT", hint="Each letter once on either side."
        )
    return left, right


def to_chaocipher(text: str, key: str) -> str:
    """Byrne 1918: two alphabets that are turned and permuted after every letter."""
    left, right = _two_discs(key)
    made = []
    for letter in letters(text):
        place = right.index(letter)
        made.append(left[place])
        left, right = _permuted(left, right, place)
    return grouped("".join(made))


def _permuted(left: str, right: str, place: int) -> tuple[str, str]:
    left, right = left[place:] + left[:place], right[place + 1 :] + right[: place + 1]
    left = left[0] + left[2:14] + left[1] + left[14:]
    right = right[:2] + right[3:14] + right[2] + right[14:]
    return left, right


def from_chaocipher(body: str, key: str) -> str:
    """The inverse."""
    left, right = _two_discs(key)
    made = []
    for letter in letters(body):
        place = left.index(letter)
        made.append(right[place])
        left, right = _permuted(left, right, place)
    return "".join(made)


def _discs(seed: Seed) -> str:
    return "".join(seed.shuffled(AZ)) + "/" + "".join(seed.shuffled(AZ))


def to_alberti(text: str, key: str, seed: Seed) -> str:
    """Alberti 1467: the inner disc, in small letters, is turned every few words; a capital among the small
    letters tells where its first letter then stands."""
    inner = keyed_alphabet(key_letters(key)).lower()
    made, left, turn = [], 0, 0
    for letter in letters(text):
        if not left:
            turn, left = int(seed.rng.integers(26)), int(seed.rng.integers(6, 14))
            made.append(AZ[turn])
        made.append(inner[(AZ.index(letter) - turn) % 26])
        left -= 1
    return "".join(made)


def from_alberti(body: str, key: str) -> str:
    """The inverse."""
    inner, turn, made = keyed_alphabet(key_letters(key)).lower(), 0, []
    for sign in body:
        if sign.isupper():
            turn = AZ.index(sign)
        else:
            made.append(AZ[(inner.index(sign) + turn) % 26])
    return "".join(made)


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "vigenere",
        "Vigenère cipher",
        "Letters are shifted by the letters of a key word by turns, each key letter an alphabet of its own.",
        group=_GROUP,
        encode=to_vigenere,
        decode=from_vigenere,
        key=WORD,
        parameters=(Parameter("alphabet", "", "A word that the alphabet begins with (Quagmire III)."),),
        detail=lambda key, alphabet: f" ({keyed_alphabet(alphabet)})" if alphabet else "",
        scripts=LATIN,
        reference="Bellaso 1553; Vigenère 1586; PyRIT VigenereConverter",
    ),
    encoded(
        "beaufort",
        "Beaufort cipher",
        "Every letter is taken away from the letter of a key word, so that writing and reading are one.",
        group=_GROUP,
        encode=to_beaufort,
        decode=to_beaufort,
        key=WORD,
        scripts=LATIN,
        reference="Sestri 1710; Beaufort 1857",
    ),
    encoded(
        "porta",
        "Porta cipher",
        "A key word chooses among thirteen alphabets that swap the two halves of the alphabet.",
        group=_GROUP,
        encode=to_porta,
        decode=to_porta,
        key=WORD,
        scripts=LATIN,
        reference="Della Porta 1563",
    ),
    encoded(
        "autokey",
        "Autokey cipher",
        "Letters are shifted by a key word first, and after it by the letters of the text itself.",
        group=_GROUP,
        encode=to_autokey,
        decode=from_autokey,
        key=WORD,
        parameters=(Parameter("source", "text", "What follows the key word.", choices=("text", "cipher")),),
        scripts=LATIN,
        reference="Vigenère 1586",
    ),
    encoded(
        "word-and-letter-shift",
        "Ragbaby cipher",
        "Letters are shifted through a keyed alphabet by the number of their word and their place in it.",
        group=_GROUP,
        encode=to_word_shift,
        decode=from_word_shift,
        key=WORD,
        scripts=LATIN,
        reference="American Cryptogram Association, Ragbaby",
    ),
    encoded(
        "chaocipher",
        "Chaocipher",
        "Two alphabets stand side by side, and after every letter both are turned and one letter moved.",
        group=_GROUP,
        encode=to_chaocipher,
        decode=from_chaocipher,
        key=Key(_discs, "LEFT/RIGHT: the two alphabets."),
        survives=letters,
        scripts=LATIN,
        reference="Byrne 1918; Rubin 2010",
    ),
    encoded(
        "alberti-disc",
        "Alberti’s disc",
        "A disc is turned at chance every few letters, and a capital among the small letters tells how far.",
        group=_GROUP,
        encode=to_alberti,
        decode=from_alberti,
        key=WORD,
        draws=True,
        survives=letters,
        scripts=LATIN,
        reference="Alberti, De componendis cifris, 1467",
    ),
)
