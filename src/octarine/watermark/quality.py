"""How far a marked picture is from its original."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import luma, opencv

Pixels = npt.NDArray[Any]


def peak_signal_to_noise(original: Pixels, marked: Pixels) -> float:
    """PSNR in dB over all colour channels; alpha is left out. 99 where nothing differs."""
    colours = slice(None, 1 if original.ndim == 3 and original.shape[2] == 2 else 3)
    a, b = (x[..., colours] if x.ndim == 3 else x for x in (original, marked))
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    top = float(np.iinfo(original.dtype).max)
    return 99.0 if error == 0 else float(10 * np.log10(top**2 / error))


def structural_similarity(original: Pixels, marked: Pixels) -> float:
    """Mean SSIM of luma (Wang et al., 2004): Gaussian window of 11 pixels and σ 1.5."""
    cv2 = opencv()
    a, b = luma(original).astype(np.float64), luma(marked).astype(np.float64)

    def mean(plane: Pixels) -> Pixels:
        return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5))

    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float((similar / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))).mean())


def colour_difference(original: Pixels, marked: Pixels) -> Pixels:
    """H×W CIEDE2000 between two 8-bit sRGB pictures (Sharma, Wu and Dalal, 2005); 1 is about the least that
    is seen between large patches."""
    first, second = _lab(original), _lab(marked)
    return _ciede2000(first, second)


def _lab(image: Pixels) -> Pixels:
    cv2 = opencv()
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float64)


def _ciede2000(first: Pixels, second: Pixels) -> Pixels:
    l1, a1, b1 = np.moveaxis(first, -1, 0)
    l2, a2, b2 = np.moveaxis(second, -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1 = np.degrees(np.arctan2(b1, (1 + g) * a1)) % 360
    h2 = np.degrees(np.arctan2(b2, (1 + g) * a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, strength = (l1 + l2) / 2, (c1 + c2) / 2
    hue = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * strength, 1 + 0.015 * strength * t
    around = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(2 * around)) * 2 * np.sqrt(strength**7 / (strength**7 + 25.0**7))
    difference = np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh))
    return np.asarray(difference)
