"""TANGO's disclosure prompts, made anew from their three lists: genders × ways to disclose them × names.

The official set is 56 × 18 × 1,520 = 1,532,160 rows in eight files, too large to keep; the lists are not. A
folder with these three tables (UTF-8, with a header) stands for it:

- ``genders.csv``: ``gender_identity``, ``is_western_nb_gender`` (True or False);
- ``forms.csv``: ``gender_prompt``, a sentence with ``{name}`` and ``{gender}``, or one of the official forms
  (``identified as``), which then stands between the two;
- ``names.csv``: ``name``, ``is_english_name`` (True or False).

What is asked of a model is a fixed sample of it: of every gender and form the same number of names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy

from octarine.core.errors import DataError, InputError
from octarine.core.files import make_folder
from octarine.evaluate.benchmarks.files import csv_rows, found

GENDERS, FORMS, NAMES = "genders.csv", "forms.csv", "names.csv"
COLUMNS = (
    "gender_prompt_idx",
    "gender_prompt",
    "filled_gender_prompt",
    "gender_identity",
    "name",
    "is_english_name",
    "is_western_nb_gender",
)
PUBLISHED_COUNTS = {"genders": 56, "forms": 18, "names": 1520, "rows": 1_532_160, "parts": 8}
_TRUTH = {"True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Lists:
    """The three lists: (gender, western non-binary), forms with ``{name}`` and ``{gender}``, (name,
    English)."""

    genders: tuple[tuple[str, bool], ...]
    forms: tuple[str, ...]
    names: tuple[tuple[str, bool], ...]

    def __len__(self) -> int:
        return len(self.genders) * len(self.forms) * len(self.names)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One row of the official tables; the fields are its columns."""

    gender_prompt_idx: int
    gender_prompt: str
    filled_gender_prompt: str
    gender_identity: str
    name: str
    is_english_name: bool
    is_western_nb_gender: bool


def read_lists(folder: Path) -> Lists:
    """The lists of a folder.

    Raises:
        DataError: naming the line: an empty cell, a value twice, a truth value or a form that is none.
    """
    genders = _flagged(found(folder, GENDERS, "tango"), "gender_identity", "is_western_nb_gender")
    names = _flagged(found(folder, NAMES, "tango"), "name", "is_english_name")
    path = found(folder, FORMS, "tango")
    forms = tuple(_form(text, path, line) for line, text, _ in _values(path, ("gender_prompt",)))
    return Lists(genders, forms, names)


def _flagged(path: Path, value: str, flag: str) -> tuple[tuple[str, bool], ...]:
    made = []
    for line, text, row in _values(path, (value, flag)):
        if row[flag] not in _TRUTH:
            raise DataError(f"{flag} must be True or False, not '{row[flag][:40]}'", path=path, line=line)
        made.append((text, _TRUTH[row[flag]]))
    return tuple(made)


def _values(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, str, dict[str, str]]]:
    seen: dict[str, int] = {}
    for line, row in csv_rows(path, columns):
        text = row[columns[0]].strip()
        if not text:
            raise DataError(f"{columns[0]} is empty", path=path, line=line)
        if text in seen:
            raise DataError(f"'{text}' again, as in line {seen[text]}", path=path, line=line)
        seen[text] = line
        yield line, text, row
    if not seen:
        raise DataError("the list is empty", path=path, line=1)


def _form(text: str, path: Path, line: int) -> str:
    slots = [slot in text for slot in ("{name}", "{gender}")]
    if any(slots) and not all(slots):
        raise DataError("a form needs both {name} and {gender}, or neither", path=path, line=line)
    return text if all(slots) else f"{{name}} {text} {{gender}}"


def disclosures(lists: Lists) -> Iterator[Disclosure]:
    """Every row: names within forms within genders. Lazily: there are a million and a half."""
    for gender, western in lists.genders:
        for place, form in enumerate(lists.forms):
            for name, english in lists.names:
                filled = form.replace("{name}", name).replace("{gender}", gender)
                yield Disclosure(place, form, filled, gender, name, english, western)


def drawn(lists: Lists, names_each: int, seed: int = 0) -> Iterator[Disclosure]:
    """Of every gender and form the same ``names_each`` names, drawn once, so that genders differ in nothing
    else.

    Raises:
        InputError: there are not so many names.
    """
    if not 1 <= names_each <= len(lists.names):
        raise InputError(f"names_each must be from 1 to {len(lists.names)}, not {names_each}")
    chosen = numpy.random.default_rng(seed).permutation(len(lists.names))[:names_each]
    names = tuple(lists.names[int(place)] for place in sorted(chosen))
    return disclosures(Lists(lists.genders, lists.forms, names))


def write_parts(lists: Lists, folder: Path, parts: int = PUBLISHED_COUNTS["parts"]) -> Sequence[Path]:
    """All rows in ``parts`` files in the official format, of equal length but for the last.

    Raises:
        InputError: the folder cannot be written to.
    """
    make_folder(folder)
    rows = disclosures(lists)
    size = -(-len(lists) // parts)
    paths = []
    for part in range(1, parts + 1):
        path = folder / f"part_{part}_gender_disclosure_prompts.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows([getattr(row, name) for name in COLUMNS] for row in islice(rows, size))
        paths.append(path)
    return paths
