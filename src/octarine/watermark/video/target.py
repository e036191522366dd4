"""The file that a video becomes: marked frames encoded, everything beside them as it was."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from octarine.core.errors import InputError
from octarine.watermark.video.source import Source, pyav

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".ts": "mpegts",
}


@dataclass(frozen=True)
class Encoder:
    """An encoder, and the constant quality at which hardly anyone sees a loss."""

    name: str
    crf: int
    options: dict[str, str] = field(default_factory=dict)


ENCODERS = {
    "h264": Encoder("libx264", 18),
    "hevc": Encoder("libx265", 20, {"x265-params": "log-level=error"}),
    "vp9": Encoder("libvpx-vp9", 24, {"b": "0", "deadline": "good", "cpu-used": "2", "row-mt": "1"}),
    "av1": Encoder("libsvtav1", 24, {"preset": "8"}),
}
"""By the codec of the original; others become H.264, and in WebM VP9."""

_DECODERS = {"libdav1d": "av1", "libaom-av1": "av1", "libvpx-vp9": "vp9"}
"""Decoders that are not named as their codec is."""

_OWN_KEYS = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration")
"""What containers write about themselves."""
_HDR = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS", "DOVI_METADATA")
"""What PyAV cannot hand to an encoder."""
_MP4_KEYS = {
    *(
        "title",
        "artist",
        "album_artist",
        "composer",
        "album",
        "date",
        "comment",
        "genre",
        "copyright",
        "lyrics",
    ),
    *("description", "synopsis", "show", "episode_id", "network", "keywords", "track", "disc", "compilation"),
    *(
        "creation_time",
        "language",
        "handler_name",
        "vendor_id",
        "rotate",
        "grouping",
        "hd_video",
        "media_type",
    ),
}


class Target:
    """An open result. Streams are declared from the source and the first frame, then packets and frames come
    in the source's order."""

    def __init__(self, container: Any, source: Source, crf: int | None, kind: str) -> None:
        self._container, self._source, self._crf, self._kind = container, source, crf, kind
        self._streams: dict[int, Any] = {}
        self._last: int | None = None
        self.notes: list[str] = []

    def declare(self, frame: Any) -> None:
        """Declare every stream; ``frame`` is the first of the video."""
        source = self._source.container
        options = {str(k): v for k, v in source.metadata.items() if k.lower() not in _OWN_KEYS}
        self._container.metadata.update(options)
        chapters = source.chapters()
        if chapters and self._kind in ("mp4", "mov", "matroska", "webm"):
            self._container.set_chapters(chapters)
        for stream in source.streams:
            if stream.index == self._source.stream.index:
                made = self._declare_video(frame)
            else:
                made = self._declare_copy(stream)
            if made is not None:
                self._streams[stream.index] = made
                made.metadata.update(_kept(stream.metadata))
                made.disposition = stream.disposition

    def _declare_copy(self, stream: Any) -> Any:
        av = pyav()
        what = f"stream {stream.index} ({stream.type}, {stream.name or 'unknown'})"
        if stream.type in ("data", "attachment", "unknown") and not _holds(self._kind, stream):
            if not self._is_chapters(stream):
                self.notes.append(f"{what} was left out: {self._kind} cannot hold it")
            return None
        try:
            return self._container.add_stream_from_template(stream, opaque=True)
        except (ValueError, av.error.FFmpegError) as error:
            raise InputError(
                f"{self._source.path}: {self._kind} cannot hold {what}", hint="Name a .mkv file."
            ) from error

    def _is_chapters(self, stream: Any) -> bool:
        """Whether it is how MP4 keeps chapters, as a last track of texts: it is written anew."""
        source = self._source.container
        return "mp4" in source.format.name and bool(source.chapters()) and stream is source.streams[-1]

    def _declare_video(self, frame: Any) -> Any:
        original = self._source.stream
        pixel_format = frame.format.name.replace("yuvj", "yuv")
        encoder = self._encoder(original.codec_context.name, pixel_format)
        options = dict(encoder.options) | {"crf": str(encoder.crf if self._crf is None else self._crf)}
        rate = original.average_rate or original.guessed_rate or Fraction(25)
        stream = self._container.add_stream(encoder.name, rate=rate, options=options)
        context = stream.codec_context
        stream.width, stream.height = frame.width, frame.height
        stream.pix_fmt = pixel_format
        if encoder.name == "libsvtav1":
            # It tells its settings on standard error otherwise.
            os.environ.setdefault("SVT_LOG", "1")
        context.time_base = stream.time_base = original.time_base
        context.framerate = rate
        context.thread_type = "AUTO"
        context.color_range = 2 if frame.format.name.startswith("yuvj") else frame.color_range
        context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
        context.colorspace = frame.colorspace
        if original.sample_aspect_ratio:
            context.sample_aspect_ratio = original.sample_aspect_ratio
        if self._kind == "avi":
            # AVI has no presentation times.
            context.max_b_frames = 0
        if encoder.name == "libx265" and self._kind in ("mp4", "mov"):
            context.codec_tag = "hvc1"
        for side in frame.side_data:
            if side.type.name == "DISPLAYMATRIX":
                stream.set_display_matrix(np.frombuffer(side, "<i4")[:9].tolist())
            elif side.type.name in _HDR:
                self.notes.append(f"HDR data was left out: {side.type.name.lower().replace('_', ' ')}")
        return stream

    def _encoder(self, codec: str, pixel_format: str) -> Encoder:
        """The original's, or the first that holds such pixels in such a container."""
        codec = _DECODERS.get(codec, codec)
        others = ("vp9", "av1") if self._kind == "webm" else ("h264", "hevc")
        wanted = [codec] if codec in (others if self._kind == "webm" else ENCODERS) else []
        for name in (*wanted, *others):
            if pixel_format in _held(ENCODERS[name].name):
                if wanted and name != codec:
                    self.notes.append(
                        f"became {name}: {ENCODERS[codec].name} cannot hold {pixel_format} here"
                    )
                return ENCODERS[name]
        raise InputError(
            f"{self._source.path}: no encoder for {pixel_format} in {self._kind}",
            hint="Convert it to yuv420p or yuv420p10le first, or name a .mkv file.",
        )

    def copy(self, packet: Any) -> None:
        """A packet of a stream that is not marked, as it is."""
        made = self._streams.get(packet.stream.index)
        # A packet of nothing at no time ends its stream.
        if made is None or (packet.size == 0 and packet.pts is None):
            return
        if packet.dts is None:
            # Matroska leaves it open, and a cover picture has no time.
            packet.dts = packet.pts = packet.pts or 0
        packet.stream = made
        self._container.mux(packet)

    def encode(self, frame: Any) -> None:
        """A marked frame, at its own time."""
        stream = self._streams[self._source.stream.index]
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None or (self._last is not None and pts <= self._last):
            pts = 0 if self._last is None else self._last + max(1, frame.duration or 1)
        self._last = frame.pts = pts
        frame.time_base = self._source.stream.time_base
        frame.pict_type = 0
        if frame.format.name != stream.pix_fmt and not frame.format.name.startswith("yuvj"):
            frame = frame.reformat(format=stream.pix_fmt)
        self._container.mux(stream.encode(frame))

    def finish(self) -> None:
        """What the encoder still holds."""
        self._container.mux(self._streams[self._source.stream.index].encode())


