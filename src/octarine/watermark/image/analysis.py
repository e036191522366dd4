"""What the detector looks at: luma, at most 1024 pixels, with what belongs to the picture flattened away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.errors import MissingExtra

Plane = npt.NDArray[np.float32]
LONGEST = 1024
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def opencv() -> Any:
    """OpenCV, or the error that names the extra."""
    try:
        import cv2
    except ImportError:
        raise MissingExtra("watermark", "Watermarking") from None
    return cv2


def luma(image: npt.NDArray[Any]) -> Plane:
    """Rec. 601 luma of an 8- or 16-bit picture (H×W, H×W×3, or H×W×4 with alpha), on a scale of 0 to 255."""
    plane = grey(image)
    scale = 255 / np.iinfo(plane.dtype).max if plane.dtype.kind in "ui" else 1.0
    # Never the picture's own memory.
    return np.asarray(np.multiply(plane, np.float32(scale), dtype=np.float32))


def grey(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rec. 601 luma in the picture's own type; a grey picture is its own."""
    cv2 = opencv()
    if image.ndim == 2:
        return image
    kind = cv2.COLOR_RGB2GRAY if image.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    return np.asarray(cv2.cvtColor(image, kind))


STRIP = 1 << 16
"""Pixels that are worked on at a time where a picture is large: what no more than a strip of it needs in floats
stays in the cache, and out of the memory's peak."""


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last row (past the end) of strips of about STRIP pixels."""
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def shrunk_luma(image: npt.NDArray[Any], size: tuple[int, int]) -> Plane:
    """``luma`` at another (width, height), no larger than the picture: means over areas, without the whole of
    it in floats."""
    cv2 = opencv()
    height, width = image.shape[:2]
    if size == (width, height):
        return luma(image)
    narrow = np.empty((height, size[0]), np.float32)
    for top, bottom in strips(height, width):
        # Means over areas are means along one side of means along the other.
        part = (size[0], bottom - top)
        cv2.resize(luma(image[top:bottom]), part, dst=narrow[top:bottom], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(narrow, size, interpolation=cv2.INTER_AREA))


def shrink(plane: Plane, longest: int = LONGEST) -> tuple[Plane, float, float]:
    """The plane at no more than ``longest`` pixels, and the scales of x and y."""
    cv2 = opencv()
    height, width = plane.shape
    if max(height, width) <= longest:
        return plane, 1.0, 1.0
    factor = longest / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA), size[0] / width, size[1] / height


BANDS = ((0.7, 5), (1.5, 5), (3.2, 7), (7.0, 13))
"""Differences of Gaussians: the σ of the lower one, and the side of the square over which contrast is taken,
in pixels. The squares are small: what is left is little more than the sign of each band, and no edge
outweighs the quiet places around it."""
FLOOR = 0.15
"""Contrast below which there is only rounding, on a scale of 0 to 255."""
CLIP = 2.5


def flatten(plane: Plane, work: Sequence[Plane] | None = None) -> Plane:
    """The plane's bands, each divided by its own local contrast and clipped: about white and of even
    strength, so that edges and texture drown the mark as little as they must. ``work`` (four planes) saves
    new memory; the result is the first of them."""
    cv2 = opencv()
    out, lower, spare, contrast = np.empty((4, *plane.shape), np.float32) if work is None else work
    upper = plane
    for number, (sigma, side) in enumerate(BANDS):
        _blur(plane, sigma, lower)
        band = cv2.subtract(upper, lower, dst=spare if number == 0 else upper)
        cv2.blur(np.multiply(band, band, out=contrast), (side, side), dst=contrast)
        # Running sums of floats may end a hair below zero.
        cv2.sqrt(cv2.max(contrast, 0.0, dst=contrast), dst=contrast)
        contrast += np.float32(FLOOR)
        band /= contrast
        if number == 0:
            np.clip(band, np.float32(-CLIP), np.float32(CLIP), out=out)
        else:
            out += np.clip(band, np.float32(-CLIP), np.float32(CLIP), out=band)
        upper, lower = lower, band
    return np.asarray(out)


def _blur(plane: Plane, sigma: float, out: Plane) -> None:
    """Gaussian blur; the wide ones at half the size, where they are as good."""
    cv2 = opencv()
    if sigma < 5:
        cv2.GaussianBlur(plane, (0, 0), sigma, dst=out)
        return
    height, width = plane.shape
    small = cv2.resize(plane, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    cv2.GaussianBlur(small, (0, 0), sigma / 2, dst=small)
    cv2.resize(small, (width, height), dst=out, interpolation=cv2.INTER_LINEAR)
