"""Putting the mark in: tiles of carriers, shaped by the eye and by what the picture itself says on each
carrier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, opencv, shrunk_luma, strips
from octarine.watermark.image.carriers import TILE, Carriers, tile_size
from octarine.watermark.image.perception import COLOUR, amplitude_at, fitting_psnr, mask
from octarine.watermark.image.waves import Waves, waves_on

Doubles = npt.NDArray[np.float64]
Phases = npt.NDArray[np.complex64]

TILT = 1.0
"""The most by which amplitudes rise with the radius, as a power."""
AT_EASE = 1.3
"""Amplitude over noise of a data carrier from which nothing is tilted."""
ATTACK = 1.5
"""The attack that embedding prepares for, in units of the picture's own noise."""


def add_mark(
    image: npt.NDArray[Any], carriers: Carriers, phases: Phases, psnr: float | None
) -> npt.NDArray[Any]:
    """The picture with the mark. H×W, H×W×3 or H×W×4 (with alpha, which stays), 8 or 16 bits; the same comes
    back. ``phases`` (n,) are those of the carriers, with their signs; ``psnr`` in dB, None for what suits the
    picture. Large pictures need little memory beside the result."""
    height, width = image.shape[:2]
    tile = tile_size(height, width)
    # A picture of small tiles is listened to as it is: enlarging it would add work and nothing else.
    scale = min(1.0, TILE / tile)
    size = (width, height) if scale == 1 else (max(8, round(width * scale)), max(8, round(height * scale)))
    # In one piece, so that the system is asked for memory once, and keeps it for the next picture.
    small, strength, *work = np.empty((7, size[1], size[0]), np.float32)
    shrunk_luma(image, size, small)
    mask(small, tile * scale / TILE, (strength, work[0]))
    waves = waves_on(carriers, small.shape, (width / size[0] / tile, height / size[1] / tile))
    grid = Grid(small, strength, carriers, phases, waves, work)
    psnr = fitting_psnr(grid.mask, height * width) if psnr is None else psnr
    tint = float(np.sqrt(np.mean(COLOUR**2))) if image.ndim == 3 else 1.0
    wanted = np.sqrt(max(amplitude_at(psnr) ** 2 - 1 / 12, 0.25)) / tint
    amplitude = informed(grid, carriers.amplitude, wanted)
    residual = grid.residual(amplitude)
    level = wanted / _rms(residual)
    if scale == 1:
        residual *= np.float32(level)
        return _added(image, lambda first, end: residual[first:end])
    waves = waves_on(carriers, (height, width), (1 / tile, 1 / tile))
    weighted = waves.weighted(amplitude * level * phases)

    def rows(first: int, end: int) -> Plane:
        wave = waves.over(weighted, first, end)
        wave *= _rows(grid.mask, first, end, (height, width))
        return wave

    return _added(image, rows)


def _added(image: npt.NDArray[Any], residual: Callable[[int, int], Plane]) -> npt.NDArray[Any]:
    """The picture and a residual (on a scale of 255; told the first row and the one past the last), strip by
    strip; rounded, and stopped at both ends."""
    cv2 = opencv()
    top = float(np.iinfo(image.dtype).max)
    kind = cv2.CV_8U if image.dtype == np.uint8 else cv2.CV_16U
    colours = [1.0] if image.ndim == 2 else [*COLOUR, 0.0][: image.shape[2]]
    height, width = image.shape[:2]
    most = next(strips(height, width))[1]
    out, tints = np.empty(image.shape, image.dtype), np.empty((len(colours), most, width), np.float32)
    change = np.empty((most, *image.shape[1:]), np.float32)
    for first, end in strips(height, width):
        rows = residual(first, end)
        here = tints[:, : end - first]
        for tint, colour in zip(here, colours, strict=True):
            np.multiply(rows, np.float32(colour * top / 255), out=tint)
        cv2.merge(list(here), change[: end - first])
        cv2.add(np.ascontiguousarray(image[first:end]), change[: end - first], dst=out[first:end], dtype=kind)
    return out


