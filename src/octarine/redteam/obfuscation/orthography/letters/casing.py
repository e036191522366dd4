"""Capitals, and letters drawn otherwise."""

from __future__ import annotations

import re
from functools import partial

from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Category, Effect, Parameter, Script, Technique

_LEET = dict(zip("aeiostbgzl", "4310578921", strict=True))
_DRAWN_LETTERS = {
    "a": "/-\\", "b": "|3", "c": "(", "d": "|)", "e": "[-", "f": "|=", "g": "(_+", "h": "|-|", "i": "|",
    "j": "_|", "k": "|<", "l": "|_", "m": "|\\/|", "n": "|\\|", "o": "()", "p": "|>", "q": "(_,", "r": "|2",
    "s": "_/¯", "t": "¯|¯", "u": "|_|", "v": "\\/", "w": "\\/\\/", "x": "><", "y": "`/", "z": "¯/_",
}  # fmt: skip
_DRAWN_KANA = {
    "け": "ﾚナ", "た": "ナこ", "に": "ﾚこ", "は": "ﾚよ", "ほ": "ﾚま", "な": "ﾅょ", "い": "ﾚヽ", "り": "ﾚ)",
    "か": "カゝ", "が": "カゞ", "せ": "廿", "す": "£", "ん": "ω", "む": "￡丶", "ふ": "､ζ,", "し": "ι",
    "の": "σ", "て": "τ", "で": "τ”", "と": "├", "る": "ゑ", "を": "ﾁ=", "も": "м○", "ま": "м○ι",
}  # fmt: skip
_DRAWN = _DRAWN_LETTERS | _DRAWN_KANA


_STYLES = ("camel", "pascal", "snake", "kebab")


def leet(seed: Seed) -> str:
    """Digits or strokes for letters; kana are always drawn."""
    signs = _DRAWN if seed["style"] == "strokes" else _DRAWN_KANA | _LEET
    return "".join(signs.get(c, signs.get(c.lower(), c)) for c in seed.text)


def random_case(seed: Seed) -> str:
    """A capital or not, as it falls."""
    letters = [c.upper() if seed.chance(0.5) else c.lower() for c in seed.text]
    return "".join(new if len(new) == 1 else old for new, old in zip(letters, seed.text, strict=True))


def one_case(seed: Seed) -> str:
    """All capitals, or none."""
    return seed.text.upper() if seed["case"] == "upper" else seed.text.lower()


def joined(seed: Seed) -> str:
    """Words joined as in the name of a variable."""
    found = re.findall(r"[^\W_]+", seed.text)
    if not found:
        return seed.text
    style = seed["style"]
    if style in ("camel", "pascal"):
        capital = "".join(word[:1].upper() + word[1:].lower() for word in found)
        return capital if style == "pascal" else capital[:1].lower() + capital[1:]
    return ("_" if style == "snake" else "-").join(word.lower() for word in found)


def title_case(seed: Seed) -> str:
    """A capital for each word of more than three letters."""
    return re.sub(r"[^\W\d_]{4,}", lambda m: m[0][:1].upper() + m[0][1:], seed.text)


_casing = partial(Technique, category=Category.OBFUSCATION, group="casing", scripts=LATIN)
TECHNIQUES = (
    _casing(
        id="leetspeak",
        name="Leetspeak",
        mechanism="Letters are replaced by digits or strokes that look like them, kana as in gyaru-moji.",
        apply=leet,
        effect=Effect.ALTERS,
        scripts=LATIN | {Script.JAPANESE},
        parameters=(
            Parameter("style", "digits", "What stands for Latin letters.", choices=("digits", "strokes")),
        ),
        reference="garak, PyRIT, promptfoo, DeepTeam: leetspeak; gyaru-moji",
    ),
    _casing(
        id="random-case",
        name="Random case",
        mechanism="Each letter is made a capital or a small letter at random.",
        apply=random_case,
        effect=Effect.ALTERS,
        reference="Hughes et al. 2024 (best-of-n); PyRIT: random capital letters",
    ),
    _casing(
        id="one-case",
        name="One case",
        mechanism="The whole text is put in capitals, or in small letters.",
        apply=one_case,
        effect=Effect.ALTERS,
        parameters=(Parameter("case", "upper", "Which one.", choices=("upper", "lower")),),
        reference="garak: lowercase",
    ),
    _casing(
        id="identifier-case",
        name="As an identifier",
        mechanism="The words are joined as in a programmer's name for a thing: camelCase, snake_case ….",
        apply=joined,
        effect=Effect.ALTERS,
        parameters=(
            Parameter(
                "style", "camel", "How they are joined.", choices=("camel", "pascal", "snake", "kebab")
            ),
        ),
        reference="promptfoo: camelCase",
    ),
    _casing(
        id="title-case",
        name="Capitals as in a title",
        mechanism="Each word of more than three letters gets a capital, as in a headline.",
        apply=title_case,
        effect=Effect.ALTERS,
        reference="ours",
    ),
)
