"""Where the tiles lie: the search for the affine map from tile to picture.

A map is a 2×2 matrix B: tile coordinates (1 is a tile) to pixels. It turns the frequency k of the tile into
B⁻ᵀ·k cycles a pixel. All rotations and scales at once are one correlation of the spectrum with the sync
carriers in log-polar coordinates (the Fourier–Mellin transform: Reddy and Chatterji, 1996); all scales of x
and y at once are one in log-log coordinates. Flips are the same with the carriers mirrored. The best are then
refined in all four numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, opencv
from octarine.watermark.image.carriers import Carriers
from octarine.watermark.image.spectrum import LIMIT, Spectrum, sample

Matrices = npt.NDArray[np.float64]
Doubles = npt.NDArray[np.float64]

LOWEST = 0.012
ANGLES = 512
ANGLE_STEP = np.pi / ANGLES
RADIAL = 594
"""Steps of the same size from LOWEST to LIMIT."""
RADIAL_PADDED = 768
AXIAL = 320
AXIAL_STEP = float(np.log(LIMIT / LOWEST) / AXIAL)
AXIAL_PADDED = 512
MOST_ASPECT = 0.42
LEAST_HEARD = 14
"""Sync carriers that must lie inside the spectrum for a map to be looked at."""


def search(spectrum: Spectrum, carriers: Carriers, sides: tuple[int, int], most: int) -> Matrices:
    """The ``most`` likeliest maps (n, 2, 2), likeliest first. ``sides`` are height and width of the plane."""
    parts = [*_turned(spectrum, carriers, sides), *_stretched(spectrum, carriers, sides)]
    scores = np.concatenate([score for score, _ in parts])
    maps = np.concatenate([matrices for _, matrices in parts])
    return np.asarray(maps[np.argsort(-scores)[:most]])


@lru_cache(maxsize=1)
def _polar_grid() -> tuple[Doubles, Doubles]:
    angle = np.arange(ANGLES)[:, None] * ANGLE_STEP
    radius = LOWEST * np.exp(np.arange(RADIAL)[None] * ANGLE_STEP)
    return radius * np.cos(angle), radius * np.sin(angle)


def _turned(spectrum: Spectrum, carriers: Carriers, sides: tuple[int, int]) -> list[tuple[Doubles, Matrices]]:
    """Scores and maps of the peaks among rotations × scales, for the tile and for its mirror image."""
    x, y = _polar_grid()
    plane = np.zeros((ANGLES, RADIAL_PADDED), np.float32)
    plane[:, :RADIAL] = sample(spectrum.blunt, x, y) - spectrum.mean
    transformed = np.fft.rfft2(plane)
    found = []
    for mirror in (1, -1):
        templates, heard = _polar_template(carriers, mirror)
        correlation = np.fft.irfft2(transformed * templates, s=plane.shape).astype(np.float32)
        score = correlation / np.sqrt(np.maximum(heard, 1) * spectrum.variance)
        score[:, heard < LEAST_HEARD] = -9
        tiles = 1 / (LOWEST * np.exp(_signed(RADIAL_PADDED) * ANGLE_STEP))
        score[:, (tiles < max(sides) / 20) | (tiles > min(1.15 * min(sides), max(sides)))] = -9
        at = _peaks(np.asarray(score, np.float32), 60)
        turn, size = at[0] * ANGLE_STEP, tiles[at[1]]
        cos, sin = np.cos(turn) * size, np.sin(turn) * size
        maps = np.stack([cos * mirror, -sin, sin * mirror, cos], 1).reshape(-1, 2, 2)
        found.append((score[at].astype(np.float64), maps))
    return found


def _signed(n: int) -> Doubles:
    return np.asarray((np.arange(n) + n // 2) % n - n // 2, np.float64)


@lru_cache(maxsize=32)
def _polar_template(carriers: Carriers, mirror: int) -> tuple[npt.NDArray[np.complex64], Doubles]:
    """The transform of the carriers' log-polar positions, conjugate; and how many are inside at each
    scale."""
    k = carriers.k[: carriers.sync] * [mirror, 1]
    angle = np.arctan2(k[:, 1], k[:, 0]) % np.pi / ANGLE_STEP
    radius = np.log(np.hypot(k[:, 0], k[:, 1])) / ANGLE_STEP
    template = np.zeros((ANGLES, RADIAL_PADDED), np.float32)
    np.add.at(template, (np.rint(angle).astype(int) % ANGLES, np.rint(radius).astype(int)), 1)
    at = np.rint(radius)[:, None] + _signed(RADIAL_PADDED)[None]
    heard = ((at >= 0) & (at < RADIAL)).sum(0)
    return np.conj(np.fft.rfft2(template)), heard


@lru_cache(maxsize=1)
def _axial_grid() -> tuple[Doubles, Doubles]:
    steps = LOWEST * np.exp(np.arange(AXIAL) * AXIAL_STEP)
    x, y = np.meshgrid(steps, steps)
    return x, y


def _stretched(
    spectrum: Spectrum, carriers: Carriers, sides: tuple[int, int]
) -> list[tuple[Doubles, Matrices]]:
    """The same among scales of x × scales of y, for the tile upright and on its side, and their mirror
    images."""
    x, y = _axial_grid()
    planes = np.zeros((2, AXIAL_PADDED, AXIAL_PADDED), np.float32)
    for plane, sign in zip(planes, (1, -1), strict=True):
        plane[:AXIAL, :AXIAL] = sample(spectrum.blunt, x, sign * y) - spectrum.mean
    transformed = np.fft.rfft2(planes)
    found = []
    shift = np.exp(-_signed(AXIAL_PADDED) * AXIAL_STEP) / LOWEST
    aspect = np.abs(np.log(shift[:, None] / shift[None]))
    small = (shift < max(sides) / 20) | (shift > min(1.15 * min(sides), max(sides)))
    outside = (aspect > MOST_ASPECT) | small[:, None] | small[None]
    for lying in (False, True):
        templates, heard = _axial_template(carriers, lying)
        for mirror in (1, -1):
            pair = templates[::mirror]
            correlation = np.fft.irfft2((transformed * pair).sum(0), s=planes.shape[1:])
            score = correlation / np.sqrt(np.maximum(heard, 1) * spectrum.variance)
            score[outside | (heard < LEAST_HEARD)] = -9
            at = _peaks(score.astype(np.float32), 40)
            sy, sx, zero = shift[at[0]], shift[at[1]], np.zeros(len(at[0]))
            # on its side, the tile's y runs along the picture's x
            rows = [zero, sx * mirror, sy, zero] if lying else [sx * mirror, zero, zero, sy]
            found.append((score[at].astype(np.float64), np.stack(rows, 1).reshape(-1, 2, 2)))
    return found


@lru_cache(maxsize=16)
def _axial_template(carriers: Carriers, lying: bool) -> tuple[npt.NDArray[np.complex64], Doubles]:
    k = carriers.k[: carriers.sync]
    if lying:
        k = k[:, ::-1]
    column, row = np.rint(np.log(np.abs(k)) / AXIAL_STEP).astype(int).T
    rising = (k[:, 0] * k[:, 1] > 0).astype(int)
    template = np.zeros((2, AXIAL_PADDED, AXIAL_PADDED), np.float32)
    np.add.at(template, (1 - rising, row, column), 1)
    steps = _signed(AXIAL_PADDED)[None]
    inside_x = ((column[:, None] + steps >= 0) & (column[:, None] + steps < AXIAL)).astype(np.float64)
    inside_y = ((row[:, None] + steps >= 0) & (row[:, None] + steps < AXIAL)).astype(np.float64)
    return np.conj(np.fft.rfft2(template)), inside_y.T @ inside_x


def _peaks(score: Plane, most: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the highest local maxima."""
    cv2 = opencv()
    top = (score >= cv2.dilate(score, np.ones((3, 3), np.uint8))) & (score > 1.5)
    rows, columns = np.nonzero(top)
    best = np.argsort(-score[rows, columns])[:most]
    return rows[best], columns[best]


