"""What the detection server is told, and the keys that it knows by name. The configuration is picklable: a
worker is a process of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from octarine.core.errors import InputError
from octarine.watermark import ImageWatermark, Key, read_keys

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class DetectionConfig:
    """How detection is served.

    Attributes:
        keys: name → key file. Requests name keys; no request carries one.
        store: where manifests are kept, as ``open_store`` takes it; empty for nowhere: none is recovered.
        trust: files and folders of certificates of authorities.
        audit: file of the audit log; None for none.
        page: whether the page is served.
        upload_bytes: of one file.
        picture_bytes: of a picture's file, which is read into memory.
        pixels: of a picture.
        uploads: files that come in at a time.
        silence_s: seconds that the next piece of an upload may take.
        pictures: pictures that are looked at at a time.
        videos: videos that are looked at at a time.
        waiting: of each that may wait; one more is answered with 503.
        kept: results of jobs that are kept, the latest.
        kept_s: seconds for which they are.
        folder: where uploads lie while they are looked at; None for the system's.
    """

    keys: tuple[tuple[str, Path], ...]
    store: str = ""
    trust: tuple[Path, ...] = ()
    audit: Path | None = None
    audit_key: bytes = field(default=b"", repr=False)
    page: bool = True
    upload_bytes: int = 4 * 2**30
    picture_bytes: int = 256 * 2**20
    pixels: int = 64_000_000
    uploads: int = 8
    silence_s: float = 30.0
    pictures: int = 2
    videos: int = 1
    waiting: int = 16
    kept: int = 64
    kept_s: float = 3600.0
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of the key files, by name."""

    keys: Mapping[str, tuple[Key, ...]]

    @classmethod
    def read(cls, files: Sequence[tuple[str, Path]]) -> Keyring:
        """Read key files.

        Raises:
            DataError: as ``read_keys``.
            InputError: there is no file, or two have the same name.
        """
        names = [name for name, _ in files]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise InputError(f"two key files are named {twice}", hint="Name them:  --key-file NAME=PATH")
        if not files:
            raise InputError("no key file is named", hint="Name one:  --key-file NAME=PATH")
        return cls({name: read_keys(path) for name, path in files})

    def chosen(self, names: Sequence[str]) -> tuple[Key, ...]:
        """The keys of these names, or all where none is named; each once."""
        picked = (key for name in names or self.keys for key in self.keys[name])
        return tuple(dict.fromkeys(picked))

    def name_of(self, fingerprint: str | None) -> str:
        """The name under which a key is known; empty where it is not."""
        for name, keys in self.keys.items():
            if any(key.fingerprint == fingerprint for key in keys):
                return name
        return ""


def detector(keys: tuple[Key, ...]) -> ImageWatermark:
    """One detector for all of them, whose p-value counts that all were tried."""
    first, *others = keys
    return ImageWatermark(first, retired=tuple(others))


def named_file(text: str) -> tuple[str, Path]:
    """``NAME=PATH``, or ``PATH``, whose name is that of the file without its ending.

    Raises:
        InputError: the name is none that an address can hold.
    """
    name, equals, path = text.partition("=")
    if not equals:
        name, path = Path(text).stem, text
    if not _NAME.fullmatch(name) or not path:
        raise InputError(
            f"'{text}' names no key file", hint="Its form is NAME=PATH; a name is letters, digits, . _ and -"
        )
    return name, Path(path)
