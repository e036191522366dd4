"""The luma of a decoded frame: seen as an array, and written in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane

Luma = npt.NDArray[Any]
"""H×W of uint8 or uint16, as it is coded."""

WITH_LUMA = ("yuv", "gray", "nv1", "nv2")
"""How the names of pixel formats begin whose first plane is luma alone."""
PACKED = ("yuyv422", "yvyu422", "nv20be")
PLAIN = "yuv444p"
"""What other formats (RGB, packed) are turned into: nothing is lost but rounding."""
FULL_RANGE = 2
"""``AVCOL_RANGE_JPEG``."""


@dataclass(frozen=True)
class Levels:
    """The code values of black and white, and the most that there is."""

    black: float
    white: float
    most: int

    @property
    def step(self) -> float:
        """Code values for one of 255 steps from black to white."""
        return (self.white - self.black) / 255

    def plane(self, coded: Luma) -> Plane:
        """Coded luma on the scale of 0 (black) to 255 (white) that pictures have."""
        plane = coded.astype(np.float32)
        plane -= np.float32(self.black)
        plane /= np.float32(self.step)
        return plane


def levels_of(frame: Any) -> Levels:
    """What a planar ``av.VideoFrame`` counts as black and white."""
    bits = frame.format.components[0].bits
    if frame.format.name.startswith("yuvj") or frame.color_range == FULL_RANGE:
        return Levels(0, 2**bits - 1, 2**bits - 1)
    return Levels(16 * 2 ** (bits - 8), 235 * 2 ** (bits - 8), 2**bits - 1)


def planar(frame: Any) -> Any:
    """The frame, in a format whose first plane is luma."""
    name = frame.format.name
    if name.startswith(WITH_LUMA) and name not in PACKED and not name.endswith("be"):
        return frame
    deep = frame.format.components[0].bits > 8
    plain = frame.reformat(format="yuv444p10le" if deep else PLAIN)
    plain.pts = frame.pts
    if frame.time_base is not None:
        plain.time_base = frame.time_base
    return plain


def luma_of(frame: Any) -> Luma:
    """The coded luma of a planar frame. It shares the frame's memory: ``make_writable`` before writing."""
    plane = frame.planes[0]
    kind = np.dtype(np.uint8 if frame.format.components[0].bits <= 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[:, : plane.width]
