"""Putting the mark in: tiles of carriers, shaped by the eye and by what the picture itself says on each carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, luma, opencv
from octarine.watermark.image.carriers import TILE, Carriers, synthesise, tile_size
from octarine.watermark.image.perception import COLOUR, amplitude_at, mask

Doubles = npt.NDArray[np.float64]
ROUNDS = 2


def add_mark(
    image: npt.NDArray[Any], carriers: Carriers, variant: int, signs: Doubles, psnr: float
) -> npt.NDArray[Any]:
    """The picture with the mark. H×W or H×W×3, 8 or 16 bits; the same comes back."""
    plane = luma(image)
    residual = _residual(plane, carriers, variant, signs, psnr, image.ndim)
    top = np.iinfo(image.dtype).max
    residual *= np.float32(top / 255)
    tinted = residual if image.ndim == 2 else residual[..., None] * COLOUR
    marked = image + tinted
    np.clip(np.rint(marked, out=marked), 0, top, out=marked)
    return marked.astype(image.dtype)


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
        """What a detector that knows the geometry would hear on each carrier, in the direction of its sign."""
        flat = flatten(plane)
        height, width = flat.shape
        flat = np.pad(flat, ((0, -height % TILE), (0, -width % TILE)))
        folded = flat.reshape(-1, TILE, flat.shape[1] // TILE, TILE).sum((0, 2))
        kx, ky = self.carriers.k.T
        spectrum = np.fft.fft2(folded)[ky % TILE, kx % TILE]
        return np.asarray((spectrum * self.phases.conj()).real, np.float64)


def _residual(
    plane: Plane, carriers: Carriers, variant: int, signs: Doubles, psnr: float, channels: int
) -> Plane:
    cv2 = opencv()
    height, width = plane.shape
    scale = TILE / tile_size(height, width)
    size = max(TILE, round(width * scale)), max(TILE, round(height * scale))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    phases = (carriers.phases[variant] * signs).astype(np.complex64)
    grid = _Grid(small, mask(small), carriers, phases)
    tint = float(np.sqrt(np.mean(COLOUR**2))) if channels == 3 else 1.0
    wanted = np.sqrt(max(amplitude_at(psnr) ** 2 - 1 / 12, 0.25)) / tint
    amplitude = informed(grid, carriers.amplitude, wanted)
    residual = cv2.resize(grid.residual(amplitude), (width, height), interpolation=cv2.INTER_CUBIC)
    residual *= np.float32(wanted / np.sqrt(np.mean(residual * residual)))
    return np.asarray(residual)


def informed(grid: _Grid, shape: Doubles, wanted: float) -> Doubles:
    """Amplitudes of the same energy as ``shape``, spent where the picture itself speaks against the mark.

    The picture is heard on every carrier too. Bits on which it already agrees with the payload need less, and those on
    which it disagrees get more, until all are heard alike (Costa's dirty paper, in the manner of improved spread
    spectrum: Malvar and Florêncio, 2003).
    """
    amplitude = shape * (wanted / np.sqrt(np.mean(grid.residual(shape) ** 2)))
    energy = float((amplitude**2).sum())
    silence = grid.heard(grid.plane)
    groups = _groups(grid.carriers)
    for _ in range(ROUNDS):
        marked = grid.heard(grid.plane + grid.residual(amplitude))
        gain = _gain(grid.carriers, amplitude, marked - silence)
        noise = marked - gain * amplitude
        amplitude = _equalise(shape, gain, noise, groups, grid.carriers.sync, energy)
    return amplitude


def _groups(carriers: Carriers) -> npt.NDArray[np.int64]:
    """What is evened out together: each sync carrier, and the data carriers of each code bit."""
    return np.concatenate([np.arange(carriers.sync), carriers.sync + carriers.code_index])


def _gain(carriers: Carriers, amplitude: Doubles, heard: Doubles) -> Doubles:
    """How strongly a unit amplitude is heard, by radius: a parabola through all carriers."""
    radius = carriers.radius / 20
    basis = np.stack([np.ones_like(radius), radius, radius**2], 1)
    coefficients, *_ = np.linalg.lstsq(basis * amplitude[:, None], heard, rcond=None)
    fit = basis @ coefficients
    return np.asarray(np.maximum(fit, 0.1 * fit.max()))


def _equalise(
    shape: Doubles, gain: Doubles, noise: Doubles, groups: npt.NDArray[np.int64], sync: int, energy: float
) -> Doubles:
    """Scale each group of ``shape`` so that all data groups are heard alike, and all sync groups, at this energy."""
    n = int(groups.max()) + 1
    weight = gain * shape
    signal = np.bincount(groups, weight * gain * shape, n)
    against = np.bincount(groups, weight * noise, n)
    cost = np.bincount(groups, shape**2, n)
    result = np.zeros(n)
    for part in (slice(0, sync), slice(sync, n)):
        share = energy * cost[part].sum() / cost.sum()
        result[part] = _fill(signal[part], against[part], cost[part], share)
    return np.asarray(shape * result[groups])


def _fill(signal: Doubles, against: Doubles, cost: Doubles, energy: float) -> Doubles:
    """Scales s ≥ 0 of the groups with s·signal + against = level·signal where it can be, and Σ s²·cost = energy."""
    need = against / signal
    low, high = float(need.min()), float(need.max() + np.sqrt(energy / cost.sum()))
    for _ in range(60):
        level = (low + high) / 2
        if (np.maximum(level - need, 0) ** 2 * cost).sum() < energy:
            low = level
        else:
            high = level
    return np.maximum((low + high) / 2 - need, 0)
