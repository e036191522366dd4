"""Games that children play with words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from octarine.redteam.obfuscation.orthography.saying import DATA
from octarine.redteam.rewriting import Rules, cased, each, in_words, table
from octarine.redteam.seed import Seed
from octarine.redteam.technique import LATIN, Category, Effect, Parameter, Technique

_V = "aeiouyáàâãäåæéèêëíìîïóòôõöøœúùûüýÿ"
_VOWEL = re.compile(f"[{_V}]", re.I)
_VOWELS = re.compile(f"[{_V}]+", re.I)
_ONSET = re.compile(f"(?:qu|[^\\W\\d_{_V}])+", re.I)
_SMALL = {vowel.upper(): vowel for vowel in _V if len(vowel.upper()) == 1}
_SYLLABLES = ("ub", "ob", "ab", "av", "ag", "idig")
_VOICED = frozenset({"en", "de", "fr", "es", "it", "pt"})


def pig_latin(seed: Seed) -> str:
    """The consonants before the first vowel go behind, with "ay"; before a vowel "way" alone."""

    def write(word: str) -> str:
        onset = _ONSET.match(word)
        first = onset[0] if onset else ""
        rest = word[len(first) :]
        return cased(f"{rest}{first.lower()}ay" if rest and first else f"{word}way", word)

    return in_words(seed.text, write)


def ubbi_dubbi(seed: Seed) -> str:
    """The syllable before each group of vowels."""
    return _VOWELS.sub(lambda m: seed["syllable"] + m[0], seed.text)


def _no_ubbi(text: str, values: Mapping[str, Any]) -> str:
    syllable = re.escape(values["syllable"])
    found, place = [], 0
    for match in re.finditer(f"{syllable}([{_V}]+)", text, re.I):
        found += [text[place : match.start()], match[1]]
        place = match.end()
    return "".join([*found, text[place:]])


def echoed(seed: Seed) -> str:
    """Each vowel again, behind a consonant."""
    return _VOWEL.sub(lambda m: m[0] + seed["consonant"] + _SMALL.get(m[0], m[0]), seed.text)


def _no_echo(text: str, _: Mapping[str, Any]) -> str:
    found, place = [], 0
    for match in re.finditer(f"([{_V}])..", text, re.I | re.S):
        found += [text[place : match.start()], match[1]]
        place = match.end()
    return "".join([*found, text[place:]])


def spoonerism(seed: Seed) -> str:
    """Two words that begin with consonants change them."""
    spans = [m.span() for m in re.finditer(r"[^\W\d_]{3,}", seed.text) if _begins(m[0])]
    pairs = list(zip(spans[::2], spans[1::2], strict=False))
    new: dict[tuple[int, int], str] = {}
    for left, right in pairs:
        here, there = seed.text[slice(*left)], seed.text[slice(*right)]
        one, two = _begins(here), _begins(there)
        new[left] = cased(two.lower() + here[len(one) :], here)
        new[right] = cased(one.lower() + there[len(two) :], there)
    spoken = iter(new.values())
    return each(seed.text, new, lambda _: next(spoken))


def _begins(word: str) -> str:
    onset = _ONSET.match(word)
    return onset[0] if onset and len(onset[0]) < len(word) else ""


def one_vowel(seed: Seed) -> str:
    """All vowels are the same."""
    vowel = seed["vowel"] or seed.pick("aeiou")
    return _VOWELS.sub(lambda m: cased(vowel * min(2, len(m[0])), m[0]), seed.text)


def letter_names(seed: Seed) -> str:
    """Spelt aloud."""
    names = table(DATA, "letter_names.toml")[seed.language]
    lines = []
    for word in seed.text.split():
        said = [names.get(letter, letter) for letter in word.lower()]
        lines.append(", ".join(said))
    return "; ".join(lines)


@cache
def _numerals(language: str) -> Rules:
    return Rules(table(DATA, "numerals.toml")[language])


def numerals(seed: Seed) -> str:
    """Figures for the sounds of numbers."""
    return _numerals(seed.language)(seed.text)


_game = partial(
    Technique, category=Category.OBFUSCATION, group="word games", effect=Effect.ALTERS, scripts=LATIN
)
TECHNIQUES = (
    _game(
        id="pig-latin",
        name="Pig Latin",
        mechanism="The consonants that begin a word move to its end, followed by a fixed syllable.",
        apply=pig_latin,
        reference="promptfoo: pig latin",
    ),
    _game(
        id="ubbi-dubbi",
        name="Ubbi dubbi",
        mechanism="A fixed syllable is spoken before each group of vowels, as in ubbi dubbi or javanais.",
        apply=ubbi_dubbi,
        effect=Effect.ENCODES,
        parameters=(Parameter("syllable", "ub", "What is put in.", choices=_SYLLABLES),),
        inverse=_no_ubbi,
        reference="ours",
    ),
    _game(
        id="vowel-echo",
        name="Vowel echo",
        mechanism="Each vowel is said again behind a fixed consonant, as in jerigonza or farfallino.",
        apply=echoed,
        effect=Effect.ENCODES,
        parameters=(Parameter("consonant", "p", "What stands between.", choices=tuple("pfbgnl")),),
        inverse=_no_echo,
        reference="ours",
    ),
    _game(
        id="spoonerism",
        name="Spoonerism",
        mechanism="The consonants that begin two words one after the other change places.",
        apply=spoonerism,
        reference="ours",
    ),
    _game(
        id="one-vowel",
        name="One vowel",
        mechanism="All vowels are replaced by one and the same.",
        apply=one_vowel,
        parameters=(Parameter("vowel", None, "The one; drawn if not given.", choices=tuple("aeiou")),),
        reference="a children's song; ours",
    ),
    _game(
        id="letter-names",
        name="Spelt aloud",
        mechanism="Each letter is replaced by its name in the language of the text.",
        apply=letter_names,
        languages=_VOICED,
        reference="ours",
    ),
    _game(
        id="numeral-rebus",
        name="Numeral rebus",
        mechanism="Parts of words that sound like a number or a letter's name are written as that sign.",
        apply=numerals,
        languages=_VOICED,
        reference="ours",
    ),
)
