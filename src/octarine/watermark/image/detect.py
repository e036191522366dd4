"""Finding the mark: maps, shifts, payload, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

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


MAPS = UPRIGHT + HEARD_OUT
READS = MAPS + READ // 2
"""The most maps and readings of one search. Evidence counts them all, also where the search stopped early:
when to stop is decided by what was found."""
BELIEVED = float(np.log(1e-3))
"""A payload whose own evidence is weaker is not given: among 2⁴⁸ one always fits a little."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search came to. ``log_p`` is the natural logarithm of the probability of a false alarm."""

    lock: Lock | None
    decoded: Decoded | None
    log_p: float


def find(plane: Plane, key: Key) -> Outcome:
    """Look for the mark of ``key`` in a luma plane (0 to 255)."""
    small, scale, _ = shrink(plane)
    return find_flat(flatten(small), scale, key)


def find_flat(flat: Plane, scale: float, key: Key) -> Outcome:
    """The same in a flattened plane, or a sum of several, that was shrunk by ``scale``."""
    carriers = carriers_of(key)
    spectrum = spectrum_of(flat)
    locks: list[Lock] = []
    for matrix in maps_to_hear(spectrum, carriers, flat.shape, scale):
        tiles = cut(flat, carriers, matrix)
        if tiles is None:
            continue
        locks.append(lock_on(tiles, carriers))
        outcome = outcome_of(locks[-1], carriers, key) if locks[-1].t > PROMISING else None
        if outcome is not None and outcome.decoded is not None:
            return outcome
    if not locks:
        return Outcome(None, None, 0.0)
    locks.sort(key=lambda lock: -lock.t)
    tracked = sorted((track(lock, carriers) for lock in locks[:READ]), key=lambda pair: -pair[1])
    for lock, _ in tracked[: READ // 2]:
        outcome = outcome_of(lock, carriers, key)
        if outcome.decoded is not None:
            return outcome
    return Outcome(locks[0], None, _log_sync(locks[0]))


def _log_sync(lock: Lock) -> float:
    return evidence.log_tail(lock.t, float(np.log(MAPS * TRIED)))


def outcome_of(lock: Lock, carriers: Carriers, key: Key) -> Outcome:
    """What a lock comes to: by its sync carriers and, where a payload can be read and believed, by its
    data."""
    sums = lock.aligned(carriers).sum(0)
    weights = weights_of(sums, carriers)
    terms = 4 * (weights * sums.real)[carriers.sync :]
    decoded = decode(key, np.bincount(carriers.code_index, terms, CODE_BITS).astype(np.float32))
    if decoded is None:
        return Outcome(lock, None, _log_sync(lock))
    expected = carriers.signs(decoded.code)[carriers.sync :].astype(np.complex128)
    t = evidence.standing((weights * sums)[carriers.sync :], expected)
    log_data = evidence.log_tail(t, float(PAYLOAD_BITS * np.log(2) + np.log(READS)))
    if log_data > BELIEVED:
        return Outcome(lock, None, _log_sync(lock))
    return Outcome(lock, decoded, evidence.either(_log_sync(lock), log_data))


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


def weights_of(sums: Complexes, carriers: Carriers) -> Doubles:
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
