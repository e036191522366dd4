"""The power spectrum in which carriers stand out as a lattice of peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import LONGEST, Plane, opencv

SIZE = LONGEST
LIMIT = 0.46
"""The highest frequency that is looked at, in cycles a pixel."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power over the noise around it, zero frequency in the middle; SIZE bins are one cycle a pixel.

    Attributes:
        sharp: for refinement: mean about 1, capped at 10.
        blunt: widened, so that a coarse grid of geometries misses no peak; its mean and variance beside it.
    """

    sharp: Plane
    blunt: Plane
    mean: float
    variance: float


def spectrum_of(flat: Plane) -> Spectrum:
    """The spectrum of a flattened plane of at most SIZE pixels a side."""
    cv2 = opencv()
    height, width = flat.shape
    power = _power(flat * np.outer(_taper(height), _taper(width)))
    wide = float(np.sqrt(SIZE / width * SIZE / height))
    sharp = _over_noise(power, wide)
    odd = max(3, round(wide) | 1)
    blunt = cv2.blur(cv2.dilate(sharp, np.ones((odd, odd), np.uint8)), (3, 3))
    return Spectrum(sharp, blunt, float(blunt.mean()), max(float(blunt.var()), 1e-9))


def _taper(n: int) -> Plane:
    ramp = np.minimum(np.arange(n) + 1, n - np.arange(n)) / (0.06 * n)
    return np.minimum(1, ramp).astype(np.float32)


def _power(flat: Plane) -> Plane:
    cv2 = opencv()
    padded = np.zeros((SIZE, SIZE), np.float32)
    padded[: flat.shape[0], : flat.shape[1]] = flat
    transformed = cv2.dft(padded, flags=cv2.DFT_COMPLEX_OUTPUT, nonzeroRows=flat.shape[0])
    power = transformed[..., 0] ** 2 + transformed[..., 1] ** 2
    return np.asarray(np.fft.fftshift(power), np.float32)


def _over_noise(power: Plane, wide: float) -> Plane:
    """Each bin over the mean around it, in which peaks count for little. The axes, on which edges lie, are
    levelled."""
    cv2 = opencv()
    half = 2 * round(6 * wide) // 2 + 1
    around = cv2.blur(power, (4 * half, 4 * half))
    around = cv2.blur(np.minimum(power, 4 * around), (2 * half + 1, 2 * half + 1))
    ratio = power / (around + 1e-9)
    middle, arm = SIZE // 2, max(1, int(1.2 * wide))
    cross = slice(middle - arm, middle + arm + 1)
    ratio[cross] = np.minimum(ratio[cross], 1)
    ratio[:, cross] = np.minimum(ratio[:, cross], 1)
    return np.asarray(np.minimum(ratio, 10), np.float32)


def sample(plane: Plane, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> Plane:
    """The plane at frequencies (x, y) in cycles a pixel, bilinear; 0 outside."""
    cv2 = opencv()
    column = np.asarray(x * SIZE + SIZE // 2, np.float32)
    row = np.asarray(y * SIZE + SIZE // 2, np.float32)
    return np.asarray(cv2.remap(plane, column, row, cv2.INTER_LINEAR))
