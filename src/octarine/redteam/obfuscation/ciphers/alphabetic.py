"""One letter for one letter."""

from __future__ import annotations

import json
import re
from math import gcd

from octarine.core.errors import InputError
from octarine.redteam.obfuscation.alphabets import AZ, KEY_WORDS, key_letters, keyed_alphabet, listed
from octarine.redteam.obfuscation.encodings.signals import lettered
from octarine.redteam.obfuscation.explaining import Key, encoded
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "one letter for one"
_LOW = AZ.lower()


def substituted(text: str, alphabet: str) -> str:
    """Every ASCII letter replaced by that of ``alphabet`` in its place, its case kept; all else stays."""
    return text.translate(str.maketrans(AZ + _LOW, alphabet + alphabet.lower()))


def _back(text: str, alphabet: str) -> str:
    return text.translate(str.maketrans(alphabet + alphabet.lower(), AZ + _LOW))


_PRINTABLE = "".join(map(chr, range(33, 127)))


def to_caesar(text: str, key: int, signs: str) -> str:
    """Shifted forwards by ``key`` through the alphabet, or through printable ASCII."""
    if signs == "letters":
        return substituted(text, AZ[key % 26 :] + AZ[: key % 26])
    shift = key % 94
    return text.translate(str.maketrans(_PRINTABLE, _PRINTABLE[shift:] + _PRINTABLE[:shift]))


def from_caesar(body: str, key: int, signs: str) -> str:
    """The inverse."""
    return to_caesar(body, -key, signs)


_FIRST, _SURROGATES, _LAST = 0x20, 0xD800, 0x110000


def to_rotated(text: str, key: int) -> str:
    """Every character from the blank on replaced by the one ``key`` places on, surrogates not counted, within
    its plane of 65 536."""
    return "".join(_moved(sign, key) for sign in text)


def _moved(sign: str, key: int) -> str:
    point = ord(sign)
    if point < 0xA0 and not sign.isprintable():
        return sign
    if point >= 0x10000:
        return chr(point - point % 0x10000 + (point + key) % 0x10000)
    places = _BMP_PLACES
    place = (_place(point) + key) % places
    return chr(_point(place))


_CONTROLS = 65  # U+0000 to U+001F and U+007F to U+009F, which stay
_BMP_PLACES = 0x10000 - _CONTROLS - 0x800


def _place(point: int) -> int:
    return point - 32 - (33 if point > 0x7E else 0) - (0x800 if point > 0xDFFF else 0)


def _point(place: int) -> int:
    point = place + 32
    point += 33 if point > 0x7E else 0
    return point + (0x800 if point >= _SURROGATES else 0)


def from_rotated(body: str, key: int) -> str:
    """The inverse."""
    return to_rotated(body, -key)


def to_atbash(text: str) -> str:
    """A for Z, B for Y …; its own inverse."""
    return substituted(text, AZ[::-1])


_UNITS = [a for a in range(3, 26) if gcd(a, 26) == 1 and a != 25]


def _affine(key: str) -> str:
    """The alphabet of ``a,b``: place → a · place + b."""
    found = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*", key)
    if found is None or gcd(int(found[1]), 26) != 1:
        raise InputError(f"the key '{key}' is no pair A,B with A prime to 26", hint="For example 5,8.")
    a, b = int(found[1]), int(found[2])
    return "".join(AZ[(a * place + b) % 26] for place in range(26))


def to_affine(text: str, key: str) -> str:
    """Places multiplied and shifted, modulo 26."""
    return substituted(text, _affine(key))


def from_affine(body: str, key: str) -> str:
    """The inverse."""
    return _back(body, _affine(key))


def to_keyed_alphabet(text: str, key: str) -> str:
    """The alphabet that begins with the letters of the key word."""
    return substituted(text, keyed_alphabet(key_letters(key)))


def from_keyed_alphabet(body: str, key: str) -> str:
    """The inverse."""
    return _back(body, keyed_alphabet(key_letters(key)))


