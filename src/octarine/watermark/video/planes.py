"""The luma of a decoded frame: seen as an array, and written in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane

Luma = npt.NDArray[Any]
"""H×W of uint8 or uint16, as it is coded."""

WITH_LUMA = ("yuv", "gray", "nv")
"""How the names of pixel formats begin whose first plane is luma alone."""
PLAIN = "yuv444p"
"""What other formats (RGB, packed) are turned into: nothing is lost but rounding."""
FULL_RANGE = 2
"""``AVCOL_RANGE_JPEG``."""


@dataclass(frozen=True)
class Levels:
    """The code values of black and white."""

    black: float
    white: float

    @property
    def step(self) -> float:
        """Code values for one of 255 steps from black to white."""
        return (self.white - self.black) / 255


def levels_of(frame: Any) -> Levels:
    """What an ``av.VideoFrame`` of a planar format counts as black and white."""
    bits = frame.format.components[0].bits
    if frame.format.name.startswith("yuvj") or frame.color_range == FULL_RANGE:
        return Levels(0, 2**bits - 1)
    return Levels(16 * 2 ** (bits - 8), 235 * 2 ** (bits - 8))


def planar(frame: Any) -> Any:
    """The frame, in a format whose first plane is luma."""
    name = frame.format.name
    if name.startswith(WITH_LUMA) and len(frame.planes) > 1 - name.startswith("gray"):
        return frame
    plain = frame.reformat(format=PLAIN)
    plain.pts, plain.time_base = frame.pts, frame.time_base
    return plain


def luma_of(frame: Any) -> Luma:
    """The coded luma of a planar frame. It shares the frame's memory: for writing, ``make_writable`` first."""
    plane = frame.planes[0]
    kind = np.dtype(np.uint8 if frame.format.components[0].bits <= 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[:, : plane.width]


def plane_of(luma: Luma, levels: Levels) -> Plane:
    """On the scale of 0 (black) to 255 (white) that pictures have."""
    return np.asarray((luma.astype(np.float32) - np.float32(levels.black)) / np.float32(levels.step))
