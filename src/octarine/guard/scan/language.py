"""A guess at a text's language, for messages to the user and word lists: by script, by function words where
it is Latin, and by the characters that only Chinese or only Japanese uses where it is Han."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

DEFAULT = "en"
LONGEST = 2_000
"""Code points that are looked at."""
NEAR = 100
"""Code points on either side of a finding whose language counts for it."""
SURE = 3.0
"""Function words from which on a language is sure."""
SIGN = 1.5
"""Function words of another one from which on that may be spoken as well."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile("[\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3005\uff66-\uff9f]")
_CHINESE = frozenset("的了我們们她你您這这那吗嗎呢吧很也是")
_LEVEL_2 = 0x989F
"""From here on Shift JIS has the characters that Japan writes in another way today, or hardly ever."""
_SCRIPTS = (
    (frozenset({"ko"}), re.compile("[\uac00-\ud7af]")),
    (frozenset({"hi"}), re.compile("[\u0900-\u097f]")),
    (frozenset({"ar"}), re.compile("[\u0600-\u06ff]")),
    (frozenset({"ru"}), re.compile("[\u0400-\u04ff]")),
    (frozenset({"el"}), re.compile("[\u0370-\u03ff]")),
)
_WORD = re.compile(r"[^\W\d_]+")


def guess_language(text: str) -> str:
    """An ISO 639-1 code; ``en`` where nothing tells. Han characters that might be either are taken for
    Japanese, which the guard speaks."""
    head = text[:LONGEST]
    if not head.isascii():
        letters = sum(char.isalpha() for char in head)
        han, kana = len(_HAN.findall(head)), len(_KANA.findall(head))
        if kana + han and 3 * (kana + han) > letters:
            return "ja" if _japanese(head) >= 0 else "zh"
        for (code,), script in _SCRIPTS:
            if 3 * len(script.findall(head)) > letters:
                return code
        if han and kana:
            return "ja"
    return _latin(head)


def may_be(text: str, start: int, end: int, languages: tuple[str, ...]) -> bool:
    """Whether what stands at ``[start, end)`` may be in one of ``languages``: it may unless what stands
    around it is surely in others, and shows no sign of them. Of a short text nothing is sure."""
    around = text[max(0, start - NEAR) : end + NEAR]
    written = _by_script(around)
    if not written.isdisjoint(languages):
        return True
    scores = _scores(around)
    best = max(scores.values())
    if best < SURE:
        # Letters that no function word explains may be in any language.
        latin = any(char.isalpha() and char < "\u0250" for char in around)
        return latin or not written
    spoken = max(scores.get(code, 0.0) for code in languages)
    return spoken >= SIGN or 4 * spoken > best


def _by_script(text: str) -> frozenset[str]:
    """The languages that a text's characters other than Latin ones may belong to."""
    if text.isascii():
        return frozenset()
    found = frozenset().union(*(codes for codes, script in _SCRIPTS if script.search(text)))
    if _HAN.search(text) or _KANA.search(text):
        found |= {"ja"} if _japanese(text) > 1 else {"zh", "ja"}
    return found


def _japanese(text: str) -> int:
    """Signs of Japanese less signs of Chinese in a text of Han characters."""
    return len(_KANA.findall(text)) + sum(map(_leaning, _HAN.findall(text)))


@cache
def _leaning(char: str) -> int:
    """1 for a character that only Japan's standard knows, -1 for one that it knows not, or not among those
    of today; 0 for what both countries write."""
    code = char.encode("shift_jis", "ignore")
    if char in _CHINESE or not code or int.from_bytes(code, "big") >= _LEVEL_2:
        return -1
    return int(not char.encode("gb2312", "ignore") and not char.encode("big5", "ignore"))


def _latin(text: str) -> str:
    scores = _scores(text)
    best = max(scores, key=lambda code: (scores[code], code == DEFAULT))
    return best if scores[best] > scores[DEFAULT] else DEFAULT


def _scores(text: str) -> dict[str, float]:
    found = _WORD.findall(text.lower())
    return {code: sum(words.get(word, 0.0) for word in found) for code, words in function_words().items()}


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
