"""Accents, umlauts and compounds."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from octarine.redteam.rewriting import written
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Category, Effect, Parameter, Technique

_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS"} | {
    "„": '"',
    "“": '"',
    "”": '"',
    "‚": "'",
    "‘": "'",
    "’": "'",
    "–": "-",
    "…": "...",
}
_BORDER = re.compile(
    r"(?<=ung)s(?=[^\W\d_]{3})|(?<=heit)s(?=[^\W\d_]{3})|(?<=keit)s(?=[^\W\d_]{3})|(?<=schaft)s(?=[^\W\d_]{3})"
    r"|(?<=tion)s(?=[^\W\d_]{3})|(?<=tät)s(?=[^\W\d_]{3})"
)
_BREAK = re.compile(
    r"(?<=[aeiouäöüy][^\W\d_aeiouäöüy])(?!(?<=s)ch)(?=(?:sch|ch|st|sp|[^\W\d_aeiouäöüy])[aeiouäöülr])", re.I
)
_PREFIX = re.compile(r"ver|zer|ent|emp|miss|er|be|ge", re.I)
_SUFFIX = re.compile(
    r"[^aeiouäöüy]{0,3}(?:lich|bar|sam|haft|los|ig)?(?:keit|heit|schaft|ung|nis|tum|ling)?(?:en|es|e|s|n|r|m|se)?",
    re.I,
)
"""Endings that make a word of a word: no part of a compound begins with them."""


def without_accents(seed: Seed) -> str:
    """Letters without their marks."""
    apart = unicodedata.normalize("NFD", seed.text)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))


def ascii_umlauts(seed: Seed) -> str:
    """Two letters for an umlaut."""
    return written(unicodedata.normalize("NFC", seed.text), _UMLAUTS)


def split_compounds(seed: Seed) -> str:
    """Long words in two, behind a linking ending where there is one, else near the middle."""

    def write(match: re.Match[str]) -> str:
        word = match[0]
        ends = [found.end() for found in _BORDER.finditer(word)] or [
            found.start() for found in _BREAK.finditer(word) if 3 <= found.start() <= len(word) - 4
        ]
        ends = [e for e in ends if not (_PREFIX.fullmatch(word[:e]) or _SUFFIX.fullmatch(word[e:]))]
        if not ends:
            return word
        place = min(ends, key=lambda end: abs(end - len(word) / 2))
        rest = word[place:]
        rest = rest[:1].upper() + rest[1:] if word[:1].isupper() else rest
        return f"{word[:place]}{seed['with']}{rest}"

    pattern = rf"[^\W\d_]{{{seed['least']},}}"
    return str(re.sub(pattern, write, seed.text))


_spelling = partial(
    Technique, category=Category.LINGUISTIC, group="script", effect=Effect.ALTERS, reference="ours"
)
TECHNIQUES = (
    _spelling(
        id="without-accents",
        name="Without accents",
        mechanism="Accents, tildes and cedillas are left out.",
        apply=without_accents,
        languages=frozenset({"fr", "es", "it", "pt"}),
    ),
    _spelling(
        id="ascii-umlauts",
        name="Umlauts in ASCII",
        mechanism="German umlauts, the sharp s and printers' marks are written in ASCII.",
        apply=ascii_umlauts,
        languages=frozenset({"de"}),
    ),
    _spelling(
        id="split-compounds",
        name="Split compounds",
        mechanism="Long German words are split where parts of a compound may meet.",
        apply=split_compounds,
        languages=frozenset({"de"}),
        parameters=(
            Parameter("least", 8, "Letters of a word that is split, at least.", low=6, high=30),
            Parameter("with", " ", "What stands between the parts.", choices=(" ", "-")),
        ),
    ),
)
