"""A version on disk: written beside, then renamed, so that no half of one is ever seen."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from octarine.core.codec import encode
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError, InternalError
from octarine.core.files import make_folder, write_bytes
from octarine.core.samples import Sample
from octarine.evaluate.benchmark_file import Header, benchmark_text
from octarine.evaluate.versions import (
    DATA,
    FILES,
    MANIFEST,
    Manifest,
    Version,
    read_version,
    version_numbers,
)
from octarine.redteam.evergreen.building import Draft
from octarine.redteam.evergreen.candidates import bytes_of
from octarine.redteam.evergreen.changes import markdown

LICENCE = "as the findings; samples of octarine: Apache-2.0"
_HINT = "Choose another folder with --to."


def write_version(
    folder: Path, draft: Draft, data: Callable[[str], bytes], *, parent: Version | None = None
) -> Version:
    """Write a draft as the folder ``folder/NUMBER``, whole or not at all.

    Args:
        data: the bytes of a SHA-256, for parts that do not hold theirs.
        parent: the version that the draft goes on from; its files keep their canaries.

    Raises:
        InputError: that version is there already, or it cannot be written; nothing is left behind.
    """
    make_folder(folder, hint=_HINT)
    number = draft.changes.version
    final, unfinished = folder / str(number), folder / f".{number}.{secrets.token_hex(4)}"
    if final.exists():
        raise InputError(f"version {number} is in {folder} already", hint="A version stays as it is.")
    files = _files(draft, data, parent)
    try:
        unfinished.mkdir()
        for name, content in files.items():
            path = unfinished / name
            path.parent.mkdir(exist_ok=True)
            write_bytes(path, content, hint=_HINT)
        _check(unfinished, draft)
        unfinished.rename(final)
    except OSError as error:
        raise InputError(f"{final} was not written: {error.strerror}", hint=_HINT) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return read_version(folder, number)


def next_number(folder: Path) -> int:
    """The number of the version after all that are there."""
    return max(version_numbers(folder), default=0) + 1


def _check(folder: Path, draft: Draft) -> None:
    if sorted(read_version(folder).pairs, key=lambda pair: pair[0].id) != list(draft.pairs):
        raise InternalError("a version reads back as something else than was written")


def _files(draft: Draft, data: Callable[[str], bytes], parent: Version | None) -> dict[str, bytes]:
    """Path → content, ``version.json`` last."""
    changes = draft.changes
    found = {
        "CHANGELOG.md": markdown(changes).encode("utf-8"),
        "changelog.json": _json(encode(changes)),
        **_data_files(draft, _canaries(parent)),
    }
    for sha256, part in sorted(bytes_of(sample for sample, _ in draft.pairs).items()):
        found[f"{FILES}/{sha256}"] = data(sha256) if part.data is None else part.data
    manifest = Manifest(
        benchmark=changes.benchmark,
        version=changes.version,
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(found.items())},
        parent=changes.parent,
        parent_version=changes.parent_version,
        public=changes.public,
        licence=LICENCE,
    )
    return {**found, MANIFEST: _json(encode(manifest))}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")


def _canaries(parent: Version | None) -> Mapping[tuple[str, str], str]:
    if parent is None:
        return {}
    return {(header.dimension.value, header.language): header.canary for header, _ in parent.data_files()}


def _data_files(draft: Draft, canaries: Mapping[tuple[str, str], str]) -> dict[str, bytes]:
    found = {}
    pairs = sorted(draft.pairs, key=lambda pair: (*_cell(pair[0]), pair[0].id))
    for cell, group in groupby(pairs, key=lambda pair: _cell(pair[0])):
        members = list(group)
        header = Header(
            benchmark=draft.changes.benchmark,
            version=str(draft.changes.version),
            dimension=Dimension(cell[0]),
            language=cell[1],
            canary=canaries.get(cell) or _canary(cell, [sample for sample, _ in members]),
            licence=LICENCE,
        )
        found[f"{cell[0]}-{cell[1]}{DATA}"] = benchmark_text(header, members).encode("utf-8")
    return found


def _cell(sample: Sample) -> tuple[str, str]:
    return sample.dimension.value, sample.language


def _canary(cell: tuple[str, str], samples: Sequence[Sample]) -> str:
    """A string that stands nowhere else: no clock and no chance, since equal stores give equal files."""
    named = hashlib.sha256("\0".join([*cell, *(sample.key for sample in samples)]).encode()).hexdigest()
    return f"octarine-canary {named[:32]} - benchmark data, keep out of training"
