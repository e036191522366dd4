"""The tokeniser of the encoder: what ``tokenizer.json`` says, without the library that wrote it.

It gives the ids and positions of the library ``tokenizers`` (an oracle in the tests), but for characters that
Unicode added or classed anew after the tables of that library (of Unicode 8 to 12) and before those of this
Python.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.core.files import read_text
from octarine.guard.classifier.tokeniser.folding import Table, folded
from octarine.guard.classifier.tokeniser.pieces import PREFIX, Pieces

NORMALISER: Mapping[str, Any] = {
    "type": "Sequence",
    "normalizers": [
        {"type": "NFKC"},
        {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": False,
            "strip_accents": False,
            "lowercase": True,
        },
        {"type": "NFD"},
        {"type": "Replace", "pattern": {"Regex": "[\\u0300-\\u036f]"}, "content": ""},
        {"type": "NFC"},
    ],
}
"""The one normaliser that is implemented, as the file writes it (``folding``)."""

_PARTING = "!-/:;?@\\[-`{-~\u060c\u061f\u0964\u3001\u3002\u300c\u300d"
_CHUNK = re.compile(f" ?(?:[^ \t\n\r{_PARTING}]+|[{_PARTING}])|[ \t\n\r]+")
"""What can be cut for itself, with a blank before it: white space and signs of punctuation part words, and
normalising joins these signs to nothing before or after them (it may join < = > to U+0338, so they are not
here)."""
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_WORD = re.compile(rf"[^!-/:-@\[-`{{-~]+|{_SIGN.pattern}")
_BY_KIND = re.compile("w+|p")
_REMEMBERED = 16_384
"""Chunks whose pieces are kept."""
_LONGEST_REMEMBERED = 32

_Cut = tuple[tuple[int, int, int], ...]
"""``(id, start, end)`` of each piece of a chunk."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """Ids of a text, without special tokens of its own, and the code points ``[start, end)`` of each."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class Tokeniser:
    """Loaded by ``read``. Safe to use from several threads.

    Args:
        vocabulary: piece → id.
        unknown: the piece of a word that cannot be cut.
        longest: characters of a word that is cut.
        special: tokens that are found in a text as they stand → id.
    """

    def __init__(
        self, vocabulary: Mapping[str, int], unknown: str, longest: int, special: Mapping[str, int]
    ) -> None:
        self.vocabulary = {**vocabulary, **special}
        self._pieces = Pieces(vocabulary, vocabulary[unknown], longest)
        alternatives = "|".join(map(re.escape, sorted(special, key=len, reverse=True)))
        self._special = re.compile(alternatives) if special else None
        self._known: dict[str, _Cut] = {}

    @staticmethod
    def read(path: Path) -> Tokeniser:
        """The tokeniser of a ``tokenizer.json``.

        Raises:
            DataError: the file is missing or damaged, or asks for a tokeniser of another kind.
        """
        try:
            data = json.loads(read_text(path))
        except json.JSONDecodeError as error:
            raise DataError(f"not JSON: {error.msg}", path=path, line=error.lineno) from None
        try:
            for what, said, known in _asked(data):
                if said != known:
                    raise _other(path, f"{what} is {json.dumps(said)[:200]}")
            model = data["model"]
            special = {token["content"]: token["id"] for token in data["added_tokens"]}
            return Tokeniser(model["vocab"], model["unk_token"], model["max_input_chars_per_word"], special)
        except (KeyError, TypeError, AttributeError):
            raise _other(path, "a part of it is missing or in another form") from None

    def __getitem__(self, token: str) -> int:
        """The id of a token.

        Raises:
            KeyError: the vocabulary lacks it.
        """
        return self.vocabulary[token]

    def encode(self, text: str) -> Encoding:
        """Ids and positions; takes time in proportion to the text."""
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        at = 0
        for found in self._special.finditer(text) if self._special else ():
            self._encode(text[at : found.start()], at, ids, offsets)
            ids.append(self.vocabulary[found[0]])
            offsets.append(found.span())
            at = found.end()
        self._encode(text[at:], at, ids, offsets)
        return Encoding(ids, offsets)

    def _encode(self, text: str, at: int, ids: list[int], offsets: list[tuple[int, int]]) -> None:
        known = self._known
        for chunk in _CHUNK.findall(text.lower() if text.isascii() else text):
            cut = known.get(chunk) or self._cut(chunk)
            if len(cut) == 1:
                # Most chunks are one piece, and this loop is what tokenising costs.
                ((id, start, end),) = cut
                ids.append(id)
                offsets.append((at + start, at + end))
            else:
                for id, start, end in cut:
                    ids.append(id)
                    offsets.append((at + start, at + end))
            at += len(chunk)

    def _cut(self, chunk: str) -> _Cut:
        shift = int(chunk[0] == " ")
        cut = tuple(
            (id, shift + origins[start + first], shift + origins[start + last - 1] + 1)
            for word, start, origins in _words(chunk[shift:])
            for id, first, last in self._pieces(word)
        )
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[chunk] = cut
        return cut


def _words(chunk: str) -> Iterator[tuple[str, int, Any]]:
    """Words and signs of punctuation, where each begins in the folded chunk, and where its characters came
    from."""
    if chunk.isspace():
        return
    if chunk.isascii() and chunk.isprintable():
        origins = range(len(chunk))
        for found in _WORD.finditer(chunk.lower()):
            yield found[0], found.start(), origins
        return
    text, came_from = folded(chunk)
    for found in _BY_KIND.finditer(text.translate(_KINDS)):
        start, end = found.span()
        yield text[start:end], start, came_from


def _kind(character: str) -> str:
    """``w`` of a word, ``p`` for punctuation, a blank for white space."""
    if character.isspace():
        return " "
    return "p" if _SIGN.match(character) or unicodedata.category(character).startswith("P") else "w"


_KINDS = Table(_kind)


def _asked(data: Any) -> Iterator[tuple[str, Any, Any]]:
    """What the file says that has one implemented value: ``(what, said, implemented)``."""
    yield "the normalizer", data["normalizer"], NORMALISER
    yield "the pre-tokenizer", data["pre_tokenizer"], {"type": "BertPreTokenizer"}
    yield "the truncation", data.get("truncation"), None
    yield "the padding", data.get("padding"), None
    model = data["model"]
    yield "the model", model.get("type"), "WordPiece"
    yield "the prefix of a piece", model["continuing_subword_prefix"], PREFIX
    for token in data["added_tokens"]:
        for key in ("normalized", "single_word", "lstrip", "rstrip"):
            yield f"'{key}' of the token {token['content']}", token[key], False


def _other(path: Path, what: str) -> DataError:
    return DataError(
        f"a tokeniser of another kind than the guard's: {what}",
        path=path,
        hint="Weights of the guard come from `octarine guard train`, with a tokenizer.json that fits them.",
    )
