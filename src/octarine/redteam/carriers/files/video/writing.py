"""Containers by PyAV: frames (libx264), sound (AAC), subtitles, chapters, tags. Equal calls, equal bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.files.covers import attached
from octarine.redteam.carriers.files.video.drawing import HIGH, WIDE, Frame
from octarine.redteam.seed import Seed
from octarine.redteam.technique import Made

MP4, MKV = "video/mp4", "video/x-matroska"
_THOUSANDTH = Fraction(1, 1000)


@dataclass(frozen=True)
class Clip:
    """What goes into a container.

    Attributes:
        frames: uint8, H×W×3, ``rate`` a second.
        more: frames of a second video stream.
        sound: int16 samples of one channel, ``sampled`` a second.
        subtitles: (start, end, text) in milliseconds.
        chapters: (start, end, title) in milliseconds.
        tags: of the container.
        files: name → bytes attached (Matroska).
        fine: keep detail, as noise needs it.
    """

    frames: Sequence[Frame]
    rate: int = 4
    more: Sequence[Frame] = ()
    sound: npt.NDArray[np.int16] | None = None
    sampled: int = 22_050
    subtitles: Sequence[tuple[int, int, str]] = ()
    chapters: Sequence[tuple[int, int, str]] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    fine: bool = False


def written(clip: Clip, container: str = "mp4") -> bytes:
    """The file; ``container``: mp4 or matroska."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as output:
        output.metadata.update(clip.tags)
        pictures = [(_pictures(output, clip), clip.frames)]
        pictures += [(_pictures(output, clip), clip.more)] if clip.more else []
        sound = _sound(output, clip) if clip.sound is not None else None
        titles = _titles(output, container) if clip.subtitles else None
        for name, data in clip.files.items():
            output.add_attachment(name, "text/plain", data)
        if clip.chapters:
            output.set_chapters(
                [
                    {
                        "id": n,
                        "start": start,
                        "end": end,
                        "time_base": _THOUSANDTH,
                        "metadata": {"title": title},
                    }
                    for n, (start, end, title) in enumerate(clip.chapters)
                ]
            )
        for stream, frames in pictures:
            _encode_pictures(output, stream, frames)
        if sound is not None:
            _encode_sound(output, sound, clip)
        for start, end, text in clip.subtitles:
            output.mux(_subtitle(titles, start, end, text, container))
    return file.getvalue()


def _pictures(output: Any, clip: Clip) -> Any:
    stream = output.add_stream("libx264", rate=clip.rate)
    stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
    stream.thread_count = 1
    stream.options = {"preset": "ultrafast", "crf": "14" if clip.fine else "24"}
    return stream


def _encode_pictures(output: Any, stream: Any, frames: Sequence[Frame]) -> None:
    import av

    for frame in frames:
        output.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
    output.mux(stream.encode(None))


def _sound(output: Any, clip: Clip) -> Any:
    stream = output.add_stream("aac", rate=clip.sampled, layout="mono")
    stream.bit_rate = 64_000
    stream.options = {"aac_coder": "fast"}
    return stream


def _encode_sound(output: Any, stream: Any, clip: Clip) -> None:
    import av

    assert clip.sound is not None
    samples = (clip.sound.astype(np.float32) / 32_768)[None, :]
    for first in range(0, samples.shape[1], 1024):
        piece = np.ascontiguousarray(samples[:, first : first + 1024])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = clip.sampled, first
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _titles(output: Any, container: str) -> Any:
    return output.add_mux_stream("mov_text" if container == "mp4" else "subrip", time_base=_THOUSANDTH)


def _subtitle(stream: Any, start: int, end: int, text: str, container: str) -> Any:
    import av

    data = text.encode()
    packet = av.Packet(len(data).to_bytes(2, "big") + data if container == "mp4" else data)
    packet.stream, packet.time_base = stream, _THOUSANDTH
    packet.pts = packet.dts = start
    packet.duration = end - start
    packet.is_keyframe = True
    return packet


def played(seed: Seed, clip: Clip | NotApplicable, *, kind: str = "task", container: str = "mp4") -> Made:
    """The clip in a message."""
    if isinstance(clip, NotApplicable):
        return clip
    media_type, ending = (MP4, "mp4") if container == "mp4" else (MKV, "mkv")
    return attached(seed, kind, written(clip, container), media_type, f"clip.{ending}", Modality.VIDEO)
