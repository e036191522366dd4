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

    def aligned(self, carriers: Carriers, most: int | None = None) -> Complexes:
        """(tiles, carriers) what is heard, over what the key expects: positive where it agrees. ``most`` asks
        for the first carriers only."""
        aligned = self._aligned(self.tiles.heard[:, :most], carriers)
        if self.motion is not None:
            aligned = aligned * np.exp(2j * np.pi * (self.drift(self.tiles.centre) @ carriers.k[:most].T))
        return np.asarray(aligned)

    def summed(self, carriers: Carriers) -> Complexes:
        """(carriers,) the same over all tiles; without motion they are added first, which is quicker."""
        if self.motion is not None:
            return np.asarray(self.aligned(carriers).sum(0))
        return self._aligned(self.tiles.heard.sum(0), carriers)

    def _aligned(self, heard: Complexes, carriers: Carriers) -> Complexes:
        n = heard.shape[-1]
        turn = carriers.phases[self.variant, :n].conj() * np.exp(2j * np.pi * (carriers.k[:n] @ self.shift))
        return np.asarray((heard.conj() if self.turned else heard) * (-turn if self.inverted else turn))

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
    both = np.stack([heard, heard.conj()])
    agreement = agreements(both[:, None] * carriers.phases[:, :n].conj(), carriers.k[:n])
    at = int(np.abs(agreement).argmax())
    turned, variant, y, x = (int(i) for i in np.unravel_index(at, agreement.shape))
    shift = np.array([x, y]) / SHIFTS
    lock = Lock(tiles, bool(turned), bool(agreement.flat[at] < 0), variant, shift, 0.0)
    return replace(lock, t=standing(lock.aligned(carriers, n).sum(0), np.ones(n, np.complex128)))


def agreements(terms: npt.NDArray[np.complexfloating], k: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(…, SHIFTS, SHIFTS) of (y, x): Σ Re(term · e^{2πi k·shift}) of the carriers (…, n) at frequencies k
    (n, 2), up to a factor, for every shift of that grid."""
    grid = np.zeros((*terms.shape[:-1], SHIFTS, SHIFTS // 2 + 1), np.complex64)
    kx, ky = k.T
    left = kx < 0
    grid[..., np.where(left, -ky, ky) % SHIFTS, np.abs(kx)] = np.where(left, terms.conj(), terms)
    return np.asarray(np.fft.irfft2(grid, s=(SHIFTS, SHIFTS)))


_STEPS = (0.024, 0.012, 0.006, 0.003, 0.0015)


def track(lock: Lock, carriers: Carriers) -> tuple[Lock, float]:
    """The lock with the drift under which the sync carriers agree best, and their t then.

    The drift is that of a plane seen from elsewhere, to the second order: a shift, an affine part and two
    terms of perspective. It is climbed to with steps given as movements at the border.
    """
    n = carriers.sync
    aligned = replace(lock, motion=None).aligned(carriers, n)
    basis = _basis(lock.tiles.centre, lock.tiles.reach)
    # What a unit of each movement turns each carrier of each tile by.
    turns = (2 * np.pi * (basis @ carriers.k[:n].T)).astype(np.float32).reshape(len(basis), -1)
    here, position = aligned.astype(np.complex64).ravel(), np.zeros(len(basis))
    best, (angle, cos, sin) = float(here.real.sum()), np.empty((3, *turns.shape), np.float32)
    for step in _STEPS:
        np.multiply(turns, np.float32(step), out=angle)
        np.cos(angle, out=cos)
        np.sin(angle, out=sin)
        for _ in range(8):
            # The real part after a turn to either side.
            even, odd = _products(cos, here.real), _products(sin, here.imag)
            values = np.concatenate([even - odd, even + odd])
            choice = int(values.argmax())
            if values[choice] <= best * (1 + 1e-6):
                break
            move, sign = choice % len(basis), 1 if choice < len(basis) else -1
            best = float(values[choice])
            position[move] += sign * step
            here *= cos[move] + (1j * sign) * sin[move]
    tracked = replace(lock, motion=position)
    return tracked, standing(tracked.aligned(carriers, n).sum(0), np.ones(n, np.complex128))


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


def _products(rows: npt.NDArray[np.float32], vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    # einsum starts no threads.
    return np.asarray(np.einsum("ij,j->i", rows, np.ascontiguousarray(vector)))
