"""Which scripts the model tier reads, told from its vocabulary: no score of others means anything."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection

PIECES = 50
"""Pieces of two letters or more that a script needs in the vocabulary to be read. That of BERT has the bare
letters of a dozen scripts, and hardly a word in any."""
STRETCH = 256
"""Code points that are looked at together: about a window of the encoder, so that nothing is diluted."""
LETTERS = 20
"""Unread letters that are a text of their own: more than a name or a quoted word has. A syllable of Hangul
and a Chinese character count as two."""
SHARE = 0.3
"""Of the letters of a stretch: a name with its original spelling behind it stays below."""
FEW, NEARLY_ALL = 8, 0.9
"""Fewer do where nearly all of the stretch is in them: a short request and nothing else."""
FOREIGN_HAN = 0.1
"""Of the Chinese characters of a stretch without Kana, the share of those that the vocabulary lacks from
which on it is taken for Chinese, so that none is read. Japanese without Kana is rare and lacks few."""

_NONE, _READ, _UNREAD, _SYLLABLE, _HAN, _HAN_UNREAD, _KANA = " rusHXk"
_SIGNS = frozenset({"MODIFIER", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"})
"""First words of the names of letters that belong to no script."""
_KANA_SCRIPTS = ("HIRAGANA", "KATAKANA")


class Scripts:
    """Says of a text which of its scripts nobody reads. Safe to use from several threads.

    Args:
        pieces: of the encoder's vocabulary.
    """

    def __init__(self, pieces: Collection[str]) -> None:
        self._pieces = pieces
        words = (piece.removeprefix("##") for piece in pieces)
        found = Counter(script_of(word[0]) for word in words if len(word) > 1 and word.isalpha())
        self.read = frozenset(script for script, count in found.items() if script and count >= PIECES)
        self._kinds = _Kinds(self)

    def unread(self, text: str) -> tuple[str, ...]:
        """The scripts that are not read, the most frequent first, where a stretch of ``STRETCH`` code points
        has at least ``LETTERS`` letters and over ``SHARE`` of all in them, or ``FEW`` and ``NEARLY_ALL``;
        otherwise nothing."""
        if text.isascii():
            return ()
        kinds = text.translate(self._kinds)
        found: Counter[str] = Counter()
        for start in range(0, max(1, len(kinds) - STRETCH // 2), STRETCH // 2):
            unread = _unread(kinds[start : start + STRETCH])
            if unread:
                here = zip(text[start : start + STRETCH], kinds[start : start + STRETCH], strict=True)
                found.update(script_of(character) for character, kind in here if kind in unread)
        return tuple(_NAMES.get(script, script.title()) for script, _ in found.most_common())

    def kind(self, character: str) -> str:
        """One sign for what a character is to ``unread``."""
        if not character.isalpha() or not (script := script_of(character)):
            return _NONE
        if script == "CJK":
            return _HAN if character in self._pieces else _HAN_UNREAD
        if script not in self.read:
            return _SYLLABLE if script == "HANGUL" else _UNREAD
        return _KANA if script in _KANA_SCRIPTS else _READ


def script_of(letter: str) -> str:
    """The script as the first word of the letter's name says it; empty where it belongs to none."""
    name = unicodedata.name(unicodedata.normalize("NFKD", letter)[0], "").partition(" ")[0]
    return "" if name in _SIGNS else name


def _unread(kinds: str) -> str:
    """The kinds of a stretch that make it unread, or none."""
    han, lacking, kana = kinds.count(_HAN), kinds.count(_HAN_UNREAD), kinds.count(_KANA)
    # One that is lacking may stand in a Japanese name.
    chinese = lacking > max(1, FOREIGN_HAN * (han + lacking)) and 10 * kana < han + lacking
    one, characters = kinds.count(_UNREAD), lacking + han * chinese
    syllables = kinds.count(_SYLLABLE)
    letters = kinds.count(_READ) + kana + one + 2 * (syllables + lacking + han)
    unread = one + 2 * (syllables + characters)
    # A word of Japanese may be four characters and nothing else.
    few = one + 2 * syllables + characters >= FEW and unread > NEARLY_ALL * letters
    if not few and (unread < LETTERS or unread <= SHARE * letters):
        return ""
    return _UNREAD + _SYLLABLE + _HAN_UNREAD + _HAN * chinese


class _Kinds(dict[int, str]):
    def __init__(self, scripts: Scripts) -> None:
        super().__init__()
        self._scripts = scripts

    def __missing__(self, point: int) -> str:
        found = self._scripts.kind(chr(point))
        if len(self) < _REMEMBERED:
            self[point] = found
        return found


_NAMES = {"CJK": "Chinese"}
_REMEMBERED = 20_000
"""Characters whose kind is kept."""
