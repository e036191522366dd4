"""A video file, read packet by packet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError, MissingExtra

SUFFIXES = (
    *(
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".ts",
        ".m2ts",
        ".mts",
        ".mpg",
        ".mpeg",
        ".wmv",
        ".flv",
    ),
    *(".3gp", ".ogv", ".mxf", ".y4m", ".264", ".265", ".ivf"),
)
"""What names of video files end in."""
NEARLY_ALL = 0.98
"""Containers count a few frames too many; where fewer than this part of them are there, a file ends early."""


def pyav() -> Any:
    """PyAV, or the error that names the extra."""
    try:
        import av
    except ImportError:
        raise MissingExtra("watermark", "Reading video files") from None
    return av


def is_video(path: Path) -> bool:
    """Whether a file's name says that it is a video."""
    return path.suffix.lower() in SUFFIXES


class Source:
    """An open video file.

    Attributes:
        container: PyAV's.
        stream: the video that is marked: the first that is no cover picture.
        frames: how many were decoded.
        damaged: how many packets could not be.
    """

    def __init__(self, path: Path, container: Any) -> None:
        av = pyav()
        self.path, self.container = path, container
        self.frames, self.damaged = 0, 0
        cover = av.stream.Disposition.attached_pic
        own = [s for s in container.streams.video if s.codec_context and not s.disposition & cover]
        if not own:
            raise DataError("holds no video that can be decoded", path=path)
        self.stream = own[0]
        self.stream.thread_type = "AUTO"
        self._until = 0.0
        self._broken = False

    @property
    def seconds(self) -> float | None:
        """How long it says it is."""
        stream = self.stream
        if stream.duration:
            return float(stream.duration * stream.time_base)
        return self.container.duration / 1e6 if self.container.duration else None

    def packets(self) -> Iterator[Any]:
        """Every packet of every stream, in the file's order; the last of each stream is empty."""
        av = pyav()
        try:
            yield from self.container.demux()
        except (av.error.InvalidDataError, av.error.EOFError, OSError):
            self._broken = True

    def decode(self, packet: Any) -> list[Any]:
        """The frames that a packet of the video completes."""
        av = pyav()
        try:
            frames: list[Any] = packet.decode()
        except av.error.InvalidDataError:
            self.damaged += 1
            return []
        self.frames += len(frames)
        for frame in frames:
            if frame.time is not None:
                self._until = max(self._until, frame.time)
        return frames

    def video(self) -> Iterator[Any]:
        """The frames of the video, in the order in which they are shown."""
        for packet in self.packets():
            if packet.stream.index == self.stream.index:
                yield from self.decode(packet)

    def notes(self) -> list[str]:
        """What to tell once all was read: where the file ends early, or is damaged."""
        told = []
        promised = self.stream.frames
        if promised and self.frames < NEARLY_ALL * promised - 2:
            told.append(f"ends early: {self.frames} of {promised} frames could be read")
        elif self._broken or (self.seconds and self._until < NEARLY_ALL * self.seconds - 1):
            told.append(f"ends early: {self._until:.1f} of {self.seconds or 0:.1f} seconds could be read")
        if self.damaged:
            told.append(f"{self.damaged} damaged packets were left out")
        return told


@contextmanager
def open_video(path: Path) -> Iterator[Source]:
    """Open a video file.

    Raises:
        DataError: it cannot be read, or holds no video.
    """
    av = pyav()
    try:
        container = av.open(str(path), metadata_errors="ignore")
    except (OSError, ValueError) as error:
        # PyAV's own errors are of both kinds.
        why = getattr(error, "strerror", None) or str(error)
        hint = "" if isinstance(error, FileNotFoundError | PermissionError) else _WHOLE
        raise DataError(f"no video that can be read: {why}", path=path, hint=hint) from None
    with container:
        yield Source(path, container)


_WHOLE = (
    "Is the file whole? An MP4 that was cut short has often lost its index, and nothing in it can be found."
)
