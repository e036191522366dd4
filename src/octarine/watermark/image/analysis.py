"""What the detector looks at: luma, at most 1024 pixels, with what belongs to the picture flattened away."""

from __future__ import annotations

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
    """Rec. 601 luma of an 8- or 16-bit picture (H×W or H×W×3), on a scale of 0 to 255."""
    cv2 = opencv()
    plane = image if image.ndim == 2 else cv2.transform(image, LUMA[None])
    scale = 255 / np.iinfo(image.dtype).max if image.dtype.kind in "ui" else 1.0
    return np.asarray(plane, np.float32) * np.float32(scale)


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


def flatten(plane: Plane) -> Plane:
    """The plane's bands, each divided by its own local contrast and clipped: about white and of even
    strength, so that edges and texture drown the mark as little as they must."""
    cv2 = opencv()
    out = np.zeros_like(plane)
    upper = plane
    for sigma, side in BANDS:
        lower = blurred(plane, sigma)
        band = upper - lower
        contrast = cv2.blur(band * band, (side, side))
        # Running sums of floats may end a hair below zero.
        np.sqrt(np.maximum(contrast, 0, out=contrast), out=contrast)
        contrast += np.float32(FLOOR)
        band /= contrast
        out += np.clip(band, -CLIP, CLIP, out=band)
        upper = lower
    return out


def blurred(plane: Plane, sigma: float) -> Plane:
    """Gaussian blur; the wide ones at half the size, where they are as good."""
    cv2 = opencv()
    if sigma < 5:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma))
    height, width = plane.shape
    small = cv2.resize(plane, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 2)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
