"""Ciphers of machines, of a deck of cards, and of computers."""

from __future__ import annotations

import re

from octarine.core.errors import InputError
from octarine.redteam.obfuscation.alphabets import AZ, grouped, key_letters, letters
from octarine.redteam.obfuscation.ciphers.alphabetic import WORD
from octarine.redteam.obfuscation.explaining import Key, encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Technique

_GROUP = "machines"

# Wehrmacht Enigma I: wiring, and the letter at which the next rotor is carried on.
_ROTORS = {
    "I": ("EKMFLGDQVZNTOWYHXUSPAIBRCJ", "Q"),
    "II": ("AJDKSIRUXBLHWTMCQGZNPYFVOE", "E"),
    "III": ("BDFHJLCPRTXVZNYEIWGAKMUSQO", "V"),
    "IV": ("ESOVPZJAYQUIRHXLNFTGKDCMWB", "J"),
    "V": ("VZBRGITYUPSDNHLXAWMJQOFECK", "Z"),
}
_REFLECTOR_B = "YRUHQSLDPXNGOKMIEBFZCWVJAT"


def to_enigma(text: str, key: str) -> str:
    """Three rotors and reflector B; key ``I II III / RINGS / START / PLUGS``. Its own inverse."""
    rotors, rings, places, plugs = _setting(key)
    swaps = {ord(pair[i]): pair[1 - i] for pair in plugs for i in (0, 1)}
    made = []
    for letter in letters(text).translate(swaps):
        _step(places, rotors)
        place = AZ.index(letter)
        for i in (2, 1, 0):
            place = _through(place, _ROTORS[rotors[i]][0], places[i] - rings[i])
        place = AZ.index(_REFLECTOR_B[place])
        for i in (0, 1, 2):
            wiring = _ROTORS[rotors[i]][0]
            shift = places[i] - rings[i]
            place = (wiring.index(AZ[(place + shift) % 26]) - shift) % 26
        made.append(AZ[place])
    return grouped("".join(made).translate(swaps))


def _through(place: int, wiring: str, shift: int) -> int:
    return (AZ.index(wiring[(place + shift) % 26]) - shift) % 26


def _step(places: list[int], rotors: list[str]) -> None:
    """The right rotor turns; a rotor at its notch carries the one to its left, the middle one itself too."""
    right = AZ[places[2]] == _ROTORS[rotors[2]][1]
    if AZ[places[1]] == _ROTORS[rotors[1]][1]:
        places[0] = (places[0] + 1) % 26
        places[1] = (places[1] + 1) % 26
    elif right:
        places[1] = (places[1] + 1) % 26
    places[2] = (places[2] + 1) % 26


_SETTING = re.compile(
    r"((?:I|II|III|IV|V) (?:I|II|III|IV|V) (?:I|II|III|IV|V)) / ([A-Z]{3}) / ([A-Z]{3}) / ([A-Z ]*)"
)


def _setting(key: str) -> tuple[list[str], list[int], list[int], list[str]]:
    found = _SETTING.fullmatch(key)
    plugs = found[4].split() if found else []
    if found is None or len(set("".join(plugs))) != 2 * len(plugs):
        raise InputError(
            f"'{key}' is no setting of an Enigma", hint="For example: I II III / AAA / ADU / AV BS CG"
        )
    return found[1].split(), [AZ.index(c) for c in found[2]], [AZ.index(c) for c in found[3]], plugs


def from_enigma(body: str, key: str) -> str:
    """The inverse."""
    return letters(to_enigma(body, key))


def _drawn_setting(seed: Seed) -> str:
    mixed = seed.shuffled(AZ)
    rotors, plugs = seed.shuffled(list(_ROTORS))[:3], [mixed[i] + mixed[i + 1] for i in range(0, 12, 2)]
    drawn = ["".join(AZ[int(i)] for i in seed.rng.integers(26, size=3)) for _ in range(2)]
    return f"{' '.join(rotors)} / {drawn[0]} / {drawn[1]} / {' '.join(plugs)}"


