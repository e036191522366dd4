"""How much of a mark the eye lets pass where: more in texture, less in smooth sky, little where a channel is
full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from octarine.watermark.image.analysis import LUMA, Plane, opencv

TEXTURE = 0.8
"""How steeply the strength rises with local contrast."""

FAINTEST = 1.0
"""What a perfectly smooth place counts as, in units of local contrast."""
BESIDE = 17
"""Pixels around a smooth place that are spared with it."""
TEXTURED = 3.0
"""Local contrast from which a place needs no sparing."""
FINER = 0.3
"""How much less the finest detail of a picture counts where it is finer than the scale of marks, as a power
of the scale."""

DARK = 60
"""Luma under which the same step of code values is seen better."""

COLOUR = np.array([0.75, 1.2, 0.55], np.float32)
"""Red, green and blue of the mark. A change of luma costs the least energy in the direction of luma's own
weights; this lies most of the way there, and the eye sees far less detail in colour than in luma."""
COLOUR /= COLOUR @ LUMA


def mask(plane: Plane, unit: float = 1.0, work: Sequence[Plane] | None = None) -> Plane:
    """Relative strength of the mark at each pixel of a luma plane (0 to 255), of which ``unit`` pixels are
    one at the scale of marks (a tile of 128). ``work`` (two planes) saves new memory; the result is the
    first of them."""
    cv2 = opencv()
    height, width = plane.shape
    half = max(1, width // 2), max(1, height // 2)
    strength, spare = np.empty((2, *plane.shape), np.float32) if work is None else work
    # What is blurred much is as good at half the size; halving blurs by 1/4 square pixel, doubling by 3/4.
    small = cv2.resize(plane[: half[1] * 2, : half[0] * 2], half, interpolation=cv2.INTER_AREA)
    cv2.GaussianBlur(small, (0, 0), _halved(3 * unit, 1.0), dst=small)
    high = cv2.subtract(plane, cv2.resize(small, (width, height), dst=strength), dst=spare)
    cv2.min(np.multiply(high, high, out=high), 400.0, dst=high)
    local = cv2.resize(high[: half[1] * 2, : half[0] * 2], half, dst=small, interpolation=cv2.INTER_AREA)
    cv2.sqrt(cv2.GaussianBlur(local, (0, 0), _halved(2.5 * unit, 0.25), dst=local), dst=local)
    # The eye looks at the quieter side of an edge.
    beside = 2 * round((BESIDE * unit / 2 - 1) / 2) + 1
    quiet = cv2.erode(local, np.ones((beside, beside), np.uint8))
    # Where even the quietest place around is textured, there is nothing to spare.
    local = quiet + (local - quiet) * np.minimum(quiet * np.float32(1 / TEXTURED), 1)
    local *= np.float32(unit**FINER / 8)
    local += np.float32(FAINTEST / 8)
    cv2.pow(cv2.min(local, 2.0, dst=local), TEXTURE, dst=local)
    cv2.resize(
        cv2.GaussianBlur(local, (0, 0), _halved(2 * unit, 0.75), dst=local), (width, height), dst=strength
    )
    room = cv2.min(plane, np.subtract(np.float32(255), plane, out=spare), dst=spare)
    room *= np.float32(1 / 12)
    strength *= np.clip(room, np.float32(0.15), np.float32(1), out=room)
    dark = np.multiply(plane, np.float32(1 / DARK), out=spare)
    strength *= cv2.sqrt(np.clip(dark, np.float32(0.2), np.float32(1), out=dark), dst=dark)
    return np.asarray(strength)


def _halved(sigma: float, done: float) -> float:
    """The blur at half the size that makes ``sigma`` with the variance that halving and doubling bring."""
    return float(np.sqrt(max(sigma**2 - done, 0.25)) / 2)


def fitting_psnr(strength: Plane, pixels: int) -> float:
    """The PSNR in dB that suits a picture of so many pixels with this ``mask``: little in smooth pictures,
    more in texture, which hides a mark and drowns it alike; and more in small ones, in which it is heard
    less often."""
    loud = 10 * np.log10(max(float(np.vdot(strength, strength) / strength.size), 1e-6))
    size = BY_SIZE * float(np.log10(pixels / TYPICAL_PIXELS))
    most = min(MOST_PSNR, SMOOTH_PSNR + size)
    return float(np.clip(TYPICAL_PSNR + size - 0.8 * loud, LEAST_PSNR, most))


TYPICAL_PSNR, LEAST_PSNR, MOST_PSNR = 43.0, 40.2, 48.0
SMOOTH_PSNR = 46.0
"""The most in a picture of TYPICAL_PIXELS, however smooth: a codec takes fainter marks out altogether."""
TYPICAL_PIXELS = 300_000
BY_SIZE = 3.0
"""dB for ten times the pixels."""


def amplitude_at(psnr: float) -> float:
    """The root mean square error of a PSNR."""
    return float(255.0 * 10 ** (-psnr / 20))
