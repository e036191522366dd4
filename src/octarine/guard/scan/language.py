"""A guess at a text's language, for messages to the user: by script, and by function words where it is
Latin."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

DEFAULT = "en"
LONGEST = 2_000
"""Code points that are looked at."""

_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
_WORD = re.compile(r"[^\W\d_]+")


def guess_language(text: str) -> str:
    """An ISO 639-1 code; ``en`` where nothing tells. Kana beside Han is Japanese."""
    head = text[:LONGEST]
    if not head.isascii():
        letters = sum(char.isalpha() for char in head)
        for code, script in _SCRIPTS:
            if 3 * len(script.findall(head)) > letters:
                return code
        if _SCRIPTS[0][1].search(head) and _SCRIPTS[2][1].search(head):
            return "ja"
    return _latin(head)


def _latin(text: str) -> str:
    found = _WORD.findall(text.lower())
    scores = {code: sum(words.get(word, 0.0) for word in found) for code, words in function_words().items()}
    best = max(scores, key=lambda code: (scores[code], code == DEFAULT))
    return best if scores[best] > scores[DEFAULT] else DEFAULT


@cache
def function_words() -> Mapping[str, Mapping[str, float]]:
    """Language → word → weight: a word that several languages have counts for each in part."""
    source = resources.files("octarine.guard.scan") / "data" / "function_words.toml"
    lists: dict[str, str] = tomllib.loads(source.read_text("utf-8"))
    words = {code: frozenset(text.split()) for code, text in lists.items()}
    return {
        code: {word: 1.0 / sum(word in other for other in words.values()) for word in own}
        for code, own in words.items()
    }
