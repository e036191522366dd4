"""A small release in the official format, with sentences of ours: two films, four usable sentences."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from octarine.evaluate.benchmarks.slang.rows import INDICES, NEGATIVES, POSITIVES

FILMS = {
    "101": (
        "US",
        2004,
        ("Hello .", "That car is dope , man .", "He 's broke again .", "I bought two apples ."),
    ),
    "202": (
        "UK",
        2010,
        ("Good morning .", "I am knackered today .", "Lend me a quid !", "The river is wide ."),
    ),
}
SLANG = {
    ("101", 2): ("dope", "2", "very good", "excellent"),
    ("101", 3): ("broke", "3", "without money", "penniless"),
    ("202", 2): ("knackered", "2", "very tired", "exhausted"),
    ("202", 3): ("quid", "3", "a pound of money", "pound"),
    ("202", 1): ("morning", "1", "", ""),
}
POSITIVE_HEAD = (
    "SLANG_TERM\tANNOTATOR_CONFIDENCE\tMOVIE_ID\tSENT_ID\tREGION\tYEAR\t"
    "DEFINITION_SENTENCE\tDEFINITION_SOURCE_URL\tLITERAL_PARAPHRASE_OF_SLANG"
)


def released(folder: Path) -> Path:
    """Write the three released files; the whole order is the test part but for what the paper cuts off."""
    rows = [POSITIVE_HEAD]
    for (film, number), (term, confidence, definition, literal) in SLANG.items():
        region, year, _ = FILMS[film]
        rows.append(f"{term}\t{confidence}\t{film}\t{number}\t{region}\t{year}\t{definition}\t\t{literal}")
    (folder / POSITIVES).write_text("\n".join(rows) + "\n", "utf-8")
    plain = ["MOVIE_ID\tSENT_ID\tREGION\tYEAR"]
    for film, (region, year, _) in FILMS.items():
        plain += [f"{film}\t{number}\t{region}\t{year}" for number in (1, 4)]
    (folder / NEGATIVES).write_text("\n".join(plain) + "\n", "utf-8")
    indices(folder)
    return folder


def indices(folder: Path, **changed: object) -> None:
    """Write the indices; the last of eight is the test part: a sentence with slang."""
    arrays = {"detect_neg": [3, 0, 2, 1], "detect": [4, 5, 6, 0, 1, 2, 3, 7]}
    arrays |= {"usage": [0, 1, 2, 3], "region": [[0, 1], [1, 0]], **changed}  # type: ignore[dict-item]
    np.savez(folder / INDICES, **{name: np.array(value) for name, value in arrays.items()})


def xml(sentences: tuple[str, ...], head: str = "") -> str:
    """A film as OPUS has it."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', head, "<document>"]
    for number, sentence in enumerate(sentences, 1):
        words = "".join(f'<w id="{number}.{i}">{escape(w)}</w>\n' for i, w in enumerate(sentence.split(), 1))
        lines.append(f'<s id="{number}"><time id="T{number}S" value="00:00:01,000" />\n{words}</s>')
    return "\n".join([*lines, "</document>"])


def archive(path: Path, films: Mapping[str, tuple[str, ...]] | None = None, head: str = "") -> Path:
    """Write ``en.zip``."""
    films = films if films is not None else {film: rows for film, (_, _, rows) in FILMS.items()}
    with zipfile.ZipFile(path, "w") as file:
        for film, rows in films.items():
            file.writestr(f"OpenSubtitles/xml/en/2004/77/{film}.xml", xml(rows, head))
    return path
