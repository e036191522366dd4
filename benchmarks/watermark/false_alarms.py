"""What is said of pictures that were never marked with the key: ``python benchmarks/watermark/false_alarms.py
--data FOLDER``.

Two checks of the p-value. *Keys*: one geometry search of each unmarked photograph serves ``--keys`` wrong
keys, whose phases are drawn anew (the places of the carriers stay, as the proof allows); the share of keys
below a p-value is set beside that p-value. *Pictures*: whole detections on unmarked photographs under
attacks, and on photographs marked with another key. A sound bound has no share above its p-value; how far
below says how much sensitivity it costs.
"""

from __future__ import annotations

import argparse
import re
import zlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from attacks import attacks
from PIL import Image

from octarine.core.stats import proportion
from octarine.watermark import Confidence, ImageWatermark, Key
from octarine.watermark.evidence import log_tail
from octarine.watermark.image.analysis import flatten, luma, shrink
from octarine.watermark.image.carriers import VARIANTS, Carriers, carriers_of
from octarine.watermark.image.detect import MAPS, maps_to_hear
from octarine.watermark.image.lock import SHIFTS, TRIED
from octarine.watermark.image.spectrum import spectrum_of
from octarine.watermark.image.tiles import cut

KEY = Key(b"a key that marked none of these.")
LEVELS = (0.1, 0.01, 1e-3, 1e-4, 1e-5)


def p_values(image: npt.NDArray[np.uint8], keys: int, generator: np.random.Generator) -> list[float]:
    """The p-value of the sync search for each of ``keys`` draws of phases, over all maps of one search."""
    small, scale, _ = shrink(luma(image))
    flat, carriers = flatten(small), carriers_of(KEY)
    maps = maps_to_hear(spectrum_of(flat), carriers, flat.shape, scale)
    cuts = [cut(flat, carriers, matrix) for matrix in maps]
    heard = np.array([tiles.heard[:, : carriers.sync].sum(0) for tiles in cuts if tiles is not None])
    tries = float(np.log(MAPS * TRIED))
    return [log_tail(_best(heard, carriers, generator), tries) for _ in range(keys)]


def _best(
    heard: npt.NDArray[np.complexfloating], carriers: Carriers, generator: np.random.Generator
) -> float:
    """The largest t over maps, shifts, signs, half turns and variants: what ``lock_on`` looks at, for one
    key."""
    n = carriers.sync
    kx, ky = carriers.k[:n].T
    left = kx < 0
    grid = np.zeros((len(heard), 2, VARIANTS, SHIFTS, SHIFTS // 2 + 1), np.complex64)
    phases = np.exp(-2j * np.pi * generator.random((VARIANTS, n)))
    size = np.sqrt((np.abs(heard) ** 2).sum(1) / 2)
    for turned, part in enumerate((heard, heard.conj())):
        terms = (part / size[:, None])[:, None] * phases
        grid[:, turned][:, :, np.where(left, -ky, ky) % SHIFTS, np.abs(kx)] = np.where(
            left, terms.conj(), terms
        )
    # irfft2 counts every carrier twice, and divides by the number of shifts.
    return float(np.abs(np.fft.irfft2(grid, s=(SHIFTS, SHIFTS))).max() * SHIFTS**2 / 2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", default="")
    parser.add_argument("--keys", type=int, default=2_000, help="for each photograph: about 10 ms each")
    parser.add_argument("--attacks", type=int, default=100, help="for each photograph")
    parser.add_argument("--marked", action="store_true", help="mark the photographs with another key first")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    paths = sorted(path for path in options.data.glob("*.png") if re.search(options.pictures, path.stem))
    logs: list[float] = []
    scores: list[float] = []
    alarms = dict.fromkeys(Confidence, 0)
    mark, other = ImageWatermark(KEY), ImageWatermark(Key(b"another key, that marks all here"))
    for path in paths:
        generator = np.random.default_rng(zlib.crc32(path.stem.encode()))
        image = np.asarray(Image.open(path).convert("RGB"))
        image = other.embed(image, 1) if options.marked else image
        logs += p_values(image, options.keys, generator)
        every = list(attacks(generator, 2))
        for i in generator.permutation(len(every))[: options.attacks]:
            found = mark.detect(every[i][2](image, generator), edits=False)
            alarms[found.confidence] += 1
            scores.append(found.score)
        print(path.stem, f"{len(logs)} keys, {len(scores)} detections", flush=True)
    for level in LEVELS if logs else ():
        low = int(np.sum(np.array(logs) <= np.log(level)))
        rate = proportion(low, len(logs))
        print(f"p ≤ {level:g}: {low} of {len(logs)} keys: {rate.value:.2g} ({rate.low:.2g}–{rate.high:.2g})")
    told = {confidence.value: n for confidence, n in alarms.items()}
    print(f"detections: {told}, highest score {max(scores, default=0):.2f}")


if __name__ == "__main__":
    main()
