"""How a mark lies in a picture, in words and numbers that a person reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from octarine.watermark.image.analysis import LONGEST
from octarine.watermark.image.lock import Lock


@dataclass(frozen=True)
class Geometry:
    """What was done to the whole picture.

    Attributes:
        rotation: degrees anticlockwise, −180 to 180.
        mirrored: whether it is a mirror image. (Mirrored and upside down is mirrored and turned by 180°.)
        inverted: whether light and dark are exchanged.
        aspect: how much wider the picture was made than it was made higher; 1 where both are alike.
        tile: pixels of a tile's side in the picture. What part of a picture a tile was is known to the ladder
            of tile sizes only up to its steps, so that the scale itself is not given.
        perspective: the displacement at the border by perspective, in tiles; 0 where it was not needed to
            read.
    """

    rotation: float
    mirrored: bool
    inverted: bool
    aspect: float
    tile: float
    perspective: float

    def __str__(self) -> str:
        parts = [f"turned by {self.rotation:g}°"] if abs(self.rotation) >= 0.1 else []
        parts += ["mirrored"] if self.mirrored else []
        parts += ["inverted"] if self.inverted else []
        parts += [f"aspect {self.aspect:.2f}"] if abs(self.aspect - 1) > 0.005 else []
        parts += ["perspective"] if self.perspective > 0.02 else []
        return ", ".join(parts) or "upright"


def geometry_of(lock: Lock, shape: tuple[int, ...]) -> Geometry:
    """The geometry of a lock on a picture of this height and width."""
    matrix = lock.tiles.map * max(1.0, max(shape[:2]) / LONGEST)
    mirrored = bool(np.linalg.det(matrix) < 0)
    matrix = matrix * (-1 if lock.turned else 1)
    # B = stretch of the picture's axes · turn · mirror: the rows of B·Bᵀ tell the stretch.
    stretch_x, stretch_y = np.linalg.norm(matrix, axis=1)
    turn = matrix / [[stretch_x], [stretch_y]] @ np.diag([-1.0 if mirrored else 1.0, 1.0])
    rotation = -float(np.degrees(np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1])))
    # The two terms of the second order; the others are within the map's own.
    bend = 0.0 if lock.motion is None else float(np.abs(lock.motion[6:]).max())
    return Geometry(
        round(rotation + 0.0, 2),
        mirrored,
        lock.inverted,
        round(float(stretch_x / stretch_y), 4),
        round(float(np.sqrt(abs(np.linalg.det(matrix)))), 2),
        round(bend, 3),
    )
