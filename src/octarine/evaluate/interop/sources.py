"""Files of other tools: what they are, and the numbers in them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from octarine.core.codec import Json
from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.core.files import read_text
from octarine.evaluate.interop.imported import ForeignLog, SourceFile

_FORMS = (
    "An Inspect log (.eval or .json), or results_*.json of lm-eval 0.4 with its samples_*.jsonl beside it."
)


def read_logs(paths: Sequence[Path]) -> list[ForeignLog]:
    """Every log in files and folders, in the order of their names; nothing is kept yet.

    In a folder whatever is no log is passed over; a file that is named must be one.

    Raises:
        DataError: naming a file that is cut, of another version, or no log.
        InputError: nothing of that name, or a folder without a log.
        MissingExtra: an Inspect log, and Inspect is not installed.
    """
    logs: list[ForeignLog] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"there is no file or folder {path}")
        if not path.is_dir():
            logs += _read(path, named=True)
            continue
        inside = [found for file in _candidates(path) for found in _read(file, named=_must_be(file))]
        if not inside:
            raise InputError(f"there is no log in the folder {path}", hint=_FORMS)
        logs += inside
    return logs


def source_file(path: Path) -> SourceFile:
    """The file's name and the hash of its bytes."""
    return SourceFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a JSON value is a number or a truth value; NaN is."""
    return isinstance(value, int | float)


def number_of(value: Any) -> float | None:
    """A finite number or a truth value as a number; None for anything else."""
    return float(value) if is_number(value) and math.isfinite(value) else None


def _candidates(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".eval", ".json") and file.is_file():
            yield file


def _must_be(path: Path) -> bool:
    """Whether a file in a folder says by its name that it is a log: passing over a cut one would lie."""
    return path.suffix == ".eval" or path.name.startswith("results_")


def _read(path: Path, *, named: bool) -> list[ForeignLog]:
    from octarine.evaluate.interop import lm_eval

    if path.suffix == ".eval":
        return _inspect(path)
    data = _json(path, named=named)
    if lm_eval.is_results(data):
        return lm_eval.read_results(path, data)
    if isinstance(data, dict) and "eval" in data and "status" in data:
        return _inspect(path)
    if named:
        raise DataError("neither a log of Inspect nor results of lm-eval", path=path, hint=_FORMS)
    return []


def _json(path: Path, *, named: bool) -> Json:
    try:
        return json.loads(read_text(path))
    except DataError:
        if not named:
            return None
        raise
    except json.JSONDecodeError as error:
        if not named:
            return None
        raise DataError(
            f"not JSON, or cut: {error.msg} at column {error.colno}",
            path=path,
            line=error.lineno,
            hint=_FORMS,
        ) from None


def _inspect(path: Path) -> list[ForeignLog]:
    if importlib.util.find_spec("inspect_ai") is None:
        raise MissingExtra("inspect", f"the log {path.name}")
    from octarine.evaluate.interop import inspect_reading

    return [inspect_reading.read_log(path)]
