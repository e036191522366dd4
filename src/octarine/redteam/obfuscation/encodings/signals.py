"""Codes for telegraphs, flags, cards and fingertips."""

from __future__ import annotations

import re
from functools import cache

from octarine.redteam.obfuscation.alphabets import ascii_of, listed, paired
from octarine.redteam.obfuscation.explaining import encoded
from octarine.redteam.technique import LATIN, Parameter, Technique

_GROUP = "signals"
_MORSE = paired(
    "A=.- B=-... C=-.-. D=-.. E=. F=..-. G=--. H=.... I=.. J=.--- K=-.- L=.-.. M=-- N=-. O=--- P=.--. Q=--.- "
    "R=.-. S=... T=- U=..- V=...- W=.-- X=-..- Y=-.-- Z=--.. 0=----- 1=.---- 2=..--- 3=...-- 4=....- 5=..... "
    "6=-.... 7=--... 8=---.. 9=----. ,=--..-- ?=..--.. '=.----. /=-..-. (=-.--. )=-.--.- :=---... +=.-.-. "
    '"=.-..-. @=.--.-. -=-....-'
) | {".": ".-.-.-", "=": "-...-"}


def kept(text: str, signs: str) -> str:
    """Capitals without accents, of them those in ``signs``, and one blank between words."""
    allowed = "".join(c for c in ascii_of(text).upper() if c in signs or c.isspace())
    return " ".join(allowed.split())


def telegraphed(text: str) -> str:
    """What Morse code has signs for."""
    return kept(text, "".join(_MORSE))


def to_morse(text: str, signs: str) -> str:
    """ITU-R M.1677; a blank between letters, a stroke between words."""
    words = [" ".join(_MORSE[c] for c in word) for word in telegraphed(text).split()]
    return " / ".join(words) if signs == ".-" else _resigned(" / ".join(words), signs)


def _resigned(code: str, signs: str) -> str:
    dot, dash = _SIGNS[signs]
    return " ".join(
        word if word == "/" else "".join(dot if c == "." else dash for c in word) for word in code.split(" ")
    )


_SIGNS = {".-": (".", "-"), "·−": ("·", "−"), "di dah": ("di", "dah"), "🔹🔷": ("🔹", "🔷")}


def from_morse(body: str, signs: str) -> str:
    """The inverse."""
    dot, dash = _SIGNS[signs]
    letters = {code: sign for sign, code in _MORSE.items()}
    plain = body.replace(dash, "-").replace(dot, ".")
    return " ".join("".join(letters[code] for code in word.split()) for word in plain.split("/"))


_BRAILLE = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))
_POINTS = {",": "⠂", ";": "⠆", ":": "⠒", ".": "⠲", "!": "⠖", "?": "⠦", "'": "⠄", "-": "⠤"}
_NUMBER, _LETTER = "⠼", "⠰"


def embossed(text: str) -> str:
    """What uncontracted Braille keeps of a text here: no case."""
    return kept(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,;:.!?'-")


def to_braille(text: str) -> str:
    """Uncontracted English Braille; a blank cell between words, ⠼ before digits, ⠰ where letters go on."""
    made, numbers = [], False
    for sign in embossed(text):
        if sign.isdigit():
            made += ([] if numbers else [_NUMBER]) + [_BRAILLE["JABCDEFGHI"[int(sign)]]]
        elif sign in _BRAILLE:
            made += ([_LETTER] if numbers and sign <= "J" else []) + [_BRAILLE[sign]]
        else:
            made.append("⠀" if sign == " " else _POINTS[sign])
        numbers = sign.isdigit()
    return "".join(made)


def from_braille(body: str) -> str:
    """The inverse."""
    letters = {cell: sign for sign, cell in (_BRAILLE | _POINTS).items()} | {"⠀": " "}
    made, numbers = [], False
    for cell in body:
        if cell in (_NUMBER, _LETTER):
            numbers = cell == _NUMBER
            continue
        sign = letters[cell]
        numbers = numbers and "A" <= sign <= "J"
        made.append(str("JABCDEFGHI".index(sign)) if numbers else sign)
    return "".join(made)


# Where each hand points: 1 down, then clockwise as the signaller stands seen from the front (2 is down left).
_SEMAPHORE = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        listed("12 13 14 15 16 17 18 23 24 57 25 26 27 28 34 35 36 37 38 45 46 58 67 68 47 78"),
        strict=True,
    )
)
_ARROWS = dict(zip("12345678", "↓↙←↖↑↗→↘", strict=True))


