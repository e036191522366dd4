"""Reading official files: whatever is not what the format says is one error that names the file and the
line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from octarine.core.codec import Json
from octarine.core.errors import DataError
from octarine.core.files import json_lines, read_text

T = TypeVar("T")
_KINDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}
VERSION = "Another version of the data?"
SUBFOLDERS = ("", "data", "Data")
"""Where official repositories keep their data."""


def found(folder: Path, path: str, benchmark: str = "") -> Path:
    """The file ``path`` below the folder that the user named, or below the folder of the data inside it.

    Raises:
        DataError: naming the file that is not there.
    """
    for inside in SUBFOLDERS:
        place = folder / inside / path
        if place.exists():
            return place
    way = f"octarine data get {benchmark} --from FOLDER copies a folder that has it." if benchmark else ""
    raise DataError(
        "is not there", path=folder / path, hint=f"The official data has a file of this name. {way}"
    )


def present(folder: Path, path: str) -> bool:
    """Whether ``found`` finds it."""
    return any((folder / inside / path).exists() for inside in SUBFOLDERS)


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of each line of JSON Lines.

    Raises:
        DataError: not UTF-8, a line that is not JSON or no object, or nothing at all.
    """
    empty = True
    for number, value in json_lines(official_text(path).split("\n"), path):
        if not isinstance(value, dict):
            raise DataError("not a JSON object", path=path, line=number)
        empty = False
        yield number, value
    if empty:
        raise DataError("is empty", path=path, hint="Get the file again: it may have been cut off.")


def json_file(path: Path) -> Json:
    """The value of a JSON file; see ``rows`` for what is raised."""
    text = official_text(path)
    try:
        return cast(Json, json.loads(text))
    except json.JSONDecodeError as error:
        where = f"not JSON: {error.msg} at column {error.colno}"
        raise DataError(where, path=path, line=error.lineno, hint="It may have been cut off.") from None


def csv_rows(
    path: Path, columns: Sequence[str], delimiter: str = ",", *, more: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of a table with a header, which must have ``columns``.

    Args:
        more: whether it may have other columns, too.

    Raises:
        DataError: not UTF-8, a header without one of them or with another one, or a row with more or fewer
            cells.
    """
    reader = csv.reader(io.StringIO(official_text(path), newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        missing = [name for name in columns if name not in header]
        if missing:
            raise DataError(
                f"no column '{missing[0]}'", path=path, line=1, hint=f"The format has: {', '.join(columns)}."
            )
        other = [name for name in header if name not in columns]
        if len(set(header)) < len(header) or (other and not more):
            name = other[0] if other else next(one for one in header if header.count(one) > 1)
            what = (
                f"the column '{name}' is not of the format" if other else f"the column '{name}' stands twice"
            )
            raise DataError(what, path=path, line=1, hint=f"The format has: {', '.join(columns)}. {VERSION}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"{len(cells)} cells where the header has {len(header)}", path=path, line=reader.line_num
                )
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DataError(f"not a table: {error}", path=path, line=reader.line_num) from None


def tsv(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """As ``csv_rows``, with tabs."""
    return csv_rows(path, columns, "\t")


def only(row: Mapping[str, Any], names: Collection[str], path: Path, line: int) -> None:
    """Refuse a row with a field that the format does not have: another version, read as this one, would be
    wrong in silence.

    Raises:
        DataError: naming the field and the line.
    """
    other = [name for name in row if name not in names]
    if other:
        hint = f"The format has: {', '.join(names)}. {VERSION}"
        raise DataError(f"the field '{other[0]}' is not of the format", path=path, line=line, hint=hint)


def field(row: Mapping[str, Any], name: str, kind: type[T], path: Path, line: int | None = None) -> T:
    """The field of a row; ``DataError`` where it is missing or of another type (true is no number)."""
    if name not in row:
        raise DataError(f"no field '{name}'", path=path, line=line, hint=f"It has: {', '.join(row)}.")
    value = row[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        shown = json.dumps(value)[:40]
        raise DataError(
            f"'{name}' must be {_KINDS.get(kind, kind.__name__)}, not {shown}", path=path, line=line
        )
    return value


def official_text(path: Path) -> str:
    """The text of a file in plain UTF-8; ``DataError`` where it is none, or begins with a byte order mark."""
    text = read_text(path)
    if text.startswith("\ufeff"):
        raise DataError("begins with a byte order mark", path=path, line=1, hint="Save it as plain UTF-8.")
    return text
