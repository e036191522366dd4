"""The map of edits as a picture for people."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import luma, opencv
from octarine.watermark.image.edits.edit_map import EditMap

RED = np.array([225, 30, 30], np.float32)
YELLOW = (255, 220, 0)
STRIPES = 24
"""Pixels from stripe to stripe in a picture of 1000 pixels."""


def drawn(pixels: npt.NDArray[Any], edits: EditMap) -> npt.NDArray[np.uint8]:
    """H×W×3: the picture in pale grey; red where the mark is gone, striped where nothing can be told, and a
    yellow frame around each region that is surely edited.

    Args:
        pixels: H×W, H×W×3 or H×W×4 of 8 or 16 bits, of which ``edits`` is the map.
    """
    cv2 = opencv()
    colours = np.ascontiguousarray(pixels[..., :3]) if pixels.ndim == 3 and pixels.shape[2] > 1 else pixels
    grey = 90 + 0.6 * luma(colours.reshape(colours.shape[:2]) if colours.size == edits.told.size else colours)
    side = max(grey.shape)
    step = max(6, STRIPES * side // 1000)
    y, x = np.ogrid[: grey.shape[0], : grey.shape[1]]
    grey = np.where(~edits.told & ((x + y) % step < max(1, step // 5)), grey * 0.75, grey)
    weight = np.clip(2 * edits.damage - 1, 0, 1)[..., None] * 0.6
    # Where nothing can be told, odds near even are no finding.
    weight *= np.where(edits.told | (edits.damage > 0.9), 1, 0.4)[..., None]
    out = np.asarray(np.rint(grey[..., None] * (1 - weight) + RED * weight), np.uint8)
    for region in edits.regions:
        corner = region.x + region.width - 1, region.y + region.height - 1
        cv2.rectangle(out, (region.x, region.y), corner, YELLOW, max(1, side // 400))
    return out
