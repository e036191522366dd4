"""How the energy of a mark is spent, by what the picture itself says on each carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, opencv
from octarine.watermark.image.carriers import RINGS, Carriers
from octarine.watermark.image.spectrum import LIMIT
from octarine.watermark.image.waves import waves_on

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TILT = 1.0
"""The most by which amplitudes rise with the radius, as a power."""
AT_EASE = 1.3
"""Amplitude over noise of a data carrier from which nothing is tilted."""
ATTACK = 1.5
"""The attack that embedding prepares for, in units of the picture's own noise."""
ENOUGH = 250.0
"""Energy over noise, summed over data carriers, with which a payload is read at a quarter of the size; about
half of it is needed, and more may be done to the picture. This and what follows was tuned on every second of
38 photographs."""
FEW = 135.0
"""Energy at a quarter of the size with which nothing is read: then none is spent on it."""
NEED = (1200.0, 140.0)
"""Energies, of the whole picture and at a quarter of its size, under which a mark is made stronger."""
CROPPED = 9.0
"""How many times louder the whole picture should be than at a quarter of its size: it is cropped and turned
and compressed, too."""
COARSEST = 0.7
"""The most of the energy that is moved to the carriers that a quarter of the size keeps."""
CLEAR = 0.7
"""Among these it goes by amplitude over noise to this power."""


class Grid(Protocol):
    """A picture at the scale at which it is listened to."""

    plane: Plane
    carriers: Carriers

    def residual(self, amplitude: Doubles) -> Plane:
        """The mark with these real amplitudes a carrier. Valid until the next call."""
        ...

    def heard(self, residual: Plane) -> Doubles:
        """What a detector that knows the geometry would hear on each carrier of the picture with this
        residual, in the direction of its sign."""
        ...


@dataclass(frozen=True, eq=False)
class Quarter:
    """The picture at a quarter of its size, as a detector that knows the geometry hears it.

    Attributes:
        carriers: of the key.
        phases: (n,) of the mark, with the signs of the payload.
        tile: pixels of a tile in the picture itself.
        unit: pixels of a tile in the planes that are listened to.
    """

    carriers: Carriers
    phases: npt.NDArray[np.complex64]
    tile: float
    unit: float

    @property
    def kept(self) -> Mask:
        """(n,) whether a carrier is still there."""
        return np.asarray(np.abs(self.carriers.k).max(1) < LIMIT * self.tile / 4)

    @property
    def hears(self) -> bool:
        """Whether some carriers are still there, and others not."""
        return 0 < int(self.kept.sum()) < len(self.kept)

    def heard(self, plane: Plane) -> Doubles:
        """(n,) what is heard of the picture ``plane`` on each carrier, in the direction of its sign."""
        cv2 = opencv()
        height, width = plane.shape
        scale = self.tile / 4 / self.unit
        size = max(8, round(width * scale)), max(8, round(height * scale))
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        # What is fainter than a step of eight bits is lost with it.
        flat = flatten(np.clip(np.rint(small, out=small), 0, 255, out=small))
        step = width / self.unit / size[0], height / self.unit / size[1]
        heard = waves_on(self.carriers, flat.shape, step).heard(flat)
        return np.asarray((heard * self.phases.conj()).real, np.float64)


@dataclass(frozen=True, eq=False)
class Heard:
    """How a picture is heard: each carrier is ``gain`` × amplitude + ``noise``, where it is ``kept``."""

    gain: Doubles
    noise: Doubles
    kept: Mask

    def clear(self, carriers: Carriers) -> Doubles:
        """(n,) a unit amplitude over the noise of its radius; 0 where it is not heard."""
        ring = carriers.ring
        power = np.bincount(ring, self.kept * self.noise**2, RINGS) / np.maximum(
            np.bincount(ring, self.kept, RINGS), 1
        )
        return np.asarray(self.kept * self.gain / np.sqrt(np.maximum(power, 1e-9))[ring])

    def energy(self, amplitude: Doubles, carriers: Carriers) -> float:
        """Of the data carriers, over the noise of their radii: what a detector has to read from."""
        heard = (self.clear(carriers) * amplitude)[carriers.sync :]
        return float((heard**2).sum())


def informed(grid: Grid, quarter: Quarter, wanted: float, most: float) -> tuple[Doubles, float]:
    """Amplitudes of the energy of a mark of root mean square ``wanted``, spent where they are heard best, and
    where the picture itself speaks against the payload; and the root mean square that the mark should have,
    at least ``wanted``, and up to ``most`` where it could not be read.

    The picture is heard on every carrier too. Code bits on which it already agrees with the payload need
    less, and those on which it disagrees get more (Costa's dirty paper, in the manner of improved spread
    spectrum: Malvar and Florêncio, 2003). Sync carriers are added up before anything is decided, so evening
    them out would gain nothing. Carriers that a quarter of the size keeps are evened for that, where there
    are no others; the others for the picture as it is. All is listened to once: a second round was measured
    to add nothing.
    """
    carriers = grid.carriers
    shape = carriers.amplitude.copy()
    residual = grid.residual(shape)
    level = wanted / float(np.sqrt(np.vdot(residual, residual) / residual.size))
    residual *= np.float32(level)
    shape *= level
    heard = [_heard(carriers, shape, grid.heard(residual), 0.0, np.ones(len(shape), bool))]
    if quarter.hears:
        marked, quiet = quarter.heard(grid.plane + residual), quarter.heard(grid.plane)
        heard.append(_heard(carriers, shape, marked, quiet, quarter.kept))
    shape = _tilted(shape, heard[0], carriers)
    if len(heard) > 1:
        shape = _shared(shape, heard[0], heard[1], carriers, (most / wanted) ** 2)
    louder = _louder(shape, heard, carriers, most / wanted)
    return _spent(shape * louder, heard, carriers), wanted * louder


