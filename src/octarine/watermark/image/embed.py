"""Putting the mark in: tiles of carriers, shaped by the eye and by what the picture itself says on each
carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, luma, opencv
from octarine.watermark.image.carriers import TILE, Carriers, synthesise, tile_size
from octarine.watermark.image.perception import COLOUR, amplitude_at, fitting_psnr, mask

Doubles = npt.NDArray[np.float64]

ROUNDS = 2
"""How often the marked picture is listened to: what is heard is no linear function of the picture."""
TILT = 1.0
"""The most by which amplitudes rise with the radius, as a power."""
AT_EASE = 1.3
"""Amplitude over noise of a data carrier from which nothing is tilted."""
ATTACK = 1.5
"""The attack that embedding prepares for, in units of the picture's own noise."""


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
class Grid:
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
    grid = Grid(small, mask(small), carriers, phases)
    tint = float(np.sqrt(np.mean(COLOUR**2))) if channels == 3 else 1.0
    psnr = fitting_psnr(grid.mask) if psnr is None else psnr
    wanted = np.sqrt(max(amplitude_at(psnr) ** 2 - 1 / 12, 0.25)) / tint
    amplitude = informed(grid, carriers.amplitude, wanted)
    residual = cv2.resize(grid.residual(amplitude), (width, height), interpolation=cv2.INTER_CUBIC)
    residual *= np.float32(wanted / np.sqrt(np.mean(residual * residual)))
    return np.asarray(residual)


def informed(grid: Grid, shape: Doubles, wanted: float) -> Doubles:
    """Amplitudes of the same energy as ``shape``, spent where they are heard best, and where the picture
    itself speaks against the payload.

    The picture is heard on every carrier too. Code bits on which it already agrees with the payload need
    less, and those on which it disagrees get more (Costa's dirty paper, in the manner of improved spread
    spectrum: Malvar and Florêncio, 2003). Sync carriers are added up before anything is decided, so evening
    them out would gain nothing.
    """
    sync = grid.carriers.sync
    shape = shape * (wanted / np.sqrt(np.mean(grid.residual(shape) ** 2)))
    silence = grid.heard(grid.plane)
    amplitude = shape
    for turn in range(ROUNDS):
        marked = grid.heard(grid.plane + grid.residual(amplitude))
        gain = _gain(grid.carriers, amplitude, marked - silence)
        noise = marked - gain * amplitude
        if turn == 0:
            shape = _tilted(shape, gain, noise, grid.carriers)
        data = _evened(shape[sync:], gain[sync:], noise[sync:], grid.carriers.code_index)
        amplitude = np.concatenate([shape[:sync], data])
    return amplitude


def _gain(carriers: Carriers, amplitude: Doubles, heard: Doubles) -> Doubles:
    """How strongly a unit amplitude is heard, by radius: a parabola through all carriers."""
    radius = carriers.radius / 20
    basis = np.stack([np.ones_like(radius), radius, radius**2], 1)
    coefficients, *_ = np.linalg.lstsq(basis * amplitude[:, None], heard, rcond=None)
    fit = basis @ coefficients
    return np.asarray(np.maximum(fit, 0.1 * fit.max()))


def _tilted(shape: Doubles, gain: Doubles, noise: Doubles, carriers: Carriers) -> Doubles:
    """More of the energy on fine carriers, where pictures are quiet, for a picture in which the mark is hard
    to hear. Elsewhere it stays on coarse ones, which survive more."""
    heard = float(np.mean((gain * shape)[carriers.sync :]) / np.sqrt(np.mean(noise[carriers.sync :] ** 2)))
    exponent = TILT * float(np.clip(1 - heard / AT_EASE, 0, 1))
    tilted = shape * (carriers.radius / 12) ** exponent
    for part in (slice(0, carriers.sync), slice(carriers.sync, None)):
        tilted[part] *= np.sqrt((shape[part] ** 2).sum() / (tilted[part] ** 2).sum())
    return np.asarray(tilted)


def _evened(shape: Doubles, gain: Doubles, noise: Doubles, bits: npt.NDArray[np.int64]) -> Doubles:
    """Scale the carriers of each code bit so that bits are heard more alike, at the same energy.

    How far to even out is Malvar and Florêncio's equation 26: fully where the mark is strong beside the
    picture, hardly where it is weak, for an attack that adds ATTACK times the picture's own noise.
    """
    n = int(bits.max()) + 1
    weight = gain * shape
    signal = np.bincount(bits, weight * gain * shape, n)
    against = np.bincount(bits, weight * noise, n) / signal
    ratio = 1 / float(np.mean(against**2))
    total = 1 + ATTACK + ratio
    share = (total - np.sqrt(total**2 - 4 * ratio)) / 2
    scale = np.maximum(1 - share * against, 0)[bits]
    return np.asarray(shape * scale * np.sqrt((shape**2).sum() / ((shape * scale) ** 2).sum()))
