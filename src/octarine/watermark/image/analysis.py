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


def luma(image: npt.NDArray[Any], out: Plane | None = None) -> Plane:
    """Rec. 601 luma of an 8- or 16-bit picture (H×W, H×W×3, or H×W×4 with alpha), on a scale of 0 to 255."""
    plane = grey(image)
    scale = 255 / np.iinfo(plane.dtype).max if plane.dtype.kind in "ui" else 1.0
    # Never the picture's own memory.
    return np.asarray(np.multiply(plane, np.float32(scale), out=out, dtype=np.float32))


def grey(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rec. 601 luma in the picture's own type; a grey picture is its own."""
    cv2 = opencv()
    if image.ndim == 2:
        return image
    kind = cv2.COLOR_RGB2GRAY if image.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    return np.asarray(cv2.cvtColor(image, kind))


STRIP = 1 << 16
"""Pixels that are worked on at a time where a picture is large: what a strip of it needs in floats stays in
the cache, and out of the memory's peak."""


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last row (past the end) of strips of about STRIP pixels."""
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def shrunk_luma(image: npt.NDArray[Any], size: tuple[int, int], out: Plane | None = None) -> Plane:
    """``luma`` at another (width, height), no larger than the picture: means over areas, without the whole of
    it in floats. Into ``out`` where it is given."""
    cv2 = opencv()
    height, width = image.shape[:2]
    if size == (width, height):
        return luma(image, out)
    narrow = np.empty((height, size[0]), np.float32)
    for top, bottom in strips(height, width):
        # Means over areas are means along one side of means along the other.
        part = (size[0], bottom - top)
        cv2.resize(luma(image[top:bottom]), part, dst=narrow[top:bottom], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(narrow, size, dst=out, interpolation=cv2.INTER_AREA))


NEAR_END = 3
"""Steps of 255 from black or white within which a channel counts as clipped."""


def clipped(image: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """H×W of a picture (see ``luma``): where green, in which most of a mark lies, is at its end."""
    green = image if image.ndim == 2 else image[..., 1]
    top = np.iinfo(image.dtype).max
    near = NEAR_END * top // 255
    return np.asarray((green <= near) | (green >= top - near))


def shrink(plane: Plane, longest: int = LONGEST) -> tuple[Plane, float, float]:
    """The plane at no more than ``longest`` pixels, and the scales of x and y."""
    cv2 = opencv()
    height, width = plane.shape
    size = _within(width, height, longest)
    if size == (width, height):
        return plane, 1.0, 1.0
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA), size[0] / width, size[1] / height


def seen(image: npt.NDArray[Any]) -> tuple[Plane, float]:
    """The luma of a picture as the detector looks at it, and the scale of x: ``shrink`` of ``luma``, without
    the whole of it in floats."""
    height, width = image.shape[:2]
    size = _within(width, height, LONGEST)
    return shrunk_luma(image, size), size[0] / width


def _within(width: int, height: int, longest: int) -> tuple[int, int]:
    factor = min(1.0, longest / max(height, width))
    return (width, height) if factor == 1 else (max(8, round(width * factor)), max(8, round(height * factor)))


FINE = ((0.7, 5), (1.5, 5))
COARSE = ((3.2, 5), (7.0, 7))
"""Differences of Gaussians: the σ of the lower one in pixels, and the side of the square over which contrast
is taken; coarse bands are taken at half the size, and so are their sides. The squares are small: what is left
is little more than the sign of each band, and no edge outweighs the quiet places around it."""
FINEST = ((0.5, 3), (0.9, 3), (1.6, 5), (3.2, 7), (7.0, 13))
"""The same for a small picture, where a mark that was made at a larger size lies in the finest detail; all at
its full size."""
SMALL = 2**17
"""Pixels of a small picture."""
FLOOR = 0.15
"""Contrast below which there is only rounding, on a scale of 0 to 255."""
CLIP = 2.5


def flatten(plane: Plane, work: Sequence[Plane] | None = None) -> Plane:
    """The plane's bands, each divided by its own local contrast and clipped: about white and of even
    strength, so that edges and texture drown the mark as little as they must. ``work`` (four planes) saves
    new memory; the result is the first of them."""
    cv2 = opencv()
    if plane.size <= SMALL:
        return _flatten_small(plane)
    height, width = plane.shape
    out, first, second, spare = np.empty((4, *plane.shape), np.float32) if work is None else work
    cv2.GaussianBlur(plane, (0, 0), FINE[0][0], dst=first)
    cv2.GaussianBlur(plane, (0, 0), FINE[1][0], dst=second)
    _level(cv2.subtract(plane, first, dst=out), FINE[0][1], spare)
    out += _level(cv2.subtract(first, second, dst=first), FINE[1][1], spare)
    half = max(1, width // 2), max(1, height // 2)
    small = cv2.resize(plane[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA)
    upper = cv2.GaussianBlur(small, (0, 0), _halved(FINE[1][0]))
    coarse = np.zeros_like(small)
    for sigma, side in COARSE:
        lower = cv2.GaussianBlur(small, (0, 0), _halved(sigma))
        coarse += _level(cv2.subtract(upper, lower, dst=upper), side, np.empty_like(small))
        upper = lower
    out += cv2.resize(coarse, (width, height), dst=first, interpolation=cv2.INTER_LINEAR)
    return np.asarray(out)


def _flatten_small(plane: Plane) -> Plane:
    cv2 = opencv()
    out, spare, upper = np.zeros_like(plane), np.empty_like(plane), plane
    for sigma, side in FINEST:
        lower = cv2.GaussianBlur(plane, (0, 0), sigma)
        out += _level(upper - lower, side, spare)
        upper = lower
    return out


def _level(band: Plane, side: int, contrast: Plane) -> Plane:
    """The band over its own contrast in squares, clipped; in place. ``contrast`` is overwritten."""
    cv2 = opencv()
    cv2.blur(np.multiply(band, band, out=contrast), (side, side), dst=contrast)
    # Running sums of floats may end a hair below zero.
    cv2.sqrt(cv2.max(contrast, 0.0, dst=contrast), dst=contrast)
    contrast += np.float32(FLOOR)
    band /= contrast
    return np.clip(band, np.float32(-CLIP), np.float32(CLIP), out=band)


def _halved(sigma: float) -> float:
    """The blur at half the size, beside that of halving itself."""
    return float(np.sqrt(sigma**2 - 0.25) / 2)
