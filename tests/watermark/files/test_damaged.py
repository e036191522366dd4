"""Picture files that are cut off, damaged or made to burst: read or told, never anything else."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from octarine.core.errors import DataError
from octarine.watermark.files.deep import deep_tiff
from octarine.watermark.files.metadata import kept_pieces
from octarine.watermark.files.pictures import read_picture
from tests.watermark.pictures import scene

SMALL = scene(96, 128)


def deep(channels):
    return np.random.default_rng(0).integers(0, 65536, (70, 80, channels)).astype(np.uint16)


def made(kind):
    """The bytes of a small picture of each kind."""
    if kind == "deep png":
        return cv2.imencode(".png", deep(3))[1].tobytes()
    if kind == "deep tiff":
        return deep_tiff(deep(3), {"icc_profile": b"profile", "dpi": (72, 72)})
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a description"
    Image.fromarray(SMALL).save(out, kind, exif=exif, icc_profile=b"profile")
    return out.getvalue()


KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "deep png", "deep tiff")
MADE = {kind: made(kind) for kind in KINDS}


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.98])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_is_told(kind, part, tmp_path):
    path = tmp_path / "half.file"
    path.write_bytes(MADE[kind][: int(len(MADE[kind]) * part)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(DataError, match=r"half\.file"):
            read_picture(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_read_or_told(kind, changes, tmp_path):
    content = bytearray(MADE[kind])
    for in_head, place, value in changes:
        # The numbers are in the head (of a TIFF, here also at the end).
        content[int(place * (min(200, len(content) - 1) if in_head else len(content) - 1))] = value
    path = tmp_path / "damaged.file"
    path.write_bytes(bytes(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = str(read_picture(path).pixels.dtype)
        except DataError as error:
            read = str(error)
    assert read in ("uint8", "uint16") or "damaged.file" in read


@pytest.mark.parametrize("kind", ["PNG", "deep png"])
def test_a_damaged_chunk_is_told(kind, tmp_path):
    path = tmp_path / "in.png"
    data = bytearray(MADE[kind])
    data[-40] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"in\.png: .*IDAT is damaged"):
        read_picture(path)


@pytest.mark.parametrize("colour", [0, 2])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_picture_of_enormous_size_is_told_before_it_is_unpacked(depth, colour, tmp_path):
    header = struct.pack(">IIBBBBB", 60_000, 60_000, depth, colour, 0, 0, 0)
    path = tmp_path / "bomb.png"
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )
    )
    with pytest.raises(DataError, match=r"bomb\.png.*million pixels"):
        read_picture(path)


def test_the_other_pictures_of_a_file_and_signatures_are_not_kept():
    assert kept_pieces("WEBP", MADE["WEBP"]) == ()
    directory = b"\xff\xe2\x00\x08MPF\0xx"
    manifest = b"\xff\xeb\x00\x06JUMB"
    data = MADE["JPEG"]
    assert kept_pieces("JPEG", data[:2] + directory + manifest + data[2:]) == kept_pieces("JPEG", data)
    assert len(kept_pieces("JPEG", data)) == 2
