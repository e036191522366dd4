"""What every scenario needs: photographs cut to one size, a mark of the scheme's own or with what a picture
gets chosen otherwise, and counts of what is read afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from octarine.core.stats import proportion
from octarine.watermark import Confidence, ImageWatermark, Key
from octarine.watermark.quality import peak_signal_to_noise

Picture = npt.NDArray[np.uint8]
Random = np.random.Generator

KEY = Key(b"the key that is attacked, 32 byt")
OTHER = Key(b"another key, that marks as well.")
MARK = ImageWatermark(KEY)


@dataclass(frozen=True)
class Setting:
    """One run: photographs, how many pictures a scenario takes of them, wrong keys, and the seed."""

    images: tuple[Picture, ...]
    side: int
    most: int
    keys: int
    seed: int

    def random(self, label: str) -> Random:
        """A generator for one purpose, so that scenarios do not depend on which others were run."""
        return np.random.default_rng([self.seed, *label.encode()])

    def pieces(self, n: int, label: str) -> Iterator[Picture]:
        """``n`` squares of ``side`` pixels: each a random part of one photograph, the photographs in turn,
        so that none comes twice before all came once."""
        generator = self.random(label)
        for i in range(n):
            image = self.images[i % len(self.images)]
            short = min(image.shape[:2])
            # The first round takes the largest square.
            part = short if i < len(self.images) else int(short * generator.uniform(0.5, 1))
            y, x = (int(generator.integers(0, length - part + 1)) for length in image.shape[:2])
            smaller = part > self.side
            square = image[y : y + part, x : x + part]
            if i >= len(self.images) and generator.random() < 0.5:
                square = np.ascontiguousarray(square[:, ::-1])
            how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
            yield np.asarray(cv2.resize(square, (self.side, self.side), interpolation=how))

    def targets(self, label: str) -> list[Picture]:
        """The pictures on which an attack is tried."""
        return list(self.pieces(min(self.most, len(self.images)), label))


def photographs(folder: Path, names: str) -> tuple[Picture, ...]:
    """The folder's photographs whose names match."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".png", ".jpg", ".jpeg"})
    return tuple(np.asarray(Image.open(path).convert("RGB")) for path in paths if re.search(names, path.stem))


def payload_of(generator: Random) -> int:
    return int(generator.integers(0, 1 << 48))


@dataclass
class Tally:
    """What was read in a series of pictures that should hold ``payload``."""

    name: str
    read: list[bool] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    misread: int = 0
    quality: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)

    def add(
        self,
        image: Picture,
        *payloads: int,
        mark: ImageWatermark = MARK,
        beside: Picture | None = None,
    ) -> bool:
        """Look at one picture; whether one of the payloads was read. ``beside`` is what its quality is
        measured against."""
        found = mark.detect(image, edits=False)
        self.read.append(found.payload in payloads)
        self.found.append(found.confidence is not Confidence.NONE)
        self.misread += found.payload is not None and found.payload not in payloads
        self.score.append(found.score)
        if beside is not None:
            self.quality.append(peak_signal_to_noise(beside, image))
        return self.read[-1]

    def __str__(self) -> str:
        wrong = f", ANOTHER PAYLOAD {self.misread}" if self.misread else ""
        beside = f", PSNR {np.median(self.quality):.1f} dB" if self.quality else ""
        sure = f", 1e-{np.median(self.score):.0f}" if self.score else ""
        return f"{self.name:62s} read {rate(self.read)}, found {rate(self.found)}{sure}{beside}{wrong}"


def rate(hits: list[bool]) -> str:
    """Counts, and the rate with Wilson's 95 % interval."""
    if not hits:
        return "of none"
    estimate = proportion(sum(hits), len(hits))
    return f"{sum(hits)}/{len(hits)} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f} %)"


def at_psnr(image: Picture, change: npt.NDArray[np.floating], psnr: float) -> Picture:
    """The picture with this change, scaled so that the result has this PSNR against the picture."""
    size = float(np.sqrt(np.mean(np.square(change, dtype=np.float64))))
    wanted = 255 * 10 ** (-psnr / 20)
    return bytes_of(image + change * (wanted / max(size, 1e-9)))


def bytes_of(values: npt.NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
