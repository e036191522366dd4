"""Videos that are drawn and encoded, so that no test needs a file."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from tests.watermark.pictures import scene

HEIGHT, WIDTH = 240, 320
RATE = 10


def frames(n=20, seed=0, height=HEIGHT, width=WIDTH):
    """A camera that pans over a scene: H×W×3 pictures."""
    picture = scene(height + 40, width + 3 * n + 8, seed)
    return [picture[20 : 20 + height, 3 * i : 3 * i + width] for i in range(n)]


def coded(pictures, pixel_format="yuv420p"):
    """As frames of a video."""
    made = [av.VideoFrame.from_ndarray(np.ascontiguousarray(p), format="rgb24") for p in pictures]
    return [frame.reformat(format=pixel_format) for frame in made]


def write(
    path,
    pictures,
    codec="libx264",
    pixel_format="yuv420p",
    times=None,
    options=None,
    sound=False,
    prepare=lambda container, stream: None,
):
    """Encode pictures into a file; ``times`` are in thousandths of a second."""
    if options is None:
        options = {"crf": "18"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        voice = container.add_stream("aac", rate=44100) if sound else None
        prepare(container, stream)
        for i, frame in enumerate(coded(pictures, pixel_format)):
            frame.time_base = Fraction(1, 1000)
            frame.pts = (1000 // RATE) * i if times is None else times[i]
            container.mux(stream.encode(frame))
            if voice:
                container.mux(voice.encode(_tone(i)))
        container.mux(stream.encode())
        if voice:
            container.mux(voice.encode())
    return path


def _tone(i):
    n = 44100 // RATE
    wave = np.sin(2 * np.pi * 440 * (np.arange(n) + i * n) / 44100).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 44100, i * n, Fraction(1, 44100)
    return frame


def times_of(path):
    """When each frame is shown, in seconds."""
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


def packets_of(path, kind):
    """Times and bytes of the packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return [
            (packet.pts * packet.time_base, bytes(packet))
            for packet in container.demux(stream)
            if packet.dts is not None
        ]
