"""The carriers: plane waves on one square tile that is repeated over the picture.

A carrier is a point of the tile's frequency lattice, in cycles a tile. *Sync* carriers have known phases:
they give the geometry and the shift. *Data* carriers have known phases too, times ±1 for a code bit. Which is
which, and every phase, comes from the key. A *blank* mark has no payload: its data carriers have signs of the
key's own. A key has several *variants* of phases; each picture gets one of them, and its tiles begin at a
place of its own, so that pictures marked with the same key and payload do not average to the mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from octarine.watermark.code import CODE_BITS, Bits
from octarine.watermark.keys import Key

TILE = 128
"""Pixels a tile at the scale at which marks are made."""
RADII = (4.0, 28.0)
RINGS = 8
RING = (RADII[1] - RADII[0]) / RINGS
"""Cycles a tile from one ring to the next."""
SYNC_RADII = (7.0, 24.0)
SYNC = 56
SYNC_SHARE = 0.35
FALL = -0.25
"""Data carriers of radius r have amplitudes as r**FALL."""
BLANK_SHARE, BLANK_FALL = 0.5, -1.0
"""The same of a mark without a payload. Its data carriers are one known pattern, of which a faint trace is
enough, so the search gets more, and coarse carriers, which survive most."""
ACROSS = 4.0
"""Tiles across the short side of a picture, about."""
SLOWER = 0.6
"""How tiles of more than TILE pixels grow with the picture, as a power: the eye sees coarse waves best."""
LEAST = 100.0
"""Pixels of the smallest tile."""
VARIANTS = 4

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex64]


@dataclass(frozen=True, eq=False)
class Carriers:
    """The carriers of one key. ``k`` holds (x, y) frequencies in cycles a tile, sync carriers first.

    Attributes:
        k: (n, 2) lattice points of the upper half plane.
        sync: how many of them, from the first, are sync carriers.
        phases: (variants, n) unit complex numbers.
        code_index: (n - sync,) the code bit of each data carrier; empty where a blank mark is made.
        blank: (n,) the ±1 of a blank mark, +1 for sync carriers. It is no code word, so neither kind of mark
            is taken for the other.
        amplitude: (n,) relative amplitudes, of unit energy in all.
    """

    k: Ints
    sync: int
    phases: Complexes
    code_index: Ints
    blank: Doubles
    amplitude: Doubles

    @cached_property
    def radius(self) -> Doubles:
        """Cycles a tile of each carrier."""
        return np.hypot(self.k[:, 0], self.k[:, 1])

    @cached_property
    def ring(self) -> Ints:
        """Which of RINGS rings each carrier lies in, the coarsest first: within one, pictures are about
        equally loud."""
        return np.clip((self.radius - RADII[0]) / RING, 0, RINGS - 1).astype(np.int64)

    def signs(self, code: Bits | None) -> Doubles:
        """(n,) the ±1 of every carrier: +1 for sync carriers; ``blank`` without a code."""
        if code is None:
            return self.blank
        return np.concatenate([np.ones(self.sync), 1 - 2.0 * code[self.code_index]])

    def laid(self, variant: int, shift: Doubles, signs: Doubles) -> Complexes:
        """(n,) the phases of a mark: of this variant and these signs, with the tile's origin moved by
        ``shift`` (2,) in tiles."""
        turn = np.exp(-2j * np.pi * (self.k @ shift))
        return np.asarray(self.phases[variant] * signs * turn, np.complex64)


@lru_cache(maxsize=16)
def carriers_of(key: Key) -> Carriers:
    """The carriers of a key."""
    k = _half_plane()
    radius = np.hypot(k[:, 0], k[:, 1])
    sync = _spread(k, radius, key)
    data = np.setdiff1d(np.arange(len(k)), sync)
    order = np.concatenate([sync, data])
    phases = [np.exp(2j * np.pi * key.uniform(f"phases/{variant}", len(k))) for variant in range(VARIANTS)]
    blank = np.where(key.uniform("blank", len(k)) < 0.5, -1.0, 1.0)
    blank[: len(sync)] = 1
    return Carriers(
        k[order],
        len(sync),
        np.array(phases, np.complex64),
        _code_index(radius[data], key),
        blank,
        _amplitudes(radius[order], len(sync), SYNC_SHARE, FALL),
    )


@lru_cache(maxsize=16)
def blank_carriers_of(key: Key) -> Carriers:
    """The carriers of a key with the amplitudes of a blank mark."""
    carriers = carriers_of(key)
    amplitude = _amplitudes(carriers.radius, carriers.sync, BLANK_SHARE, BLANK_FALL)
    return replace(carriers, code_index=np.zeros(0, np.int64), amplitude=amplitude)


def _amplitudes(radius: Doubles, sync: int, share: float, fall: float) -> Doubles:
    data = (radius[sync:] / 12) ** fall
    data *= np.sqrt((1 - share) / (data**2).sum())
    return np.concatenate([np.full(sync, np.sqrt(share / sync)), data])


def _half_plane() -> Ints:
    """Lattice points of the ring, one of each pair ±k. The axes stay free: pictures are full of level and
    upright edges."""
    reach = int(RADII[1])
    y, x = np.mgrid[0 : reach + 1, -reach : reach + 1]
    radius = np.hypot(y, x)
    inside = (radius >= RADII[0]) & (radius <= RADII[1]) & (y > 0) & (x != 0)
    return np.stack([x[inside], y[inside]], 1)


def _spread(k: Ints, radius: Doubles, key: Key) -> Ints:
    """Sync carriers: drawn by the key, as many in an octave as in the next, no two of them neighbours, none
    next to an axis (its logarithm would be coarse)."""
    fit = (radius >= SYNC_RADII[0]) & (radius <= SYNC_RADII[1]) & (np.abs(k).min(1) >= 3)
    chosen: list[int] = []
    # Sampling with weights 1/r² and without replacement (Efraimidis and Spirakis, 2006).
    for candidate in np.argsort(-(key.uniform("sync", len(k)) ** (radius**2 / 100)), kind="stable"):
        if fit[candidate] and all(np.abs(k[candidate] - k[other]).max() > 1 for other in chosen):
            chosen.append(int(candidate))
        if len(chosen) == SYNC:
            break
    return np.array(chosen)


def _code_index(radius: Doubles, key: Key) -> Ints:
    """Code bits for the data carriers: every ring of 512 holds each bit once, so that a picture that has lost
    its fine detail has lost a like share of every bit."""
    index = np.empty(len(radius), np.int64)
    by_radius = np.argsort(radius, kind="stable")
    for ring, start in enumerate(range(0, len(radius), CODE_BITS)):
        part = by_radius[start : start + CODE_BITS]
        index[part] = key.permutation(f"bits/{ring}", CODE_BITS)[: len(part)]
    return index


def synthesise(carriers: Carriers, weights: npt.NDArray[np.complexfloating]) -> npt.NDArray[np.float32]:
    """The tile (TILE×TILE) with Σ Re(weight · e^{2πi k·x/TILE}) in it."""
    spectrum = np.zeros((TILE, TILE), np.complex64)
    kx, ky = carriers.k.T
    spectrum[ky % TILE, kx % TILE] = weights
    return (np.fft.ifft2(spectrum).real * TILE * TILE).astype(np.float32)


def tile_size(height: int, width: int) -> float:
    """Pixels a tile, for a picture of this size: from a ladder of three sizes an octave, so that a detector
    that sees a crop has few sizes to try."""
    short, long = min(height, width), max(height, width)
    # Fewer tiles across a small picture: the larger they are, the more of them is left in a small copy.
    wish = max(short / ACROSS, min(short / 3.2, TILE), long / 10)
    if wish > TILE:
        wish = TILE * (wish / TILE) ** SLOWER
    wish = min(max(wish, LEAST), 2048.0)
    return min(LADDER, key=lambda size: abs(np.log(size / wish)))


LADDER = tuple(128 * 2 ** (step / 3) for step in range(-1, 13))