def _spent(shape: Doubles, heard: list[Heard], carriers: Carriers) -> Doubles:
    """The amplitudes with the energy of each code bit where it is needed: ``_evened`` for the carriers that
    each view keeps and no smaller one does."""
    if not len(carriers.code_index):
        return shape
    sync, kept = carriers.sync, heard[-1].kept[carriers.sync :]
    data = shape[sync:].copy()
    for part, by in ((kept, heard[-1]), (~kept, heard[0])):
        if part.any():
            bits = carriers.code_index[part]
            data[part] = _evened(data[part], by.gain[sync:][part], by.noise[sync:][part], bits)
    return np.concatenate([shape[:sync], data])


def _heard(
    carriers: Carriers, amplitude: Doubles, marked: Doubles, silence: Doubles | float, where: Mask
) -> Heard:
    """How a picture is heard of which ``marked`` is heard with these amplitudes, and ``silence`` without;
    what the whole picture says without a mark was measured to add nothing."""
    gain = _gain(carriers, amplitude, marked - silence, where)
    return Heard(gain, marked - gain * amplitude, where)


def _gain(carriers: Carriers, amplitude: Doubles, heard: Doubles, where: Mask) -> Doubles:
    """How strongly a unit amplitude is heard, by radius: a parabola through the carriers ``where``."""
    radius = carriers.radius / 20
    basis = np.stack([np.ones_like(radius), radius, radius**2], 1)
    coefficients, *_ = np.linalg.lstsq((basis * amplitude[:, None])[where], heard[where], rcond=None)
    fit = basis @ coefficients
    return np.asarray(np.maximum(fit, 0.1 * max(fit[where].max(), 1e-9)))


def _tilted(shape: Doubles, heard: Heard, carriers: Carriers) -> Doubles:
    """More of the energy on fine carriers, where pictures are quiet, for a picture in which the mark is hard
    to hear. Elsewhere it stays on coarse ones, which survive more."""
    signal, noise = (heard.gain * shape)[carriers.sync :], heard.noise[carriers.sync :]
    loud = float(np.mean(signal) / np.sqrt(np.mean(noise**2)))
    exponent = TILT * float(np.clip(1 - loud / AT_EASE, 0, 1))
    return _alike(shape * (carriers.radius / 12) ** exponent, shape, carriers)


def _alike(amplitude: Doubles, shape: Doubles, carriers: Carriers) -> Doubles:
    """``amplitude`` with the energies that sync and data carriers have in ``shape``."""
    out = amplitude.copy()
    for part in (slice(0, carriers.sync), slice(carriers.sync, None)):
        out[part] *= np.sqrt((shape[part] ** 2).sum() / np.maximum((amplitude[part] ** 2).sum(), 1e-12))
    return out


def _shared(shape: Doubles, whole: Heard, quarter: Heard, carriers: Carriers, most: float) -> Doubles:
    """The energy shared out between coarse carriers, that a quarter of the size keeps, and all: so much is
    moved to them that the payload can be read there, as long as the whole picture stays CROPPED times
    louder. None is, where it would not help, with ``most`` times the energy."""
    coarse = _alike(quarter.clear(carriers) ** CLEAR, shape, carriers)
    now, then = (quarter.energy(amplitude, carriers) for amplitude in (shape, coarse))
    loss = (whole.energy(shape, carriers) - whole.energy(coarse, carriers)) / CROPPED
    # Energies are linear in the share.
    enough = (ENOUGH - now) / max(then - now, 1e-9)
    balance = (whole.energy(shape, carriers) / CROPPED - now) / max(then - now + loss, 1e-9)
    share = float(np.clip(min(enough, balance), 0, COARSEST))
    if most * (now + share * (then - now)) < FEW:
        return shape
    return np.asarray(np.sqrt((1 - share) * shape**2 + share * coarse**2))


def _louder(shape: Doubles, heard: list[Heard], carriers: Carriers, most: float) -> float:
    """The factor, from 1 to ``most``, by which the mark must be stronger to be read."""
    lack = 1.0
    for need, view in zip(NEED, heard, strict=False):
        energy = view.energy(shape, carriers)
        if energy * most**2 >= FEW:
            lack = max(lack, need / energy)
    return float(min(np.sqrt(lack), max(most, 1.0)))


def _evened(shape: Doubles, gain: Doubles, noise: Doubles, bits: npt.NDArray[np.int64]) -> Doubles:
    """Scale the carriers of each code bit so that bits are heard more alike, at the same energy.

    How far to even out is Malvar and Florêncio's equation 26: fully where the mark is strong beside the
    picture, hardly where it is weak, for an attack that adds ATTACK times the picture's own noise.
    """
    _, bits = np.unique(bits, return_inverse=True)
    n = int(bits.max()) + 1
    weight = gain * shape
    signal = np.bincount(bits, weight * gain * shape, n)
    against = np.bincount(bits, weight * noise, n) / signal
    ratio = 1 / float(np.mean(against**2))
    total = 1 + ATTACK + ratio
    share = (total - np.sqrt(total**2 - 4 * ratio)) / 2
    scale = np.maximum(1 - share * against, 0)[bits]
    return np.asarray(shape * scale * np.sqrt((shape**2).sum() / ((shape * scale) ** 2).sum()))
