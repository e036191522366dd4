"""Putting the mark in: tiles of carriers, shaped by the eye and by what the picture itself says on each
carrier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, opencv, shrunk_luma, strips
from octarine.watermark.image.carriers import TILE, Carriers, tile_size
from octarine.watermark.image.informed import Quarter, informed
from octarine.watermark.image.perception import COLOUR, LEAST_PSNR, amplitude_at, fitting_psnr, mask
from octarine.watermark.image.placing import best_place
from octarine.watermark.image.waves import Waves, waves_on

Doubles = npt.NDArray[np.float64]
Phases = npt.NDArray[np.complex64]


def add_mark(
    image: npt.NDArray[Any], carriers: Carriers, signs: Doubles, psnr: float | None
) -> npt.NDArray[Any]:
    """The picture with the mark. H×W, H×W×3 or H×W×4 (with alpha, which stays), 8 or 16 bits; the same comes
    back. ``signs`` (n,) of the carriers; ``psnr`` in dB, None for what suits the picture. Large pictures need
    little memory beside the result."""
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
    phases = carriers.laid(*best_place(_overheard(small, carriers, tile * scale), carriers), signs)
    grid = Grid(small, strength, carriers, phases, waves, work)
    # Without a wish, it is what suits the picture, or more where that could not be read.
    bounds = (fitting_psnr(strength, height * width), LEAST_PSNR) if psnr is None else (psnr, psnr)
    tint = float(np.sqrt(np.mean(COLOUR**2))) if image.ndim == 3 else 1.0
    wanted, most = (float(np.sqrt(max(amplitude_at(x) ** 2 - 1 / 12, 0.25))) / tint for x in bounds)
    quarter = Quarter(carriers, phases, tile, tile * scale)
    amplitude, wanted = informed(grid, quarter, wanted, most)
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


def _overheard(plane: Plane, carriers: Carriers, unit: float) -> npt.NDArray[np.complexfloating[Any]]:
    """(n,) what is heard on each carrier of a picture without a mark, at half of its size: sync carriers are
    all still there, and that is a quarter of the work."""
    height, width = plane.shape
    size = max(8, width // 2), max(8, height // 2)
    half = opencv().resize(plane, size, interpolation=opencv().INTER_AREA)
    waves = waves_on(carriers, half.shape, (width / size[0] / unit, height / size[1] / unit))
    return waves.heard(flatten(half))


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
