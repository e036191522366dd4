"""The picture laid straight and cut into tiles, and what is heard on every carrier in every tile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, opencv
from octarine.watermark.image.carriers import RADII, Carriers
from octarine.watermark.image.spectrum import LIMIT
from octarine.watermark.image.waves import Waves, waves_on

Doubles = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complexfloating]
MOST_PIXELS = 6e6


@dataclass(frozen=True, eq=False)
class Tiles:
    """A picture seen through one map.

    Attributes:
        heard: (tiles, carriers) complex amplitude of each carrier in each tile, over the noise of that
            carrier.
        centre: (tiles, 2) of each tile, in tiles, from the middle of the picture.
        shape: rows and columns of tiles.
        origin: tile coordinates of the first tile's corner.
        map: the 2×2 matrix from tile coordinates to pixels.
    """

    heard: Complexes
    centre: Doubles
    shape: tuple[int, int]
    origin: Doubles
    map: Doubles

    @property
    def reach(self) -> float:
        """The farthest that a tile's middle lies from the picture's, in tiles, at least 1."""
        return max(1.0, float(np.abs(self.centre).max(initial=0)))


def cut(flat: Plane, carriers: Carriers, matrix: Doubles) -> Tiles | None:
    """Tiles of a flattened plane under a map; None where the map would make them too many."""
    pixels = 64 if np.sqrt(abs(np.linalg.det(matrix))) < 80 else 128
    straight = _straighten(flat, matrix, pixels)
    if straight is None:
        return None
    plane, origin = straight
    rows, columns = plane.shape[0] // pixels, plane.shape[1] // pixels
    values = _heard(plane, carriers, pixels)
    used = values.any(1)
    values *= (_audible(carriers, matrix) / _noise(values, carriers)).astype(np.float32)
    row, column = np.divmod(np.arange(rows * columns), columns)
    centre = np.stack([column - (columns - 1) / 2, row - (rows - 1) / 2], 1)
    return Tiles(values if used.all() else values[used], centre[used], (rows, columns), origin, matrix)


def _heard(plane: Plane, carriers: Carriers, pixels: int) -> Complexes:
    """(tiles, carriers) the Fourier sum of each tile of ``pixels`` a side over each carrier: products with
    cosines and sines, since of all frequencies but few are carriers."""
    cv2 = opencv()
    waves = _waves(carriers, pixels)
    across = cv2.gemm(plane.reshape(-1, pixels), waves.columns, 1, None, 0)
    n = across.shape[1]
    upright = across.reshape(-1, pixels, plane.shape[1] // pixels, n).transpose(0, 2, 3, 1)
    sums = cv2.gemm(np.ascontiguousarray(upright).reshape(-1, pixels), waves.rows, 1, None, 0)
    return waves.at_carriers(sums.reshape(-1, n, n).swapaxes(1, 2))


@lru_cache(maxsize=8)
def _waves(carriers: Carriers, pixels: int) -> Waves:
    return waves_on(carriers, (pixels, pixels), (1 / pixels, 1 / pixels), 0.0)


def _straighten(flat: Plane, matrix: Doubles, pixels: int) -> tuple[Plane, Doubles] | None:
    """The plane with tiles of ``pixels`` along its axes, padded with zeros to whole tiles."""
    cv2 = opencv()
    height, width = flat.shape
    corners = np.linalg.inv(matrix) @ np.array([[0, width, 0, width], [0, 0, height, height]])
    low, high = corners.min(1), corners.max(1)
    columns, rows = np.ceil(high - low).astype(int)
    if rows * columns * pixels * pixels > MOST_PIXELS:
        return None
    step = matrix / pixels
    # Pixel centres lie at half: both sides of the map.
    offset = matrix @ low + step @ [0.5, 0.5] - 0.5
    straight = cv2.warpAffine(
        _presmoothed(flat, matrix, pixels),
        np.hstack([step, offset[:, None]]),
        (int(columns * pixels), int(rows * pixels)),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray(straight, np.float32), np.asarray(low, np.float64)


def _presmoothed(flat: Plane, matrix: Doubles, pixels: int) -> Plane:
    """Without what would fold back where the map shrinks."""
    cv2 = opencv()
    shrinks = float(np.sqrt(abs(np.linalg.det(matrix)))) / pixels
    return flat if shrinks < 1.3 else np.asarray(cv2.GaussianBlur(flat, (0, 0), 0.4 * shrinks))


def _audible(carriers: Carriers, matrix: Doubles) -> Doubles:
    """1 for the carriers whose frequency the plane can hold."""
    frequency = carriers.k @ np.linalg.inv(matrix)
    return np.asarray(np.abs(frequency).max(1) < LIMIT, np.float64)


def _noise(values: Complexes, carriers: Carriers) -> Doubles:
    """(carriers,) root of the power of the sum over tiles that a carrier would have without a mark: tiles are
    independent, so it is the sum of the tiles' powers, smoothed over neighbours."""
    cv2 = opencv()
    reach = int(RADII[1]) + 3
    power = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    count = np.zeros_like(power)
    kx, ky = carriers.k.T
    # Without a plane of squares.
    heard = sum(np.einsum("ij,ij->j", part, part) for part in (values.real, values.imag))
    for sign in (1, -1):
        power[reach + sign * ky, reach + sign * kx] = heard
        count[reach + sign * ky, reach + sign * kx] = 1
    around = cv2.blur(power, (5, 5)) / np.maximum(cv2.blur(count, (5, 5)), 1e-6)
    return np.asarray(np.sqrt(np.maximum(around[reach + ky, reach + kx], 1e-9)), np.float64)
