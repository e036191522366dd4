"""Where one shot ends and the next begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import opencv

THUMBNAIL = (32, 18)
LEAST = 0.25
"""The least mean change from frame to frame, in parts of the contrast, that may be a cut: two pictures that
have nothing to do with each other differ by about 1."""
TIMES = 2.5
"""How many times larger than lately it must be."""
FLAT = 0.02
"""Contrast, in parts of the range, that counts as none."""
MEMORY = 0.8
"""How much of the recent change is kept with each frame."""


class Cuts:
    """Told each frame in turn, says which of them begin a shot."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.float32] | None = None
        self._recent = 0.0

    def begins(self, luma: npt.NDArray[np.generic], span: float) -> bool:
        """Whether a frame, H×W of values that range over ``span``, is the first of a shot."""
        small = opencv().resize(luma, THUMBNAIL, interpolation=opencv().INTER_AREA)
        thumbnail = small.astype(np.float32) / np.float32(span)
        if self._last is None:
            self._last = thumbnail
            return True
        contrast = (float(thumbnail.std()) + float(self._last.std())) / 2 + FLAT
        step = thumbnail - self._last
        change = float(np.abs(step - step.mean()).mean()) / contrast
        self._last = thumbnail
        cut = change > max(LEAST, TIMES * self._recent)
        self._recent = 0.0 if cut else MEMORY * self._recent + (1 - MEMORY) * change
        return cut
