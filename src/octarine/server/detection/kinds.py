"""What an upload is, by its first bytes: neither its name nor what the client calls it counts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from octarine.server.refusals import Refusal

HEAD = 1024
READ = "PNG, JPEG, WebP and TIFF pictures, and MP4, MOV, Matroska, WebM, AVI and MPEG videos, are read."


class Kind(StrEnum):
    """What can be looked at."""

    PICTURE = "picture"
    VIDEO = "video"


_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_VIDEOS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"OggS", b"YUV4MPEG2")
_NO_VIDEO_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"M4A ")
_PACKET = 188
"""Bytes of a packet of an MPEG transport stream."""


def kind_of(path: Path) -> Kind:
    """The kind of an upload.

    Raises:
        Refusal: 400, it is empty; 415, it is of no kind that is read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Refusal(400, "The file is empty.", code="empty_file")
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return Kind.PICTURE
    if head.startswith(_VIDEOS) or (head[:4] == b"RIFF" and head[8:11] == b"AVI") or _boxed(head):
        return Kind.VIDEO
    if len(head) > 2 * _PACKET and all(head[at] == 0x47 for at in (0, _PACKET, 2 * _PACKET)):
        return Kind.VIDEO
    raise Refusal(415, f"The file is of no kind that is read here. {READ}", code="unknown_file")


def _boxed(head: bytes) -> bool:
    """Whether it is a video in boxes (ISO 14496-12, QuickTime)."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _NO_VIDEO_BRANDS
    return head[4:8] in (b"moov", b"mdat", b"wide")
