"""Frames added up, then looked for and read as a picture is.

The mark lies in the same place in every frame of a shot, so the flattened frames are added: the mark adds up,
what moves does not. What is heard in the sum is a linear function of frames that know nothing of the key's
phases, so the bound of ``evidence`` holds for it as for one picture. Each sum that was looked at, and each
map that was taken over from another one, is a try.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from octarine.watermark.code import Decoded
from octarine.watermark.image.analysis import Plane
from octarine.watermark.image.carriers import Carriers, carriers_of
from octarine.watermark.image.detect import MAPS, PROMISING, Outcome, find_flat, outcome_of, weights_of
from octarine.watermark.image.lock import Lock, lock_on
from octarine.watermark.image.tiles import Doubles, cut
from octarine.watermark.keys import Key

KEPT = 8
"""Maps at which a mark was found, that later sums are tried at first."""
SEARCHES = 64
SPARSE = 8
"""Sums in which a mark is searched for with all maps: so many, and every so many-th after them."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A mark that was read in a sum of frames.

    Attributes:
        lock: how it lies in a flattened frame.
        decoded: its payload.
        log_p: natural logarithm of the probability of a false alarm in that one sum.
        weights: how much each carrier counts, and with what sign.
    """

    lock: Lock
    decoded: Decoded
    log_p: float
    weights: Doubles

    def like(self, other: Heard) -> bool:
        """Whether the other is the same mark in the same place."""
        a, b = self.lock, other.lock
        alike = (self.decoded.payload, a.turned, a.inverted, a.variant) == (
            other.decoded.payload,
            b.turned,
            b.inverted,
            b.variant,
        )
        near = np.abs(a.tiles.map - b.tiles.map).max() < 0.01 * np.abs(a.tiles.map).max()
        moved = np.abs((a.shift - b.shift + 0.5) % 1 - 0.5).max()
        return bool(alike and near and moved < 0.03)


@dataclass
class Listener:
    """Looks at one sum of frames after the other for the mark of one key.

    Attributes:
        sums: how many were looked at.
        heard: every mark that was read, each place and payload once, the latest last.
    """

    key: Key
    sums: int = 0
    heard: list[Heard] = field(default_factory=list)
    _searches: int = 0

    @property
    def carriers(self) -> Carriers:
        """Of the key."""
        return carriers_of(self.key)

    @property
    def log_tries(self) -> float:
        """The logarithm of how many times the bound of one sum was had, for a bound over all of them."""
        return float(np.log(max(self.sums, 1) * (1 + KEPT / MAPS)))

    def listen(self, flat: Plane, scale: float) -> tuple[Outcome, Heard | None]:
        """What is heard in a sum of flattened frames that were shrunk by ``scale``."""
        self.sums += 1
        outcome = self._again(flat)
        if outcome is None:
            self._searches += 1
            if self._searches > SEARCHES and self._searches % SPARSE:
                return Outcome(None, None, 0.0), None
            outcome = find_flat(flat, scale, self.key)
        if outcome.decoded is None or outcome.lock is None:
            return outcome, None
        return outcome, self._remember(outcome.lock, outcome.decoded, outcome.log_p)

    def _again(self, flat: Plane) -> Outcome | None:
        """The mark where it was found before."""
        maps: list[Doubles] = []
        for heard in reversed(self.heard):
            matrix = heard.lock.tiles.map
            if all(np.abs(matrix - other).max() > 0.004 * np.abs(matrix).max() for other in maps):
                maps.append(matrix)
        for matrix in maps[:KEPT]:
            tiles = cut(flat, self.carriers, matrix)
            lock = None if tiles is None else lock_on(tiles, self.carriers)
            if lock is not None and lock.t > PROMISING:
                outcome = outcome_of(lock, self.carriers, self.key, read=True)
                if outcome.decoded is not None:
                    return outcome
        return None

    def _remember(self, lock: Lock, decoded: Decoded, log_p: float) -> Heard:
        sums = lock.aligned(self.carriers).sum(0)
        weights = weights_of(sums, self.carriers) * self.carriers.signs(decoded.code)
        heard = Heard(lock, decoded, log_p, weights)
        self.heard = [*(other for other in self.heard if not heard.like(other)), heard]
        return heard


def add_up(flats: list[npt.NDArray[np.int8]]) -> Plane:
    """The sum of coarsely kept flattened frames."""
    total = np.zeros(flats[0].shape, np.float32)
    for flat in flats:
        total += flat
    total /= np.float32(FINE)
    return total


FINE = 12.0
"""Steps a unit at which flattened frames are kept: their values are within ±10."""


def coarse(flat: Plane) -> npt.NDArray[np.int8]:
    """A flattened frame in a byte a pixel."""
    return np.asarray(np.rint(np.clip(flat * np.float32(FINE), -127, 127)), np.int8)
