"""How much of a mark the eye lets pass where: more in texture, less in smooth sky, little where a channel is
full."""

from __future__ import annotations

import numpy as np

from octarine.watermark.image.analysis import LUMA, Plane, opencv

TEXTURE = 0.8
"""How steeply the strength rises with local contrast."""

FAINTEST = 1.0
"""What a perfectly smooth place counts as, in units of local contrast."""
BESIDE = 9
"""Pixels around a smooth place that are spared with it."""

COLOUR = np.array([0.75, 1.2, 0.55], np.float32)
"""Red, green and blue of the mark. A change of luma costs the least energy in the direction of luma's own
weights; this lies most of the way there, and the eye sees far less detail in colour than in luma."""
COLOUR /= COLOUR @ LUMA


def mask(plane: Plane) -> Plane:
    """Relative strength of the mark at each pixel of a luma plane (0 to 255) at the scale of marks."""
    cv2 = opencv()
    high = plane - cv2.GaussianBlur(plane, (0, 0), 3)
    local = np.sqrt(cv2.GaussianBlur(np.minimum(high * high, 400), (0, 0), 4))
    # The eye looks at the quieter side of an edge.
    local = cv2.erode(local, np.ones((BESIDE, BESIDE), np.uint8))
    strength = np.minimum((FAINTEST + local) / 8, 2) ** np.float32(TEXTURE)
    strength = cv2.GaussianBlur(strength, (0, 0), 2)
    room = np.clip(np.minimum(plane, 255 - plane) / 12, 0.15, 1)
    return np.asarray(strength * room, np.float32)


def fitting_psnr(strength: Plane) -> float:
    """The PSNR in dB that suits a picture with this ``mask``: little in smooth pictures, more in texture,
    which hides a mark and drowns it alike."""
    loud = 10 * np.log10(max(float(np.mean(strength * strength)), 1e-6))
    return float(np.clip(TYPICAL_PSNR - 0.8 * loud, LEAST_PSNR, MOST_PSNR))


TYPICAL_PSNR, LEAST_PSNR, MOST_PSNR = 43.0, 40.1, 44.5


def amplitude_at(psnr: float) -> float:
    """The root mean square error of a PSNR."""
    return float(255.0 * 10 ** (-psnr / 20))
