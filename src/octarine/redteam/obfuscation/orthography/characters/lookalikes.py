"""Characters that look like others, or that are the same letter in another form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from octarine.redteam.obfuscation.orthography.characters.tables import (
    CIRCLES,
    COMPATIBLE,
    FULL_WIDTH,
    HOMOGLYPHS,
    SMALL_CAPITALS,
    STYLES,
    SUBSCRIPT,
    SUPERSCRIPT,
    UPSIDE_DOWN,
    back,
    enclosed,
    mathematical,
)
from octarine.redteam.rewriting import written
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Category, Effect, Inverse, Parameter, Script, Technique

_SMALL = {chr(code): chr(code + 32) for code in range(0x41, 0x5B)}


def _reads(fold: Callable[[str], str]) -> Inverse:
    return lambda text, _: fold(text)


def _small(text: str) -> str:
    return written(text, _SMALL)


def homoglyphs(seed: Seed) -> str:
    """A share of the letters that have a double."""
    share = seed["share"]
    return "".join(HOMOGLYPHS[c] if c in HOMOGLYPHS and seed.chance(share) else c for c in seed.text)


def _no_homoglyphs(text: str) -> str:
    return written(text, back(HOMOGLYPHS))


def full_width(seed: Seed) -> str:
    """ASCII in the forms that are as wide as a kanji."""
    return written(seed.text, FULL_WIDTH)


def _half_width(text: str) -> str:
    return written(text, back(FULL_WIDTH))


def styled(seed: Seed) -> str:
    """Letters of one mathematical style."""
    return written(seed.text, mathematical(seed["style"] or seed.pick(STYLES)))


def _unstyled(text: str) -> str:
    return written(text, back(*map(mathematical, STYLES)))


def framed(seed: Seed) -> str:
    """Letters in circles or squares."""
    return written(_small(seed.text), enclosed(seed["frame"]))


def _unframed(text: str) -> str:
    return _small(written(text, back(*map(enclosed, CIRCLES))))


def raised(seed: Seed) -> str:
    """Letters above or below the line."""
    return written(_small(seed.text), SUBSCRIPT if seed["position"] == "below" else SUPERSCRIPT)


def _level(text: str) -> str:
    return _small(written(text, back(SUPERSCRIPT, SUBSCRIPT)))


def small_capitals(seed: Seed) -> str:
    """Small letters as small capitals."""
    return written(seed.text, SMALL_CAPITALS)


def _no_small_capitals(text: str) -> str:
    return written(text, back(SMALL_CAPITALS))


def upside_down(seed: Seed) -> str:
    """Turned by 180 degrees: the last letter comes first."""
    return written(seed.text, UPSIDE_DOWN)[::-1]


def _upright(text: str, _: Mapping[str, Any]) -> str:
    return written(text[::-1], back(UPSIDE_DOWN))


def _turnable(text: str) -> str:
    turned = {there: here for here, there in UPSIDE_DOWN.items() if there not in UPSIDE_DOWN}
    return written(text, turned)


@cache
def _sequences() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, COMPATIBLE), key=len, reverse=True)))


def compatible(seed: Seed) -> str:
    """Ligatures and squared units inside words."""
    return _sequences().sub(lambda m: COMPATIBLE[m[0]], seed.text)


def _apart(text: str) -> str:
    return written(text, back(COMPATIBLE))


def decomposed(seed: Seed) -> str:
    """Normalisation form D."""
    return unicodedata.normalize("NFD", seed.text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def long_s(seed: Seed) -> str:
    """Every s but the last of a word as it was printed until about 1800."""
    return re.sub(r"s(?=[^\W\d_])", "ſ", seed.text)


def _round_s(text: str) -> str:
    return text.replace("ſ", "s")


def mojibake(seed: Seed) -> str:
    """The bytes of one encoding read as if they were of another."""
    return seed.text.encode().decode("latin-1")


def _repaired(text: str, _: Mapping[str, Any]) -> str:
    return text.encode("latin-1").decode()


_like = partial(Technique, category=Category.OBFUSCATION, group="look-alikes", effect=Effect.ENCODES)
TECHNIQUES = (
    _like(
        id="homoglyph",
        name="Letters of other scripts",
        mechanism="Letters are replaced by letters of other scripts that look the same.",
        apply=homoglyphs,
        scripts=LATIN | {Script.ARABIC, Script.JAPANESE},
        parameters=(Parameter("share", 0.8, "Share of the letters that are replaced.", low=0.01, high=1.0),),
        inverse=_reads(_no_homoglyphs),
        survives=_no_homoglyphs,
        reference="UTS #39; garak, PyRIT, promptfoo: homoglyph",
    ),
    _like(
        id="fullwidth",
        name="Full-width forms",
        mechanism="ASCII characters are replaced by their full-width forms.",
        apply=full_width,
        scripts=LATIN,
        inverse=_reads(_half_width),
        survives=_half_width,
        reference="Unicode, Halfwidth and Fullwidth Forms",
    ),
    _like(
        id="mathematical-letters",
        name="Mathematical letters",
        mechanism="Letters are replaced by mathematical letters: bold, italic, script, Fraktur and others.",
        apply=styled,
        scripts=LATIN,
        parameters=(Parameter("style", None, "Style of the letters; drawn if not given.", choices=STYLES),),
        inverse=_reads(_unstyled),
        survives=_unstyled,
        reference="Unicode, Mathematical Alphanumeric Symbols",
    ),
    _like(
        id="enclosed-letters",
        name="Enclosed letters",
        mechanism="Each letter becomes the symbol that shows it in a circle, a square or brackets.",
        apply=framed,
        scripts=LATIN,
        parameters=(Parameter("frame", "circled", "What encloses a letter.", choices=tuple(CIRCLES)),),
        inverse=_reads(_unframed),
        survives=_unframed,
        reference="Unicode, Enclosed Alphanumerics and Supplement",
    ),
    _like(
        id="superscript",
        name="Superscript and subscript",
        mechanism="Letters and digits are set above or below the line with modifier letters.",
        apply=raised,
        scripts=LATIN,
        parameters=(Parameter("position", "above", "Where they stand.", choices=("above", "below")),),
        inverse=_reads(_level),
        survives=_level,
        reference="PyRIT: superscript",
    ),
    _like(
        id="small-capitals",
        name="Small capitals",
        mechanism="Small letters are replaced by the phonetic letters that look like small capitals.",
        apply=small_capitals,
        scripts=LATIN,
        inverse=_reads(_no_small_capitals),
        survives=_no_small_capitals,
        reference="Unicode, Phonetic Extensions; ours",
    ),
    _like(
        id="upside-down",
        name="Upside down",
        mechanism="Each letter is replaced by one like it turned round, and the text runs backwards.",
        apply=upside_down,
        scripts=LATIN,
        inverse=_upright,
        survives=_turnable,
        reference="ours",
    ),
    _like(
        id="compatibility-ligatures",
        name="Ligatures and squared units",
        mechanism="Pairs of letters inside words become the one compatibility character that shows both.",
        apply=compatible,
        scripts=LATIN,
        inverse=_reads(_apart),
        survives=_apart,
        reference="UAX #15 (NFKC); ours",
    ),
    _like(
        id="decomposed-letters",
        name="Decomposed letters",
        mechanism="Letters with accents, dots or hamza are taken apart into base and marks (NFD).",
        apply=decomposed,
        languages=frozenset({"de", "fr", "es", "it", "pt", "ja", "ar"}),
        inverse=_reads(_composed),
        survives=_composed,
        reference="UAX #15 (NFD); ours",
    ),
    _like(
        id="long-s",
        name="Long s",
        mechanism="Every s but the last of a word is written as the long s of old print.",
        apply=long_s,
        scripts=LATIN,
        inverse=_reads(_round_s),
        survives=_round_s,
        reference="ours",
    ),
    _like(
        id="mojibake",
        name="Garbled encoding",
        mechanism="The UTF-8 bytes of the text are shown as Latin-1 characters.",
        apply=mojibake,
        languages=frozenset({"de", "fr", "es", "it", "pt", "ja", "hi", "ar"}),
        inverse=_repaired,
        reference="ours",
    ),
)
