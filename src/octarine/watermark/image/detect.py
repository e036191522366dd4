"""Finding the mark: maps, shifts, payload, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image import evidence
from octarine.watermark.image.analysis import Plane, flatten, shrink
from octarine.watermark.image.carriers import LADDER, VARIANTS, Carriers, carriers_of
from octarine.watermark.image.code import PAYLOAD_BITS, Decoded, decode
from octarine.watermark.image.geometry import refine, search
from octarine.watermark.image.spectrum import Spectrum, spectrum_of
from octarine.watermark.image.tiles import Complexes, Doubles, Tiles, cut
from octarine.watermark.keys import Key

SHIFTS = 128
CANDIDATES = 60
HEARD_OUT = 12
DECODED = 3


@dataclass(frozen=True, eq=False)
class Lock:
    """A map and a shift at which the sync carriers are heard.

    Attributes:
        tiles: the picture under the map.
        turned: whether the tile stands on its head (spectra of power cannot tell).
        inverted: whether light and dark are exchanged.
        variant: of the key's phases.
        shift: (2,) of the tile's origin, in tiles.
        t: see ``evidence``.
    """

    tiles: Tiles
    turned: bool
    inverted: bool
    variant: int
    shift: Doubles
    t: float

    def aligned(self, carriers: Carriers) -> Complexes:
        """(tiles, carriers) what is heard, over what the key expects: positive where it agrees."""
        heard = self.tiles.heard.conj() if self.turned else self.tiles.heard
        turn = carriers.phases[self.variant].conj() * np.exp(2j * np.pi * (carriers.k @ self.shift))
        return np.asarray(heard * (-turn if self.inverted else turn))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search came to. ``log_p`` is the natural logarithm of the probability of a false alarm."""

    lock: Lock | None
    decoded: Decoded | None
    log_p: float
    t_data: float


def find(plane: Plane, key: Key) -> Outcome:
    """Look for the mark of ``key`` in a luma plane (0 to 255)."""
    small, scale, _ = shrink(plane)
    flat = flatten(small)
    carriers = carriers_of(key)
    spectrum = spectrum_of(flat)
    maps = _maps(spectrum, carriers, flat.shape, scale)
    locks: list[Lock] = []
    for matrix in maps:
        tiles = cut(flat, carriers, matrix)
        if tiles is not None:
            locks.append(lock_on(tiles, carriers))
    locks.sort(key=lambda lock: -lock.t)
    return _read(locks, carriers, key)


def _maps(spectrum: Spectrum, carriers: Carriers, sides: tuple[int, ...], scale: float) -> Doubles:
    height, width = sides
    found = search(spectrum, carriers, (height, width), CANDIDATES)
    upright = np.array([np.eye(2) * size * scale for size in LADDER])
    upright = upright[[0.87 * size[0, 0] <= min(height, width) and size[0, 0] > 0.05 * max(height, width) for size in upright]]
    score, maps = refine(spectrum, carriers, np.concatenate([upright, found]))
    return _distinct(maps[np.argsort(-score)], HEARD_OUT)


def _distinct(maps: Doubles, most: int) -> Doubles:
    kept: list[Doubles] = []
    for matrix in maps:
        near = 0.004 * np.abs(matrix).max()
        if all(np.abs(matrix - other).max() > near for other in kept):
            kept.append(matrix)
        if len(kept) == most:
            break
    return np.array(kept)


def lock_on(tiles: Tiles, carriers: Carriers) -> Lock:
    """The shift, sign, variant and half turn at which the sync carriers agree best."""
    n = carriers.sync
    heard = tiles.heard[:, :n].sum(0)
    size = np.sqrt((np.abs(heard) ** 2).sum() / 2) + 1e-12
    grid = np.zeros((2, VARIANTS, SHIFTS, SHIFTS // 2 + 1), np.complex64)
    kx, ky = carriers.k[:n].T
    left = kx < 0
    row = np.where(left, -ky, ky) % SHIFTS
    for turned, part in enumerate((heard, heard.conj())):
        terms = part * carriers.phases[:, :n].conj()
        grid[turned][:, row, np.abs(kx)] = np.where(left, terms.conj(), terms)
    agreement = np.fft.irfft2(grid, s=(SHIFTS, SHIFTS)) * (SHIFTS * SHIFTS / 2)
    at = int(np.abs(agreement).argmax())
    turned, variant, y, x = np.unravel_index(at, agreement.shape)
    value = float(agreement.flat[at])
    shift = np.array([x, y]) / SHIFTS
    return Lock(tiles, bool(turned), value < 0, int(variant), shift, abs(value) / float(size))


def _read(locks: list[Lock], carriers: Carriers, key: Key) -> Outcome:
    tries = np.log(max(len(locks), 1) * SHIFTS**2 * 2 * 2 * VARIANTS)
    if not locks:
        return Outcome(None, None, 0.0, 0.0)
    log_sync = evidence.log_tail(locks[0].t, float(tries))
    best = Outcome(locks[0], None, log_sync, 0.0)
    for lock in locks[:DECODED]:
        sums = lock.aligned(carriers).sum(0)
        llr = _likelihoods(sums, carriers)
        decoded = decode(key, llr)
        if decoded is None:
            continue
        weights = _weights(sums, carriers)[carriers.sync :]
        agreed = sums[carriers.sync :] * weights
        t = evidence.standing(agreed, carriers.signs(decoded.code)[carriers.sync :].astype(complex))
        log_data = evidence.log_tail(t, PAYLOAD_BITS * np.log(2) + np.log(DECODED))
        log_p = evidence.either(log_sync, log_data)
        if best.decoded is None or log_p < best.log_p:
            best = Outcome(lock, decoded, log_p, t)
    return best


def _weights(sums: Complexes, carriers: Carriers) -> Doubles:
    """How much each carrier counts: its likely amplitude, from the power above noise of all carriers of its radius.
    Looks at powers alone, so that the evidence stays what it is."""
    radius = carriers.radius
    excess = np.abs(sums) ** 2 - 1
    audible = np.abs(sums) > 0
    overall = max(float(excess[audible].mean()), 0.02)
    ring = np.clip((radius - 4) / 3, 0, 7).astype(int)
    n = np.bincount(ring, audible, 8)
    local = (np.bincount(ring, np.where(audible, excess, 0), 8) + 60 * overall) / (n + 60)
    return np.asarray(np.sqrt(np.maximum(local, 0.1 * overall))[ring])


def _likelihoods(sums: Complexes, carriers: Carriers) -> npt.NDArray[np.float32]:
    weights = _weights(sums, carriers)[carriers.sync :]
    terms = 4 * weights * sums[carriers.sync :].real
    return np.bincount(carriers.code_index, terms, 512).astype(np.float32)
