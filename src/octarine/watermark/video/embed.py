"""The mark into one frame after the other: one pattern for a shot, masked by each frame's own texture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, luma, opencv
from octarine.watermark.image.carriers import LADDER, TILE, Carriers, synthesise
from octarine.watermark.image.embed import Grid
from octarine.watermark.image.informed import Quarter, informed
from octarine.watermark.image.perception import COLOUR, amplitude_at, mask
from octarine.watermark.video.planes import Levels, Luma
from octarine.watermark.video.shots import Cuts

Doubles = npt.NDArray[np.float64]

PSNR = 42.2
"""In dB, of every frame: codecs take faint marks out of smooth frames, so those get no less."""
ACROSS = 2.8
"""Tiles across the short side of a frame, about. Fewer than in pictures: codecs keep coarse detail, and
video is seldom cut to a tenth."""
LEAST_TILE = 150.0
"""Pixels: finer detail is lost to blocks of 8 × 8."""
LEAST_ACROSS = 1.4
"""Tiles across the short side of the smallest frames."""
EVENNESS = 0.55
"""The power to which the mask of pictures is taken: codecs leave less in texture, where pictures hide it. Set
on four clips at H.264 CRF 33; lower ones show in smooth places."""
LEAST_TEXTURE = 0.6
"""The root mean square of a mask below which the mark gets fainter than the PSNR says: black frames and
titles stay clean."""
RENEWED = 50
"""Frames after which the pattern is chosen anew within a shot."""
TURNED = 0.1
"""How far the pattern goes towards a newer one with each frame."""
RISE, FALL = 0.15, 0.5
"""How far the mask goes, with each frame, towards what the frame asks for: up slowly, and down faster, so
that nothing lingers where texture has moved away."""


def tile_size(height: int, width: int) -> float:
    """Pixels a tile, for frames of this size."""
    short, long = sorted((height, width))
    wish = min(max(short / ACROSS, long / 10, min(LEAST_TILE, short / LEAST_ACROSS)), LADDER[-1])
    return min(LADDER, key=lambda size: abs(np.log(size / wish)))


@dataclass
class FrameMarker:
    """Marks the frames of one video, told one after the other.

    The pattern stands still, so that nothing flickers and a codec carries it from frame to frame. It is
    chosen by what the picture itself says on each carrier: at a cut at once, and within a shot every RENEWED
    frames, to which it then turns slowly. Phases never change, only amplitudes.

    Attributes:
        carriers: of the key.
        variant: of the key's phases.
        signs: of the payload.
        psnr: in dB, of luma from black to white, and so of red, green and blue; more where there is no
            texture to hide in.
    """

    carriers: Carriers
    variant: int
    signs: Doubles
    psnr: float = PSNR
    _cuts: Cuts = field(default_factory=Cuts)
    _pattern: Plane | None = None
    _newer: Plane | None = None
    _strength: Plane | None = None
    _age: int = 0

    def mark(self, coded: Luma, levels: Levels) -> None:
        """Put the mark into the coded luma of a frame, in place."""
        residual = self._residual(coded, levels)
        residual *= np.float32(levels.step)
        cv2 = opencv()
        deep = coded.dtype != np.uint8
        # Rounds, and stops at both ends of the type.
        cv2.add(coded, residual, coded, dtype=cv2.CV_16U if deep else cv2.CV_8U)
        if deep:
            np.minimum(coded, levels.most, out=coded)

    def mark_colours(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The marked copy of an H×W×3 RGB frame."""
        residual = self._residual(np.rint(luma(image)).astype(np.uint8), Levels(0, 255, 255))
        residual *= np.float32(1 / np.sqrt(np.mean(COLOUR**2)))
        return np.clip(np.rint(image + residual[..., None] * COLOUR), 0, 255).astype(np.uint8)

    def _residual(self, coded: Luma, levels: Levels) -> Plane:
        """H×W, on the scale of 0 to 255, of the energy that the PSNR says."""
        cv2 = opencv()
        height, width = coded.shape
        small = _small(coded, levels)
        wish = mask(small) ** np.float32(EVENNESS)
        new = self._cuts.begins(coded, levels.white - levels.black)
        if new or self._strength is None or self._pattern is None or self._pattern.shape != coded.shape:
            self._strength = wish
            self._pattern, self._newer, self._age = self._choose(small, wish, (height, width)), None, 0
        else:
            step = wish - self._strength
            self._strength += np.where(step > 0, np.float32(RISE), np.float32(FALL)) * step
            self._pattern = self._turned(self._pattern, small)
        residual = cv2.resize(self._strength, (width, height), interpolation=cv2.INTER_LINEAR)
        residual *= self._pattern
        size = cv2.norm(residual) / np.sqrt(residual.size)
        residual *= np.float32(self._wanted / max(size, LEAST_TEXTURE))
        return np.asarray(residual)

    def _turned(self, pattern: Plane, small: Plane) -> Plane:
        """The pattern one frame later."""
        assert self._strength is not None
        self._age += 1
        if self._age % RENEWED == 0:
            height, width = pattern.shape
            self._newer = self._choose(small, self._strength, (height, width))
        if self._newer is None:
            return pattern
        if self._age % RENEWED == RENEWED - 1:
            pattern, self._newer = self._newer, None
            return pattern
        return np.asarray(opencv().addWeighted(pattern, 1 - TURNED, self._newer, TURNED, 0), np.float32)

    @property
    def _wanted(self) -> float:
        """The root mean square of the residual; rounding adds its own."""
        return float(np.sqrt(max(amplitude_at(self.psnr) ** 2 - 1 / 12, 0.25)))

    def _choose(self, small: Plane, strength: Plane, shape: tuple[int, int]) -> Plane:
        """The tiles at the frame's size, of unit power."""
        cv2 = opencv()
        phases = (self.carriers.phases[self.variant] * self.signs).astype(np.complex64)
        grid = Grid(small, strength, self.carriers, phases)
        quarter = Quarter(self.carriers, phases, tile_size(*shape), TILE)
        amplitude, _ = informed(grid, quarter, self._wanted, self._wanted)
        tile = synthesise(self.carriers, amplitude * phases)
        tile /= np.float32(max(float(tile.std()), 1e-9))
        height, width = small.shape
        tiles = np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]
        return np.asarray(cv2.resize(tiles, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _small(coded: Luma, levels: Levels) -> Plane:
    """The frame at the scale at which a tile has TILE pixels, from 0 to 255."""
    cv2 = opencv()
    height, width = coded.shape
    scale = TILE / tile_size(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small: Any = cv2.resize(coded, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return levels.plane(small)
