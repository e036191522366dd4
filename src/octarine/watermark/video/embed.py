"""The mark into one frame after the other: one pattern for a shot, masked by each frame's own texture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from octarine.watermark.image.analysis import Plane, opencv
from octarine.watermark.image.carriers import TILE, Carriers, synthesise, tile_size
from octarine.watermark.image.embed import Grid, informed
from octarine.watermark.image.perception import amplitude_at, fitting_psnr, mask
from octarine.watermark.video.planes import Levels, Luma
from octarine.watermark.video.shots import Cuts

Doubles = npt.NDArray[np.float64]

RISE, FALL = 0.15, 0.5
"""How far the mask goes, with each frame, towards what the frame asks for: up slowly, and down faster, so that
nothing lingers where texture has moved away."""


@dataclass
class FrameMarker:
    """Marks the frames of one video, told one after the other.

    The pattern stands still within a shot, so that nothing flickers and a codec carries it from frame to frame;
    it is chosen anew at a cut, by what the first frame of the shot itself says on each carrier.

    Attributes:
        carriers: of the key.
        variant: of the key's phases.
        signs: of the payload.
        psnr: in dB, of luma from black to white (and so of red, green and blue); None for what each frame
            hides.
    """

    carriers: Carriers
    variant: int
    signs: Doubles
    psnr: float | None = None
    _cuts: Cuts = field(default_factory=Cuts)
    _pattern: Plane | None = None
    _strength: Plane | None = None

    def mark(self, luma: Luma, levels: Levels) -> None:
        """Put the mark into a frame's luma, in place."""
        cv2 = opencv()
        height, width = luma.shape
        small = self._small(luma, levels)
        wish = mask(small)
        new = self._cuts.begins(luma, levels.white - levels.black)
        if new or self._strength is None or self._strength.shape != wish.shape:
            self._strength = wish
            self._pattern = self._new_pattern(small, wish, (height, width))
        else:
            self._follow(wish)
        residual = cv2.resize(self._strength, (width, height), interpolation=cv2.INTER_LINEAR)
        residual *= self._pattern
        size = cv2.norm(residual) / np.sqrt(residual.size)
        residual *= np.float32(levels.step * self._wanted(self._strength) / max(size, 1e-9))
        # Rounds, and stops at both ends.
        top = 255 if luma.dtype == np.uint8 else round(levels.white + levels.black)
        cv2.add(luma, residual, luma, dtype=cv2.CV_8U if luma.dtype == np.uint8 else cv2.CV_16U)
        if luma.dtype != np.uint8:
            np.minimum(luma, top, out=luma)

    def _small(self, luma: Luma, levels: Levels) -> Plane:
        """The frame at the scale at which a tile has TILE pixels, from 0 to 255."""
        cv2 = opencv()
        height, width = luma.shape
        scale = TILE / tile_size(height, width)
        size = max(8, round(width * scale)), max(8, round(height * scale))
        small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        return np.asarray((small.astype(np.float32) - np.float32(levels.black)) / np.float32(levels.step))

    def _wanted(self, strength: Plane) -> float:
        """The root mean square of the residual, from 0 to 255; rounding adds its own."""
        psnr = fitting_psnr(strength) if self.psnr is None else self.psnr
        return float(np.sqrt(max(amplitude_at(psnr) ** 2 - 1 / 12, 0.25)))

    def _new_pattern(self, small: Plane, strength: Plane, shape: tuple[int, int]) -> Plane:
        """H×W, the tiles at the frame's size."""
        cv2 = opencv()
        phases = (self.carriers.phases[self.variant] * self.signs).astype(np.complex64)
        grid = Grid(small, strength, self.carriers, phases)
        amplitude = informed(grid, self.carriers.amplitude, self._wanted(strength))
        tile = synthesise(self.carriers, amplitude * phases)
        height, width = small.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        tiles = np.tile(tile, (rows, columns))[:height, :width]
        return np.asarray(cv2.resize(tiles, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)

    def _follow(self, wish: Plane) -> None:
        assert self._strength is not None
        step = wish - self._strength
        self._strength += np.where(step > 0, np.float32(RISE), np.float32(FALL)) * step