def lettered(text: str) -> str:
    """Words of letters alone."""
    return kept(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def to_semaphore(text: str) -> str:
    """Two arrows a letter, for the two arms."""
    words = lettered(text).split()
    return " / ".join(" ".join("".join(_ARROWS[p] for p in _SEMAPHORE[c]) for c in word) for word in words)


def from_semaphore(body: str) -> str:
    """The inverse."""
    letters = {"".join(_ARROWS[p] for p in pair): sign for sign, pair in _SEMAPHORE.items()}
    return " ".join("".join(letters[arms] for arms in word.split()) for word in body.split("/"))


_ITA2_LETTERS = "\0E\nA SIU\rDRJNFCKTZLWHYPQOBG\x0eMXV\x0f"
_ITA2_FIGURES = "\x003\n- '87\r\x054\a,!:(5+)2£6019?&\x0e./;\x0f"
_TO_FIGURES, _TO_LETTERS = 27, 31
_FIGURES = "3-'874,!:(5+)26019?&./;"


def typed(text: str) -> str:
    """What a teleprinter has keys for."""
    return kept(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + _FIGURES)


def to_ita2(text: str) -> str:
    """Five bits a sign, the highest first, with shifts between letters and figures; it starts in letters."""
    made, figures = [], False
    for sign in typed(text):
        if sign != " " and (sign in _FIGURES) != figures:
            figures = not figures
            made.append(_TO_FIGURES if figures else _TO_LETTERS)
        made.append((_ITA2_FIGURES if figures else _ITA2_LETTERS).index(sign))
    return " ".join(f"{code:05b}" for code in made)


def from_ita2(body: str) -> str:
    """The inverse."""
    made, figures = [], False
    for code in (int(word, 2) for word in body.split()):
        if code in (_TO_FIGURES, _TO_LETTERS):
            figures = code == _TO_FIGURES
        else:
            made.append((_ITA2_FIGURES if figures else _ITA2_LETTERS)[code])
    return "".join(made)


_KEYPAD = {"2": "ABC2", "3": "DEF3", "4": "GHI4", "5": "JKL5", "6": "MNO6", "7": "PQRS7", "8": "TUV8",
           "9": "WXYZ9", "1": ".,?!'-1", "0": " 0"}  # fmt: skip


def keyed_in(text: str) -> str:
    """What an old telephone types."""
    return kept(text, "".join(_KEYPAD.values()))


def to_multitap(text: str) -> str:
    """A key pressed once, twice …; a blank between characters."""
    presses = {sign: key * (i + 1) for key, signs in _KEYPAD.items() for i, sign in enumerate(signs)}
    return " ".join(presses[sign] for sign in keyed_in(text))


def from_multitap(body: str) -> str:
    """The inverse."""
    return "".join(_KEYPAD[run[0]][len(run) - 1] for run in body.split())


_CARD_POINTS = paired(
    ".=12-3-8 <=12-4-8 (=12-5-8 +=12-6-8 &=12 *=11-4-8 )=11-5-8 ;=11-6-8 -=11 /=0-1 ,=0-3-8 %=0-4-8 ?=0-7-8 "
    ":=2-8 #=3-8 @=4-8 '=5-8 \"=7-8 !=11-2-8"
) | {"=": "6-8"}


@cache
def _card() -> dict[str, str]:
    columns = {str(i): str(i) for i in range(10)} | _CARD_POINTS
    columns |= {sign: f"12-{i}" for i, sign in enumerate("ABCDEFGHI", 1)}
    columns |= {sign: f"11-{i}" for i, sign in enumerate("JKLMNOPQR", 1)}
    return columns | {sign: f"0-{i}" for i, sign in enumerate("STUVWXYZ", 2)}


def punched(text: str) -> str:
    """What a punched card of 1964 has columns for."""
    return kept(text, "".join(_card()))


def to_punched_card(text: str) -> str:
    """The rows punched in each column; a dot for a blank column."""
    return " ".join(_card().get(sign, ".") for sign in punched(text))


def from_punched_card(body: str) -> str:
    """The inverse."""
    signs = {rows: sign for sign, rows in _card().items()} | {".": " "}
    return "".join(signs[rows] for rows in body.split())


# Code 39: five bars and four spaces, of them three wide.
_CODE_39 = paired(
    "0=000110100 1=100100001 2=001100001 3=101100000 4=000110001 5=100110000 6=001110000 7=000100101 "
    "8=100100100 9=001100100 A=100001001 B=001001001 C=101001000 D=000011001 E=100011000 F=001011000 "
    "G=000001101 H=100001100 I=001001100 J=000011100 K=100000011 L=001000011 M=101000010 N=000010011 "
    "O=100010010 P=001010010 Q=000000111 R=100000110 S=001000110 T=000010110 U=110000001 V=011000001 "
    "W=111000000 X=010010001 Y=110010000 Z=011010000 -=010000101 .=110000100 $=010101000 /=010100010 "
    "+=010001010 %=000101010 *=010010100"
)
_CODE_39[" "] = "011000100"


def barred(text: str) -> str:
    """What Code 39 has bars for."""
    return kept(text, "".join(_CODE_39).replace("*", ""))


def to_code_39(text: str) -> str:
    """Every sign as its bars and spaces, n narrow, W wide, between two start signs."""
    return " ".join(re.sub("0", "n", _CODE_39[sign]).replace("1", "W") for sign in f"*{barred(text)}*")


def from_code_39(body: str) -> str:
    """The inverse."""
    signs = {code: sign for sign, code in _CODE_39.items()}
    return "".join(signs[word.replace("n", "0").replace("W", "1")] for word in body.split())[1:-1]


_KEYS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL'", "ZXCVBNM,.?")


def walked(text: str) -> str:
    """What the keys of the walk hold, the blank bar left out."""
    return kept(text, "".join(_KEYS))


def to_key_walk(text: str) -> str:
    """From the key G, arrows to each next key and a dot to press it; a stroke between words."""
    here, words = (2, 4), []
    for word in walked(text).split():
        steps = []
        for sign in word:
            row = next(i for i, keys in enumerate(_KEYS) if sign in keys)
            down, right = row - here[0], _KEYS[row].index(sign) - here[1]
            steps.append(("↓" * down or "↑" * -down) + ("→" * right or "←" * -right) + "•")
            here = (here[0] + down, here[1] + right)
        words.append(" ".join(steps))
    return " / ".join(words)


def from_key_walk(body: str) -> str:
    """The inverse."""
    row, column, made = 2, 4, ""
    for sign in body:
        row += (sign == "↓") - (sign == "↑")
        column += (sign == "→") - (sign == "←")
        made += _KEYS[row][column] if sign == "•" else " " if sign == "/" else ""
    return made


_LEGS = Parameter("signs", ".-", "How dots and dashes are written.", choices=tuple(_SIGNS))
TECHNIQUES: tuple[Technique, ...] = (
    encoded(
        "morse-code",
        "Morse code",
        "Every letter is written as dots and dashes, frequent letters with fewer of them.",
        group=_GROUP,
        encode=to_morse,
        decode=from_morse,
        survives=telegraphed,
        scripts=LATIN,
        parameters=(_LEGS,),
        reference="ITU-R M.1677; garak InjectMorse",
    ),
    encoded(
        "braille",
        "Braille cells",
        "Every letter is a cell of raised dots, digits borrow the first ten letters behind a number sign.",
        group=_GROUP,
        encode=to_braille,
        decode=from_braille,
        survives=embossed,
        scripts=LATIN,
        reference="Unified English Braille, uncontracted; PyRIT BrailleConverter",
    ),
    encoded(
        "flag-semaphore",
        "Flag semaphore",
        "Every letter is the directions in which a signaller's two arms point.",
        group=_GROUP,
        encode=to_semaphore,
        decode=from_semaphore,
        survives=lettered,
        scripts=LATIN,
        reference="International Code of Signals, flag semaphore",
    ),
    encoded(
        "teleprinter-code",
        "Teleprinter code",
        "Every sign is five bits of the Baudot–Murray code, with shifts between letters and figures.",
        group=_GROUP,
        encode=to_ita2,
        decode=from_ita2,
        survives=typed,
        scripts=LATIN,
        reference="ITU-T S.1 (ITA2)",
    ),
    encoded(
        "keypad-presses",
        "Keypad presses",
        "Every letter is a digit of a telephone's keypad, pressed as often as its place on the key says.",
        group=_GROUP,
        encode=to_multitap,
        decode=from_multitap,
        survives=keyed_in,
        scripts=LATIN,
        reference="ITU-T E.161, multi-tap",
    ),
    encoded(
        "punched-card",
        "Punched card",
        "Every character is the rows that are punched in a column of a card, a zone and one or two digits.",
        group=_GROUP,
        encode=to_punched_card,
        decode=from_punched_card,
        survives=punched,
        scripts=LATIN,
        reference="ANSI X3.26, Hollerith punched card code",
    ),
    encoded(
        "barcode-bars",
        "Bars of a barcode",
        "Every character is the five bars and four spaces that Code 39 gives it, three of the nine wide.",
        group=_GROUP,
        encode=to_code_39,
        decode=from_code_39,
        survives=barred,
        scripts=LATIN,
        reference="ISO/IEC 16388 (Code 39)",
    ),
    encoded(
        "keyboard-walk",
        "Walk over a keyboard",
        "Arrows lead from each key of a keyboard to the next one, as with a remote control, and a "
        "dot presses it.",
        group=_GROUP,
        encode=to_key_walk,
        decode=from_key_walk,
        survives=walked,
        scripts=LATIN,
        detail=lambda: ": " + " | ".join(_KEYS),
        reference="ours; on-screen keyboards",
    ),
)
