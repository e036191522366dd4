"""Letters spelt by names and symbols of other things."""

from __future__ import annotations

from functools import cache

from octarine.redteam.obfuscation.alphabets import AZ, listed
from octarine.redteam.obfuscation.encodings.signals import kept, lettered
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import LATIN, Category, Effect, Need, Parameter, Technique

_GROUP = "spelling"
_LISTS = {
    "icao": "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar "
    "Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu",
    "able-baker": "Able Baker Charlie Dog Easy Fox George How Item Jig King Love Mike Nan Oboe Peter Queen "
    "Roger Sugar Tare Uncle Victor William X-ray Yoke Zebra",
    "din-5009": "Aachen Berlin Chemnitz Düsseldorf Essen Frankfurt Goslar Hamburg Ingelheim Jena Köln "
    "Leipzig München Nürnberg Offenbach Potsdam Quickborn Rostock Salzwedel Tübingen Unna Völklingen "
    "Wuppertal Xanten Ypsilon Zwickau",
}
_DIGITS = listed("Zero One Two Three Four Five Six Seven Eight Nine")


@cache
def _spoken(words: str) -> dict[str, str]:
    names = dict(zip(AZ, _LISTS[words].split(), strict=True))
    return names | {str(i): name for i, name in enumerate(_DIGITS)}


def spelt_out(text: str) -> str:
    """What a spelling alphabet has words for."""
    return kept(text, AZ + "0123456789")


def to_spelling_words(text: str, words: str) -> str:
    """A word for each letter; a stroke between words."""
    names = _spoken(words)
    return " / ".join(" ".join(names[sign] for sign in word) for word in spelt_out(text).split())


def from_spelling_words(body: str, words: str) -> str:
    """The inverse."""
    signs = {name: sign for sign, name in _spoken(words).items()}
    return " ".join("".join(signs[name] for name in word.split()) for word in body.split("/"))


_ELEMENTS = listed(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br "
    "Kr Rb Sr Y Zr "
    "Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf "
    "Ta W Re Os Ir "
    "Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt "
    "Ds Rg Cn Nh Fl "
    "Mc Lv Ts Og"
)
_NUMBERS = {symbol.upper(): number for number, symbol in enumerate(_ELEMENTS, 1)}


def _elements(word: str) -> list[str]:
    """The word in as few pieces as can be, symbols where there is one, letters elsewhere."""
    best: list[tuple[int, list[str]]] = [(0, [])]
    for end in range(1, len(word) + 1):
        found = []
        for size in (1, 2):
            piece = word[max(0, end - size) : end]
            if len(piece) == size and (size == 1 or piece in _NUMBERS):
                cost, pieces = best[end - size]
                found.append((cost + (1 if piece in _NUMBERS else 4), [*pieces, piece]))
        best.append(min(found, key=lambda pair: pair[0]))
    return best[-1][1]


def to_elements(text: str, written: str) -> str:
    """Symbols' numbers, or symbols; a letter that no symbol has stands for itself, in small."""

    def show(piece: str) -> str:
        if piece not in _NUMBERS:
            return piece.lower()
        number = _NUMBERS[piece]
        return str(number) if written == "numbers" else _ELEMENTS[number - 1]

    return " / ".join("-".join(map(show, _elements(word))) for word in lettered(text).split())


def from_elements(body: str, written: str) -> str:
    """The inverse."""

    def read(piece: str) -> str:
        return _ELEMENTS[int(piece) - 1].upper() if piece.isdigit() else piece.upper()

    return " ".join("".join(map(read, word.split("-"))) for word in body.split(" / "))


_GRIDS = "┘⊔└⊐□⊏┐⊓┌"
_PIGPEN = {
    **dict(zip(AZ[:9], _GRIDS, strict=True)),
    **{letter: f"{sign}·" for letter, sign in zip(AZ[9:18], _GRIDS, strict=True)},
    **dict(zip("STUV", "∨›‹∧", strict=True)),
    **{letter: f"{sign}·" for letter, sign in zip("WXYZ", "∨›‹∧", strict=True)},
}


def to_pigpen(text: str) -> str:
    """The lines round each letter's place in two grids and two crosses; a dot in the second ones."""
    return " / ".join(" ".join(_PIGPEN[c] for c in word) for word in lettered(text).split())


def from_pigpen(body: str) -> str:
    """The inverse."""
    letters = {sign: letter for letter, sign in _PIGPEN.items()}
    return " ".join("".join(letters[sign] for sign in word.split()) for word in body.split("/"))


_NOTES = ("C", "D", "E", "F", "G", "A", "B")


def to_notes(text: str) -> str:
    """A to G in the octave below middle C, H to N in the next, and so on; a rest between words."""
    return " 𝄽 ".join(
        " ".join(f"{_NOTES[AZ.index(c) % 7]}{3 + AZ.index(c) // 7}" for c in word)
        for word in lettered(text).split()
    )


def from_notes(body: str) -> str:
    """The inverse."""
    return " ".join(
        "".join(AZ[_NOTES.index(note[0]) + 7 * (int(note[1]) - 3)] for note in word.split())
        for word in body.split("𝄽")
    )


TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "spelling-alphabet",
        "Spelling alphabet",
        "Every letter is the word that radio operators say for it, from Alfa to Zulu or another list.",
        group=_GROUP,
        encode=to_spelling_words,
        decode=from_spelling_words,
        survives=spelt_out,
        scripts=LATIN,
        parameters=(Parameter("words", "icao", "Which list.", choices=tuple(_LISTS)),),
        reference="ICAO Annex 10; DIN 5009; garak InjectNato",
    ),
    encoded(
        "element-symbols",
        "Chemical elements",
        "Every word is cut into symbols of chemical elements, each given by its atomic number.",
        group=_GROUP,
        encode=to_elements,
        decode=from_elements,
        survives=lettered,
        scripts=LATIN,
        parameters=(Parameter("written", "numbers", "Numbers or symbols.", choices=("numbers", "symbols")),),
        reference="IUPAC Periodic Table of the Elements",
    ),
    encoded(
        "pigpen",
        "Pigpen cipher",
        "Every letter is the piece of a grid or a cross round the place where it stands, with or "
        "without a dot.",
        group=_GROUP,
        encode=to_pigpen,
        decode=from_pigpen,
        survives=lettered,
        scripts=LATIN,
        reference="Freemasons' cipher, 18th century",
    ),
    encoded(
        "musical-notes",
        "Notes of a scale",
        "Every letter is a note of the C major scale, the alphabet going up through four octaves.",
        group=_GROUP,
        encode=to_notes,
        decode=from_notes,
        survives=lettered,
        scripts=LATIN,
        reference="ours; musical ciphers since Porta 1602",
    ),
    Technique(
        id="sound-spelling",
        name="Sounds in the phonetic alphabet",
        category=Category.OBFUSCATION,
        group=_GROUP,
        mechanism="The text is written as it sounds, in the International Phonetic Alphabet, word by word.",
        apply=None,
        effect=Effect.ALTERS,
        needs=frozenset({Need.MODEL}),
        instruction="Write the text as it is pronounced in its own language, in the International Phonetic "
        "Alphabet, with a blank between words. Keep digits and marks at sentence ends.",
        reference="IPA Handbook 1999; PyRIT IPAConverter",
    ),
)
