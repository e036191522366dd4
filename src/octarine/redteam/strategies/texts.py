"""Messages of ours, for where no attacker writes any: ``data/LANGUAGE.toml``, in nine languages."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from octarine.redteam.slots import filled
from octarine.redteam.technique import LANGUAGES

FALLBACK = "en"
_PIECE = "\x00"


@cache
def bank(language: str) -> Mapping[str, Sequence[str]]:
    """Name → texts. Slots are those of ``redteam.slots``, and ``{piece}``."""
    place = files(__package__).joinpath("data", f"{language}.toml")
    found: Mapping[str, Sequence[str]] = tomllib.loads(place.read_text("utf-8"))
    return found


class Texts:
    """Texts in the seed's language; in English where it is none of the nine.

    ``said`` tells of it, once texts were used in another language than the seed's.
    """

    def __init__(self, request: str, language: str) -> None:
        self._request = request
        self._seeds = language
        self._language = language if language in LANGUAGES else FALLBACK
        self._given: Counter[str] = Counter()
        self.said = ""

    def speaking(self) -> str:
        """The language of what is used from now on."""
        self.said = "" if self._language == self._seeds else f"texts in {self._language}"
        return self._language

    def next(self, name: str, piece: str = "") -> str:
        """The next text of that name, the first again after the last."""
        texts = bank(self.speaking())[name]
        text = texts[self._given[name] % len(texts)]
        self._given[name] += 1
        return self._filled(text, piece)

    def spread(self, name: str, count: int) -> list[str]:
        """``count`` of the texts of that name, in their order, the first and the last among them."""
        texts = bank(self.speaking())[name]
        if count <= 1:
            return [self._filled(text, "") for text in texts[:count]]
        places = [round(i * (len(texts) - 1) / (count - 1)) for i in range(count)]
        return [self._filled(texts[place], "") for place in places]

    def _filled(self, text: str, piece: str) -> str:
        return filled(text.replace("{piece}", _PIECE), self._request).replace(_PIECE, piece.strip())
