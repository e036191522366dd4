"""Keys that did not mark the picture, and many keys at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from pictures import KEY, MARK, Setting, Tally

from octarine.watermark import Confidence, ImageWatermark, Key
from octarine.watermark.image.carriers import carriers_of


def _drawn(setting: Setting, label: str, n: int) -> list[Key]:
    generator = setting.random(label)
    return [Key(generator.bytes(32)) for _ in range(n)]


def wrong(setting: Setting) -> Iterator[Tally | str]:
    """Marked pictures under keys drawn at random: each must find nothing."""
    tally = Tally(f"{setting.keys} wrong keys")
    marked = [MARK.embed(image, 1) for image in setting.targets("targets")]
    for i, key in enumerate(_drawn(setting, "wrong", setting.keys)):
        tally.add(marked[i % len(marked)], mark=ImageWatermark(key))
    yield tally
    yield f"the least p-value of them is 1e-{max(tally.score):.2f}"


def live(setting: Setting) -> Iterator[str]:
    """CPU time of detection by the number of live keys: marked with the first, with the last, unmarked."""
    images = setting.targets("targets")[:3]
    for n in (1, 4, 16):
        keys = _drawn(setting, "live", n - 1)
        for key in keys:
            carriers_of(key)  # which are kept, for 16 keys
        for name, mark in (
            ("marked with the first", ImageWatermark(KEY, retired=tuple(keys))),
            ("marked with the last", ImageWatermark(keys[0], retired=(*keys[1:], KEY)) if keys else MARK),
            ("unmarked", ImageWatermark(KEY, retired=tuple(keys))),
        ):
            times, found = [], 0
            for image in images:
                picture = image if name == "unmarked" else MARK.embed(image, 1)
                started = time.process_time()
                found += mark.detect(picture, edits=False).confidence is not Confidence.NONE
                times.append(time.process_time() - started)
            yield f"{n:2d} keys, {name:22s} {1e3 * np.median(times):5.0f} ms, found {found} of {len(images)}"
