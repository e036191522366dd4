"""Files that users name: read with errors that say where, written whole or not at all."""

from __future__ import annotations

import errno
import json
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

from octarine.core.codec import Json
from octarine.core.errors import DataError, InputError


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        DataError: it cannot be read, or a line is not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError("not UTF-8", path=path, line=line, hint="Save the file as UTF-8.") from None


def json_lines(lines: Iterable[str], path: Path | str) -> Iterator[tuple[int, Json]]:
    """The number and the value of each line of JSON Lines; blank lines are passed over.

    Split a text at line feeds alone: a JSON string may hold what else ``str.splitlines`` would split at.

    Raises:
        DataError: naming the line that is not JSON.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(
                f"not JSON: {error.msg} at column {error.colno}", path=path, line=number
            ) from None


def write_text(path: Path, text: str, *, hint: str = "") -> Path:
    """Write whole or not at all; ``hint`` is the way out where that fails.

    Raises:
        InputError: naming the file and why.
    """
    return write_bytes(path, text.encode("utf-8", "backslashreplace"), hint=hint)


def write_bytes(path: Path, data: bytes, *, hint: str = "") -> Path:
    """See ``write_text``."""
    with writing(path, hint=hint) as file:
        file.write(data)
    return path


@contextmanager
def writing(path: Path, *, hint: str = "") -> Iterator[BufferedRandom]:
    """A file to write and read, which becomes ``path`` at the end; where the block raises, nothing does.

    Raises:
        InputError: naming the file and why.
    """
    unfinished = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}")
    try:
        # Not a ``tempfile``: who may read it, the user's umask says.
        with unfinished.open("x+b") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "no space is left on the device" if full else error.strerror
        raise InputError(f"{path} was not written: {why}", hint=hint) from None
    finally:
        unfinished.unlink(missing_ok=True)


def make_folder(path: Path, *, hint: str = "") -> Path:
    """The folder, made where it is not there. Call it before the work whose results go there, not after it.

    Raises:
        InputError: naming it and why no file can be made in it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InputError(f"the folder {path} cannot be written to: {error.strerror}", hint=hint) from None
    return path