_JOKERS = (53, 54)


def _solitaire(key: str, count: int) -> list[int]:
    """Schneier 1999: ``count`` values of the key stream of a deck that a passphrase has keyed."""
    deck = list(range(1, 55))
    for letter in key_letters(key):
        deck = _cut_by(_turned(deck), AZ.index(letter) + 1)
    stream: list[int] = []
    while len(stream) < count:
        deck = _turned(deck)
        card = deck[min(deck[0], 53)]
        if card not in _JOKERS:
            stream.append(card)
    return stream


def _turned(deck: list[int]) -> list[int]:
    """The jokers moved, the triple cut, the count cut."""
    deck = _moved_down(_moved_down(_moved_down(deck, 53), 54), 54)
    first, last = sorted(deck.index(joker) for joker in _JOKERS)
    deck = deck[last + 1 :] + deck[first : last + 1] + deck[:first]
    return _cut_by(deck, min(deck[-1], 53))


def _moved_down(deck: list[int], card: int) -> list[int]:
    place = deck.index(card)
    rest = deck[:place] + deck[place + 1 :]
    place = place + 1 if place < 53 else 1
    return [*rest[:place], card, *rest[place:]]


def _cut_by(deck: list[int], count: int) -> list[int]:
    return deck[count:-1] + deck[:count] + deck[-1:]


def to_solitaire(text: str, key: str) -> str:
    """Letters plus the key stream, modulo 26."""
    plain = letters(text)
    stream = _solitaire(key, len(plain))
    return grouped("".join(AZ[(AZ.index(c) + k) % 26] for c, k in zip(plain, stream, strict=True)))


def from_solitaire(body: str, key: str) -> str:
    """The inverse."""
    plain = letters(body)
    stream = _solitaire(key, len(plain))
    return "".join(AZ[(AZ.index(c) - k) % 26] for c, k in zip(plain, stream, strict=True))


def _hex_key(key: str) -> bytes:
    try:
        data = bytes.fromhex(key)
    except ValueError:
        data = b""
    if not data:
        raise InputError(f"the key '{key}' is not written in hexadecimal digits", hint="For example 5A3C91.")
    return data


def to_xor(text: str, key: str) -> str:
    """Bytes, each xor the key's bytes by turns, in hexadecimal."""
    data = _hex_key(key)
    return " ".join(f"{byte ^ data[i % len(data)]:02X}" for i, byte in enumerate(text.encode()))


def from_xor(body: str, key: str) -> str:
    """The inverse."""
    data = _hex_key(key)
    return bytes(byte ^ data[i % len(data)] for i, byte in enumerate(bytes.fromhex(body))).decode()


def _hex_drawn(size: int) -> Key:
    return Key(lambda seed: seed.rng.bytes(size).hex().upper(), "Bytes, in hexadecimal.")


