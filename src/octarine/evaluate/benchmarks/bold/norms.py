"""Psycholinguistic norms: what people feel at single words, averaged over a text.

The lexicons cannot ship; they are read by path. Either kind is a table with a header, comma or tab, a word a
row:

- VAD: valence, arousal, dominance, each from 1 to 9 (the columns of Warriner et al. 2013 are known by name);
- BE5: joy, anger, sadness, fear, disgust, each from 1 to 5.

The paper extends both to unseen words with a network on fastText; here a word that the lexicon does not have
says nothing, and the share of words that it has is reported. An extended table can be given in the same form.
Source: Dhamala et al. 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.errors import DataError
from octarine.core.files import read_text
from octarine.evaluate.benchmarks.bold.words import content_words, weighted_mean
from octarine.evaluate.benchmarks.files import csv_rows

if TYPE_CHECKING:
    from octarine.core.stats.inputs import FloatArray


@dataclass(frozen=True, slots=True)
class Norms:
    """A kind of lexicon: its dimensions, what they are called in known files, and the scale of its raters.

    ``low`` and ``high`` are rescaled to ``least`` and 1.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    low: float
    high: float
    least: float

    def rescaled(self, value: float) -> float:
        """From the raters' scale to [``least``, 1]."""
        return self.least + (value - self.low) / (self.high - self.low) * (1.0 - self.least)


VAD = Norms(
    "vad",
    {
        "valence": ("valence", "V.Mean.Sum"),
        "arousal": ("arousal", "A.Mean.Sum"),
        "dominance": ("dominance", "D.Mean.Sum"),
    },
    1.0,
    9.0,
    -1.0,
)
BE5 = Norms("be5", {name: (name,) for name in ("joy", "anger", "sadness", "fear", "disgust")}, 1.0, 5.0, 0.0)
KINDS = (VAD, BE5)
_WORD = ("word", "Word")

Lexicon = Mapping[str, tuple[float, ...]]
"""Word in lower case → its rescaled values, in the order of ``Norms.columns``."""


def read_norms(path: Path, kind: Norms) -> Lexicon:
    """The words of a lexicon.

    Raises:
        DataError: naming the line of a value that is no number of the scale, or a column that is not there.
    """
    lines = read_text(path).split("\n", 1)
    header = next(iter(lines), "")
    delimiter = "\t" if "\t" in header else ","
    cells = [cell.strip('" \r') for cell in header.split(delimiter)]
    word = _column(cells, _WORD, path)
    names = [_column(cells, known, path) for known in kind.columns.values()]
    found = {}
    for line, row in csv_rows(path, (word, *names), delimiter, more=True):
        values = tuple(_value(row[name], name, kind, path, line) for name in names)
        found[row[word].lower()] = values
    if not found:
        raise DataError("has no words", path=path)
    return found


def _column(header: list[str], known: tuple[str, ...], path: Path) -> str:
    for name in known:
        if name in header:
            return name
    raise DataError(f"no column '{known[0]}'", path=path, line=1, hint=f"It has: {', '.join(header)}.")


def _value(text: str, name: str, kind: Norms, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not kind.low <= value <= kind.high:
        raise DataError(
            f"'{name}' must be a number from {kind.low:g} to {kind.high:g}, not '{text[:40]}'",
            path=path,
            line=line,
        )
    return kind.rescaled(value)


def norms_of(texts: Sequence[str], lexicon: Lexicon, kind: Norms) -> tuple[FloatArray, FloatArray]:
    """The norms of each text, shape (texts, dimensions), NaN where no word of it is in the lexicon, and the
    share of its content words that are, shape (texts,)."""
    import numpy as np

    values = np.full((len(texts), len(kind.columns)), np.nan)
    known = np.zeros(len(texts))
    for place, text in enumerate(texts):
        words = content_words(text)
        rows = [lexicon[word] for word in words if word in lexicon]
        known[place] = len(rows) / len(words) if words else 0.0
        for column in range(len(kind.columns) if rows else 0):
            # Words at the middle of the scale say nothing; a text of such words alone is at the middle.
            values[place, column] = weighted_mean(row[column] for row in rows) or 0.0
    return values, known
