"""A whole video in bounded memory: sampled frames, added up within shots, read, and labelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from octarine.core.errors import DataError
from octarine.watermark.image.analysis import Plane, flatten, shrink
from octarine.watermark.image.detect import Outcome
from octarine.watermark.keys import Key
from octarine.watermark.video.labels import Sample, standing_of
from octarine.watermark.video.listen import FINE, Heard, Listener, add_up, coarse
from octarine.watermark.video.planes import levels_of, luma_of, planar
from octarine.watermark.video.shots import Cuts
from octarine.watermark.video.source import Source, open_video

RATE = 8.0
"""Frames a second that are looked at, of which all are of a video of at most SHORT seconds."""
SHORT = 5.0
MOST_SAMPLES = 4000
"""About so many are looked at in a long video, but one every two seconds at least."""
WINDOW = 32
"""The most frames that are added up."""
ASKED = 3
"""Known marks that each frame is asked for: the latest."""

Progress = Callable[[float, float], None]
"""Told the seconds that were read, and how many there are."""


@dataclass
class Watch:
    """What is seen of a video with one key.

    Attributes:
        listener: what was read.
        best: the strongest evidence in any sum.
        marks: what the frames were asked for.
        samples: the frames that were looked at.
        shape: height and width of the latest one.
        searching: whether sums are looked at, or frames are only asked for ``marks``.
    """

    listener: Listener
    best: Outcome = field(default_factory=lambda: Outcome(None, None, 0.0))
    marks: list[Heard] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    shape: tuple[int, int] = (0, 0)
    searching: bool = True
    _flats: list[npt.NDArray[np.int8]] = field(default_factory=list)
    _pending: list[Sample] = field(default_factory=list)
    _scale: float = 1.0
    _rest: Plane | None = None

    def see(self, flat: npt.NDArray[np.int8], scale: float, sample: Sample, shape: tuple[int, int]) -> None:
        """One more flattened frame, of a picture of ``shape``."""
        changed = bool(self._flats) and self._flats[0].shape != flat.shape
        if changed or sample.cut or len(self._flats) == WINDOW:
            self.close()
        self._flats.append(flat)
        self._pending.append(sample)
        self._scale, self.shape = scale, shape

    def close(self) -> None:
        """Read what was added up, and ask its frames."""
        if not self._flats:
            return
        own = self._read() if self.searching else None
        asked = self.marks[-ASKED:] if own is None else [own]
        for flat, sample in zip(self._flats, self._pending, strict=True):
            self.samples.append(self._ask(flat, sample, asked))
        self._flats.clear()
        self._pending.clear()

    def _read(self) -> Heard | None:
        total = add_up(self._flats)
        own = self._listen(total)
        if own is None and (self._rest is None or self._rest.shape == total.shape):
            self._rest = total if self._rest is None else self._rest + total
        return own

    def _listen(self, total: Plane) -> Heard | None:
        outcome, own = self.listener.listen(total, self._scale)
        if outcome.log_p < self.best.log_p or self.best.lock is None:
            self.best = outcome
        if own is not None:
            self.marks.append(own)
        return own

    def _ask(self, flat: npt.NDArray[np.int8], sample: Sample, asked: list[Heard]) -> Sample:
        plane = flat.astype(np.float32) / np.float32(FINE)
        for heard in asked:
            t = standing_of(plane, heard, self.listener.carriers)
            if sample.mark < 0 or t > sample.t:
                sample = replace(sample, t=t, mark=self._index(heard))
        return sample

    def _index(self, heard: Heard) -> int:
        return next(i for i, mark in enumerate(self.marks) if mark is heard)

    def finish(self) -> None:
        """The end of the video: what was read nowhere alone is tried once more in the sum of all."""
        self.close()
        if self.searching and not self.marks and self._rest is not None and self.listener.sums > 1:
            self._listen(self._rest)

    def again(self) -> Watch | None:
        """For a second pass, where frames were asked before the marks in the video were known; or None."""
        asked = all(sample.mark >= 0 for sample in self.samples)
        if not self.marks or asked:
            return None
        return Watch(self.listener, self.best, list(self.listener.heard), searching=False)


@dataclass(frozen=True)
class Seen:
    """What was read of a file."""

    frames: int
    seconds: float
    notes: tuple[str, ...]


def watch(path: Path, keys: tuple[Key, ...], progress: Progress | None) -> tuple[Seen, list[Watch]]:
    """Look at a video for the marks of ``keys``: once, and again where what was read late must be
    asked early.

    Raises:
        DataError: the file cannot be read, or holds no video.
    """
    watches = [Watch(Listener(key)) for key in keys]
    with open_video(path) as source:
        seen = _pass(path, source, watches, progress)
    second = {i: again for i, watch in enumerate(watches) if (again := watch.again()) is not None}
    if second:
        with open_video(path) as source:
            _pass(path, source, list(second.values()), progress)
        watches = [second.get(i, watch) for i, watch in enumerate(watches)]
    return seen, watches


def _pass(path: Path, source: Source, watches: list[Watch], progress: Progress | None) -> Seen:
    seconds = source.seconds or 0.0
    period = 0.0 if 0 < seconds <= SHORT else max(1 / RATE, min(2.0, seconds / MOST_SAMPLES))
    cuts, due, time, step = Cuts(), 0.0, 0.0, 1 / float(source.stream.average_rate or 25)
    for decoded in source.video():
        frame = planar(decoded)
        time = frame.time if frame.time is not None else time + step
        coded, levels = luma_of(frame), levels_of(frame)
        begins = cuts.begins(coded, levels.white - levels.black)
        if not (begins or time >= due):
            continue
        due = time + period - step / 2
        small, scale, _ = shrink(levels.plane(coded))
        flat = coarse(flatten(small))
        for one in watches:
            one.see(flat, scale, Sample(time, begins), coded.shape)
        if progress is not None:
            progress(time, max(seconds, time))
    if not source.frames:
        raise DataError("no frame of its video could be decoded", path=path)
    for one in watches:
        one.finish()
    return Seen(source.frames, time + step, tuple(source.notes()))