_TOKENS = listed(
    "river stone lamp cloud paper bread chair wheel grass bell rope shell coin leaf brick glove spoon train "
    "ladder button carpet pencil mirror basket kettle towel"
)
_EMOJI = listed("🍎 🚲 🌵 🎈 🐢 🔔 🌙 🎲 🍞 ⚓ 🪁 🧦 🎻 🐝 🍋 🧭 🕯 🪴 🐧 🎯 🧊 🍄 🛶 🪶 🧲 🐌")


def _codebook(seed: Seed) -> str:
    drawn = seed.shuffled(_CODES[seed["codes"]])[:26]
    return " ".join(f"{letter}={code}" for letter, code in zip(AZ, drawn, strict=True))


_CODES = {
    "digits": [f"{n:02d}" for n in range(10, 100)],
    "words": _TOKENS,
    "emoji": _EMOJI,
    "letters": list(AZ),
}


def _table(key: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in key.split()]
    table = {letter: code for letter, _, code in pairs}
    if set(table) != set(AZ) or len(set(table.values())) != 26:
        raise InputError("the code book does not give each letter from A to Z a code", hint="Write A=… B=… …")
    return table


def to_codebook(text: str, key: str, **_: str) -> str:
    """Codes with a blank between them; a stroke between words."""
    table = _table(key)
    return " / ".join(" ".join(table[sign] for sign in word) for word in lettered(text).split())


def from_codebook(body: str, key: str, **_: str) -> str:
    """The inverse."""
    letters = {code: letter for letter, code in _table(key).items()}
    return " ".join("".join(letters[code] for code in word.split()) for word in body.split("/"))


# Letters of English text in a thousand (Lewand 2000): as many codes as would make all codes equally frequent.
_THOUSANDTHS = dict(
    zip(
        AZ,
        (82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20, 1),
        strict=True,
    )
)


def _homophones(seed: Seed) -> str:
    """A hundred numbers of two digits given out by frequency, at least one a letter."""
    wanted = {letter: max(1, round(share / 11)) for letter, share in _THOUSANDTHS.items()}
    numbers = iter(seed.shuffled([f"{n:02d}" for n in range(100)]))
    return " ".join(
        f"{letter}={','.join(next(numbers) for _ in range(size))}" for letter, size in wanted.items()
    )


def _many(key: str) -> dict[str, list[str]]:
    return {letter: codes.split(",") for letter, _, codes in (pair.partition("=") for pair in key.split())}


def to_homophones(text: str, key: str, seed: Seed) -> str:
    """For each letter one of its numbers, drawn."""
    table = _many(key)
    words = [" ".join(seed.pick(table[sign]) for sign in word) for word in lettered(text).split()]
    return " / ".join(words)


def from_homophones(body: str, key: str) -> str:
    """The inverse."""
    letters = {code: letter for letter, codes in _many(key).items() for code in codes}
    return " ".join("".join(letters[code] for code in word.split()) for word in body.split("/"))


def _signs_of(text: str) -> list[str]:
    return sorted({sign for sign in text if not sign.isspace()})


def to_numbered_signs(text: str, seed: Seed) -> str:
    """A legend of the text's own characters, numbered in a drawn order, as JSON; below it the numbers. Blanks
    stand as they are, in JSON where they are no single blank."""
    signs = seed.shuffled(_signs_of(text))
    numbers = {sign: str(place) for place, sign in enumerate(signs, 1)}
    coded = " ".join(numbers.get(sign, "/" if sign == " " else json.dumps(sign)) for sign in text)
    return json.dumps("".join(signs), ensure_ascii=False) + "\n" + coded


def from_numbered_signs(body: str) -> str:
    """The inverse."""
    legend, _, coded = body.partition("\n")
    signs = json.loads(legend)
    blanks = {"/": " "}
    return "".join(
        signs[int(word) - 1] if word.isdigit() else blanks.get(word) or json.loads(word)
        for word in coded.split(" ")
    )


