"""Marks in frames: where they go, how still they stand, and what is heard of them."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest

from octarine.core.errors import InputError
from octarine.watermark import ImageWatermark, VideoWatermark
from octarine.watermark.image.carriers import LADDER
from octarine.watermark.image.detect import find
from octarine.watermark.video.embed import tile_size
from octarine.watermark.video.planes import Levels, levels_of, luma_of, planar
from octarine.watermark.video.shots import Cuts
from tests.watermark.pictures import KEY, OTHER
from tests.watermark.video.clips import coded, frames

MARK = VideoWatermark(KEY)
PAYLOAD = 0xBEEF_CAFE


def marked(made):
    """Copies of coded frames, marked."""
    marker = None
    out = []
    for frame in made:
        copy = frame.reformat(format=frame.format.name)
        copy = av.VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name)
        copy.color_range = frame.color_range
        marker = marker or MARK.marker(PAYLOAD, luma_of(copy))
        marker.mark(luma_of(copy), levels_of(copy))
        out.append(copy)
    return out


def plane(frame):
    return levels_of(frame).plane(luma_of(frame))


def psnr(before, after):
    return 10 * np.log10(255**2 / np.mean((plane(after) - plane(before)) ** 2))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray", "nv12"])
def test_every_frame_is_marked_in_luma_alone(pixel_format):
    before = coded(frames(3), "yuv420p")
    before = [frame.reformat(format=pixel_format) for frame in before]
    after = marked(before)
    for old, new in zip(before, after, strict=True):
        assert psnr(old, new) == pytest.approx(42.2, abs=0.1)
        for a, b in zip(old.planes[1:], new.planes[1:], strict=True):
            rows = min(a.height, b.height)
            first, second = (
                np.frombuffer(x, np.uint8).reshape(x.height, -1)[:rows, : x.width] for x in (a, b)
            )
            assert (first == second).all()
    outcome = find(plane(after[1]), KEY)
    assert outcome.decoded is not None
    assert outcome.decoded.payload == PAYLOAD
    assert find(plane(after[1]), OTHER).decoded is None


def test_a_still_picture_has_a_still_mark():
    before = coded([frames(1)[0]] * 6)
    after = marked(before)
    assert all((luma_of(frame) == luma_of(after[0])).all() for frame in after[1:])


def test_the_mark_follows_texture_slowly():
    before = coded(frames(12))
    after = marked(before)
    left = [plane(b) - plane(a) for a, b in zip(before, after, strict=True)]
    # The pattern stands: what changes from frame to frame is its mask.
    change = np.mean([np.abs(b - a).mean() for a, b in pairwise(left)])
    assert change < 0.5 * np.mean([np.abs(a).mean() for a in left])
    assert np.corrcoef(left[0].ravel(), left[-1].ravel())[0, 1] > 0.5


def test_a_new_shot_has_a_pattern_of_its_own_and_the_same_phases():
    made = marked(coded(frames(4) + frames(4, seed=5)))
    for frame in (made[0], made[-1]):
        outcome = find(plane(frame), KEY)
        assert outcome.decoded is not None
        assert outcome.decoded.payload == PAYLOAD


def test_black_and_white_stay_within_the_range():
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[:, 160:] = 255
    for pixel_format, top in (("yuv420p", 255), ("yuv420p10le", 1023)):
        before = coded([picture], pixel_format)
        (after,) = marked(before)
        assert int(luma_of(after).max()) <= top
        # There is nowhere to hide, so there is little.
        assert psnr(before[0], after) > 44


def test_range_and_depth_say_what_black_and_white_are():
    (frame,) = coded(frames(1))
    assert levels_of(frame) == Levels(16, 235, 255)
    frame.color_range = 2
    assert levels_of(frame) == Levels(0, 255, 255)
    assert levels_of(frame.reformat(format="yuvj420p")) == Levels(0, 255, 255)
    (deep,) = coded(frames(1), "yuv420p10le")
    assert levels_of(deep) == Levels(64, 940, 1023)


@pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp", "yuyv422"])
def test_formats_without_a_plane_of_luma_become_ones_with(pixel_format):
    (frame,) = coded(frames(1), pixel_format)
    frame.pts = 7
    out = planar(frame)
    assert out.format.name == "yuv444p"
    assert out.pts == 7
    (same,) = coded(frames(1))
    assert np.abs(plane(out) - plane(same)).mean() < 2


def test_frames_in_memory():
    pictures = frames(4)
    out = list(MARK.embed_frames(iter(pictures), PAYLOAD))
    assert [frame.shape for frame in out] == [frame.shape for frame in pictures]
    found = ImageWatermark(KEY).detect(out[2], edits=False)
    assert found.payload == PAYLOAD
    assert list(MARK.embed_frames([], PAYLOAD)) == []
    for wrong in (np.zeros((240, 320), np.uint8), np.zeros((240, 320, 3), np.float32)):
        with pytest.raises(InputError, match="frame"):
            list(MARK.embed_frames([wrong]))
    with pytest.raises(InputError, match="PSNR"):
        list(MARK.embed_frames(pictures, psnr=10))


def test_cuts():
    cuts = Cuts()
    clip = frames(8) + frames(8, seed=3)
    said = [cuts.begins(luma_of(frame), 255) for frame in coded(clip)]
    assert [i for i, cut in enumerate(said) if cut] == [0, 8]


@pytest.mark.parametrize(("height", "width"), [(96, 96), (240, 426), (720, 1280), (2160, 3840)])
def test_tiles_are_of_the_detectors_ladder(height, width):
    size = tile_size(height, width)
    assert size in LADDER
    # The search looks for no tile that is much larger than the picture.
    assert size < 1.15 * max(min(height, width), 80)
    assert min(height, width) / 4 < size
