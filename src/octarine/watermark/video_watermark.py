"""``VideoWatermark``: put an invisible mark into every frame of a video, and find it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.code import encode
from octarine.watermark.evidence import Confidence, confidence_of
from octarine.watermark.image.carriers import VARIANTS, carriers_of
from octarine.watermark.image.shape import Geometry, geometry_of
from octarine.watermark.keys import Key
from octarine.watermark.video.detect import Progress, Seen, Watch, watch
from octarine.watermark.video.embed import PSNR, FrameMarker
from octarine.watermark.video.labels import Sample, ours
from octarine.watermark.video.mark import MarkedVideo, mark_video
from octarine.watermark.video.planes import Luma


@dataclass(frozen=True)
class Span:
    """A stretch of a video that is ours.

    Attributes:
        start: of its first frame, in seconds.
        end: where the first frame begins that is no more ours.
        payload: what was read there.
        geometry: how the mark lies there.
    """

    start: float
    end: float
    payload: int
    geometry: Geometry


@dataclass(frozen=True)
class LookedAt:
    """One frame that was looked at.

    Attributes:
        time: in seconds.
        ours: whether it has the mark, its neighbours considered.
        strength: how strongly the mark is there by itself: about 0 ± 1 without one. It is no p-value: the
            mark that it is compared with was read from these same frames.
    """

    time: float
    ours: bool
    strength: float


@dataclass(frozen=True)
class FoundInVideo:
    """What a detector says of one video.

    Attributes:
        score: −log₁₀ of the p-value: 9 and more is HIGH.
        p_value: the probability that a video without this mark gives such evidence anywhere, over everything
            that was tried, all keys among it; 0.0 where it is too small for a float (the score is not).
        confidence: see ``Confidence``.
        payload: what was put in, or None where it could not be read. Where there are several, that of the
            longest span.
        geometry: how the mark lies where it is clearest; None with confidence none.
        spans: which parts are ours, in the order of time. Only with a payload.
        frames: those that were looked at, in the order of time.
        seconds: its end in its own time, as far as it was read; how long it is where it begins at 0.
        frames_read: how many frames were decoded.
        notes: what a person should know, such as that the file ends early.
        key: the fingerprint of the key under which the mark was found.
    """

    score: float
    p_value: float
    confidence: Confidence
    payload: int | None = None
    geometry: Geometry | None = None
    spans: tuple[Span, ...] = ()
    frames: tuple[LookedAt, ...] = ()
    seconds: float = 0.0
    frames_read: int = 0
    notes: tuple[str, ...] = ()
    key: str | None = None

    @property
    def share(self) -> float:
        """The part of the video that is ours."""
        begin = self.frames[0].time if self.frames else 0.0
        length = self.seconds - begin
        return min(1.0, sum(span.end - span.start for span in self.spans) / length) if length > 0 else 0.0


class VideoWatermark:
    """Marks video under one key; detection may know retired keys too."""

    def __init__(self, key: Key | bytes, *, retired: tuple[Key, ...] = ()) -> None:
        self.key = key if isinstance(key, Key) else Key(key)
        self.retired = retired

    def embed(
        self,
        source: Path,
        target: Path,
        payload: int = 0,
        *,
        psnr: float | None = None,
        crf: int | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> MarkedVideo:
        """Mark a video file into another. Sound, subtitles, chapters, times, colour tags and metadata are
        kept; the codec is the original's.

        Args:
            source: read packet by packet.
            target: written whole or not at all.
            payload: 0 ≤ payload < 2**48.
            psnr: of every frame in dB, before encoding; 42.2 without it.
            crf: constant quality of the encoder; without it one at which hardly anyone sees a loss.
            overwrite: replace a target that exists.
            progress: told the seconds that were read and how many there are.

        Raises:
            DataError: the source cannot be read, is interlaced or too small.
            InputError: another argument is wrong, or the target cannot hold what the source holds.
        """
        if source.resolve() == target.resolve():
            raise InputError(f"{target} is the original", hint="Name another file: originals are kept.")
        _check(psnr)
        encode(self.key, payload)
        return mark_video(
            source,
            target,
            lambda first: self.marker(payload, first, psnr=psnr),
            crf=crf,
            overwrite=overwrite,
            progress=progress,
        )

    def embed_frames(
        self, frames: Iterable[npt.NDArray[np.uint8]], payload: int = 0, *, psnr: float | None = None
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """The marked frames of a video in memory: H×W×3 RGB of 8 bits, one after the other."""
        _check(psnr)
        marker: FrameMarker | None = None
        for frame in frames:
            if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
                raise InputError(
                    f"a frame of shape {frame.shape} and type {frame.dtype}", hint="Give H×W×3 of uint8."
                )
            if marker is None:
                marker = self.marker(payload, frame, psnr=psnr)
            yield marker.mark_colours(frame)

    def marker(self, payload: int, first: Luma, *, psnr: float | None = None) -> FrameMarker:
        """What marks the frames of one video, of which ``first`` is the first."""
        carriers = carriers_of(self.key)
        digest = hashlib.sha256(np.ascontiguousarray(first).data).digest()
        variant = self.key.tag("variant", digest, 32) % VARIANTS
        signs = carriers.signs(encode(self.key, payload))
        return FrameMarker(carriers, variant, signs, PSNR if psnr is None else psnr)

    def detect(self, path: Path, *, progress: Progress | None = None) -> FoundInVideo:
        """Look for the mark of any of the keys in a video file.

        Raises:
            DataError: it cannot be read, or holds no video.
        """
        seen, watches = watch(path, (self.key, *self.retired), progress)
        best = min(watches, key=lambda one: (one.best.decoded is None, one.best.log_p))
        return _found(seen, best, len(watches))


def _check(psnr: float | None) -> None:
    if psnr is not None and not 25 <= psnr <= 60:
        raise InputError(
            f"a PSNR of {psnr:g} dB", hint="Give one from 25 to 60; 42 is invisible in most videos."
        )


def _found(seen: Seen, watched: Watch, keys: int) -> FoundInVideo:
    # Every key is another chance of a false alarm.
    log_p = min(0.0, watched.best.log_p + watched.listener.log_tries + float(np.log(keys)))
    confidence = confidence_of(log_p)
    labels = ours(watched.samples)
    found = FoundInVideo(
        -log_p / float(np.log(10)) + 0.0,
        float(np.exp(log_p)),
        confidence,
        frames=tuple(
            LookedAt(sample.time, own, round(sample.t, 2))
            for sample, own in zip(watched.samples, labels, strict=True)
        ),
        seconds=seen.seconds,
        frames_read=seen.frames,
        notes=seen.notes,
    )
    if confidence is Confidence.NONE or watched.best.lock is None:
        return replace(found, frames=tuple(replace(frame, ours=False) for frame in found.frames))
    spans = _spans(watched, labels, seen.seconds)
    lengths: dict[int, float] = {}
    for span in spans:
        lengths[span.payload] = lengths.get(span.payload, 0.0) + span.end - span.start
    decoded = watched.best.decoded
    return replace(
        found,
        payload=max(lengths, key=lambda payload: lengths[payload])
        if lengths
        else (decoded.payload if decoded else None),
        geometry=geometry_of(watched.best.lock, watched.shape),
        spans=spans,
        key=watched.listener.key.fingerprint,
    )


def _spans(watched: Watch, labels: list[bool], end: float) -> tuple[Span, ...]:
    """Runs of samples that are ours, of one payload and one geometry."""
    samples = watched.samples
    spans: list[Span] = []
    last: Sample | None = None
    for i, (sample, own) in enumerate(zip(samples, labels, strict=True)):
        until = _boundary(samples, i + 1, end)
        if not own:
            last = None
            continue
        mark = watched.marks[sample.mark]
        if last is not None and watched.marks[last.mark].like(mark):
            spans[-1] = replace(spans[-1], end=until)
        else:
            start = _boundary(samples, i, end)
            spans.append(Span(start, until, mark.decoded.payload, geometry_of(mark.lock, watched.shape)))
        last = sample
    return tuple(spans)


def _boundary(samples: list[Sample], i: int, end: float) -> float:
    """When sample i takes over from the one before: at a cut, there; else in the middle between them."""
    if i >= len(samples):
        return round(end, 3)
    if i == 0 or samples[i].cut:
        return round(samples[i].time, 3)
    return round((samples[i - 1].time + samples[i].time) / 2, 3)