def drawn_word(seed: Seed) -> str:
    """A key word."""
    return str(seed.pick(KEY_WORDS))


WORD = Key(drawn_word, "The key word.")
TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "caesar",
        "Caesar cipher",
        "Every letter is replaced by the one a fixed number of places on in the alphabet (13: ROT13).",
        group=_GROUP,
        encode=to_caesar,
        decode=from_caesar,
        key=Key(lambda seed: int(seed.rng.integers(1, 26)), "How many places.", kind=int, low=1, high=93),
        parameters=(
            Parameter("signs", "letters", "Through which signs it goes.", choices=("letters", "printable")),
        ),
        detail=lambda signs, key: " (ASCII 33–126, ROT47)" if signs == "printable" else "",
        scripts=LATIN,
        reference="Suetonius; CipherChat (Yuan et al. 2023); garak InjectROT13; PyRIT CaesarConverter",
    ),
    encoded(
        "unicode-shift",
        "Shift through Unicode",
        "Every character of any script is replaced by the one a number of places on in the order of Unicode.",
        group=_GROUP,
        encode=to_rotated,
        decode=from_rotated,
        key=Key(
            lambda seed: int(seed.rng.integers(1, 3000)), "How many places.", kind=int, low=1, high=60000
        ),
        reference="ROT8000 (2018)",
    ),
    encoded(
        "atbash",
        "Atbash",
        "The alphabet is turned round: A is written for Z, B for Y, and so on.",
        group=_GROUP,
        encode=to_atbash,
        decode=to_atbash,
        scripts=LATIN,
        reference="Hebrew Bible, Jeremiah 25:26; garak InjectAtbash; PyRIT AtbashConverter",
    ),
    encoded(
        "affine",
        "Affine cipher",
        "Every letter's place is multiplied by one number and shifted by another, modulo 26.",
        group=_GROUP,
        encode=to_affine,
        decode=from_affine,
        key=Key(
            lambda seed: f"{seed.pick(_UNITS)},{seed.rng.integers(1, 26)}", "A,B: the factor and the shift."
        ),
        detail=lambda key: ": a · x + b mod 26, A = 0",
        scripts=LATIN,
        reference="Stinson, Cryptography: Theory and Practice, 1.1",
    ),
    encoded(
        "keyword-alphabet",
        "Keyword alphabet",
        "The alphabet is written under one that begins with a key word, and letters are replaced by "
        "those below.",
        group=_GROUP,
        encode=to_keyed_alphabet,
        decode=from_keyed_alphabet,
        key=WORD,
        scripts=LATIN,
        reference="Argenti, 16th century; Gaines 1939",
    ),
    encoded(
        "code-book",
        "Code book",
        "A code book drawn for this prompt gives each letter a number, letter, word or emoji; it is "
        "told in full.",
        group=_GROUP,
        encode=to_codebook,
        decode=from_codebook,
        key=Key(_codebook, "A=… B=… …: a code for each letter."),
        parameters=(Parameter("codes", "words", "What the codes are.", choices=tuple(_CODES)),),
        scripts=LATIN,
        survives=lettered,
        reference="Bijection learning (Huang et al. 2024); PyRIT Letter-, Digit-, TokenBijectionConverter",
    ),
    encoded(
        "homophones",
        "Homophonic cipher",
        "Frequent letters have several numbers, one of which is drawn each time, so that none stands out.",
        group=_GROUP,
        encode=to_homophones,
        decode=from_homophones,
        key=Key(_homophones, "A=…,… B=… …: the numbers of each letter."),
        draws=True,
        scripts=LATIN,
        survives=lettered,
        reference="Duchy of Mantua 1401; Kahn 1967",
    ),
    encoded(
        "numbered-legend",
        "Numbered legend",
        "A legend numbers just the characters that occur in the text, in a drawn order; the text is numbers.",
        group=_GROUP,
        encode=to_numbered_signs,
        decode=from_numbered_signs,
        draws=True,
        reference="ours",
    ),
)
