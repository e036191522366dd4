"""A folder of versions is a benchmark: every version lies there whole, and the older ones stay runnable.

::

    evergreen/
      1/  version.json  changelog.json  CHANGELOG.md  safety-en.jsonl  …  files/SHA256
      2/  …

``version.json`` names the benchmark, the version and the SHA-256 of every other file; the version's own hash
is that of ``version.json``, and the next version names it as its parent. So no file can be changed unseen,
and no version before it. Data files are in the shared format (``benchmark_file``); bytes that samples carry
lie under ``files``. ``redteam.evergreen`` writes such folders.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from octarine.core.codec import decode
from octarine.core.content import Conversation, Part
from octarine.core.errors import DataError, InputError
from octarine.core.samples import Sample
from octarine.evaluate.benchmark_file import Header, parse_whole

MANIFEST = "version.json"
FILES = "files"
DATA = ".jsonl"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``version.json`` holds.

    Attributes:
        files: path inside the version's folder → SHA-256.
        parent: the hash of the version that this one goes on from; empty for the first.
        public: whether findings with an access label were kept out.
        format: of the folder; a greater one was written by a newer Octarine.
    """

    benchmark: str
    version: int
    files: Mapping[str, str]
    parent: str = ""
    parent_version: int = 0
    public: bool = False
    licence: str = ""
    format: int = FORMAT


@dataclass(frozen=True)
class Version:
    """One version that lies on disk. Files are checked against their hashes as they are read."""

    folder: Path
    manifest: Manifest
    sha256: str
    _cache: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def number(self) -> int:
        """1 for the first."""
        return self.manifest.version

    @property
    def name(self) -> str:
        """``2+3f9a81c077d2``: the number and the beginning of the hash."""
        return f"{self.number}+{self.sha256[:12]}"

    @cached_property
    def pairs(self) -> tuple[tuple[Sample, str], ...]:
        """Every sample, with the bytes of its parts, and why it is retired (nothing: it is drawn)."""
        return tuple(pair for _, pairs in self.data_files() for pair in pairs)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Those that are drawn."""
        return tuple(sample for sample, retired in self.pairs if not retired)

    def data_files(self) -> Iterator[tuple[Header, list[tuple[Sample, str]]]]:
        """Each data file's header and samples, by name."""
        for name in sorted(self.manifest.files):
            if name.endswith(DATA):
                text = self.read(name).decode("utf-8")
                header, pairs = parse_whole(text.split("\n"), str(self.folder / name), check_judges=False)
                yield header, [(self._filled(sample), retired) for sample, retired in pairs]

    def read(self, name: str) -> bytes:
        """A file of the version.

        Raises:
            DataError: it is not there, or is not what the manifest says.
        """
        path = self.folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", path=path) from None
        if hashlib.sha256(data).hexdigest() != self.manifest.files.get(name):
            raise DataError(
                "was changed since the version was made",
                path=path,
                hint="A version stays as it is. Restore the file, or make a new version.",
            )
        return data

    def _filled(self, sample: Sample) -> Sample:
        asked = sample.conversation
        messages = tuple(
            replace(message, parts=tuple(map(self._part, message.parts))) for message in asked.messages
        )
        return replace(sample, conversation=Conversation(messages, asked.tools))

    def _part(self, part: Part) -> Part:
        if not part.sha256:
            return part
        name = f"{FILES}/{part.sha256}"
        if name not in self._cache:
            self._cache[name] = self.read(name)
        return replace(part, data=self._cache[name])


def version_numbers(folder: Path) -> list[int]:
    """The versions that lie in a folder, oldest first; empty where it holds none or is not there."""
    if not folder.is_dir():
        return []
    named = (entry for entry in folder.iterdir() if entry.name.isdecimal() and entry.name.isascii())
    return sorted(int(entry.name) for entry in named if (entry / MANIFEST).is_file())


def read_version(folder: Path, number: int | None = None) -> Version:
    """A version of a folder of versions, the newest where none is named; or the folder of one version.

    Raises:
        InputError: it holds none, or not that one. DataError: the manifest is malformed.
    """
    if number is None and (folder / MANIFEST).is_file():
        return _version(folder)
    numbers = version_numbers(folder)
    if not numbers:
        raise InputError(
            f"{folder} holds no version of a benchmark", hint="octarine redteam evergreen makes the first."
        )
    chosen = numbers[-1] if number is None else number
    if chosen not in numbers:
        there = ", ".join(map(str, numbers))
        raise InputError(f"{folder} has no version {chosen}", hint=f"It has: {there}.")
    return _version(folder / str(chosen))


def _version(folder: Path) -> Version:
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
        manifest = decode(Manifest, json.loads(data), path=str(path))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    except ValueError as error:
        raise DataError(f"not JSON: {error}", path=path) from None
    if manifest.format > FORMAT:
        raise DataError("written by a newer Octarine", path=path, hint="Upgrade Octarine to read it.")
    return Version(folder, manifest, hashlib.sha256(data).hexdigest())


def named_version(name: str) -> Version | None:
    """``FOLDER``, ``FOLDER@2`` or the folder of one version; None where ``name`` is no folder.

    Raises:
        InputError: what stands behind the ``@`` is no number, or no version of the folder.
    """
    if Path(name).is_dir():
        return read_version(Path(name))
    folder, at, number = name.rpartition("@")
    if not at or not Path(folder).is_dir():
        return None
    if not (number.isdecimal() and number.isascii()):
        raise InputError(f"'{number}' is no version of {folder}", hint="A version is a number: evergreen@2.")
    return read_version(Path(folder), int(number))
