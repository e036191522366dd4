"""The watermark of a picture or a video, as credentials see it: a handle that survives when they are taken
off."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from octarine.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from octarine.watermark import Found, ImageWatermark, VideoWatermark
    from octarine.watermark.video_watermark import FoundInVideo

    AnyFound: TypeAlias = Found | FoundInVideo
    Progress: TypeAlias = Callable[[float, float], None]

ALGORITHM = "org.octarine.watermark.1"
"""What a soft binding calls our marks. Private: it is not on C2PA's list of algorithms."""
BITS = 48


@dataclass(frozen=True, slots=True)
class Bound:
    """A payload that is in a picture or a video, and the fingerprint of its key."""

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


def video_mark(mark: ImageWatermark) -> VideoWatermark:
    """The marks of the same keys in video."""
    from octarine.watermark import VideoWatermark

    return VideoWatermark(mark.key, retired=mark.retired)


def find(mark: ImageWatermark, path: Path, progress: Progress | None = None) -> AnyFound:
    """What the detector finds in a picture or a video.

    Args:
        progress: of a video, told the seconds that were read and how many there are.

    Raises:
        DataError: it is neither, or cannot be read.
    """
    from octarine.watermark.files import read_picture

    if is_video(path):
        return video_mark(mark).detect(path, progress=progress)
    return mark.detect(read_picture(path).pixels)


def is_video(path: Path) -> bool:
    """Whether a file is a video, by its first bytes and, for kinds that are not signed, by its name."""
    from octarine.credentials.library import kind_or_none
    from octarine.watermark.video.source import is_video as named_so

    kind = kind_or_none(path)
    return named_so(path) if kind is None else not kind.picture


def bound_in(found: AnyFound) -> Bound | None:
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
    """SHA-256 of what is seen of a file, whatever else it carries: of a picture's pixels, shape and type;
    of a video's frames as they are coded, so that a copy which was coded anew has another one."""
    from octarine.watermark.files import read_picture

    if is_video(path):
        return coded_hash(path)
    pixels = read_picture(path).pixels
    told = f"{pixels.dtype.str} {pixels.shape} ".encode()
    return hashlib.sha256(told + pixels.tobytes()).hexdigest()


def coded_hash(path: Path) -> str:
    """``pixels_hash`` of a video, whatever its name says."""
    from octarine.watermark.video.source import open_video

    digest = hashlib.sha256()
    with open_video(path) as source:
        digest.update(source.stream.codec_context.name.encode())
        for packet in source.packets():
            if packet.stream.index == source.stream.index:
                digest.update(bytes(packet))
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
