"""What an attacker can do who has read the source and has no key: hear the lattice of frequencies on which
all keys have their carriers, lay a pattern under the eye's mask, denoise, and look for a period."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from pictures import Picture, bytes_of

from octarine.watermark.image.analysis import flatten, luma, shrink
from octarine.watermark.image.carriers import LADDER, RADII, TILE
from octarine.watermark.image.perception import COLOUR, mask

Plane = npt.NDArray[np.float32]
Tile = npt.NDArray[np.float64]
SIMILAR = 0.25
"""Correlation from which two tiles are taken for the same mark."""

_FREQUENCY = np.fft.fftfreq(TILE, 1 / TILE)
_RADIUS = np.hypot(_FREQUENCY[:, None], _FREQUENCY[None])
_RING = (RADII[0] <= _RADIUS) & (RADII[1] >= _RADIUS)


def folded(image: Picture) -> Tile:
    """What a picture whose tile has TILE pixels holds of the lattice: its flattened luma, added up over all
    tiles; unit power."""
    flat = flatten(luma(image))
    flat = np.pad(flat, [(0, -length % TILE) for length in flat.shape])
    tile = flat.reshape(flat.shape[0] // TILE, TILE, -1, TILE).sum((0, 2))
    tile = np.fft.ifft2(np.fft.fft2(tile) * _RING).real
    return np.asarray(tile / max(float(np.linalg.norm(tile)), 1e-9))


def laid_over(image: Picture, tile: Tile) -> npt.NDArray[np.float32]:
    """The change of a picture that would be heard as this tile (or in proportion to it)."""
    plane = luma(image)
    strength = mask(plane)
    probe = np.fft.ifft2(_RING * np.exp(2j * np.pi * np.random.default_rng(0).random(_RING.shape))).real
    heard = np.fft.fft2(folded_plane(plane + _repeat(probe / probe.std(), plane.shape) * strength))
    heard -= np.fft.fft2(folded_plane(plane))
    gain = _by_radius((heard * np.fft.fft2(probe).conj()).real) / _by_radius(np.abs(np.fft.fft2(probe)) ** 2)
    gain = np.maximum(gain, 0.1 * gain.max())
    wave = np.fft.ifft2(np.where(_RING, np.fft.fft2(tile) / gain, 0)).real
    return np.asarray((_repeat(wave, plane.shape) * strength)[..., None] * COLOUR, np.float32)


def folded_plane(plane: Plane) -> Tile:
    flat = flatten(np.asarray(plane, np.float32))
    flat = np.pad(flat, [(0, -length % TILE) for length in flat.shape])
    return np.asarray(flat.reshape(flat.shape[0] // TILE, TILE, -1, TILE).sum((0, 2)), np.float64)


def _repeat(tile: Tile, shape: tuple[int, ...]) -> Plane:
    times = [-(-length // TILE) for length in shape]
    return np.tile(tile, times)[: shape[0], : shape[1]].astype(np.float32)


def _by_radius(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Means over rings, at every frequency of the ring."""
    ring = np.rint(_RADIUS).astype(int)
    mean = np.bincount(ring[_RING], values[_RING]) / np.maximum(np.bincount(ring[_RING]), 1)
    return np.where(_RING, np.append(mean, np.zeros(ring.max() + 1 - len(mean)))[ring], 1)


def moved_onto(tile: Tile, other: Tile) -> tuple[Tile, float]:
    """The tile moved to where it agrees best with the other, and how well."""
    agreement = np.fft.ifft2(np.fft.fft2(tile).conj() * np.fft.fft2(other)).real
    at = np.unravel_index(int(agreement.argmax()), agreement.shape)
    size = float(np.linalg.norm(tile) * np.linalg.norm(other))
    return np.roll(tile, at, (0, 1)), float(agreement[at]) / max(size, 1e-9)


def sorted_out(tiles: list[Tile]) -> list[Tile]:
    """Tiles laid upon each other and added, those that agree together: largest heap first."""
    heaps: list[tuple[Tile, int]] = []
    for tile in tiles:
        moved = [moved_onto(tile, heap) for heap, _ in heaps]
        best = max(range(len(heaps)), key=lambda i: moved[i][1], default=-1)
        if best >= 0 and moved[best][1] > SIMILAR:
            heaps[best] = heaps[best][0] + moved[best][0], heaps[best][1] + 1
        else:
            heaps.append((tile.copy(), 1))
    return [heap for heap, _ in sorted(heaps, key=lambda pair: -pair[1])]


def nearest(tile: Tile, heaps: list[Tile]) -> Tile:
    """The heap that is likeliest to hold this tile's mark, moved onto it."""
    moved = [moved_onto(heap, tile) for heap in heaps]
    return max(moved, key=lambda pair: pair[1])[0]


def without(image: Picture, tile: Tile, least_psnr: float) -> Picture:
    """The picture with as much of the tile taken off as makes it unheard, but no more than this PSNR in dB
    allows: the attacker needs no detector to tell."""
    change = laid_over(image, tile)
    size = float(np.sqrt(np.mean(change * change)))
    low, high = 0.0, 255 * 10 ** (-least_psnr / 20) / max(size, 1e-9)
    for _ in range(7):
        middle = (low + high) / 2
        heard = float((folded(bytes_of(image - middle * change)) * tile).sum())
        low, high = (middle, high) if heard > 0 else (low, middle)
    return bytes_of(image - high * change)


def strongest(tile: Tile, pairs: int) -> Tile:
    """The tile with only so many of its waves: most of the sync carriers are among the strongest."""
    spectrum = np.fft.fft2(tile)
    size = np.abs(spectrum)
    return np.asarray(np.fft.ifft2(np.where(size >= np.sort(size.ravel())[-2 * pairs], spectrum, 0)).real)


def wiener(side: int, sigma: float) -> Callable[[Picture], Picture]:
    """Each pixel drawn to the mean around it, the more the less varies there (Lee, 1980)."""

    def attack(image: Picture) -> Picture:
        values = image.astype(np.float32)
        mean = cv2.blur(values, (side, side))
        variance = np.maximum(cv2.blur(values * values, (side, side)) - mean**2, 0)
        keep = np.maximum(variance - sigma**2, 0) / np.maximum(variance, 1e-6)
        return bytes_of(mean + keep * (values - mean))

    return attack


def non_local(strength: float) -> Callable[[Picture], Picture]:
    return lambda image: cv2.fastNlMeansDenoisingColored(image, None, strength, strength, 5, 15)


def periodicity(image: Picture) -> npt.NDArray[np.float64]:
    """For every tile size of the ladder: how much more a picture is like itself a tile away than chance has
    it, in standard deviations of white noise."""
    small, scale, _ = shrink(luma(image))
    flat = flatten(small)
    height, width = flat.shape
    power = np.abs(np.fft.rfft2(flat, (2 * height, 2 * width))) ** 2
    y, x = np.fft.fftfreq(2 * height)[:, None], np.fft.rfftfreq(2 * width)[None]
    lags = [(0, 1), (1, 0), (1, 1), (1, -1)]
    radius = np.hypot(y, x)
    scores = np.full(len(LADDER), -9.0)
    for i, size in enumerate(LADDER):
        tile = size * scale
        if tile > 0.7 * min(height, width):
            continue
        ring = power * ((radius >= RADII[0] / tile) & (radius <= RADII[1] / tile))
        bins = np.count_nonzero(ring) / 4
        like = [(ring * np.cos(2 * np.pi * tile * (y * dy + x * dx))).sum() / ring.sum() for dy, dx in lags]
        scores[i] = np.mean(like) * np.sqrt(len(lags) * bins)
    return scores
