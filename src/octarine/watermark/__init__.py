"""Invisible marks in pictures and video, and how to find them again.

``ImageWatermark`` is the whole interface for pictures in memory; ``files`` does the same for files.
``VideoWatermark`` is the one for video.

::

    keys.py             secrets, and what is derived from them
    code.py             the payload's code
    evidence.py         how surely a mark is there
    image/              the scheme for pictures: carriers, embedding, geometry, detection, edits
    video/              the same carriers in the luma of every frame: files, embedding, detection over time
    image_watermark.py  the interface for pictures
    video_watermark.py  the interface for video
    files/              picture files: one, a folder, a million on Ray Data
    marker.py           whatever a generator makes, in the form that it has
    diffusers.py        what leaves a pipeline of diffusers
    latent/             a mark in the noise that a picture is made from
"""

from octarine.watermark.evidence import Confidence
from octarine.watermark.image_watermark import Found, ImageWatermark
from octarine.watermark.keys import Key, generate_key, read_key, read_keys, write_key
from octarine.watermark.marker import Marker, marking
from octarine.watermark.video_watermark import FoundInVideo, VideoWatermark

__all__ = [
    "Confidence",
    "Found",
    "FoundInVideo",
    "ImageWatermark",
    "Key",
    "Marker",
    "VideoWatermark",
    "generate_key",
    "marking",
    "read_key",
    "read_keys",
    "write_key",
]
