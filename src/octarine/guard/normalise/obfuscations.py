"""The ways to disguise a text that the guard undoes: what it is measured with.

``OBFUSCATIONS`` maps a name to a function of a text and a generator. Those in ``LATIN_ONLY`` leave text in
other scripts as it is, or cannot say it; the normaliser undoes all but those in ``BLANKED``.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

import numpy as np

from octarine.guard.normalise.characters.lookalikes import confusable_table
from octarine.guard.normalise.decoders.alphabets import braille_cells, spelling_words
from octarine.guard.normalise.decoders.layout import morse_table

Obfuscation = Callable[[str, np.random.Generator], str]

_FLIPPED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")
_SMALL = str.maketrans("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_SIGNS = "☃♥✿ฉༀჶ"
_RAISED = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_PICTURES = "😀🎉⭐🔥✨"
_WIDTHLESS = "\u200b\u200c\u200d\u2060"


def _shifted(text: str, shift: int) -> str:
    return "".join(_rotated(c, 97, shift) if "a" <= c <= "z" else _rotated(c, 65, shift) for c in text)


def _rotated(letter: str, base: int, shift: int) -> str:
    return chr((ord(letter) - base + shift) % 26 + base) if 0 <= ord(letter) - base < 26 else letter


def _atbash(text: str) -> str:
    pairs = {base + i: base + 25 - i for base in (65, 97) for i in range(26)}
    return text.translate(pairs)


def _alphabet(capital: int, small: int) -> dict[int, int]:
    return {65 + i: capital + i for i in range(26)} | {97 + i: small + i for i in range(26)}


def _after_letters(text: str, insert: Callable[[], str]) -> str:
    return "".join(c + insert() if c.isalpha() else c for c in text)


def _zero_width(text: str, generator: np.random.Generator) -> str:
    return _after_letters(text, lambda: _WIDTHLESS[int(generator.integers(len(_WIDTHLESS)))])


def _zalgo(text: str, generator: np.random.Generator) -> str:
    def pile() -> str:
        return "".join(chr(int(point)) for point in generator.integers(0x300, 0x370, 4) if point != 0x34F)

    return _after_letters(text, pile)


def _homoglyphs(text: str, generator: np.random.Generator) -> str:
    """About half of the letters that have a Cyrillic or Greek double, and at least one."""
    doubles: dict[str, list[str]] = {}
    for source, target in confusable_table().items():
        if "\u0370" <= source < "\u0530":
            doubles.setdefault(target, []).append(source)
    return "".join(
        doubles[c][int(generator.integers(len(doubles[c])))]
        if c in doubles and generator.random() < 0.5
        else c
        for c in text
    )


def _tagged(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) if c.isascii() else c for c in text)


def _morse(text: str) -> str:
    codes = {letter: code for code, letter in morse_table().items()}
    known = (c if c in codes else unicodedata.normalize("NFD", c)[0] for c in text.lower())
    plain = "".join(known)
    words = [" ".join(codes[c] for c in word if c in codes) for word in plain.split()]
    return " / ".join(filter(None, words))


def _pieces(text: str, size: int) -> list[str]:
    return re.findall(rf"(?s:.{{1,{size}}})", text)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower().replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _spelt(text: str) -> str:
    words = {letter: word for word, letter in spelling_words().items()}
    spelt = (
        " ".join(words[c].capitalize() for c in word if c in words) for word in _unaccented(text).split()
    )
    return " / ".join(spelt)


def _braille(text: str) -> str:
    cells = {letter: cell for cell, letter in braille_cells().items()} | {" ": "\u2800"}
    return "".join(cells.get(c, "") for c in _unaccented(text))


def _places(text: str) -> str:
    words = (
        "-".join(str(ord(c) - 96) for c in word if "a" <= c <= "z") for word in _unaccented(text).split()
    )
    return " ".join(words)


def _bits(text: str, digits: str, size: int) -> str:
    """Each byte of ``text`` in ``digits`` of ``size`` bits."""
    mask = (1 << size) - 1
    return "".join(
        digits[byte >> shift & mask] for byte in text.encode() for shift in range(8 - size, -1, -size)
    )


def _selected(text: str, base: str, each: str) -> str:
    return base + each.join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in text.encode())


def _uuencoded(text: str) -> str:
    data = text.encode()
    return "".join(binascii.b2a_uu(data[i : i + 45]).decode() for i in range(0, len(data), 45))


def _pictured(text: str, generator: np.random.Generator) -> str:
    return _after_letters(text, lambda: _PICTURES[int(generator.integers(len(_PICTURES)))])


def _split(text: str, generator: np.random.Generator) -> str:
    pieces = re.findall(rf".{{1,{int(generator.integers(3, 6))}}}", text)
    return " + ".join(f'"{piece}"' for piece in pieces)


def _decorated(text: str, generator: np.random.Generator) -> str:
    """A symbol or a foreign letter behind every word, or between words in place of blanks."""
    sign = _SIGNS[int(generator.integers(len(_SIGNS)))]
    return (f"{sign} " if generator.random() < 0.5 else sign).join(text.split()) + sign


def _regional(text: str) -> str:
    return "\u200b".join(chr(0x1F1E6 + ord(c) - 97) if "a" <= c <= "z" else c for c in text.lower())


def _quoted(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _reversed_words(text: str) -> str:
    return " ".join(word[::-1] for word in text.split(" "))


_SIMPLE: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64_url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64_unpadded": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64_wrapped": lambda text: "\n".join(re.findall(".{1,24}", base64.b64encode(text.encode()).decode())),
    "base64_twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64_utf16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64_utf16_big": lambda text: base64.b64encode(text.encode("utf-16-be")).decode(),
    "base64_blank_lines": lambda text: "\n\n".join(_pieces(_encoded(text), 24)),
    "base64_fours": lambda text: " ".join(_pieces(_encoded(text), 4)),
    "base64_joined": lambda text: " + ".join(f'"{piece}"' for piece in _pieces(_encoded(text), 10)),
    "base64_lines_of_code": lambda text: "\n".join(f"'{piece}'" for piece in _pieces(_encoded(text), 18)),
    "base64_reversed": lambda text: _encoded(text)[::-1],
    "base64_of_reversed": lambda text: _encoded(text[::-1]),
    "gzip_base64": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "zlib_base64": lambda text: base64.b64encode(zlib.compress(text.encode())).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base16": lambda text: text.encode().hex(),
    "base16_spaced": lambda text: text.encode().hex(" "),
    "base16_wide": lambda text: text.encode().hex("-").replace("-", "  "),
    "base16_prefixed": lambda text: ", ".join(f"0x{byte:02X}" for byte in text.encode()),
    "base16_reversed": lambda text: text.encode().hex()[::-1],
    "uuencode": _uuencoded,
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "binary_run": lambda text: _bits(text, "01", 1),
    "binary_fours": lambda text: " ".join(_pieces(_bits(text, "01", 1), 4)),
    "decimal_lines": lambda text: "\n".join(map(str, text.encode())),
    "decimal_run": lambda text: "".join(map(str, text.encode())),
    "character_calls": lambda text: " + ".join(f"chr({ord(c)})" for c in text),
    "decimal": lambda text: ", ".join(str(ord(c)) for c in text),
    "octal": lambda text: " ".join(f"{byte:03o}" for byte in text.encode()),
    "url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "url_wide": lambda text: "".join(
        f"%u{unit:04X}" for unit in np.frombuffer(text.encode("utf-16-le"), "<u2")
    ),
    "url_twice": lambda text: quote("".join(f"%{byte:02X}" for byte in text.encode())),
    "html": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "html_hex": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "html_zeros": lambda text: "".join(f"&#{ord(c):011d};" for c in text),
    "html_bare": lambda text: "".join(f"&#{ord(c):07d}" for c in text),
    "html_twice": lambda text: html.escape("".join(f"&#{ord(c)};" for c in text)),
    "escapes_u": lambda text: "".join(
        f"\\u{unit:04x}" for unit in np.frombuffer(text.encode("utf-16-le"), "<u2")
    ),
    "escapes_x": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "escapes_braces": lambda text: "".join(f"\\u{{{ord(c):x}}}" for c in text),
    "escapes_octal": lambda text: "".join(f"\\{byte:o}" for byte in text.encode()),
    "escapes_css": lambda text: "".join(f"\\{ord(c):x} " for c in text),
    "code_points": lambda text: " ".join(f"U+{ord(c):04X}" for c in text),
    "quoted_printable": _quoted,
    "tags": _tagged,
    "variation_selectors": lambda text: _selected(text, "😀", ""),
    "variation_selectors_spread": lambda text: _selected(text, "😀", "😀"),
    "variation_selectors_halves": lambda text: (
        "😀" + _bits(text, "".join(map(chr, range(0xFE00, 0xFE10))), 4)
    ),
    "zero_width_bits": lambda text: f"Hi{_bits(text, _WIDTHLESS[:2], 1)}!",
    "zero_width_pairs": lambda text: f"Hi{_bits(text, _WIDTHLESS, 2)}!",
    "braille": _braille,
    "spelling_alphabet": _spelt,
    "alphabet_places": _places,
    "full_width": lambda text: text.translate({i: 0xFEE0 + i for i in range(0x21, 0x7F)}),
    "mathematical": lambda text: text.translate(_alphabet(0x1D400, 0x1D41A)),
    "script": lambda text: text.translate(_alphabet(0x1D4D0, 0x1D4EA)),
    "circled": lambda text: text.translate(_alphabet(0x24B6, 0x24D0)),
    "squared": lambda text: text.translate(_alphabet(0x1F170, 0x1F170)),
    "circled_white": lambda text: text.translate(_alphabet(0x1F150, 0x1F150)),
    "squared_black": lambda text: text.translate(_alphabet(0x1F130, 0x1F130)),
    "raised": lambda text: text.lower().translate(_RAISED),
    "regional": _regional,
    "small_capitals": lambda text: text.lower().translate(_SMALL),
    "upside_down": lambda text: text.lower().translate(_FLIPPED)[::-1],
    "soft_hyphens": lambda text: _after_letters(text, lambda: "\u00ad"),
    "strikethrough": lambda text: _after_letters(text, lambda: "\u0336"),
    "bidi": lambda text: f"\u202e{text[::-1]}\u202c",
    "rot13": lambda text: _shifted(text, 13),
    "atbash": _atbash,
    "leet": lambda text: text.translate(_LEET),
    "morse": _morse,
    "reversed": lambda text: text[::-1],
    "reversed_words": _reversed_words,
    "base64_of_rot13": lambda text: _encoded(_shifted(text, 13)),
    "rot13_of_base64": lambda text: codecs.encode(_encoded(text), "rot13"),
    "spaced": " ".join,
    "stacked": "\n".join,
    "emoji": lambda text: " ".join(map("😀".join, text.split())),
    "dotted": lambda text: " ".join(map(".".join, text.split())),
    "hyphenated": lambda text: " ".join(map("-".join, text.split())),
}


def _plain(function: Callable[[str], str]) -> Obfuscation:
    return lambda text, _: function(text)


OBFUSCATIONS: Mapping[str, Obfuscation] = MappingProxyType(
    {name: _plain(function) for name, function in _SIMPLE.items()}
    | {
        "decorated": _decorated,
        "caesar": lambda text, generator: _shifted(text, int(generator.integers(1, 26))),
        "zero_width": _zero_width,
        "zalgo": _zalgo,
        "homoglyphs": _homoglyphs,
        "pictures": _pictured,
        "split_strings": _split,
    }
)
"""Name → function of a text and a generator."""

BLANKED = frozenset({"decorated"})
"""Those that the normaliser leaves, since such signs are honest too: the model tier blanks them."""

LATIN_ONLY = frozenset(
    {
        "tags",
        "full_width",
        "mathematical",
        "script",
        "circled",
        "squared",
        "circled_white",
        "squared_black",
        "raised",
        "braille",
        "spelling_alphabet",
        "alphabet_places",
        "base64_of_rot13",
        "regional",
        "small_capitals",
        "upside_down",
        "rot13",
        "atbash",
        "caesar",
        "leet",
        "morse",
        "homoglyphs",
    }
)
"""Those that work on the Latin alphabet alone."""
