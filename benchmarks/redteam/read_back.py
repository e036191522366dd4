"""Whether the files that carriers make can be read: each by a tool that had no part in making it.

    python benchmarks/redteam/read_back.py [--seeds 10] [--language en] [--only ID,ID] [--markdown]

A reader gets a message's parts and its prompt, never the seed. A file counts as read where at least nine in
ten words of the seed came back in any order (``words``), or, for readers that lose nothing, where the text
came back as it was (``exact``). Readers stand in ``reading_*.py`` beside this file: a table READERS of
technique
ids. A technique without a reader is listed as such: it is for the eye, and no rate is claimed.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from octarine.core.content import Conversation, Modality, Part
from octarine.core.protocols import NotApplicable
from octarine.core.stats.proportions import proportion
from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam import Technique, plain_seeds, techniques

MODULES = ("reading_pictures", "reading_files")
READ = 0.9
"""Share of the words that must come back."""


class Absent(Exception):
    """The tool is not on this machine."""


@dataclass(frozen=True, slots=True)
class Reader:
    """``read``: parts and prompt → text. ``tool``: as printed. ``exact``: whether it loses nothing."""

    tool: str
    read: Callable[[Sequence[Part], str], str]
    exact: bool = False


@dataclass(slots=True)
class Row:
    """What became of one technique's files."""

    name: str
    tool: str
    tried: int = 0
    read: int = 0
    words: float = 0.0
    why: str = ""

    def cells(self) -> list[str]:
        """As printed."""
        if not self.tried:
            return [self.name, self.tool, "–", "–", self.why or "no reader"]
        rate = proportion(self.read, self.tried)
        return [
            self.name,
            self.tool,
            f"{self.read}/{self.tried}",
            f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]",
            f"{self.words / self.tried:.2f}",
        ]


def words(text: str) -> list[str]:
    """Letters and digits of each word, without case and accents (OCR loses some); where a script sets no
    blanks, each character."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"[\u3040-\u30FF\u3400-\u9FFF]|[^\W_\u3040-\u30FF\u3400-\u9FFF]+", plain)


def share_read(wanted: str, found: str) -> float:
    """Of the words that were wanted, how many came back, each at most as often as it was found. A word that
    a line's end cut in two counts when its halves came back."""
    left = words(found)
    run = "".join(left)
    hits = 0
    asked = words(wanted)
    for word in asked:
        if word in left:
            left.remove(word)
            hits += 1
        elif len(word) >= 5 and word in run:
            hits += 1
    return hits / max(1, len(asked))


def readers() -> dict[str, Reader]:
    """Technique id → reader, of every module that is there."""
    sys.path.insert(0, str(Path(__file__).parent))
    found: dict[str, Reader] = {}
    for name in MODULES:
        if (Path(__file__).parent / f"{name}.py").exists():
            found |= importlib.import_module(name).READERS
    return found


def texts(language: str, count: int) -> list[str]:
    """Seeds of the suite, one turn each, in its order."""
    found = plain_seeds(open_benchmark("octarine").load((language,)))
    return [sample.conversation.prompt for sample in found][:count]


def measure(technique: Technique, reader: Reader | None, seeds: Sequence[str], language: str) -> Row:
    """Make a file of every seed and read it."""
    row = Row(technique.id, reader.tool if reader else "by eye")
    if reason := technique.missing():
        row.why = reason
        return row
    for number, text in enumerate(seeds if reader else ()):
        made = technique(Conversation.user(text), np.random.default_rng(number), language=language)
        if isinstance(made, NotApplicable):
            row.why = made.reason
            continue
        assert reader is not None
        try:
            found = reader.read(made.messages[-1].parts, made.prompt)
        except Absent as problem:
            return Row(technique.id, reader.tool, why=str(problem))
        except (ValueError, LookupError):
            found = ""
        row.tried += 1
        share = share_read(text, found)
        row.words += share
        row.read += found == text if reader.exact else share >= READ
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--language", default="en")
    parser.add_argument("--only", default="", help="technique ids, joined by commas")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    known, seeds = readers(), texts(asked.language, asked.seeds)
    only = set(filter(None, asked.only.split(",")))
    head = ["technique", "reader", "read", "rate [95 %]", "words"]
    start, between, end = ("| ", " | ", " |") if asked.markdown else ("", "  ", "")
    widths = (26, 34, 6, 18, 5)
    print(start + between.join(cell.ljust(w) for cell, w in zip(head, widths, strict=True)) + end)
    if asked.markdown:
        print("|" + "---|" * len(head))
    for technique in techniques.values():
        files = technique.outputs - {Modality.TEXT}
        if not files or (only and technique.id not in only):
            continue
        row = measure(technique, known.get(technique.id), seeds, asked.language)
        cells = [cell.ljust(w) for cell, w in zip(row.cells(), widths, strict=True)]
        print(start + between.join(cells) + end, flush=True)


if __name__ == "__main__":
    # The readers import this file by its name: one class Reader, not two.
    sys.modules["read_back"] = sys.modules["__main__"]
    main()
