"""Sentences and words of a text, in nine languages, without a model."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from octarine.guard.scan.language import function_words, guess_language

_END = re.compile(
    r"""(?:[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』）"]*|[।؟]+|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)|$)""", re.M
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|prof|sr|sra|st|no|nr|bzw|vs|etc|ca|z|b|d|h|e|g|i|u|a|p|ex|art|abs|dott|sig|fig)"
    r"|\b\w)\.$",
    re.I,
)
_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_HIRAGANA = re.compile(r"[\u3040-\u309f]+")
_PIECE = re.compile(r"(?:[^\W_]|\u0001.|(?<=\w)[.,:'\-](?=\w))+")
_PART = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]+|\d[\d.,:']*\d|\d"
    r"|[^\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f\d]+"
)
_STEM = 5
"""Letters of a longer word that count: inflection stands behind them, in most of the nine languages."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as it is compared, whether it is a number, a name, or says something by itself."""

    stem: str
    number: bool
    name: bool
    content: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """``[start, end)`` in code points of its text, its words in order, and how often it denies."""

    start: int
    end: int
    text: str
    words: tuple[Word, ...]
    denials: int


def sentences(text: str, language: str = "") -> tuple[Sentence, ...]:
    """The sentences of a text; what holds no letter or digit is none.

    Args:
        language: ISO 639-1; guessed where it is empty.
    """
    code = language or guess_language(text)
    found, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        piece = text[start:end]
        if not piece or (match[0][:1] == "." and end < len(text) and _ABBREVIATED.search(piece)):
            continue
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if any(char.isalnum() for char in piece):
            found.append(_sentence(text[left:right], left, code))
        start = end
    return tuple(found)


def _sentence(text: str, start: int, language: str) -> Sentence:
    words, denials = _read(text, language)
    return Sentence(start, start + len(text), text, words, denials)


@lru_cache(maxsize=1_024)
def _read(text: str, language: str) -> tuple[tuple[Word, ...], int]:
    """Words and denials. Kept, because the windows of a streamed answer hold each sentence several times."""
    folded = _folded(text)
    return _words(folded, language), _denials(folded, language)


def _folded(text: str) -> str:
    """Compatibility forms and accents off; vowel signs of scripts that need them stay."""
    kept = []
    for char in unicodedata.normalize("NFKD", text):
        if "\u0300" <= char <= "\u036f" or "\u064b" <= char <= "\u065f" or char in "\u0640\u200c\u200d":
            continue
        digit = unicodedata.digit(char, None) if not char.isascii() else None
        kept.append(char if digit is None else str(digit))
    return unicodedata.normalize("NFC", "".join(kept)).replace("’", "'")


def _words(text: str, language: str) -> tuple[Word, ...]:
    common = _common(language)
    found: list[Word] = []
    for place, (raw, first) in enumerate(_pieces(text)):
        if raw[0].isdigit():
            found.append(Word(_digits(raw), True, False, True))
        elif _KANA.match(raw):
            found += _bigrams(raw)
        else:
            lower = raw.lower().removeprefix("l'").removeprefix("d'").removeprefix("dell'").removesuffix("'s")
            if language == "ar" and lower.startswith("ال") and len(lower) > 4:
                lower = lower[2:]
            name = raw[0].isupper() and place > 0 and not first
            content = lower not in common and len(lower) > 1
            found.append(Word(lower[:_STEM] if len(lower) > _STEM else lower, False, name, content))
    return tuple(found)


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Words, and whether each begins the sentence; runs of Kana and Han by themselves. Marks of scripts that
    build words from them belong to the word."""
    joined = "".join("\u0001" + char if unicodedata.category(char) in ("Mn", "Mc") else char for char in text)
    found: list[tuple[str, bool]] = []
    for match in _PIECE.finditer(joined):
        for raw in _PART.findall(match[0].replace("\u0001", "")):
            part = raw.strip(".,:'-")
            if part:
                found.append((part, not found))
    return found


def _bigrams(run: str) -> list[Word]:
    """Pairs of characters: Japanese writes no blanks. Hiragana alone is mostly grammar."""
    if len(run) == 1:
        return [Word(run, False, False, not _HIRAGANA.fullmatch(run))]
    return [
        Word(run[at : at + 2], False, False, not _HIRAGANA.fullmatch(run[at : at + 2]))
        for at in range(len(run) - 1)
    ]


def _digits(raw: str) -> str:
    """A number without what groups its thousands; a decimal point stays."""
    parts = re.split(r"[.,:' ]", raw)
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and ":" not in raw:
        return "".join(parts)
    return ".".join(part.lstrip("0") or "0" for part in parts)


def _denials(text: str, language: str) -> int:
    cues = _cues("negation").get(language, frozenset())
    lower = text.lower()
    if language == "ja":
        return sum(lower.count(cue) for cue in cues)
    words = re.findall(r"[^\W\d_]+(?:'[a-z]+)?", lower) if language not in ("hi", "ar") else lower.split()
    return sum(word.strip("।.,؟!") in cues or word.endswith("n't") for word in words)


@cache
def _common(language: str) -> frozenset[str]:
    own = _cues("common").get(language, frozenset())
    return own | frozenset(_folded(word) for word in function_words().get(language, {}))


@cache
def _cues(kind: str) -> Mapping[str, frozenset[str]]:
    source = resources.files("octarine.guard.grounding") / "data" / "cues.toml"
    lists: dict[str, str] = tomllib.loads(source.read_text("utf-8"))[kind]
    return {code: frozenset(_folded(word) for word in text.split()) for code, text in lists.items()}
