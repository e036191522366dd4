"""How a record becomes a row: payloads, keys, and text columns that every engine can hold.

A payload is the canonical JSON of ``core.codec`` as bytes, not as the engine's text type: a model may answer
with NUL characters and lone surrogates, PostgreSQL's ``text`` takes neither, SQLite's takes no surrogates.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TypeVar

from octarine.core.codec import Json, canonical, decode, encode
from octarine.core.errors import DataError, StoreError

T = TypeVar("T")
MAX_INTEGER = 2**63 - 1


def pack(record: object) -> bytes:
    """A record as its payload."""
    return canonical(encode(record)).encode("utf-8", "surrogatepass")


def unpack(cls: type[T], payload: bytes, url: str) -> T:
    """The inverse of ``pack``; ``url`` names the store in the error."""
    return decode(cls, unpack_json(payload, url), path=url)


def unpack_json(payload: bytes, url: str) -> Json:
    """A payload as plain JSON values."""
    try:
        return json.loads(str(payload, "utf-8", "surrogatepass"))
    except ValueError as error:
        raise StoreError(
            f"{url} holds a record that is not JSON: {error}",
            hint="The file was changed by something else. Restore it from a copy, or name another store.",
        ) from None


def key_bytes(key: str) -> bytes:
    """A key of 64 hexadecimal digits as the 32 bytes that are stored."""
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise DataError(f"'{key}' is no key: keys are hexadecimal SHA-256") from None


_ODD = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|u[0-9a-f]{4})")


@lru_cache(maxsize=4096)
def to_column(text: str) -> str:
    """Text for a text column: backslash, NUL and surrogates escaped, everything else as it is."""
    return _ODD.sub(_escape, text)


@lru_cache(maxsize=4096)
def from_column(text: str) -> str:
    """The inverse of ``to_column``."""
    return _ESCAPED.sub(_unescape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return "\\\\" if character == "\\" else f"\\u{ord(character):04x}"


def _unescape(found: re.Match[str]) -> str:
    code = found.group(1)
    return "\\" if code == "\\" else chr(int(code[1:], 16))


def real_column(value: float | None) -> float | None:
    """A number for a column; what is not finite is not known (the payload keeps it)."""
    return float(value) if value is not None and math.isfinite(value) else None


def integer_column(value: int | None) -> int | None:
    """A count for a column, at most what 64 bits hold (the payload keeps it)."""
    return None if value is None else max(-MAX_INTEGER, min(value, MAX_INTEGER))
