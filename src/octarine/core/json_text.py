"""JSON that comes from outside and goes there: strict in, UTF-8 out."""

from __future__ import annotations

import json
import math
from typing import Any


def loads(data: bytes | str, most_levels: int) -> Any:
    """``data`` as JSON.

    Raises:
        ValueError: it is none, holds a number that is not finite, or nests deeper than ``most_levels``. The
            message says which, without the data.
    """
    text = data if isinstance(data, str) else _text(data)
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {most_levels} levels") from None
    opened = text.count("{") + text.count("[")
    if opened > most_levels and _levels(value, most_levels) > most_levels:
        raise ValueError(f"nested deeper than {most_levels} levels")
    return value


def dumps(value: Any) -> bytes:
    """``value`` as JSON in UTF-8. A lone surrogate, which UTF-8 has no form for, goes as an escape."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _text(data: bytes) -> str:
    # json.loads would guess UTF-16 and UTF-32 too: what another reader takes for something else.
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start}") from None


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _levels(value: Any, most: int) -> int:
    """How deep ``value`` nests; counts no further than one level beyond ``most``. No recursion."""
    level, here = 0, [value]
    while here and level <= most:
        below: list[Any] = []
        for one in here:
            if isinstance(one, dict):
                below += one.values()
            elif isinstance(one, list):
                below += one
        if not any(isinstance(one, dict | list) for one in here):
            return level
        level, here = level + 1, below
    return level
