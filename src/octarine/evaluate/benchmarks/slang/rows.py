"""The released files of OpenSub-Slang: which sentences of which films hold slang, and which rows the paper
used.

The sentences are not among them; ``subtitles`` gets them out of an OpenSubtitles archive.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import csv_rows, found

POSITIVES, NEGATIVES = "slang_OpenSub_meta.tsv", "slang_OpenSub_negatives_meta.tsv"
INDICES = "slang_llm_inds.npz"
REBUILT, REBUILT_NEGATIVES = "slang_OpenSub.tsv", "slang_OpenSub_negatives.tsv"
REGIONS = ("US", "UK")
PLACE = ("MOVIE_ID", "SENT_ID", "REGION", "YEAR")
TERMS = ("SLANG_TERM", "ANNOTATOR_CONFIDENCE")
MEANING = ("DEFINITION_SENTENCE", "DEFINITION_SOURCE_URL", "LITERAL_PARAPHRASE_OF_SLANG")
SENTENCES = ("SENTENCE", "FULL_CONTEXT")


@dataclass(frozen=True, slots=True)
class Row:
    """One annotated sentence. Of a negative one, ``term`` is empty and ``confidence`` 0.

    Attributes:
        movie, number: of the subtitles at OpenSubtitles, and of the sentence in them, from 1.
        confidence: how many of the three annotators saw slang; from 2 on they agree on the term.
        sentence: empty until it is rebuilt.
    """

    movie: str
    number: int
    region: str
    year: int
    term: str = ""
    confidence: int = 0
    definition: str = ""
    source: str = ""
    literal: str = ""
    sentence: str = ""
    context: str = ""


def read_rows(path: Path, *, positive: bool) -> list[Row]:
    """The rows of a released or of a rebuilt file.

    Raises:
        DataError: naming the file and the line.
    """
    rebuilt = path.name in {REBUILT, REBUILT_NEGATIVES}
    columns = (*(SENTENCES if rebuilt else ()), *((*TERMS, *PLACE, *MEANING) if positive else PLACE))
    return [_row(cells, path, line) for line, cells in csv_rows(path, columns, "\t")]


def _row(cells: dict[str, str], path: Path, line: int) -> Row:
    region, term = cells["REGION"], cells.get("SLANG_TERM", "")
    if region not in REGIONS:
        raise DataError(f"REGION must be US or UK, not '{region[:20]}'", path=path, line=line)
    confidence = _whole(cells.get("ANNOTATOR_CONFIDENCE", "0"), "ANNOTATOR_CONFIDENCE", path, line)
    if not 0 <= confidence <= 3 or (term and not confidence):
        raise DataError(f"ANNOTATOR_CONFIDENCE must be 1, 2 or 3, not {confidence}", path=path, line=line)
    return Row(
        movie=str(_whole(cells["MOVIE_ID"], "MOVIE_ID", path, line)),
        number=_whole(cells["SENT_ID"], "SENT_ID", path, line),
        region=region,
        year=_whole(cells["YEAR"], "YEAR", path, line),
        term=term,
        confidence=confidence,
        definition=cells.get("DEFINITION_SENTENCE", ""),
        source=cells.get("DEFINITION_SOURCE_URL", ""),
        literal=cells.get("LITERAL_PARAPHRASE_OF_SLANG", ""),
        sentence=cells.get("SENTENCE", ""),
        context=cells.get("FULL_CONTEXT", ""),
    )


def _whole(text: str, column: str, path: Path, line: int) -> int:
    try:
        return int(text)
    except ValueError:
        raise DataError(f"{column} must be a whole number, not '{text[:20]}'", path=path, line=line) from None


@dataclass(frozen=True)
class Indices:
    """Which rows the paper used, in its order.

    Attributes:
        negatives: rows of the negatives' file, as many as there are usable positives.
        detect: an order of negatives and then usable positives; 80 % train, 5 % development, 15 % test.
        usage: rows of the whole positives' file, for interpretation.
        regions: of each region (US, UK), places among its usable positives, split likewise.
    """

    negatives: tuple[int, ...]
    detect: tuple[int, ...]
    usage: tuple[int, ...]
    regions: tuple[tuple[int, ...], ...]


def read_indices(path: Path) -> Indices:
    """The indices of the paper's experiments; ``DataError`` where the file is not that archive of arrays."""
    import numpy as np

    names, arrays = ("detect_neg", "detect", "usage", "region"), {}
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
            arrays = {name: held[name] for name in names}
    except KeyError as error:
        raise DataError(f"holds no array {error}", path=path) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"is no archive of numpy arrays: {error}", path=path, hint="It may be cut off."
        ) from None
    shapes = [arrays[name].ndim for name in names]
    if shapes != [1, 1, 1, 2] or len(arrays["region"]) != len(REGIONS):
        raise DataError("holds arrays of other shapes than the paper's", path=path)
    flat = [tuple(int(value) for value in arrays[name]) for name in names[:3]]
    regions = tuple(tuple(int(value) for value in line) for line in arrays["region"])
    if sorted(flat[1]) != list(range(2 * len(flat[0]))):
        raise DataError("'detect' must order the negatives and as many positives", path=path)
    return Indices(flat[0], flat[1], flat[2], regions)


def test_part(order: Sequence[int]) -> Sequence[int]:
    """The last 15 %, as the paper cuts it."""
    return order[int(len(order) * 0.85) :]


@dataclass(frozen=True)
class Data:
    """What a folder holds."""

    positives: list[Row]
    negatives: list[Row]
    indices: Indices
    path: Path
    rebuilt: bool = field(default=False)


def read_data(folder: Path) -> Data:
    """The released files, with sentences where they were rebuilt.

    Raises:
        DataError: a file is missing, cut short, changed, or of another version.
    """
    indices_path = found(folder, INDICES, "slang")
    indices = read_indices(indices_path)
    try:
        positives_path, rebuilt = found(folder, REBUILT), True
        negatives_path = found(folder, REBUILT_NEGATIVES, "slang")
    except DataError:
        positives_path, rebuilt = found(folder, POSITIVES, "slang"), False
        negatives_path = found(folder, NEGATIVES, "slang")
    positives = read_rows(positives_path, positive=True)
    negatives = read_rows(negatives_path, positive=False)
    for rows, wanted, path in (
        (positives, indices.usage, positives_path),
        (negatives, indices.negatives, negatives_path),
    ):
        if max(wanted, default=-1) >= len(rows):
            message = f"has {len(rows)} rows, and the indices name row {max(wanted)}"
            raise DataError(message, path=path, line=len(rows) + 1, hint="It may have been cut off.")
    return Data(positives, negatives, indices, positives_path, rebuilt)
