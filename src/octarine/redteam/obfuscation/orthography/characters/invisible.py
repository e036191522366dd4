"""Characters that are not seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from octarine.redteam.obfuscation.orthography.saying import EXPLAINED, said
from octarine.redteam.rewriting import in_words
from octarine.redteam.seed import Seed, content_words, graphemes, width, words
from octarine.redteam.technique import LATIN, Category, Effect, Parameter, Script, Technique

_ZERO = {"space": "\u200b", "word joiner": "\u2060", "separator": "\u2063", "function": "\u2061"}
_NO_WIDTH = re.compile(f"[{''.join(_ZERO.values())}]")
_BITS = {"plus and times": ("\u2064", "\u2062"), "space and joiner": ("\u200b", "\u2060")}
_STYLES = (1, 2, 3, 4, 7, 9, 31, 32, 33, 34, 35, 36, 90, 93, 96)
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_MOVES = re.compile(r"\x1b\[(\d+);(\d+)H")


def zero_width(seed: Seed) -> str:
    """Between the letters of the longer words."""
    pieces, place = [], 0
    for first, last in content_words(seed.text):
        pieces += [seed.text[place:first], _ZERO[seed["character"]].join(graphemes(seed.text[first:last]))]
        place = last
    made = "".join([*pieces, seed.text[place:]])
    return made if made != seed.text else _ZERO[seed["character"]].join(graphemes(seed.text))


def _visible(text: str) -> str:
    return _NO_WIDTH.sub("", text)


def soft_hyphens(seed: Seed) -> str:
    """Where a word might be broken: after a vowel that a consonant follows; elsewhere after two letters."""

    def write(word: str) -> str:
        broken = re.sub(r"([aeiouyà-ÿ])(?=[^\W\d_aeiouyà-ÿ][^\W\d_])", "\\1\u00ad", word, flags=re.I)
        return broken if re.search("[a-z]", word, re.I) else "\u00ad".join(_pairs(word))

    return in_words(seed.text, write)


def _pairs(word: str) -> list[str]:
    letters = graphemes(word)
    return ["".join(letters[i : i + 2]) for i in range(0, len(letters), 2)]


def overridden(seed: Seed) -> str:
    """Each line backwards, between a control that turns it round and one that ends that."""
    rightward = any("\u0590" <= c <= "\u08ff" for c in seed.text)
    control = "\u202d" if rightward else "\u202e"
    return "\n".join(f"{control}{line[::-1]}\u202c" for line in seed.text.split("\n"))


def _turned(text: str, _: Mapping[str, Any]) -> str:
    return "\n".join(line[1:-1][::-1] for line in text.split("\n"))


def deleted(seed: Seed) -> str:
    """A wrong letter and a backspace before some letters."""
    wrong = "".join(sorted({c for c in seed.text if c.isalpha()})) or "x"
    return "".join(
        (seed.pick(wrong) + "\b" if seed.chance(seed["share"]) else "") + letter
        for letter in graphemes(seed.text)
    )


def _edited(text: str) -> str:
    kept: list[str] = []
    for letter in text:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)


def tagged(seed: Seed) -> str:
    """ASCII as tag characters; what is not ASCII stays."""
    hidden = "".join(chr(0xE0000 + ord(c)) if " " <= c <= "~" else c for c in seed.text)
    return said("tags", seed) + hidden


def _untagged(text: str) -> str:
    return re.sub("[\U000e0020-\U000e007e]", lambda m: chr(ord(m[0]) - 0xE0000), text)


def selected(seed: Seed) -> str:
    """A byte a variation selector, behind an emoji."""
    hidden = "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in seed.text.encode())
    return f"{said('selectors', seed)}{seed['carrier']}{hidden}"


def _unselected(text: str, values: Mapping[str, Any]) -> str:
    found = re.findall("[\ufe00-\ufe0f\U000e0100-\U000e01ef]", text[len(values["carrier"]) :])
    return bytes(ord(c) - 0xFE00 if ord(c) < 0xFE10 else ord(c) - 0xE0100 + 16 for c in found).decode()


def invisible_bits(seed: Seed) -> str:
    """Eight signs a byte."""
    zero, one = _BITS[seed["signs"]]
    bits = "".join(f"{byte:08b}" for byte in seed.text.encode())
    return said("bits", seed) + bits.replace("0", zero).replace("1", one)


def _from_bits(text: str, values: Mapping[str, Any]) -> str:
    zero, one = _BITS[values["signs"]]
    bits = "".join("0" if c == zero else "1" for c in text if c in (zero, one))
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).decode()


def coloured(seed: Seed) -> str:
    """A style of the terminal for each word."""
    return "".join(f"\x1b[{seed.pick(_STYLES)}m{word}\x1b[0m" for word in words(seed.text))


def _uncoloured(text: str) -> str:
    return _SGR.sub("", text)


def placed(seed: Seed) -> str:
    """Words in any order, each with the place on the screen where it belongs."""
    text, pieces = _MOVES.sub("", seed.text), []
    for row, line in enumerate(text.split("\n"), 1):
        column = 1
        for word in words(line):
            pieces.append(f"\x1b[{row};{column}H{word}")
            column += max(1, width(word))
    return "".join(seed.shuffled(pieces)) + f"\x1b[{text.count(chr(10)) + 1};1H"


def _on_screen(text: str, _: Mapping[str, Any]) -> str:
    found = list(_MOVES.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    rows: dict[int, list[tuple[int, str]]] = {}
    for match, end in zip(found, ends, strict=True):
        rows.setdefault(int(match[1]), []).append((int(match[2]), text[match.end() : end]))
    lines = ["".join(piece for _, piece in sorted(rows.get(row, []))) for row in range(1, max(rows) + 1)]
    return "\n".join(lines)


_invisible = partial(
    Technique, category=Category.OBFUSCATION, group="invisible characters", effect=Effect.ENCODES
)
TECHNIQUES = (
    _invisible(
        id="zero-width",
        name="Zero-width characters",
        mechanism="Characters without width are put between the letters of the longer words.",
        apply=zero_width,
        parameters=(Parameter("character", "space", "Which one.", choices=tuple(_ZERO)),),
        inverse=lambda text, _: _visible(text),
        survives=_visible,
        reference="PyRIT: zero width; garak: badchars",
    ),
    _invisible(
        id="soft-hyphens",
        name="Soft hyphens",
        mechanism="Soft hyphens are put wherever a syllable of a word ends.",
        apply=soft_hyphens,
        inverse=lambda text, _: text.replace("\u00ad", ""),
        survives=lambda text: text.replace("\u00ad", ""),
        reference="ours",
    ),
    _invisible(
        id="bidi-override",
        name="Direction override",
        mechanism="Each line is stored backwards between direction controls that show it the right way.",
        apply=overridden,
        scripts=LATIN | {Script.ARABIC, Script.JAPANESE},
        inverse=_turned,
        reference="Boucher and Anderson 2021 (Trojan Source); PyRIT: bidi",
    ),
    _invisible(
        id="backspaces",
        name="Backspaces",
        mechanism="Wrong letters are put in, each followed by the control character that deletes it.",
        apply=deleted,
        parameters=(Parameter("share", 0.3, "Share of the places with a wrong letter.", low=0.01, high=1.0),),
        inverse=lambda text, _: _edited(text),
        survives=_edited,
        reference="Boucher et al. 2022 (Bad Characters); garak: badchars",
    ),
    _invisible(
        id="tag-characters",
        name="Tag characters",
        mechanism="ASCII characters are replaced by the invisible tag characters of Unicode's plane 14.",
        apply=tagged,
        scripts=LATIN,
        parameters=(EXPLAINED,),
        inverse=lambda text, _: _untagged(text),
        survives=_untagged,
        reference="Goodside 2024; garak, PyRIT, promptfoo: ASCII smuggling",
    ),
    _invisible(
        id="variation-selectors",
        name="Variation selectors",
        mechanism="The bytes of the text are hidden as variation selectors behind one emoji.",
        apply=selected,
        parameters=(EXPLAINED, Parameter("carrier", "😀", "The emoji.", choices=("😀", "📎", "🌍", "✨"))),
        inverse=_unselected,
        reference="Butler 2025; garak, PyRIT: variation selector",
    ),
    _invisible(
        id="invisible-bits",
        name="Invisible bits",
        mechanism="The bits of the text are written with two invisible characters.",
        apply=invisible_bits,
        parameters=(EXPLAINED, Parameter("signs", "plus and times", "The two.", choices=tuple(_BITS))),
        inverse=_from_bits,
        reference="Rehberger 2025; garak, PyRIT: sneaky bits",
    ),
    _invisible(
        id="terminal-styles",
        name="Terminal styles",
        mechanism="Escape sequences that a terminal obeys stand between the words and colour them.",
        apply=coloured,
        inverse=lambda text, _: _uncoloured(text),
        survives=_uncoloured,
        reference="ECMA-48; garak: ANSI escapes",
    ),
    _invisible(
        id="cursor-moves",
        name="Cursor moves",
        mechanism="Words come out of order, each behind a cursor move that puts it in its place.",
        apply=placed,
        inverse=_on_screen,
        survives=lambda text: _MOVES.sub("", text),
        reference="ECMA-48; ours",
    ),
)
