"""Which language a text is in: by script, then by frequent words, endings and letters.

Made for answers of a sentence or more; a single word is told only where it is a frequent one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from octarine.evaluate.judges.cues import cue_file

CUES = "language_cues.toml"
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "pt")
"""The languages that can be asked for."""

READ = 1200
"""Only so many code points are looked at."""
_LATIN = re.compile(r"[a-zA-Z\u00aa-\u02af\u1e00-\u1eff]")
_SCRIPTS = (
    ("kana", re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")),
    ("devanagari", re.compile(r"[\u0900-\u097f]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f]")),
    ("han", re.compile(r"[\u3400-\u9fff]")),
    ("other", re.compile(r"[\u0370-\u05ff\u0980-\u1dff\uac00-\ud7af]")),
)
_WORD = re.compile(r"[\u0900-\u0963\u0970-\u097f]+|[^\W\d_]+(?:'[^\W\d_]+)*")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.S)
FOREIGN_LETTER = 1.0
"""What a letter costs that the language does not use."""
COVERAGE = 0.25
"""The least share of words that are known in a language, for a text of more than three words to be in it."""
_KANJI_ANSWER = 4
"""Han alone is taken for Japanese up to this length (a one-word answer may hold no kana)."""


@dataclass(frozen=True, slots=True)
class _Rules:
    words: dict[str, tuple[tuple[str, float], ...]]
    endings: dict[str, tuple[tuple[str, float], ...]]
    letters: dict[str, tuple[tuple[str, float], ...]]
    alphabets: dict[str, frozenset[str]]
    scripts: dict[str, frozenset[str]]


@cache
def _rules() -> _Rules:
    words: dict[str, set[str]] = {}
    endings: dict[str, set[str]] = {}
    letters: dict[str, set[str]] = {}
    alphabets: dict[str, frozenset[str]] = {}
    scripts: dict[str, set[str]] = {}
    for entry in cue_file(CUES)["language"]:
        code = entry["code"]
        scripts.setdefault(entry.get("script", "latin"), set()).add(code)
        if "alphabet" in entry:
            alphabets[code] = frozenset(entry["alphabet"])
        for word in entry["words"].split():
            words.setdefault(word, set()).add(code)
        for ending in entry["endings"].split():
            endings.setdefault(ending, set()).add(code)
        for letter in entry["letters"]:
            letters.setdefault(letter, set()).add(code)
    return _Rules(
        words=_shares(words, 1.0),
        endings=_shares(endings, 0.35),
        letters=_shares(letters, 0.9),
        alphabets=alphabets,
        scripts={script: frozenset(codes) for script, codes in scripts.items()},
    )


def _shares(cues: dict[str, set[str]], weight: float) -> dict[str, tuple[tuple[str, float], ...]]:
    """A cue that k languages share counts ``weight`` / k^0.7 for each: less than one of its own."""
    return {
        cue: tuple((code, weight / len(codes) ** 0.7) for code in sorted(codes))
        for cue, codes in cues.items()
    }


def identify(text: str) -> str:
    """ISO 639-1 code of the language, ``other`` for one that is none of ``LANGUAGES``, ``""`` where nothing
    tells, or several do alike ("No.")."""
    text = _CODE.sub(" ", text)[:READ]
    script = _script(text)
    if script == "latin":
        return _named(_scores(text, "latin"), "")
    if script == "kana":
        return "ja"
    if script == "han":
        return "ja" if len(text.strip()) <= _KANJI_ANSWER else "other"
    default = {"devanagari": "hi", "arabic": "ar"}.get(script)
    if default is None:
        return "other" if script else ""
    return _named(_scores(text, script), default)


def _script(text: str) -> str:
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else ""
    counts = Counter({name: len(letters.findall(text)) for name, letters in _SCRIPTS})
    latin = len(_LATIN.findall(text))
    # Japanese mixes kana with Han; a letter of these scripts says as much as several Latin ones.
    if 4 * counts["kana"] >= counts["han"] and counts["kana"]:
        counts["kana"] += counts.pop("han")
    script, count = counts.most_common(1)[0]
    if latin > 3 * count:
        return "latin"
    return script if count else ""


def _scores(text: str, script: str) -> dict[str, float]:
    rules = _rules()
    scores: dict[str, float] = dict.fromkeys(rules.scripts[script], 0.0)
    known: Counter[str] = Counter()

    def count(cues: tuple[tuple[str, float], ...]) -> None:
        for code, weight in cues:
            if code in scores:
                scores[code] += weight

    folded = text.casefold().replace("’", "'")
    words = _WORD.findall(folded)
    for word in words:
        if word in rules.words:
            count(rules.words[word])
            known.update(code for code, _ in rules.words[word])
        elif "'" in word:
            for part in word.split("'"):
                count(rules.words.get(part, ()))
                known.update(code for code, _ in rules.words.get(part, ()))
        if len(word) > 4:
            for size in (2, 3, 4, 5):
                count(rules.endings.get(word[-size:], ()))
    if not folded.isascii():
        for letter in folded:
            if letter <= "\x7f":
                continue
            count(rules.letters.get(letter, ()))
            for code, alphabet in rules.alphabets.items():
                if code in scores and letter.isalpha() and letter not in alphabet:
                    scores[code] -= FOREIGN_LETTER
    enough = COVERAGE * len(words) if len(words) > 3 else 0.0
    return {code: score for code, score in scores.items() if score > 0.0 and known[code] >= enough}


def _named(scores: dict[str, float], default: str) -> str:
    if not scores:
        return default
    highest = max(scores.values())
    best = [code for code, score in scores.items() if score == highest]
    asked = [code for code in best if code in LANGUAGES]
    if not asked:
        return "other"
    return asked[0] if len(asked) == 1 else ""
