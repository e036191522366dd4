"""A few small pictures of a video, evenly over its time, for the page's timeline."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.watermark.video.source import Source, open_video, pyav

MOST = 12
SIDE = 160
"""Pixels of the longer side."""
_DECODED = 300
"""Frames that are decoded for one picture, at most: from the key frame before it."""
_FEWEST_S = 0.2
"""Seconds between two of them, at least."""


def stills(path: Path, seconds: float) -> Iterator[tuple[float, bytes]]:
    """Times, in seconds, and JPEGs. Where a file is damaged or ends early there are fewer, or none, and
    likewise where its kind has no index to be sought in.

    Args:
        seconds: when the video ends, in its own time, which need not begin at nought.
    """
    av = pyav()
    try:
        with open_video(path) as source:
            begins = _begins(source)
            count = max(1, min(MOST, int((seconds - begins) / _FEWEST_S)))
            for number in range(count):
                due = begins + (seconds - begins) * (number + 0.5) / count
                frame = _frame_at(source, due)
                if frame is not None:
                    yield due, _jpeg(frame)
    except (DataError, av.error.FFmpegError):
        return


def _begins(source: Source) -> float:
    return float((source.stream.start_time or 0) * source.stream.time_base)


def _frame_at(source: Source, due: float) -> Any:
    """The frame that is shown at a time, or the one nearest to it that is reached; None where none can be."""
    av = pyav()
    stream, last = source.stream, None
    try:
        source.container.seek(int(due / stream.time_base), stream=stream)
        for number, frame in enumerate(source.video()):
            if last is not None and frame.time is not None and frame.time > due:
                break
            last = frame
            if number >= _DECODED:
                break
    except av.error.FFmpegError:
        pass  # What was decoded until then, if anything.
    return last


def _jpeg(frame: Any) -> bytes:
    image = frame.to_image()
    turned = getattr(frame, "rotation", 0)
    if turned:
        image = image.rotate(turned, expand=True)
    image.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75)
    return out.getvalue()