_MOVES = np.array([[[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]]], float)
_STEPS = (0.006, 0.003, 0.0015, 0.0008, 0.0004)


def refine(spectrum: Spectrum, carriers: Carriers, maps: Matrices) -> tuple[Doubles, Matrices]:
    """Climb from every map to a local maximum of the power on the sync carriers. Scores, and the maps."""
    k = carriers.k[: carriers.sync].astype(np.float64)
    best = loudness(spectrum, maps, k)
    maps = maps.copy()
    for step in _STEPS:
        factors = np.concatenate([np.eye(2) + step * _MOVES, np.eye(2) - step * _MOVES])
        climbing = np.arange(len(maps))
        for _ in range(8 if len(maps) else 0):
            here = maps[climbing]
            tried = np.concatenate([here[:, None] @ factors, factors @ here[:, None]], 1)
            loud = loudness(spectrum, tried.reshape(-1, 2, 2), k).reshape(len(here), -1)
            choice = loud.argmax(1)
            gained = loud[np.arange(len(here)), choice] > best[climbing] + 1e-6
            climbing, choice, here = climbing[gained], choice[gained], tried[gained]
            if not len(climbing):
                break
            maps[climbing] = here[np.arange(len(here)), choice]
            best[climbing] = loud[gained, choice]
    return best, maps


def loudness(spectrum: Spectrum, maps: Matrices, k: Doubles) -> Doubles:
    """Normalised excess power on the sync carriers, of frequencies ``k``, under each map."""
    if not len(maps):
        return np.zeros(0)
    frequency = k @ np.linalg.inv(maps)
    x, y = frequency[..., 0], frequency[..., 1]
    inside = (np.abs(x) < LIMIT) & (np.abs(y) < LIMIT)
    excess = np.where(inside, sample(spectrum.sharp, x, y) - 1, 0).sum(1, dtype=np.float64)
    return np.asarray(excess / np.sqrt(np.maximum(inside.sum(1), LEAST_HEARD)))
