"""How much of a mark the eye lets pass where: more in texture, less in smooth sky, little where a channel is full."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import LUMA, Plane, opencv

SMOOTH = 0.22
"""Strength in a perfectly smooth area, where strong texture has about 1 to 2."""

COLOUR = np.array([0.92, 1.08, 0.86], np.float32)
"""Red, green and blue of the mark. A change of luma costs the least energy in the direction of luma's own weights; this
lies a third of the way there, where the tint of the mark is still below sight."""
COLOUR /= COLOUR @ LUMA


def mask(plane: Plane) -> Plane:
    """Relative strength of the mark at each pixel of a luma plane (0 to 255) at the scale of marks."""
    cv2 = opencv()
    high = plane - cv2.GaussianBlur(plane, (0, 0), 3)
    local = np.sqrt(cv2.GaussianBlur(np.minimum(high * high, 400), (0, 0), 4))
    strength = np.clip((2 + local) / 8, SMOOTH, 2) ** np.float32(0.8)
    strength = cv2.GaussianBlur(strength, (0, 0), 2)
    room = np.clip(np.minimum(plane, 255 - plane) / 12, 0.15, 1)
    return np.asarray(strength * room, np.float32)


def peak_signal(noise_energy: float) -> float:
    """PSNR in dB of a mean squared error on the scale of 0 to 255."""
    return float(10 * np.log10(255.0**2 / max(noise_energy, 1e-12)))


def amplitude_at(psnr: float) -> float:
    """The root mean square error of a PSNR."""
    return float(255.0 * 10 ** (-psnr / 20))


Image = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
