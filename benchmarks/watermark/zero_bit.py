"""How much more a mark without a payload survives: ``python benchmarks/watermark/zero_bit.py --data FOLDER``.

Photographs are marked with a payload and without one, at the strength that suits each, and attacked in ways
that are harder than the battery's. Counted: marks that are found with confidence high, and payloads read.
"""

from __future__ import annotations

import zlib
from collections import Counter

import cv2
import numpy as np
from attacks import Attack, blur, chain, codec, crop, flip_h, noise, resize, rotate_crop
from photographs import chosen, parser_of, photograph

from octarine.watermark import Confidence, ImageWatermark, Key

KEY = Key(b"the battery's key, 32 bytes long")
PAYLOAD = 0x5EED_1234_ABCD
HARD: dict[str, Attack] = {
    "0.25x": resize(0.25),
    "crop to 10 %": crop(0.1, True),
    "crop to 5 %": crop(0.05, True),
    "0.25x, jpeg 30": chain(resize(0.25), codec("JPEG", 30)),
    "jpeg 30, 0.25x": chain(codec("JPEG", 30), resize(0.25)),
    "45°, cropped, jpeg 50": chain(rotate_crop(45), codec("JPEG", 50)),
    "blur 3": blur(3),
    "noise 40": noise(40),
    "20°, 0.5x, jpeg 30": chain(rotate_crop(20), resize(0.5), codec("JPEG", 30)),
    "crop, flip, 0.6x, noise, jpeg 40": chain(
        crop(0.3, True), flip_h, resize(0.6), noise(10), codec("JPEG", 40)
    ),
}


def main() -> None:
    options = parser_of(__doc__).parse_args()
    cv2.setNumThreads(1)
    mark = ImageWatermark(KEY)
    tried: Counter[str] = Counter()
    counts = {name: Counter[str]() for name in ("payload, high", "payload, read", "none, high")}
    for path in chosen(options):
        image = photograph(path)
        marked = {None: mark.embed(image, None), PAYLOAD: mark.embed(image, PAYLOAD)}
        for name, attack in HARD.items():
            for payload, picture in marked.items():
                attacked = attack(picture, np.random.default_rng(zlib.crc32((path.stem + name).encode())))
                if min(attacked.shape[:2]) < 64:
                    break
                found = mark.detect(attacked, edits=False)
                kind = "none" if payload is None else "payload"
                counts[f"{kind}, high"][name] += found.confidence is Confidence.HIGH
                counts["payload, read"][name] += payload is not None and found.payload == payload
                tried[name] += payload is None
        print(path.stem, {kind: sum(found.values()) for kind, found in counts.items()}, flush=True)
    print(f"{'attack':34s} {'of':>4s} " + " ".join(f"{kind:>14s}" for kind in counts))
    for name in [*HARD, "all"]:
        each = [found.total() if name == "all" else found[name] for found in counts.values()]
        of = tried.total() if name == "all" else tried[name]
        print(f"{name:34s} {of:4d} " + " ".join(f"{n:14d}" for n in each))


if __name__ == "__main__":
    main()
