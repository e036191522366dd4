"""How well edits are seen: ``python benchmarks/watermark/edits.py --data FOLDER``.

A part of each marked photograph is replaced by the same part of another photograph, filled, or blurred; the
result is compressed, and the map is compared with the truth pixel by pixel (area under the ROC curve).
Without an edit, every "edited" is a false alarm.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from attacks import Picture, codec, crop, resize, rotate_crop
from PIL import Image

from octarine.watermark import ImageWatermark, Key

KEY = Key(b"the battery's key, 32 bytes long")
GLOBAL = {
    "none": lambda image, _: image,
    "jpeg75": codec("JPEG", 75),
    "jpeg50": codec("JPEG", 50),
    "crop": crop(0.6, True),
    "rot7_crop": rotate_crop(7),
    "resize0.7": resize(0.7),
}


def area_under_curve(score: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_]) -> float:
    """The probability that a changed pixel scores above an unchanged one."""
    ranks = np.empty(score.size)
    values = score.ravel()
    order = np.argsort(values, kind="stable")
    ranks[order] = np.arange(1, values.size + 1)
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean = np.bincount(which, ranks) / counts
    good = truth.ravel()
    n = int(good.sum())
    return float((mean[which][good].sum() - n * (n + 1) / 2) / (n * (good.size - n)))


def edited(
    image: Picture, other: Picture, kind: str, area: float, generator: np.random.Generator
) -> tuple[Picture, npt.NDArray[np.bool_]]:
    """The picture with a part changed, and which."""
    height, width = image.shape[:2]
    h, w = int(height * area**0.5), int(width * area**0.5)
    y, x = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
    out, truth = image.copy(), np.zeros((height, width), bool)
    part = np.s_[y : y + h, x : x + w]
    truth[part] = True
    if kind == "splice":
        out[part] = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)[part]
    elif kind == "fill":
        out[part] = out[part].mean((0, 1))
    else:
        out[part] = cv2.GaussianBlur(out, (0, 0), 4)[part]
    return out, truth


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", default="")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    mark = ImageWatermark(KEY)
    paths = sorted(path for path in options.data.glob("*.png") if re.search(options.pictures, path.stem))
    images = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    curves: dict[str, list[float]] = defaultdict(list)
    said: dict[str, list[bool]] = defaultdict(list)
    for i, (path, image) in enumerate(zip(paths, images, strict=True)):
        generator = np.random.default_rng(zlib.crc32(path.stem.encode()))
        marked = mark.embed(image, i)
        for kind, area in [
            *(("splice", a) for a in (0.04, 0.09, 0.16, 0.25)),
            ("fill", 0.09),
            ("blur", 0.09),
        ]:
            changed, truth = edited(marked, images[i - 1], kind, area, generator)
            found = mark.detect(codec("JPEG", 75)(changed, generator))
            name = f"{kind} {area:.0%}"
            said[name].append(bool(found.edited))
            if found.edit_map is not None:
                curves[name].append(area_under_curve(found.edit_map.damage, truth))
        for name, attack in GLOBAL.items():
            said[name].append(bool(mark.detect(attack(marked, generator)).edited))
        print(path.stem, {name: round(values[-1], 3) for name, values in curves.items()}, flush=True)
    for name, values in said.items():
        shown = (
            f"AUC mean {np.mean(curves[name]):.3f} least {min(curves[name]):.3f}" if name in curves else ""
        )
        print(f"{name:12s} said to be edited {sum(values)} of {len(values)}  {shown}")


if __name__ == "__main__":
    main()
