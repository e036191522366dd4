"""Putting the mark in: tiles of carriers, shaped by the eye and by what the picture itself says on each
carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, luma, opencv
from octarine.watermark.image.carriers import TILE, Carriers, synthesise, tile_size
from octarine.watermark.image.informed import Quarter, informed
from octarine.watermark.image.perception import COLOUR, LEAST_PSNR, amplitude_at, fitting_psnr, mask

Doubles = npt.NDArray[np.float64]


def add_mark(
    image: npt.NDArray[Any], carriers: Carriers, variant: int, signs: Doubles, psnr: float | None
) -> npt.NDArray[Any]:
    """The picture with the mark. H×W or H×W×3, 8 or 16 bits; the same comes back. ``psnr`` in dB; None
    for what suits the picture."""
    plane = luma(image)
    residual = _residual(plane, carriers, variant, signs, psnr, image.ndim)
    top = np.iinfo(image.dtype).max
    residual *= np.float32(top / 255)
    tinted = residual if image.ndim == 2 else residual[..., None] * COLOUR
    marked = image + tinted
    np.clip(np.rint(marked, out=marked), 0, top, out=marked)
    return np.asarray(marked, image.dtype)


@dataclass
class _Grid:
    """The picture at the scale at which a tile has TILE pixels."""

    plane: Plane
    mask: Plane
    carriers: Carriers
    phases: npt.NDArray[np.complex64]

    def residual(self, amplitude: Doubles) -> Plane:
        """The mark with these real amplitudes a carrier."""
        tile = synthesise(self.carriers, amplitude * self.phases)
        height, width = self.plane.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        return np.asarray(np.tile(tile, (rows, columns))[:height, :width] * self.mask)

    def heard(self, plane: Plane) -> Doubles:
        """What a detector that knows the geometry would hear on each carrier, in the direction of its
        sign."""
        flat = flatten(plane)
        height, width = flat.shape
        flat = np.pad(flat, ((0, -height % TILE), (0, -width % TILE)))
        folded = flat.reshape(-1, TILE, flat.shape[1] // TILE, TILE).sum((0, 2))
        kx, ky = self.carriers.k.T
        spectrum = np.fft.fft2(folded)[ky % TILE, kx % TILE]
        return np.asarray((spectrum * self.phases.conj()).real, np.float64)


def _residual(
    plane: Plane, carriers: Carriers, variant: int, signs: Doubles, psnr: float | None, channels: int
) -> Plane:
    cv2 = opencv()
    height, width = plane.shape
    scale = TILE / tile_size(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    phases = (carriers.phases[variant] * signs).astype(np.complex64)
    grid = _Grid(small, mask(small), carriers, phases)
    tint = float(np.sqrt(np.mean(COLOUR**2))) if channels == 3 else 1.0
    # Without a wish, it is what suits the picture, or more where that could not be read.
    bounds = (fitting_psnr(grid.mask), LEAST_PSNR) if psnr is None else (psnr, psnr)
    wanted, most = (float(np.sqrt(max(amplitude_at(x) ** 2 - 1 / 12, 0.25)) / tint) for x in bounds)
    quarter = Quarter(carriers, phases, TILE / scale, TILE)
    amplitude, wanted = informed(grid, quarter, carriers.amplitude, wanted, most)
    residual = cv2.resize(grid.residual(amplitude), (width, height), interpolation=cv2.INTER_CUBIC)
    residual *= np.float32(wanted / np.sqrt(np.mean(residual * residual)))
    return np.asarray(residual)
