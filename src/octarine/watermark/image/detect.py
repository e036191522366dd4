"""Finding the mark: maps, shifts, payload, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from octarine.watermark import evidence
from octarine.watermark.code import CODE_BITS, PAYLOAD_BITS, Decoded, decode
from octarine.watermark.image.analysis import SMALL, Plane, flatten, shrink
from octarine.watermark.image.carriers import LADDER, RINGS, Carriers, carriers_of
from octarine.watermark.image.geometry import loudness, refine, search
from octarine.watermark.image.lock import TRIED, Lock, lock_on, track
from octarine.watermark.image.spectrum import Spectrum, spectrum_of
from octarine.watermark.image.tiles import Complexes, Doubles, cut
from octarine.watermark.keys import Key

CANDIDATES = 60
UPRIGHT = 4
"""Maps tried first, at which a picture lies that was cropped, mirrored, turned by right angles, halved or
doubled."""
UPRIGHT_SMALL = 12
"""The same for a small picture, where trying costs little, and little of a crop is left to tell its map."""
AS_IT_WAS = 2.0
"""How much likelier a map is at which the picture was not resized, in units of ``loudness``."""
HEARD_OUT = 12
"""Maps of the search that are listened to, at most."""
FAINT = 4.5
"""The least ``loudness`` of those. The best map of an unmarked picture has about 5.5; none of 41 marked ones
that were read at a map of the search had less than 7.7. Powers alone decide, so that the evidence stays what
it is."""
PROMISING = 5.2
"""A lock this good is read at once: one unmarked picture in ten or so has one."""
READ = 4
"""Other locks that are read, and as many after tracking."""
TRACKED = 8
"""Locks that are tracked."""


MAPS = UPRIGHT_SMALL + HEARD_OUT
READS = MAPS + READ
"""The most maps and readings of one search. Evidence counts them all, also where the search stopped early:
when to stop is decided by what was found."""
BELIEVED = float(np.log(1e-3))
"""A payload for which the evidence, its own or with the sync carriers', is weaker is not given, nor one that
is no better than the best of 2⁴⁸ by chance."""
SURE = float(np.log(evidence.BOUNDS[evidence.Confidence.HIGH]))
"""A blank mark that is heard this well ends the search."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search came to. ``log_p`` is the natural logarithm of the probability of a false alarm;
    ``blank`` says that the mark has no payload,
    and ``final`` that nothing more can be learnt."""

    lock: Lock | None
    decoded: Decoded | None
    log_p: float
    blank: bool = False
    final: bool = False


def find(plane: Plane, key: Key) -> Outcome:
    """Look for the mark of ``key`` in a luma plane (0 to 255)."""
    small, scale, _ = shrink(plane)
    return find_flat(flatten(small), scale, key)


def find_flat(flat: Plane, scale: float, key: Key) -> Outcome:
    """The same in a flattened plane, or a sum of several, that was shrunk by ``scale``."""
    carriers = carriers_of(key)
    spectrum = spectrum_of(flat)
    locks: list[Lock] = []
    best = Outcome(None, None, 0.0)
    for matrix in maps_to_hear(spectrum, carriers, flat.shape, scale):
        tiles = cut(flat, carriers, matrix)
        if tiles is None:
            continue
        lock = lock_on(tiles, carriers)
        outcome = outcome_of(lock, carriers, key, read=lock.t > PROMISING)
        if outcome.final:
            return outcome
        locks.append(lock)
        best = min(best, outcome, key=_log_p)
    locks.sort(key=lambda lock: -lock.t)
    for lock in _to_read(locks, carriers):
        outcome = outcome_of(lock, carriers, key, read=True)
        if outcome.final:
            return outcome
        best = min(best, outcome, key=_log_p)
    return best


def _log_p(outcome: Outcome) -> float:
    return outcome.log_p


def _to_read(locks: list[Lock], carriers: Carriers) -> Iterator[Lock]:
    """What is left to be read of ``locks``, best first: those that nothing spoke for yet, then the best after
    tracking."""
    yield from [lock for lock in locks if lock.t <= PROMISING][:READ]
    tracked = sorted((track(lock, carriers) for lock in locks[:TRACKED]), key=lambda pair: -pair[1])
    yield from [lock for lock, _ in tracked[:READ]]


def outcome_of(lock: Lock, carriers: Carriers, key: Key, *, read: bool) -> Outcome:
    """What a lock comes to: by its sync carriers, by its data carriers as a blank mark has them and, where it
    is to be read and a payload can be believed, as that payload has them."""
    sums = lock.summed(carriers)
    weights = weights_of(sums, carriers)
    data = (weights * sums)[carriers.sync :]
    # As the lock was found: tracking would be tries more.
    sync = replace(lock, motion=None).summed(carriers)[: carriers.sync]
    log_sync = evidence.log_tail(sync, np.ones(carriers.sync, np.complex128), float(np.log(MAPS * TRIED)))
    pattern = carriers.blank[carriers.sync :].astype(np.complex128)
    # Alone: the sync carriers of a mark with a payload would speak for one without it.
    log_blank = evidence.log_tail(data, pattern, float(np.log(READS)))
    decoded, log_data = None, 0.0
    if read:
        decoded = decode(key, np.bincount(carriers.code_index, 4 * data.real, CODE_BITS).astype(np.float32))
    if decoded is not None:
        log_data = _log_payload(data, carriers.signs(decoded.code), sync)
        decoded = decoded if log_data <= BELIEVED else None
    log_p = evidence.either(log_sync, log_blank, log_data)
    blank = decoded is None and log_blank <= BELIEVED
    return Outcome(lock, decoded, log_p, blank, decoded is not None or log_blank <= SURE)


def _log_payload(data: Complexes, signs: Doubles, sync: Complexes) -> float:
    """The p-value of the data carriers, for one of all payloads that could have been there: alone, or with
    the sync carriers; 0 where they are no better than the best payload by chance."""
    expected = signs[len(sync) :].astype(np.complex128)
    payloads = PAYLOAD_BITS * float(np.log(2))
    alone = evidence.log_tail(data, expected, payloads + float(np.log(READS)))
    if alone == 0:
        return 0.0
    joint = evidence.together(sync, data * expected.conj())
    # Every lock is read at most twice, as it is and after tracking.
    tries = payloads + float(np.log(2 * MAPS * TRIED))
    return evidence.either(alone, evidence.log_tail(joint, np.ones(len(joint), np.complex128), tries))


def maps_to_hear(
    spectrum: Spectrum, carriers: Carriers, sides: tuple[int, ...], scale: float
) -> Iterator[Doubles]:
    """The maps to listen to, cheap and likely ones first; the search runs only when they were not enough."""
    upright, as_it_was = _upright(sides, scale)
    loud = loudness(spectrum, upright, carriers.k[: carriers.sync].astype(np.float64))
    most = UPRIGHT_SMALL if sides[0] * sides[1] <= SMALL else UPRIGHT
    yield from upright[np.argsort(-(loud + AS_IT_WAS * as_it_was))[:most]]
    found = search(spectrum, carriers, (sides[0], sides[1]), CANDIDATES)
    score, maps = refine(spectrum, carriers, found)
    order = np.argsort(-score)
    yield from _distinct(maps[order[score[order] >= FAINT]], HEARD_OUT)


def _upright(sides: tuple[int, ...], scale: float) -> tuple[Doubles, Doubles]:
    """(n, 2, 2) maps, and (n,) 1 for those at which the picture has its own size."""
    least, most = 0.05 * max(sides), 1.15 * min(sides)
    # Sizes of a ladder by octaves come more than once: last, and so kept, as the picture's own.
    factors = {round(size * factor * scale, 6): factor for factor in (0.25, 0.5, 2, 1) for size in LADDER}
    sizes = sorted(size for size in factors if least <= size <= most)
    turns = [[[1, 0], [0, 1]], [[-1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]]]
    maps = np.array([size * np.array(turn, float) for size in sizes for turn in turns]).reshape(-1, 2, 2)
    return maps, np.repeat([1.0 * (factors[size] == 1) for size in sizes], len(turns))


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
    ring = carriers.ring
    n = np.bincount(ring, audible, RINGS)
    local = (np.bincount(ring, np.where(audible, excess, 0), RINGS) + 60 * overall) / (n + 60)
    return np.asarray(np.sqrt(np.maximum(local, 0.1 * overall))[ring])