def _held(encoder: str) -> list[str]:
    """The pixel formats that an encoder takes."""
    return [held.name for held in pyav().codec.Codec(encoder, "w").video_formats or []]


def _holds(kind: str, stream: Any) -> bool:
    """Whether a container takes a stream that has no codec: only writing its header tells."""
    av = pyav()
    try:
        with av.open(io.BytesIO(), "w", format=kind) as scratch:
            scratch.add_stream_from_template(stream, opaque=True)
            scratch.start_encoding()
    except (ValueError, OSError, av.error.FFmpegError):
        return False
    return True


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    """Without what Matroska computes."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _OWN_KEYS
        and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF_", "DURATION"))
    }


@contextmanager
def open_target(path: Path, source: Source, crf: int | None, *, overwrite: bool) -> Iterator[Target]:
    """The file, written whole or not at all.

    Raises:
        InputError: it exists and ``overwrite`` is not set, its name says no format that can be written, or it
            cannot be written.
    """
    kind = container_of(path)
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists", hint="Name another file, or say --overwrite.")
    av = pyav()
    unfinished = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}")
    options = {}
    if kind in ("mp4", "mov"):
        own = {key.lower() for key in source.container.metadata} <= _MP4_KEYS | set(_OWN_KEYS)
        options = {"movflags": "+faststart" if own else "+faststart+use_metadata_tags"}
    try:
        with av.open(str(unfinished), "w", format=kind, options=options) as container:
            target = Target(container, source, crf, kind)
            yield target
        unfinished.replace(path)
    except (OSError, av.error.FFmpegError) as error:
        raise InputError(f"{path} was not written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def container_of(path: Path) -> str:
    """FFmpeg's name of the format that a file's name says.

    Raises:
        InputError: it is none of those that can be written.
    """
    if path.suffix.lower() not in CONTAINERS:
        raise InputError(
            f"{path}: the format of the result is not known", hint=f"End it in {', '.join(CONTAINERS)}."
        )
    return CONTAINERS[path.suffix.lower()]
