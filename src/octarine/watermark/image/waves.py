"""Carriers on a grid of pixels of any size and step: the mark that they add up to, and what is heard of them.

Both are products of small matrices, since a plane wave is a product of a wave of x and one of y: with cosines
and sines of multiples of x and y, Σ Re(w·e^{2πi(k·x)}) is R·D·C for rows R, columns C and the weights in D,
and the Fourier sums over all carriers are Rᵀ·plane·Cᵀ. That costs about 110 operations a pixel, for any tile:
no interpolation, and no transform of planes in which most frequencies carry nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, opencv
from octarine.watermark.image.carriers import RADII, TILE, Carriers

Complexes = npt.NDArray[np.complex64]
HIGHEST = int(RADII[1])
FEW_ROWS = 100
"""OpenCV multiplies matrices of fewer rows ten times slower. (numpy's own product starts threads at will.)"""


@dataclass(frozen=True, eq=False)
class Waves:
    """The carriers' waves over the rows and columns of a grid.

    Attributes:
        right: indices of the carriers of positive x; the others have their mirror images in ``left``.
        left: see ``right``.
        cells: (n,) where a carrier's absolute frequencies lie in a HIGHEST×HIGHEST matrix of (y, x).
        rows: (H, 2·HIGHEST) cosines, then sines, of 1 to HIGHEST cycles a tile.
        columns: (W, 2·HIGHEST) the same of the columns.
    """

    right: npt.NDArray[np.intp]
    left: npt.NDArray[np.intp]
    cells: npt.NDArray[np.int64]
    rows: Plane
    columns: Plane

    def weighted(self, weights: npt.NDArray[np.complexfloating]) -> Plane:
        """(W, 2·HIGHEST) the columns under complex weights (n,) a carrier, for ``over``."""
        right, left = np.zeros((2, HIGHEST * HIGHEST), np.complex128)
        right[self.cells[self.right]] = weights[self.right]
        left[self.cells[self.left]] = weights[self.left]
        # w·e^{ib}·e^{±ia} = e^{ib}·(w·cos a ± i·w·sin a), of which the real part is taken.
        cos = (right + left).reshape(HIGHEST, HIGHEST)
        sin = 1j * (right - left).reshape(HIGHEST, HIGHEST)
        matrix = np.block([[cos.real, sin.real], [-cos.imag, -sin.imag]]).astype(np.float32)
        return np.asarray(opencv().gemm(self.columns, matrix.T.copy(), 1, None, 0))

    def over(self, weighted: Plane, top: int = 0, bottom: int | None = None) -> Plane:
        """Rows ``top`` to ``bottom`` of the plane Σ Re(weight · e^{2πi k·x})."""
        cv2, rows = opencv(), self.rows[top:bottom]
        if len(rows) >= FEW_ROWS:
            return np.asarray(cv2.gemm(rows, weighted, 1, None, 0, flags=cv2.GEMM_2_T))
        return np.asarray(cv2.transpose(cv2.gemm(weighted, rows, 1, None, 0, flags=cv2.GEMM_2_T)))

    def heard(self, plane: Plane) -> Complexes:
        """(n,) Σ plane · e^{−2πi k·x} over all pixels, for each carrier."""
        cv2 = opencv()
        across = cv2.gemm(plane, self.columns, 1, None, 0)
        sums = cv2.gemm(self.rows, across, 1, None, 0, flags=cv2.GEMM_1_T)
        return np.asarray(self.at_carriers(sums[None])[0])

    def at_carriers(self, sums: npt.NDArray[np.float32]) -> Complexes:
        """(m, n) Fourier sums of the carriers from those of cosines and sines (m, 2·HIGHEST rows, 2·HIGHEST
        columns)."""
        half = np.s_[:HIGHEST], np.s_[HIGHEST:]
        # Σ f·e^{−i(b ± a)}: cosines and sines of b along rows, of a along columns.
        cos_cos, cos_sin = sums[:, half[0], half[0]], sums[:, half[0], half[1]]
        sin_cos, sin_sin = sums[:, half[1], half[0]], sums[:, half[1], half[1]]
        out = np.empty((len(sums), len(self.cells)), np.complex64)
        both = np.empty((len(sums), HIGHEST, HIGHEST), np.complex64)
        for part, sign in ((self.right, 1), (self.left, -1)):
            np.subtract(cos_cos, sign * sin_sin, out=both.real)
            np.subtract(-sign * cos_sin, sin_cos, out=both.imag)
            out[:, part] = both.reshape(len(sums), -1)[:, self.cells[part]]
        return out


def waves_on(
    carriers: Carriers, shape: tuple[int, ...], step: tuple[float, float], middle: float = 0.5
) -> Waves:
    """The waves on a grid of this height and width, with steps of (x, y) tiles a pixel. Pixels lie in
    the ``middle`` of their steps, and the tile's origin in that of one of TILE steps: so the shifts of a
    picture as it was marked are those that ``lock_on`` tries."""
    origin = middle / TILE
    columns = _powers((np.arange(shape[1]) + middle) * step[0] - origin)
    rows = _powers((np.arange(shape[0]) + middle) * step[1] - origin)
    x, y = carriers.k.T
    cells = (y - 1) * HIGHEST + np.abs(x) - 1
    return Waves(np.flatnonzero(x > 0), np.flatnonzero(x < 0), cells, rows, columns)


def _powers(position: npt.NDArray[np.floating]) -> Plane:
    """(n, 2·HIGHEST) cosines and sines of 1 to HIGHEST cycles a tile at positions (n,) in tiles."""
    turn = np.exp(2j * np.pi * position)
    powers = np.cumprod(np.broadcast_to(turn, (HIGHEST, len(turn))), 0)
    return np.ascontiguousarray(np.concatenate([powers.real, powers.imag]).T, np.float32)
