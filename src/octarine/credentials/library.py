"""The C2PA library, told to stay off the network, and the kinds of file that are signed.

``c2pa-python`` would by default fetch a manifest from whatever address a file names; nothing here does. The
one request that can be made is to a time-stamp authority that the user named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError, MissingExtra

USAGES = {
    "1.3.6.1.4.1.62558.2.1": "C2PA claim signing",
    "1.3.6.1.5.5.7.3.4": "email protection",
    "1.3.6.1.5.5.7.3.36": "document signing",
    "1.3.6.1.4.1.311.76.59.1.9": "Microsoft C2PA signing",
}
"""Extended key usages of a certificate that may sign (C2PA 2.2, section 14.4, and its trust list)."""
_OF_OTHERS = ("1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9")
"""Time-stamping and OCSP signing: of the certificates of those services."""
MEMORY_MB = 32
"""What the library may keep of a file in memory while it signs; the rest goes to a temporary file."""
OURS = ["c2pa.actions", "c2pa.soft-binding", "c2pa.ingredient"]
"""Assertions that the signer made, as against those that it gathered from others."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is signed here."""

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    picture: bool = True


PNG = Kind("PNG", "image/png", (".png",))
JPEG = Kind("JPEG", "image/jpeg", (".jpg", ".jpeg"))
WEBP = Kind("WebP", "image/webp", (".webp",))
TIFF = Kind("TIFF", "image/tiff", (".tif", ".tiff"))
MP4 = Kind("MP4", "video/mp4", (".mp4", ".m4v"), picture=False)
KINDS = (PNG, JPEG, WEBP, TIFF, MP4)
_NOT_VIDEO = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"M4A ", b"qt  ")
"""Brands of other files in the same container."""


def kind_of(path: Path) -> Kind:
    """The kind of a file, by its first bytes and not by its name.

    Raises:
        DataError: it cannot be read, is empty, or is of no kind that is signed here.
    """
    kind = kind_or_none(path)
    if kind is None:
        what = "is empty" if not _head(path) else "is none of the kinds of file that are signed"
        raise DataError(what, path=path, hint=f"{', '.join(kind.name for kind in KINDS)} are.")
    return kind


def kind_or_none(path: Path) -> Kind | None:
    """As ``kind_of``; None for another kind.

    Raises:
        DataError: it cannot be read.
    """
    return _kind_of(_head(path))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None


def _kind_of(head: bytes) -> Kind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:4] in (b"II*\0", b"MM\0*"):
        return TIFF
    if head[4:8] == b"ftyp" and head[8:12] not in _NOT_VIDEO:
        return MP4
    return None


def c2pa() -> Any:
    """The module ``c2pa``.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import c2pa as library
    except ImportError:
        raise MissingExtra("credentials", "Content credentials (C2PA)") from None
    return library


def context(anchors: str = "") -> Any:
    """What the library is told: ``anchors`` are PEM certificates that are trusted.

    No manifest is fetched, no revocation is asked for, no thumbnail is made.
    """
    trust = {"trust_config": "\n".join((*USAGES, *_OF_OTHERS))}
    if anchors:
        trust["user_anchors"] = anchors
    settings = {
        "version": 1,
        "trust": trust,
        "core": {"allowed_network_hosts": [], "backing_store_memory_threshold_in_mb": MEMORY_MB},
        "verify": {
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_trust": True,
            "verify_after_sign": True,
        },
        "builder": {"thumbnail": {"enabled": False}, "created_assertion_labels": OURS},
    }
    return c2pa().Context.from_dict(settings)
