"""Which code and data of the guard decide: their digest, so that no verdict outlives what gave it."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import octarine

APART = frozenset({"__pycache__", "training", "data/weights"})
"""What decides nothing by itself: how weights are made, and the weights, whose hashes their card holds."""


@cache
def revision() -> str:
    """Twelve hexadecimal digits that change whenever code or data between a text and its verdict do: every
    file of this package but those ``APART``, the version of Octarine, and the Unicode tables of this Python.
    Read once in a process, some milliseconds."""
    return revision_of(resources.files("octarine.guard"), octarine.__version__, unicodedata.unidata_version)


def revision_of(folder: Traversable, *more: str) -> str:
    """The digest of what lies in a folder, by name and content, and of ``more``."""
    found = hashlib.sha256("\n".join(more).encode())
    for name, data in sorted(_files(folder, "")):
        # Lengths between them: no two sets of files may read alike when strung together.
        found.update(f"\n{len(name)} {name} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()[:12]


def _files(folder: Traversable, before: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = before + entry.name
        if name in APART or entry.name in APART:
            continue
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        elif not name.endswith((".pyc", ".md")):
            yield name, entry.read_bytes()
