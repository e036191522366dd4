"""Colour pictures of 16 bits, which Pillow cannot hold: PNG and TIFF, read and written by OpenCV and by
hand."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError, InputError
from octarine.watermark.image.analysis import opencv

Pixels = npt.NDArray[Any]
ORDER = [2, 1, 0, 3]
"""OpenCV has blue first."""
RGB = 2
"""TIFF's photometric interpretation."""
STRAIGHT = 2
"""TIFF's extra sample that is alpha by which colours are not multiplied."""


def is_deep(image: Any, data: bytes) -> bool:
    """Whether a picture that Pillow has opened has 16 bits and more than one channel."""
    if image.format == "PNG":
        # Bit depth and colour type of the header; 0 is grey, which Pillow holds.
        return data[24] == 16 and data[25] != 0
    if image.format != "TIFF":
        return False
    depths, kind = tuple(image.tag_v2.get(258, (1,))), image.tag_v2.get(262)
    return kind == RGB and depths in ((16,) * 3, (16,) * 4)


def deep_pixels(path: Path, image: Any, data: bytes) -> Pixels:
    """H×W×2, H×W×3 or H×W×4 uint16 of what ``is_deep``.

    Raises:
        DataError: OpenCV cannot read it, or its transparency is of a kind that would be lost.
    """
    if image.format == "PNG" and b"tRNS" in data[: data.find(b"IDAT")]:
        raise DataError("a transparent colour in 16 bits", path=path, hint="Save it with an alpha channel.")
    if image.format == "TIFF" and len(image.tag_v2[258]) == 4 and image.tag_v2.get(338) != (STRAIGHT,):
        raise DataError(
            "16 bits with an alpha that is premultiplied, or no alpha", path=path, hint="Save it as PNG."
        )
    cv2 = opencv()
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DataError(f"no picture that can be read: {error.err}", path=path) from None
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise DataError("no 16-bit picture that can be read", path=path, hint="Save it once more as PNG.")
    if image.format == "PNG" and data[25] == 4:
        return np.ascontiguousarray(pixels[..., [0, 3]])
    return np.ascontiguousarray(pixels[..., ORDER[: pixels.shape[2]]])


def deep_png(path: Path, pixels: Pixels) -> bytes:
    """A PNG without metadata."""
    cv2 = opencv()
    if pixels.shape[2] == 2:
        # Grey and alpha, which OpenCV does not write: grey as three colours.
        pixels = pixels[..., [0, 0, 0, 1]]
    done, encoded = cv2.imencode(".png", pixels[..., ORDER[: pixels.shape[2]]])
    if not done:
        raise InputError(f"{path}: its pixels could not be written as PNG")
    data: bytes = encoded.tobytes()
    return data


def deep_tiff(pixels: Pixels, carried: Mapping[str, Any]) -> bytes:
    """A TIFF of one strip, deflated where the original was not raw, with what is ``carried``."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    height, width, channels = pixels.shape
    colours = channels - 1 + channels % 2
    raw = carried.get("compression") == "raw"
    strip = np.ascontiguousarray(pixels, "<u2").tobytes()
    strip = strip if raw else zlib.compress(_differences(pixels), 6)
    directory: Any = ImageFileDirectory_v2(prefix=b"II")
    for tag, value in _exif_tags(carried).items():
        directory[tag] = value
    directory[256], directory[257] = width, height
    directory[258] = (16,) * channels
    directory[259] = 1 if raw else 8
    directory[262] = RGB if colours == 3 else 1
    directory[273], directory[278], directory[279] = 0, height, len(strip)
    directory[277], directory[284] = channels, 1
    if not raw:
        directory[317] = 2
    if channels != colours:
        directory[338] = STRAIGHT
    if "dpi" in carried:
        directory[282], directory[283] = carried["dpi"]
        directory[296] = 2
    for tag, name in ((34675, "icc_profile"), (700, "xmp")):
        if name in carried:
            directory[tag] = carried[name]
            directory.tagtype[tag] = 7 if name == "icc_profile" else 1
    out = io.BytesIO()
    # The directory counts a strip's place from its own end.
    directory.save(out)
    return out.getvalue() + strip


def _differences(pixels: Pixels) -> bytes:
    """TIFF's horizontal differencing, of which deflate makes far less."""
    out = pixels.astype("<u2")
    out[:, 1:] -= pixels[:, :-1]
    return out.tobytes()


def _exif_tags(carried: Mapping[str, Any]) -> dict[int, Any]:
    from PIL import Image

    exif = Image.Exif()
    exif.load(carried.get("exif", b""))
    tags: dict[int, Any] = dict(exif)
    for folder in (0x8769, 0x8825):
        if inside := exif.get_ifd(folder):
            tags[folder] = dict(inside)
        else:
            tags.pop(folder, None)
    return tags
