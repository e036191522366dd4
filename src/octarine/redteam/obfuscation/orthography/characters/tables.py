"""Characters for characters, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from string import ascii_lowercase, ascii_uppercase, digits

_LETTERS = ascii_uppercase + ascii_lowercase


def back(*tables: Mapping[str, str]) -> dict[str, str]:
    """What stands for what, the other way round."""
    return {there: here for table in tables for here, there in table.items()}


FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "\u3000"}
SUPERSCRIPT = dict(zip(ascii_lowercase + digits, "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ𐞥ʳˢᵗᵘᵛʷˣʸᶻ⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
SUBSCRIPT = dict(zip("aehijklmnoprstuvx" + digits, "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉", strict=True))
SMALL_CAPITALS = dict(zip("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
UPSIDE_DOWN = dict(
    zip(
        ascii_lowercase + ascii_uppercase,
        "ɐqɔpǝɟƃɥᴉɾʞꞁɯuodbɹꜱʇnʌʍⅹʎᴢ" + "∀ꓭƆꓷƎℲ⅁ꓧΙſꓘ⅂WꓠꓳԀꝹꓤꓢꓕꓵΛMꓫ⅄Ζ",
        strict=True,
    )
) | dict(zip("1234569?¿!¡.,'()[]{}", "ƖᄅƐㄣϛ96¿?¡!˙',)(][}{", strict=True))
HOMOGLYPHS = dict(
    zip(
        "aceijopsxyhdqwvlgnrz" + "ABCEHIJKMNOPSTXYZGVWDFLR" + "كيه" + "カロエトタりへ",
        "асеіјорѕхуһԁԛԝνӏɡոгᴢ" + "АВСЕНІЈКМΝОРЅТХΥΖԌѴԜᎠϜᏞᎡ" + "کیہ" + "力口工卜夕リヘ",
        strict=True,
    )
)
"""UTS #39 (confusables.txt): letters of other scripts, and kana and kanji, that look like these."""
COMPATIBLE = {
    "ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "st": "ﬆ", "ij": "ĳ", "lj": "ǉ", "nj": "ǌ",
    "dz": "ǳ", "in": "㏌", "mm": "㎜", "cm": "㎝", "km": "㎞", "mg": "㎎", "kg": "㎏",
    "ml": "㎖", "ms": "㎳", "ns": "㎱", "ha": "㏊", "da": "㍲", "bar": "㍴",
    "pc": "㍶", "rad": "㎭", "mol": "㏖", "log": "㏒", "ln": "㏑", "lm": "㏐", "lx": "㏓",
    "mil": "㏕", "No": "№", "Pa": "㎩",
    "cd": "㏅", "sr": "㏛", "erg": "㋍", "cal": "㎈", "iii": "ⅲ", "ii": "ⅱ", "iv": "ⅳ", "vi": "ⅵ", "ix": "ⅸ",
    "xi": "ⅺ", "ps": "㎰", "IV": "Ⅳ", "VI": "Ⅵ", "XI": "Ⅺ", "TEL": "℡",
}  # fmt: skip
"""Sequences that Unicode has one compatibility character for; NFKC undoes it."""
_HOLES = {
    "ITALIC": {"h": "ℎ"},
    "SCRIPT": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "FRAKTUR": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "DOUBLE-STRUCK": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
}
"""Letters that Unicode had before the block of mathematical letters, which leaves their places empty."""
STYLES = ("bold", "italic", "bold italic", "script", "fraktur", "double-struck", "sans-serif", "monospace")
CIRCLES = {
    "circled": 0x24D0,
    "parenthesized": 0x249C,
    "squared": 0x1F130,
    "negative circled": 0x1F150,
    "negative squared": 0x1F170,
    "regional": 0x1F1E6,
}
"""Frame → where its letter A stands."""


@cache
def mathematical(style: str) -> dict[str, str]:
    """Letters → mathematical letters of a style."""
    style = style.upper()
    holes = _HOLES.get(style, {})
    found = {}
    for letter in _LETTERS:
        case = "CAPITAL" if letter.isupper() else "SMALL"
        name = f"MATHEMATICAL {style} {case} {letter.upper()}"
        found[letter] = holes.get(letter) or unicodedata.lookup(name)
    return found


@cache
def enclosed(frame: str) -> dict[str, str]:
    """Small letters → letters in a frame."""
    return {letter: chr(CIRCLES[frame] + place) for place, letter in enumerate(ascii_lowercase)}
