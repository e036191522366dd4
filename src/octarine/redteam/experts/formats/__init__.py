"""What is in a file of findings: one module a format, and how to tell them apart."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError, InputError
from octarine.core.files import read_text
from octarine.core.json_text import loads
from octarine.redteam.experts.formats import garak, own, promptfoo, pyrit
from octarine.redteam.experts.rows import Entry, Found

Reader = Callable[[Iterable[Entry], str], Iterator[Found]]
READERS: dict[str, Reader] = {
    "octarine": own.read,
    "garak": garak.read,
    "pyrit": pyrit.read,
    "promptfoo": promptfoo.read,
}
AUTO = "auto"
_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: ``found`` holds what its lines are, or why they are nothing."""

    path: str
    sha256: str
    format: str
    found: tuple[Found, ...]

    @property
    def bad(self) -> tuple[DataError, ...]:
        """Why lines could not be read."""
        return tuple(one for one in self.found if isinstance(one, DataError))


def read_source(path: Path, name: str = AUTO) -> Source:
    """Read a file of findings.

    Args:
        name: of a format; ``auto`` looks at what is in the file.

    Raises:
        DataError: it cannot be read at all, or it cannot be told what it is. A bad line raises nothing: it is
            in its place.
    """
    text = read_text(path).removeprefix("\ufeff")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    entries = tuple(_entries(text, path))
    if not entries:
        raise DataError("there is nothing in it", path=path, hint="One finding a line.")
    if name == AUTO:
        name = recognised(entries, path)
    if name not in READERS:
        raise InputError(f"there is no format '{name}'", hint=f"Formats: {', '.join(READERS)}.")
    return Source(str(path), sha256, name, tuple(_taken(READERS[name], entries, str(path))))


def recognised(entries: Iterable[Entry], path: Path | str) -> str:
    """The format of the first entry that has one.

    Raises:
        DataError: none has.
    """
    for _, value in entries:
        if isinstance(value, dict):
            for name, knows in _SIGNS:
                if knows(value):
                    return name
    raise DataError(
        "not recognised as findings of any known tool",
        path=path,
        hint=f"Say which with --format: {', '.join(READERS)}.",
    )


def _of_pyrit(value: dict[str, Any]) -> bool:
    signs = ({"role", "conversation_id"}, {"score_value", "score_type"}, {"conversation_id", "outcome"})
    return "message_pieces" in value or any(sign <= value.keys() for sign in signs)


_SIGNS: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("garak", lambda value: "entry_type" in value or {"probe", "detector"} <= value.keys()),
    ("pyrit", _of_pyrit),
    ("promptfoo", lambda value: "promptIdx" in value or "gradingResult" in value),
    (
        "octarine",
        lambda value: (
            "finding" in value
            or "packed" in value
            or ("answer" in value and ("prompt" in value or "messages" in value))
        ),
    ),
)


def _taken(reader: Reader, entries: tuple[Entry, ...], path: str) -> Iterator[Found]:
    """Bad entries in their place among what the reader makes of the good ones."""
    good = [entry for entry in entries if not isinstance(entry[1], DataError)]
    yield from (value for _, value in entries if isinstance(value, DataError))
    yield from reader(good, path)


def _entries(text: str, path: Path) -> Iterator[Entry]:
    if path.suffix.lower() == ".csv":
        yield from _table(text, path)
        return
    if not path.suffix.lower().endswith("l") or text.lstrip().startswith("["):
        try:
            yield from enumerate(_items(loads(text, _LEVELS)), 1)
            return
        except ValueError as error:
            if not _is_json(text.lstrip().partition("\n")[0]):
                yield 1, DataError(str(error), path=path)
                return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, loads(line, _LEVELS)
            except ValueError as error:
                yield number, DataError(str(error), path=path, line=number)


def _is_json(line: str) -> bool:
    try:
        loads(line, _LEVELS)
    except ValueError:
        return False
    return True


def _items(whole: Any) -> Iterator[Any]:
    """The findings of a document that is one JSON value."""
    if isinstance(whole, list):
        for one in whole:
            yield from _items(one) if isinstance(one, list) else [one]
        return
    if isinstance(whole, dict):
        results = whole.get("results")
        inner = results.get("results") if isinstance(results, dict) else results
        for listed in (inner, whole.get("message_pieces"), whole.get("conversations")):
            if isinstance(listed, list):
                yield from _items(listed)
                return
    yield whole


def _table(text: str, path: Path) -> Iterator[Entry]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in rows:
            if None in row or None in row.values():
                yield (
                    rows.line_num,
                    DataError("not as many columns as the head", path=path, line=rows.line_num),
                )
            else:
                yield rows.line_num, dict(row)
    except csv.Error as error:
        yield rows.line_num, DataError(f"not CSV: {error}", path=path, line=rows.line_num)
