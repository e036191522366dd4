"""The metadata at the head of a GGUF file, read without loading a tensor.

The layout is GGUF versions 2 and 3, little-endian (ggml's ``docs/gguf.md``).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from octarine.core.errors import DataError

MAGIC = b"GGUF"

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_MAX_KEYS, _MAX_STRING, _MAX_ITEMS = 10_000, 16 << 20, 16 << 20
_LISTED = 16
"""Arrays of strings up to this length are facts (languages, tags); longer ones are vocabularies."""


def read_gguf_metadata(path: Path) -> dict[str, str]:
    """Key → value as text. Long arrays (the vocabulary) are left out.

    Raises:
        DataError: not a GGUF file, or one that is cut off or damaged in its head.
    """
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise DataError("not a GGUF file", path=path)
        reader = _Reader(file)
        try:
            version = int(reader.scalar(4))
            if version not in (2, 3):
                raise DataError(f"GGUF version {version} is not read here (2 and 3 are)", path=path)
            reader.scalar(10)
            count = int(reader.scalar(10))
            if count > _MAX_KEYS:
                raise ValueError(f"{count} keys")
            return reader.metadata(count)
        except (struct.error, ValueError, KeyError) as error:
            raise DataError(f"the head of this GGUF file is damaged: {error}", path=path) from None


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def scalar(self, kind: int) -> int | float | bool:
        layout = _SCALARS[kind]
        value: int | float | bool = struct.unpack(layout, self._file.read(struct.calcsize(layout)))[0]
        return value

    def string(self) -> str:
        size = int(self.scalar(10))
        if size > _MAX_STRING:
            raise ValueError(f"a string of {size} bytes")
        data = self._file.read(size)
        if len(data) < size:
            raise ValueError("it is cut off")
        return data.decode("utf-8", "replace")

    def metadata(self, count: int) -> dict[str, str]:
        found = {}
        for _ in range(count):
            key = self.string()
            value = self._value(int(self.scalar(4)))
            if value is not None:
                found[key] = value
        return found

    def _value(self, kind: int) -> str | None:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            return self._array()
        value = self.scalar(kind)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _array(self) -> str | None:
        kind, count = int(self.scalar(4)), int(self.scalar(10))
        if count > _MAX_ITEMS or kind == _ARRAY:
            raise ValueError(f"an array of {count} items of type {kind}")
        if kind == _STRING:
            items = [self.string() for _ in range(count)]
            return ", ".join(items) if count <= _LISTED else None
        self._file.seek(struct.calcsize(_SCALARS[kind]) * count, 1)
        return None
