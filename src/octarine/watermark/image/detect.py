"""Finding the mark: maps, shifts, payload, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark import evidence
from octarine.watermark.code import CODE_BITS, PAYLOAD_BITS, Decoded, decode
from octarine.watermark.image.analysis import Plane, flatten, shrink
from octarine.watermark.image.carriers import LADDER, Carriers, carriers_of
from octarine.watermark.image.geometry import loudness, refine, search
from octarine.watermark.image.lock import TRIED, Lock, lock_on, track
from octarine.watermark.image.spectrum import Spectrum, spectrum_of
from octarine.watermark.image.tiles import Complexes, Doubles, cut
from octarine.watermark.keys import Key

CANDIDATES = 60
UPRIGHT = 4
"""Maps tried first, at which a picture lies that was cropped, mirrored, turned by right angles, halved or
doubled."""
HEARD_OUT = 12
"""Maps of the search that are listened to."""
READ = 4
"""Locks that are read a second time, after tracking."""
PROMISING = 6.5
"""A lock this good is read at once."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search came to. ``log_p`` is the natural logarithm of the probability of a false alarm."""

    lock: Lock | None
    decoded: Decoded | None
    log_p: float
    maps: int = 0
    reads: int = 0


def find(plane: Plane, key: Key) -> Outcome:
    """Look for the mark of ``key`` in a luma plane (0 to 255)."""
    small, scale, _ = shrink(plane)
    flat = flatten(small)
    carriers = carriers_of(key)
    spectrum = spectrum_of(flat)
    locks: list[Lock] = []
    reads = 0
    for matrix in maps_to_hear(spectrum, carriers, flat.shape, scale):
        tiles = cut(flat, carriers, matrix)
        if tiles is None:
            continue
        locks.append(lock_on(tiles, carriers))
        if locks[-1].t > PROMISING:
            reads += 1
            decoded = read(locks[-1], carriers, key)
            if decoded is not None:
                return _judge(locks, locks[-1], decoded, carriers, reads)
    if not locks:
        return Outcome(None, None, 0.0)
    tracked = [track(lock, carriers) for lock in sorted(locks, key=lambda lock: -lock.t)[:READ]]
    for lock, _ in sorted(tracked, key=lambda pair: -pair[1])[: READ // 2]:
        reads += 1
        decoded = read(lock, carriers, key)
        if decoded is not None:
            return _judge(locks, lock, decoded, carriers, reads)
    return _judge(locks, max(locks, key=lambda lock: lock.t), None, carriers, reads)


def maps_to_hear(
    spectrum: Spectrum, carriers: Carriers, sides: tuple[int, ...], scale: float
) -> Iterator[Doubles]:
    """The maps to listen to, cheap and likely ones first; the search runs only when they were not enough."""
    upright = _upright(sides, scale)
    loud = loudness(spectrum, upright, carriers.k[: carriers.sync].astype(np.float64))
    yield from upright[np.argsort(-loud)[:UPRIGHT]]
    found = search(spectrum, carriers, (sides[0], sides[1]), CANDIDATES)
    score, maps = refine(spectrum, carriers, found)
    yield from _distinct(maps[np.argsort(-score)], HEARD_OUT)


def _upright(sides: tuple[int, ...], scale: float) -> Doubles:
    least, most = 0.05 * max(sides), 1.15 * min(sides)
    ladder = [size * factor * scale for size in LADDER for factor in (0.25, 0.5, 1, 2)]
    sizes = sorted({round(size, 6) for size in ladder if least <= size <= most})
    turns = [[[1, 0], [0, 1]], [[-1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]]]
    return np.array([size * np.array(turn, float) for size in sizes for turn in turns]).reshape(-1, 2, 2)


def _distinct(maps: Doubles, most: int) -> list[Doubles]:
    kept: list[Doubles] = []
    for matrix in maps:
        near = 0.004 * np.abs(matrix).max()
        if all(np.abs(matrix - other).max() > near for other in kept):
            kept.append(matrix)
        if len(kept) == most:
            break
    return kept


def _judge(locks: list[Lock], lock: Lock, decoded: Decoded | None, carriers: Carriers, reads: int) -> Outcome:
    best = max(other.t for other in locks)
    log_p = evidence.log_tail(best, float(np.log(len(locks) * TRIED)))
    if decoded is not None:
        sums = lock.aligned(carriers).sum(0)
        heard = (sums * _weights(sums, carriers))[carriers.sync :]
        t = evidence.standing(heard, carriers.signs(decoded.code)[carriers.sync :].astype(np.complex128))
        tries = PAYLOAD_BITS * np.log(2) + np.log(reads)
        log_p = evidence.either(log_p, evidence.log_tail(t, float(tries)))
    return Outcome(lock, decoded, log_p, len(locks), reads)


def read(lock: Lock, carriers: Carriers, key: Key) -> Decoded | None:
    """The payload under a lock, or None."""
    sums = lock.aligned(carriers).sum(0)
    terms = 4 * (_weights(sums, carriers) * sums.real)[carriers.sync :]
    llr: npt.NDArray[np.float32] = np.bincount(carriers.code_index, terms, CODE_BITS).astype(np.float32)
    return decode(key, llr)


def _weights(sums: Complexes, carriers: Carriers) -> Doubles:
    """How much each carrier counts: its likely amplitude, from the power above noise of all carriers of its
    radius. Looks at powers alone, so that the evidence stays what it is."""
    excess = np.abs(sums) ** 2 - 1
    audible = np.abs(sums) > 0
    if not audible.any():
        return np.zeros(len(sums))
    overall = max(float(excess[audible].mean()), 0.02)
    ring = np.clip((carriers.radius - 4) / 3, 0, 7).astype(int)
    n = np.bincount(ring, audible, 8)
    local = (np.bincount(ring, np.where(audible, excess, 0), 8) + 60 * overall) / (n + 60)
    return np.asarray(np.sqrt(np.maximum(local, 0.1 * overall))[ring])
