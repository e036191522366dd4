"""Where the mark's tiles begin: the shift, and what a plane map leaves of drift from tile to tile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from octarine.watermark.evidence import standing
from octarine.watermark.image.carriers import VARIANTS, Carriers
from octarine.watermark.image.tiles import Complexes, Doubles, Tiles

SHIFTS = 128
TRIED = SHIFTS**2 * 2 * 2 * VARIANTS
"""Shifts, half turns, signs and variants that ``lock_on`` tries."""


@dataclass(frozen=True, eq=False)
class Lock:
    """A map and a shift at which the sync carriers are heard.

    Attributes:
        tiles: the picture under the map.
        turned: whether the tile stands on its head (spectra of power cannot tell).
        inverted: whether light and dark are exchanged.
        variant: of the key's phases.
        shift: (2,) of the tile's origin, in tiles.
        t: of the sync carriers before any tracking: see ``evidence``.
        motion: (8,) how the tiles lie beside where map and shift put them: see ``track``.
    """

    tiles: Tiles
    turned: bool
    inverted: bool
    variant: int
    shift: Doubles
    t: float
    motion: Doubles | None = None

    def aligned(self, carriers: Carriers) -> Complexes:
        """(tiles, carriers) what is heard, over what the key expects: positive where it agrees."""
        heard = self.tiles.heard.conj() if self.turned else self.tiles.heard
        turn = carriers.phases[self.variant].conj() * np.exp(2j * np.pi * (carriers.k @ self.shift))
        aligned = heard * (-turn if self.inverted else turn)
        if self.motion is not None:
            aligned = aligned * np.exp(2j * np.pi * (self.drift(self.tiles.centre) @ carriers.k.T))
        return np.asarray(aligned)

    def basis(self) -> Doubles:
        """(8, tiles, 2) the movements of ``motion``, at the tiles' middles."""
        return _basis(self.tiles.centre, self.tiles.reach)

    def drift(self, position: Doubles) -> Doubles:
        """(n, 2) the movements, in tiles, at positions (n, 2) counted as ``Tiles.centre`` is."""
        if self.motion is None:
            return np.zeros_like(position)
        return np.asarray(np.tensordot(self.motion, _basis(position, self.tiles.reach), 1))


def lock_on(tiles: Tiles, carriers: Carriers) -> Lock:
    """The shift, sign, variant and half turn at which the sync carriers agree best."""
    n = carriers.sync
    heard = tiles.heard[:, :n].sum(0)
    grid = np.zeros((2, VARIANTS, SHIFTS, SHIFTS // 2 + 1), np.complex64)
    kx, ky = carriers.k[:n].T
    left = kx < 0
    row = np.where(left, -ky, ky) % SHIFTS
    for turned, part in enumerate((heard, heard.conj())):
        terms = part * carriers.phases[:, :n].conj()
        grid[turned][:, row, np.abs(kx)] = np.where(left, terms.conj(), terms)
    agreement = np.fft.irfft2(grid, s=(SHIFTS, SHIFTS))
    at = int(np.abs(agreement).argmax())
    turned, variant, y, x = (int(i) for i in np.unravel_index(at, agreement.shape))
    shift = np.array([x, y]) / SHIFTS
    lock = Lock(tiles, bool(turned), bool(agreement.flat[at] < 0), variant, shift, 0.0)
    return replace(lock, t=standing(lock.aligned(carriers)[:, :n].sum(0), np.ones(n, np.complex128)))


_STEPS = (0.024, 0.012, 0.006, 0.003, 0.0015)


def track(lock: Lock, carriers: Carriers) -> tuple[Lock, float]:
    """The lock with the drift under which the sync carriers agree best, and their t then.

    The drift is that of a plane seen from elsewhere, to the second order: a shift, an affine part and two
    terms of perspective. It is climbed to with steps given as movements at the border.
    """
    n = carriers.sync
    aligned = replace(lock, motion=None).aligned(carriers)[:, :n]
    basis = _basis(lock.tiles.centre, lock.tiles.reach)
    k = carriers.k[:n].astype(np.float64)
    position = np.zeros(len(basis))
    best = _agreement(aligned, basis, position[None], k)[0]
    moves = np.concatenate([np.eye(len(basis)), -np.eye(len(basis))])
    for step in _STEPS:
        for _ in range(8):
            tried = position + step * moves
            values = _agreement(aligned, basis, tried, k)
            choice = int(values.argmax())
            if values[choice] <= best:
                break
            best, position = values[choice], tried[choice]
    tracked = replace(lock, motion=position)
    return tracked, standing(tracked.aligned(carriers)[:, :n].sum(0), np.ones(n, np.complex128))


def _basis(position: Doubles, reach: float) -> Doubles:
    """(8, n, 2) the movements of a plane, each of about 1 at the border."""
    x, y = (position / reach).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    pairs = [
        (one, zero),
        (zero, one),
        (x, zero),
        (y, zero),
        (zero, x),
        (zero, y),
        (x * x, x * y),
        (x * y, y * y),
    ]
    return np.array([np.stack(pair, 1) for pair in pairs])


def _agreement(aligned: Complexes, basis: Doubles, positions: Doubles, k: Doubles) -> npt.NDArray[np.float64]:
    drift = np.tensordot(positions, basis, 1)
    turned = np.exp((2j * np.pi) * (drift @ k.T).astype(np.complex64))
    return np.asarray((aligned * turned).real.sum((1, 2)), np.float64)