def _rows(plane: Plane, first: int, end: int, shape: tuple[int, int]) -> Plane:
    """Rows ``first`` to ``end`` of the plane as it would be at this height and width, bilinear."""
    height, width = shape
    y = np.clip((np.arange(first, end) + 0.5) * (len(plane) / height) - 0.5, 0, len(plane) - 1)
    above = np.minimum(y.astype(int), len(plane) - 2)
    part = (y - above).astype(np.float32)[:, None]
    rows = plane[above] * (1 - part) + plane[above + 1] * part
    return np.asarray(opencv().resize(rows, (width, end - first), interpolation=opencv().INTER_LINEAR))


def _rms(plane: Plane) -> float:
    return float(np.sqrt(np.vdot(plane, plane) / plane.size))


class Grid:
    """The picture at the scale at which it is listened to.

    Attributes:
        plane: luma, 0 to 255.
        mask: of the same shape.
        carriers: of the key.
        phases: (n,) of the mark, with the signs of the payload.
        waves: the carriers on this grid; by default with TILE pixels a tile from the first pixel.
        work: five planes to work on, if there are any to spare.
    """

    def __init__(
        self,
        plane: Plane,
        mask: Plane,
        carriers: Carriers,
        phases: Phases,
        waves: Waves | None = None,
        work: Sequence[Plane] | None = None,
    ) -> None:
        self.plane, self.mask, self.carriers, self.phases = plane, mask, carriers, phases
        self.waves = waves or waves_on(carriers, plane.shape, (1 / TILE, 1 / TILE))
        work = list(np.empty((5, *plane.shape), np.float32)) if work is None else work
        self._marked, self._work = work[0], work[1:]

    def residual(self, amplitude: Doubles) -> Plane:
        """The mark with these real amplitudes a carrier."""
        residual = self.waves.over(self.waves.weighted(amplitude * self.phases))
        residual *= self.mask
        return residual

    def heard(self, residual: Plane) -> Doubles:
        """What a detector that knows the geometry would hear on each carrier of the picture with this
        residual, in the direction of its sign."""
        marked = np.add(self.plane, residual, out=self._marked)
        heard = self.waves.heard(flatten(marked, self._work))
        return np.asarray((heard * self.phases.conj()).real, np.float64)


def informed(grid: Grid, shape: Doubles, wanted: float) -> Doubles:
    """Amplitudes of the same energy as ``shape``, spent where they are heard best, and where the picture
    itself speaks against the payload.

    The picture is heard on every carrier too. Code bits on which it already agrees with the payload need
    less, and those on which it disagrees get more (Costa's dirty paper, in the manner of improved spread
    spectrum: Malvar and Florêncio, 2003). Sync carriers are added up before anything is decided, so evening
    them out would gain nothing. The picture is listened to once, with an even mark: what it says without one,
    and a second round, were measured to add nothing.
    """
    residual = grid.residual(shape)
    level = wanted / _rms(residual)
    residual *= np.float32(level)
    amplitude = shape * level
    heard = grid.heard(residual)
    gain = _gain(grid.carriers, amplitude, heard)
    noise = heard - gain * amplitude
    tilted = _tilted(amplitude, gain, noise, grid.carriers)
    sync = grid.carriers.sync
    data = _evened(tilted[sync:], gain[sync:], noise[sync:], grid.carriers.code_index)
    return np.concatenate([tilted[:sync], data])


def _gain(carriers: Carriers, amplitude: Doubles, heard: Doubles) -> Doubles:
    """How strongly a unit amplitude is heard, by radius: a parabola through all carriers."""
    radius = carriers.radius / 20
    basis = np.stack([np.ones_like(radius), radius, radius**2], 1)
    coefficients, *_ = np.linalg.lstsq(basis * amplitude[:, None], heard, rcond=None)
    fit = basis @ coefficients
    return np.asarray(np.maximum(fit, 0.1 * max(fit.max(), 1e-9)))


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
