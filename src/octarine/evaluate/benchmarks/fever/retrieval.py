"""A retrieval baseline: BM25 (Robertson & Zaragoza 2009) over the sentences of a folder of pages.

Pages are in FEVER's format: JSON Lines of ``id`` (the page's name) and ``lines`` (number, tab, sentence, tab,
links). The ranking is the library's (``bm25s``, Lucene's variant, k1 1.5, b 0.75); words are runs of letters
and digits in lower case, the page's name counted into each of its sentences. The whole of Wikipedia (5.4
million pages) needs tens of gigabytes of memory: take a folder of the pages in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError, MissingExtra
from octarine.evaluate.benchmarks.fever.rows import Sentence
from octarine.evaluate.benchmarks.files import field, rows

_WORD = re.compile(r"[^\W_]+")
_ESCAPES = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-COLON-": ":"}


def plain(name: str) -> str:
    """A page's name as a person writes it: brackets, colons and blanks."""
    for escape, character in _ESCAPES.items():
        name = name.replace(escape, character)
    return name.replace("_", " ")


def read_pages(folder: Path) -> dict[Sentence, str]:
    """Every sentence of the ``*.jsonl`` files of a folder.

    Raises:
        DataError: no such file, or a line that is no page.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise DataError("holds no pages", path=folder, hint="wiki-001.jsonl … as in FEVER's wiki-pages.zip.")
    found: dict[Sentence, str] = {}
    for path in paths:
        for line, row in rows(path):
            name = field(row, "id", str, path, line)
            for number, text in _lines(field(row, "lines", str, path, line), path, line):
                found[name, number] = text
    return found


def _lines(text: str, path: Path, line: int) -> Iterator[tuple[int, str]]:
    numbered = False
    for entry in text.split("\n"):
        number, _, rest = entry.partition("\t")
        if not entry.strip():
            continue
        if not number.isdecimal():
            if not numbered:
                raise DataError(f"'lines' has no number before '{entry[:20]}'", path=path, line=line)
            continue  # some official sentences hold a line feed: what follows it is links
        numbered = True
        sentence = rest.split("\t")[0].strip()
        if sentence:
            yield int(number), sentence


class Retriever:
    """BM25 over sentences; equal scores keep the order of the pages' names."""

    def __init__(self, sentences: dict[Sentence, str]) -> None:
        try:
            import bm25s
        except ImportError:
            raise MissingExtra("benchmarks", "the retrieval baseline") from None
        self._names: Sequence[Sentence] = sorted(sentences)
        self.sentences = sentences
        words = [_words(f"{plain(name[0])} {sentences[name]}") for name in self._names]
        self._index: Any = bm25s.BM25()
        self._index.index(words, show_progress=False)

    def first(self, claim: str, most: int = 5) -> list[Sentence]:
        """The ``most`` best sentences that share a word with the claim, the best first."""
        import numpy as np

        known = [word for word in dict.fromkeys(_words(claim)) if word in self._index.vocab_dict]
        if not known:
            return []
        scores = self._index.get_scores(known)
        order = np.lexsort((np.arange(len(scores)), -scores))[:most]
        return [self._names[place] for place in order if scores[place] > 0]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
