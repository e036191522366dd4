"""The sentences, out of the English part of OPUS OpenSubtitles v2018 (``xml/en.zip``), packed or unpacked.

A film's file is ``…/YEAR/…/MOVIE.xml``: ``<s id="…">`` holds ``<w>`` words. A sentence is found by its place,
as the release does it, and words are joined as it joins them: a word that begins with a mark is put to the
one before it.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import string
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.parsers import expat

from octarine.core.errors import DataError
from octarine.core.files import make_folder, write_text
from octarine.evaluate.benchmarks.files import found
from octarine.evaluate.benchmarks.slang.rows import (
    MEANING,
    NEGATIVES,
    PLACE,
    POSITIVES,
    REBUILT,
    REBUILT_NEGATIVES,
    SENTENCES,
    TERMS,
    Row,
    read_rows,
)

ARCHIVES = ("en.zip", "xml/en.zip", "OpenSubtitles")
LARGEST = 64 * 1024 * 1024
"""Bytes of one film's file that are read at most."""
_FILM = re.compile(r"(?:^|/)(\d+)\.xml(?:\.gz)?$")
_BLANKS = re.compile(r"\s+")
_HINT = (
    "It must be the English part of OPUS OpenSubtitles v2018: xml/en.zip, or the folder that it unpacks to."
)


def rebuild(metadata: Path, archive: Path, to: Path) -> tuple[Path, Path]:
    """Write the two files of the release with their sentences, in the release's format; returns their paths.

    Args:
        metadata: the folder with the released files.
        archive: ``en.zip`` or the folder that it unpacks to.

    Raises:
        DataError: a film or a sentence is not in the archive, or a file is malformed.
    """
    positives = read_rows(found(metadata, POSITIVES, "slang"), positive=True)
    negatives = read_rows(found(metadata, NEGATIVES, "slang"), positive=False)
    films = read_films(archive, {row.movie for row in (*positives, *negatives)})
    make_folder(to)
    columns = (*SENTENCES, *TERMS, *PLACE, *MEANING)
    return (
        _written(to / REBUILT, columns, with_sentences(positives, films, archive)),
        _written(to / REBUILT_NEGATIVES, (*SENTENCES, *PLACE), with_sentences(negatives, films, archive)),
    )


def with_sentences(rows: Iterable[Row], films: Mapping[str, Sequence[str]], archive: Path) -> list[Row]:
    """``rows`` with their sentence and its context; ``DataError`` where one is not there."""
    filled = []
    for row in rows:
        sentences, place = films.get(row.movie, ()), row.number - 1
        if not 0 <= place < len(sentences):
            what = f"film {row.movie} has {len(sentences)} sentences, and the metadata names {row.number}"
            raise DataError(what, path=archive, hint=_HINT)
        before = sentences[place - 1] if place else ""
        following = sentences[place + 1] if place + 1 < len(sentences) else ""
        context = f"{before} <i> {sentences[place]} </i> {following}".strip()
        filled.append(replace(row, sentence=sentences[place], context=context))
    return filled


def read_films(archive: Path, wanted: set[str]) -> dict[str, list[str]]:
    """Film → its sentences, of those wanted.

    Raises:
        DataError: naming a film that is not there, or a file that is malformed.
    """
    films: dict[str, list[str]] = {}
    with _members(archive) as members:
        for name, read in members:
            match = _FILM.search(name)
            if match and match[1] in wanted and match[1] not in films:
                films[match[1]] = sentences(_plain(read(), name, archive), f"{archive}/{name}")
    missing = sorted(wanted - films.keys())
    if missing:
        raise DataError(
            f"{len(missing)} films are not in it, {missing[0]} among them", path=archive, hint=_HINT
        )
    return films


Member = tuple[str, Callable[[], bytes]]


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[Member]]:
    """The files of an archive or a folder: name and how to read it."""
    if archive.is_dir():
        yield (
            (path.relative_to(archive).as_posix(), path.read_bytes)
            for path in sorted(archive.rglob("*.xml*"))
        )
        return
    try:
        with zipfile.ZipFile(archive) as file:
            yield ((info.filename, _reader(file, info, archive)) for info in file.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot be read as an archive: {error}", path=archive, hint=_HINT) from None


def _reader(file: zipfile.ZipFile, info: zipfile.ZipInfo, archive: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if info.file_size > LARGEST:
            raise DataError(f"{info.filename} unpacks to more than {LARGEST} bytes", path=archive, hint=_HINT)
        return file.read(info)

    return read


def sentences(data: bytes, name: str) -> list[str]:
    """The sentences of a film's XML. Entities of the file's own are refused: it needs none."""
    found_sentences: list[list[str]] = []
    inside: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, _: object) -> None:
        if tag == "s":
            found_sentences.append([])
        inside.append("" if tag == "w" else "-")

    def end(tag: str) -> None:
        word = inside.pop()
        if tag == "w" and word and found_sentences:
            found_sentences[-1].append(word)

    def text(piece: str) -> None:
        if inside and inside[-1] != "-":
            inside[-1] += piece

    def entity(*_: object) -> None:
        raise DataError("declares entities", path=name, line=parser.CurrentLineNumber, hint=_HINT)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = text, entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DataError(f"malformed XML: {error}", path=name, line=error.lineno, hint=_HINT) from None
    return [sentence_of(words) for words in found_sentences]


def sentence_of(words: Sequence[str]) -> str:
    """Words as the release joins them."""
    pieces: list[str] = []
    for word in words:
        if pieces and word[0] in string.punctuation:
            pieces[-1] += word
        else:
            pieces.append(word)
    return _BLANKS.sub(" ", " ".join(pieces)).strip()


def _plain(data: bytes, name: str, archive: Path) -> bytes:
    if not name.endswith(".gz"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(LARGEST + 1)
    except (OSError, EOFError) as error:
        raise DataError(f"{name} cannot be unpacked: {error}", path=archive, hint=_HINT) from None
    if len(plain) > LARGEST:
        raise DataError(f"{name} unpacks to more than {LARGEST} bytes", path=archive, hint=_HINT)
    return plain


def _written(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = {
            "SENTENCE": row.sentence,
            "FULL_CONTEXT": row.context,
            "SLANG_TERM": row.term,
            "ANNOTATOR_CONFIDENCE": row.confidence,
            "MOVIE_ID": row.movie,
            "SENT_ID": row.number,
            "REGION": row.region,
            "YEAR": row.year,
            "DEFINITION_SENTENCE": row.definition,
            "DEFINITION_SOURCE_URL": row.source,
            "LITERAL_PARAPHRASE_OF_SLANG": row.literal,
        }
        writer.writerow([cells[column] for column in columns])
    return write_text(path, lines.getvalue())
