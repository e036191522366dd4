"""A whole video marked: decoded, marked and encoded frame by frame, everything else passed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.errors import DataError
from octarine.watermark.video.detect import Progress
from octarine.watermark.video.embed import FrameMarker
from octarine.watermark.video.planes import Levels, Luma, levels_of, luma_of, planar
from octarine.watermark.video.source import Source, open_video
from octarine.watermark.video.target import Target, open_target

LEAST_SIDE = 64


@dataclass(frozen=True)
class MarkedVideo:
    """What was written.

    Attributes:
        target: where.
        frames: how many.
        psnr: the mean over frames in dB, of luma from black to white, before encoding.
        least_psnr: the least of any frame.
        notes: what a person should know, such as that the original ends early.
    """

    target: Path
    frames: int
    psnr: float
    least_psnr: float
    notes: tuple[str, ...]


def mark_video(
    path: Path,
    target: Path,
    marker: Callable[[Luma], FrameMarker],
    *,
    crf: int | None,
    overwrite: bool,
    progress: Progress | None,
) -> MarkedVideo:
    """Mark a video into another file; ``marker`` is made for the luma of the first frame.

    Raises:
        DataError: it cannot be read, is interlaced, or too small.
        InputError: the result exists, or cannot hold what the original holds.
    """
    with open_video(path) as source, open_target(target, source, crf, overwrite=overwrite) as out:
        work = _Work(source, out, marker, progress)
        for packet in source.packets():
            work.take(packet)
        work.finish()
        notes = (*source.notes(), *out.notes)
    quality = np.array(work.quality)
    return MarkedVideo(target, source.frames, float(quality.mean()), float(quality.min()), notes)


class _Work:
    """Packets that come before the first frame wait for it: it says what the result is like."""

    def __init__(
        self, source: Source, out: Target, marker: Callable[[Luma], FrameMarker], progress: Progress | None
    ) -> None:
        self._source, self._out, self._make, self._progress = source, out, marker, progress
        self._marker: FrameMarker | None = None
        self._waiting: list[Any] = []
        self.quality: list[float] = []

    def take(self, packet: Any) -> None:
        if packet.stream.index == self._source.stream.index:
            for frame in self._source.decode(packet):
                self._mark(frame)
        elif self._marker is None:
            self._waiting.append(packet)
        else:
            self._out.copy(packet)

    def _mark(self, decoded: Any) -> None:
        frame = planar(decoded)
        frame.make_writable()
        coded, levels = luma_of(frame), levels_of(frame)
        if self._marker is None:
            self._begin(decoded, frame, coded)
        assert self._marker is not None
        before = coded.copy()
        self._marker.mark(coded, levels)
        self.quality.append(_psnr(before, coded, levels))
        self._out.encode(frame)
        if self._progress is not None and frame.time is not None:
            self._progress(frame.time, max(self._source.seconds or 0.0, frame.time))

    def _begin(self, decoded: Any, frame: Any, coded: Luma) -> None:
        path = self._source.path
        if decoded.interlaced_frame:
            raise DataError(
                "is interlaced, and a mark over two fields would comb",
                path=path,
                hint="Deinterlace it first, for example with:  ffmpeg -i IN -vf bwdif OUT",
            )
        if min(coded.shape) < LEAST_SIDE:
            raise DataError(
                f"frames of {frame.width}×{frame.height} pixels",
                path=path,
                hint=f"Marks need at least {LEAST_SIDE} pixels a side.",
            )
        self._marker = self._make(coded)
        self._out.declare(frame)
        for packet in self._waiting:
            self._out.copy(packet)
        self._waiting.clear()

    def finish(self) -> None:
        if self._marker is None:
            raise DataError("no frame of its video could be decoded", path=self._source.path)
        self._out.finish()


def _psnr(before: Luma, after: Luma, levels: Levels) -> float:
    from octarine.watermark.image.analysis import opencv

    error = opencv().norm(before, after) ** 2 / before.size / levels.step**2
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))
