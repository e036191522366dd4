"""How often a wrong key is believed: ``python benchmarks/watermark/wrong_keys.py --data FOLDER``.

One geometry search of each unmarked photograph serves all wrong keys, whose phases are drawn anew (the places
of the carriers stay, as the proof allows: it asks for independent phases alone). For each key the largest t
over maps, shifts, signs, half turns and variants becomes a p-value as the detector makes it, and the share of
keys at or below a p-value is set beside that p-value. A sound bound has no share above its p-value; how far
below says how much sensitivity it costs.

``--keys`` hear the loudest upright map and the loudest one of the search, and their p-value counts two maps.
``--keys-everywhere`` hear every map, as a detection does that does not stop early. About half a millisecond a
key and two maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from photographs import chosen, parser_of, photograph, random_of
from scipy import fft

from octarine.core.stats import proportion
from octarine.watermark import Key
from octarine.watermark.evidence import PLAIN, SLOPES, log_moments
from octarine.watermark.image.analysis import flatten, luma, shrink
from octarine.watermark.image.carriers import VARIANTS, Carriers, carriers_of
from octarine.watermark.image.detect import MAPS, UPRIGHT, maps_to_hear
from octarine.watermark.image.lock import SHIFTS, TRIED
from octarine.watermark.image.spectrum import spectrum_of
from octarine.watermark.image.tiles import cut

KEY = Key(b"a key that marked none of these.")
LEVELS = (0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)
TOGETHER = 128
"""Transforms at a time, for the cache."""

Floats = npt.NDArray[np.floating]
Complexes = npt.NDArray[np.complexfloating]


def heard_on(image: npt.NDArray[np.uint8], carriers: Carriers) -> Complexes:
    """(maps, sync) what is heard on the sync carriers under every map of one search, each of unit size: the
    t of a key is Σ Re(heard · its phases)."""
    small, scale, _ = shrink(luma(image))
    flat = flatten(small)
    maps = maps_to_hear(spectrum_of(flat), carriers, flat.shape, scale)
    cuts = [cut(flat, carriers, matrix) for matrix in maps]
    heard = np.array([tiles.heard[:, : carriers.sync].sum(0) for tiles in cuts if tiles is not None])
    return heard / np.sqrt((np.abs(heard) ** 2).sum(1, keepdims=True) / 2)


class Shifts:
    """The largest |Σ Re(terms · e^{2πi k·shift})| over all shifts.

    A two-dimensional transform of few frequencies: along y by FFT for the columns that hold any, along x by
    matrices of cosines and sines. The sine part changes its sign with x, so |cosines| + |sines| is the larger
    of the two at x and −x, and half of the x are enough.
    """

    def __init__(self, k: npt.NDArray[np.int64]) -> None:
        kx, ky = k.T
        self._left = kx < 0
        self._column, self._row = np.abs(kx), np.where(self._left, -ky, ky) % SHIFTS
        self._columns = int(self._column.max()) + 1
        angle = 2 * np.pi * np.outer(np.arange(SHIFTS // 2 + 1), np.arange(self._columns)) / SHIFTS
        self._cos, self._sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)

    def most(self, terms: Complexes) -> Floats:
        """(n,) of terms (n, carriers)."""
        spectrum = np.zeros((len(terms), self._columns, SHIFTS), np.complex64)
        spectrum[:, self._column, self._row] = np.where(self._left, terms.conj(), terms)
        along_y = fft.ifft(spectrum, axis=2, norm="forward", overwrite_x=True)
        even = self._cos @ np.ascontiguousarray(along_y.real)
        odd = self._sin @ np.ascontiguousarray(along_y.imag)
        np.abs(even, out=even)
        even += np.abs(odd, out=odd)
        return np.asarray(even.reshape(len(terms), -1).max(1))


def best_of(heard: Complexes, shifts: Shifts, keys: int, generator: np.random.Generator) -> Iterator[Floats]:
    """(n, maps) the t of ``keys`` wrong keys under each map, in parts."""
    both = np.stack([heard, heard.conj()], 1).reshape(-1, heard.shape[1])
    step = max(1, TOGETHER // (len(both) * VARIANTS))
    for start in range(0, keys, step):
        n = min(step, keys - start)
        turn = 2 * np.pi * generator.random((n, VARIANTS, 1, heard.shape[1]), np.float32)
        terms = both * (np.cos(turn) + 1j * np.sin(turn))
        t = shifts.most(terms.reshape(-1, heard.shape[1]))
        yield t.reshape(n, VARIANTS, len(heard), 2).max((1, 3))


def log_p(t: Floats, heard: Complexes) -> Floats:
    """(n,) the logarithms of the p-values of t (n, maps), not capped at 0, as ``evidence.log_tail`` makes
    them: the least over the maps, of which each is a try."""
    best = np.full(len(t), np.inf)
    for column, strength in zip(t.T.astype(np.float64), np.abs(heard), strict=True):
        bound = -(column**2) / 2
        far = column > PLAIN
        for slope, moment in zip(SLOPES, log_moments(strength), strict=True):
            bound[far] = np.minimum(bound[far], moment - slope * column[far])
        best = np.minimum(best, bound)
    return best + np.log(len(heard) * TRIED)


@dataclass(frozen=True, eq=False)
class Told:
    """The logarithms of the p-values of many keys, not capped at 0."""

    log_p: Floats

    def __str__(self) -> str:
        n, lines = len(self.log_p), []
        for level in LEVELS:
            low = int(np.sum(self.log_p <= np.log(level)))
            rate = proportion(low, n)
            factor = f"{level / rate.value:.0f}" if low else f"more than {level / rate.high:.1f}"
            lines.append(
                f"  p ≤ {level:g}: {low} of {n} keys, {rate.value:.2g} ({rate.low:.2g}–{rate.high:.2g}); "
                f"the bound is {factor} times that"
            )
        # The share at every p that occurs, beside that p: never above 1 if the bound holds throughout.
        ordered = np.sort(self.log_p[self.log_p < 0])
        excess = np.log(np.arange(1, len(ordered) + 1) / n) - ordered
        worst = f"{np.exp(excess.max()):.2g}" if len(ordered) else "no p below 1"
        median = np.exp(np.median(self.log_p))
        lines.append(f"  largest share over p, at any p below 1: {worst}")
        lines.append(f"  least p: {np.exp(self.log_p.min()):.2g}; median, uncapped: {median:.2g}")
        return "\n".join(lines)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="in all, over two maps")
    parser.add_argument("--keys-everywhere", type=int, default=20_000, help="in all, over every map")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    paths = chosen(options)
    carriers = carriers_of(KEY)
    shifts = Shifts(carriers.k[: carriers.sync])
    two: list[Floats] = []
    every: list[Floats] = []
    for path in paths:
        generator = random_of(path, options.seed)
        heard = heard_on(photograph(path), carriers)
        loudest = heard[[0, min(UPRIGHT, len(heard) - 1)]]
        for told, maps, keys in ((two, loudest, options.keys), (every, heard, options.keys_everywhere)):
            if keys:
                t = np.concatenate(list(best_of(maps, shifts, -(-keys // len(paths)), generator)))
                told.append(log_p(t, maps))
        print(path.stem, f"{sum(map(len, two))} keys, {sum(map(len, every))} over all maps", flush=True)
    for name, found in (("two maps", two), (f"all {MAPS} maps", every)):
        if found:
            print(f"{name}, {len(paths)} photographs")
            print(Told(np.concatenate(found)))


if __name__ == "__main__":
    main()
