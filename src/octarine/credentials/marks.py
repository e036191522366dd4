"""The watermark of a picture, as credentials see it: a handle that survives when they are taken off."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.errors import InputError
from octarine.credentials.library import kind_of
from octarine.store import Store

if TYPE_CHECKING:
    from octarine.watermark import Found, ImageWatermark

ALGORITHM = "org.octarine.watermark.1"
"""What a soft binding calls our marks. Private: it is not on C2PA's list of algorithms."""
BITS = 48


@dataclass(frozen=True, slots=True)
class Bound:
    """A payload that is in a picture, and the fingerprint of its key."""

    payload: int
    key: str

    @property
    def value(self) -> str:
        """As a soft binding writes it: twelve hexadecimal digits."""
        return f"{self.payload:012x}"


def open_mark(key_file: Path | str) -> ImageWatermark:
    """The marks of a key file.

    Raises:
        DataError: it holds no key.
        MissingExtra: without the extra ``watermark``.
    """
    from octarine.watermark import ImageWatermark, read_keys

    first, *others = read_keys(Path(key_file))
    return ImageWatermark(first, retired=tuple(others))


def find(mark: ImageWatermark, path: Path) -> Found:
    """What the detector finds in a picture.

    Raises:
        InputError: it is no picture.
    """
    from octarine.watermark.files import read_picture

    if not kind_of(path).picture:
        raise InputError(f"{path} is a video", hint="Marks are looked for in PNG, JPEG, WebP and TIFF.")
    return mark.detect(read_picture(path).pixels)


def bound_in(found: Found) -> Bound | None:
    """The payload that was found, where one was read."""
    if found.payload is None or found.key is None:
        return None
    return Bound(found.payload, found.key)


def fresh_payload(key: str, store: Store | None) -> int:
    """A random payload under which ``store`` holds nothing."""
    while True:
        payload = secrets.randbits(BITS)
        if store is None or not store.manifests(payload, key):
            return payload


def pixels_hash(path: Path) -> str:
    """SHA-256 of a picture's pixels, their shape and their type: the same whatever else the file carries."""
    from octarine.watermark.files import read_picture

    pixels = read_picture(path).pixels
    told = f"{pixels.dtype.str} {pixels.shape} ".encode()
    return hashlib.sha256(told + pixels.tobytes()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
