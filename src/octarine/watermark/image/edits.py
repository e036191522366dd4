"""Which parts of a marked picture were changed after marking.

Once payload and geometry are known, the whole mark is known. Where it is missing although the texture there
could have carried it, something was put over it. Every window of the picture is asked which is likelier: that
it still has the mark at the strength of the rest, or that it has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, flatten, opencv, shrink
from octarine.watermark.image.carriers import TILE, Carriers, synthesise
from octarine.watermark.image.lock import Lock
from octarine.watermark.image.perception import mask

Doubles = npt.NDArray[np.float64]

WINDOWS = (6.0, 12.0, 24.0)
"""Gaussian windows that are asked, in pixels of the analysed picture; each pixel is told by all three."""
KINDS = 12
"""Classes of local contrast in which the mark may have come through differently."""
EDITED = 8.0
"""Natural logarithm of the odds at which a pixel counts as edited."""
LEAST_AREA = 0.01
"""The smallest part of the picture that makes it an edited one."""


@dataclass(frozen=True, eq=False)
class EditMap:
    """Where the mark is damaged.

    Attributes:
        damage: H×W of the picture, 0 to 1: the probability that the mark is gone there, at even odds
            beforehand.
        area: the part of the picture that is surely edited.
        edited: whether that is enough to say so.
    """

    damage: Plane
    area: float
    edited: bool


def edit_map(plane: Plane, lock: Lock, carriers: Carriers, signs: Doubles) -> EditMap:
    """The map of a luma plane (0 to 255) in which the mark was found and read."""
    cv2 = opencv()
    small, _, _ = shrink(plane)
    flat = flatten(small)
    expected = _expected(small.shape, lock, carriers, signs)
    strength = mask(small) / (_spread(small) + 1)
    expected = expected * strength
    agreement, power = flat * expected, expected * expected
    kinds = _kinds(small)
    odds = np.zeros_like(flat)
    for _ in range(2):
        # What is surely edited says nothing of how strong the mark is elsewhere.
        level = _levels(agreement, power, kinds, odds < EDITED)
        odds = _odds(flat, expected * level, agreement * level)
    odds = cv2.resize(odds, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    damage = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
    area = float(np.mean(odds > EDITED))
    return EditMap(damage, area, area > LEAST_AREA)


def _spread(plane: Plane) -> Plane:
    cv2 = opencv()
    high = plane - cv2.GaussianBlur(plane, (0, 0), 2.2)
    return np.asarray(np.sqrt(cv2.GaussianBlur(high * high, (0, 0), 6)))


def _kinds(plane: Plane) -> npt.NDArray[np.int64]:
    """H×W: which of KINDS × 3 sorts of place each pixel is: by local contrast, and whether it is near black
    or white.

    A codec takes the mark out of all smooth places alike; that is no edit there.
    """
    spread = _spread(plane)
    bounds = np.quantile(spread[::4, ::4], np.arange(1, KINDS) / KINDS)
    return np.searchsorted(bounds, spread) * 3 + np.digitize(plane, [16, 240])


def _levels(
    agreement: Plane, power: Plane, kinds: npt.NDArray[np.int64], sound: npt.NDArray[np.bool_]
) -> Plane:
    """H×W: how strongly the mark is heard in places of each kind, in units of what is expected."""
    n = 3 * KINDS
    heard = np.bincount(kinds[sound], agreement[sound], n)
    could = np.bincount(kinds[sound], power[sound], n)
    overall = heard.sum() / max(could.sum(), 1e-9)
    # A kind of which there is little has its neighbours' level.
    little = 0.01 * could.sum()
    level = np.maximum((heard + little * overall) / (could + little), 0)
    return np.asarray(level[kinds], np.float32)


def _odds(flat: Plane, mark: Plane, agreement: Plane) -> Plane:
    """Logarithm of the odds that the mark is gone against that it is there, for each pixel, from windows
    around it."""
    cv2 = opencv()
    noise = max(float(np.mean((flat - mark) ** 2)), 1e-9)
    gain = mark * mark - 2 * agreement
    odds = np.zeros_like(flat)
    for sigma in WINDOWS:
        odds += cv2.GaussianBlur(gain, (0, 0), sigma) * (4 * np.pi * sigma**2 / (2 * noise * len(WINDOWS)))
    return odds


def _expected(shape: tuple[int, ...], lock: Lock, carriers: Carriers, signs: Doubles) -> Plane:
    """The mark as it would lie in a picture of this shape, of unit power where its carriers survived."""
    cv2 = opencv()
    sums = (lock.aligned(carriers) * signs).sum(0).real
    heard = np.maximum(_by_radius(sums, carriers), 0)
    tile = synthesise(carriers, carriers.phases[lock.variant] * signs * heard)
    tile = (tile / max(float(tile.std()), 1e-9)).astype(np.float32)
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inverse = np.linalg.inv(lock.tiles.map).astype(np.float32)
    origin = lock.tiles.origin
    u = inverse[0, 0] * (x + 0.5) + inverse[0, 1] * (y + 0.5) - np.float32(origin[0])
    v = inverse[1, 0] * (x + 0.5) + inverse[1, 1] * (y + 0.5) - np.float32(origin[1])
    sign = -1 if lock.turned else 1
    here = np.stack([sign * u.ravel(), sign * v.ravel()], 1) - lock.shift
    if lock.motion is not None:
        middle = np.array(lock.tiles.shape[::-1]) / 2
        here -= lock.drift(np.stack([u.ravel(), v.ravel()], 1) - middle)
    column, row = ((here % 1) * TILE - 0.5).astype(np.float32).T.reshape(2, height, width)
    pattern = cv2.remap(tile, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(-pattern if lock.inverted else pattern)


def _by_radius(sums: Doubles, carriers: Carriers) -> Doubles:
    ring = np.clip((carriers.radius - 4) / 3, 0, 7).astype(int)
    mean = np.bincount(ring, sums, 8) / np.maximum(np.bincount(ring, minlength=8), 1)
    return np.asarray(mean[ring])