def _rc4(data: bytes, key: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    made, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        made.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(made)


def to_rc4(text: str, key: str) -> str:
    """RC4 under the key's ASCII letters, in hexadecimal."""
    return _rc4(text.encode(), key_letters(key).lower().encode()).hex().upper()


def from_rc4(body: str, key: str) -> str:
    """The inverse."""
    return _rc4(bytes.fromhex(body), key_letters(key).lower().encode()).decode()


def _round(half: int, key: int) -> int:
    return (3 * half + key) % 256


def to_feistel(text: str, key: str) -> str:
    """Pairs of bytes (left, right), four rounds: (L, R) → (R, L xor (3 R + k) mod 256). A zero byte is added
    where their number is odd, and a full stop behind."""
    data = text.encode()
    odd = len(data) % 2
    data, keys = data + b"\0" * odd, _rounds(key)
    made = []
    for left, right in zip(data[::2], data[1::2], strict=True):
        for k in keys:
            left, right = right, left ^ _round(right, k)  # noqa: PLW2901
        made.append(f"{left:02X}{right:02X}")
    return " ".join(made) + "." * odd


def _rounds(key: str) -> list[int]:
    keys = list(_hex_key(key))
    if len(keys) != 4:
        raise InputError(f"the key '{key}' is not four bytes", hint="For example 1F22A7C0.")
    return keys


def from_feistel(body: str, key: str) -> str:
    """The inverse."""
    data, keys = bytearray(), _rounds(key)
    for block in body.rstrip(".").split():
        left, right = bytes.fromhex(block)
        for k in reversed(keys):
            left, right = right ^ _round(left, k), left
        data += bytes([left, right])
    return bytes(data[:-1] if body.endswith(".") else data).decode()


def to_shares(text: str, seed: Seed, **_: str) -> str:
    """Shamir 1979 modulo 65 537, UTF-16 units: for each a line y = s + r x; two points of it are told."""
    units = text.encode("utf-16-be")
    secrets = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    slopes = [int(r) for r in seed.rng.integers(1, 65537, size=len(secrets))]
    lines = [
        f"x={x}: " + " ".join(str((s + r * x) % 65537) for s, r in zip(secrets, slopes, strict=True))
        for x in (1, 2)
    ]
    return "\n".join(lines)


def from_shares(body: str) -> str:
    """The inverse: s = 2 y(1) − y(2)."""
    first, second = ([int(word) for word in line.partition(": ")[2].split()] for line in body.split("\n"))
    secrets = [(2 * a - b) % 65537 for a, b in zip(first, second, strict=True)]
    return b"".join(secret.to_bytes(2, "big") for secret in secrets).decode("utf-16-be")


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "rotor-machine",
        "Rotor machine",
        "Letters run through three turning rotors, a reflector and plugs, as in the Enigma I.",
        group=_GROUP,
        encode=to_enigma,
        decode=from_enigma,
        key=Key(_drawn_setting, "ROTORS / RINGS / START / PLUGS, such as I II III / AAA / ADU / AV BS CG."),
        survives=letters,
        scripts=LATIN,
        reference="Scherbius 1918; wirings of the Wehrmacht's Enigma I",
    ),
    encoded(
        "deck-of-cards",
        "Solitaire cipher",
        "A deck of cards, keyed by a word and cut after every letter, tells how far each letter is shifted.",
        group=_GROUP,
        encode=to_solitaire,
        decode=from_solitaire,
        key=WORD,
        survives=letters,
        scripts=LATIN,
        reference="Schneier 1999",
    ),
    encoded(
        "xor-key",
        "XOR with a key",
        "Every byte is combined by exclusive or with the bytes of a key by turns, in hexadecimal.",
        group=_GROUP,
        encode=to_xor,
        decode=from_xor,
        key=_hex_drawn(3),
        reference="Vernam 1919, with a key that repeats",
    ),
    encoded(
        "stream-cipher",
        "Stream cipher",
        "A table of 256 bytes, keyed by a word and swapped at every step, gives the bytes that mask "
        "the text.",
        group=_GROUP,
        encode=to_rc4,
        decode=from_rc4,
        key=WORD,
        reference="RC4 (1994); RFC 6229",
    ),
    encoded(
        "feistel-rounds",
        "Feistel network by hand",
        "Pairs of bytes go through four rounds that mix one half with a function of the other; it is told.",
        group=_GROUP,
        encode=to_feistel,
        decode=from_feistel,
        key=_hex_drawn(4),
        detail=lambda key: ": (L, R) → (R, L xor (3·R + k mod 256))",
        reference="Feistel 1973",
    ),
    encoded(
        "secret-shares",
        "Shares of a secret",
        "Every character is a point on a line at 0; only the points at 1 and 2 are told, to be joined.",
        group=_GROUP,
        encode=to_shares,
        decode=from_shares,
        draws=True,
        detail=lambda: " (UTF-16, mod 65537: s = y₀, y = s + r·x)",
        reference="Shamir 1979",
    ),
)
