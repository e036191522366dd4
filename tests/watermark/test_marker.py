"""Tests of octarine.watermark.marker: every form of a picture comes back as that form, marked."""

from __future__ import annotations

import io
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from octarine.core.errors import InputError
from octarine.watermark import ImageWatermark, Marker, marking
from tests.watermark.pictures import KEY, scene

MARK = ImageWatermark(KEY)
SCENE = scene(256, 256)
MARKER = Marker(MARK, 0x5EED)


def read(pixels):
    return MARK.detect(np.asarray(pixels), edits=False).payload


def file(kind, **options):
    out = io.BytesIO()
    Image.fromarray(SCENE).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_pil(mode):
    given = Image.fromarray(SCENE).convert(mode)
    given.info["dpi"] = (72, 72)
    marked = MARKER(given)
    assert (marked.mode, marked.size, marked.info) == (mode, given.size, given.info)
    assert read(marked) == 0x5EED
    assert np.array_equal(given, Image.fromarray(SCENE).convert(mode))


def test_modes_that_cannot_be_marked():
    with pytest.raises(InputError, match="mode CMYK"):
        MARKER(Image.fromarray(SCENE).convert("CMYK"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_bytes(kind):
    given = file(kind, quality=90)
    marked = MARKER(given)
    with Image.open(io.BytesIO(marked)) as image:
        assert image.format == kind
        assert read(image.convert("RGB")) == 0x5EED


def test_bytes_that_are_no_picture():
    for wrong in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n and no more"):
        with pytest.raises(InputError):
            MARKER(wrong)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers(dtype):
    given = SCENE.astype(dtype) * (257 if dtype == np.uint16 else 1)
    before = given.copy()
    marked = MARKER(given)
    assert (marked.dtype, marked.shape) == (dtype, given.shape)
    assert np.array_equal(marked, MARK.embed(given, 0x5EED))
    assert np.array_equal(given, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("values", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_numbers_with_a_fraction(dtype, values):
    low, high = values
    given = (low + SCENE / 255 * (high - low)).astype(dtype)
    marked = Marker(MARK, 9, values=values)(given)
    assert marked.dtype == dtype
    assert marked.min() >= low
    assert marked.max() <= high
    eight = np.rint((marked.astype(np.float64) - low) / (high - low) * 255).astype(np.uint8)
    assert read(eight) == 9
    assert np.abs(eight.astype(int) - SCENE).max() < 60


def test_numbers_that_are_none():
    with pytest.raises(InputError, match="no numbers"):
        MARKER(np.full((256, 256, 3), np.nan, np.float32))


def test_channels_may_come_first():
    marked = MARKER(np.ascontiguousarray(SCENE.transpose(2, 0, 1)))
    assert np.array_equal(marked, MARK.embed(SCENE, 0x5EED).transpose(2, 0, 1))


def test_batches_lists_and_tuples_keep_their_form():
    number = Marker(MARK, lambda index, prompt: 10 + index)
    batch = number(np.stack([SCENE, SCENE[::-1]]))
    assert [read(one) for one in batch] == [10, 11]
    nested = number([[SCENE, Image.fromarray(SCENE)], (SCENE,)])
    assert isinstance(nested[1], tuple)
    assert [read(nested[0][0]), read(nested[0][1]), read(nested[1][0])] == [10, 11, 12]


def test_tensors():
    torch = pytest.importorskip("torch", reason="heavy: needs an extra with torch")
    whole = torch.from_numpy(SCENE.transpose(2, 0, 1).copy())
    for given in (whole, whole / 255, (whole / 255).half(), (whole / 255).bfloat16()):
        marked = MARKER(given.requires_grad_() if given.is_floating_point() else given)
        assert (marked.dtype, marked.shape, marked.requires_grad) == (given.dtype, given.shape, False)
        eight = marked if marked.dtype == torch.uint8 else (marked.float() * 255).round().to(torch.uint8)
        assert read(eight.numpy().transpose(1, 2, 0)) == 0x5EED
    assert MARKER(torch.stack([whole, whole])).shape == (2, *whole.shape)


class Steady:
    """A mark for video, which sees a video's frames together."""

    def __init__(self):
        self.seen = []

    def embed_frames(self, frames, payload=0, *, psnr=None):
        given = list(frames)
        self.seen.append((payload, len(given), given[0].dtype))
        return iter([np.clip(frame.astype(int) + 3, 0, 255).astype(np.uint8) for frame in given])


def test_videos_go_to_a_mark_for_video_as_a_whole():
    steady = Steady()
    marker = Marker(steady, lambda index, prompt: 7 + index)
    clip = np.stack([np.stack([SCENE, SCENE])] * 2)
    assert np.abs(marker.videos(clip / 255) - clip / 255 - 3 / 255).max() < 0.02
    pil = marker.videos([[Image.fromarray(SCENE)] * 3])
    assert np.array_equal(np.asarray(pil[0][2]), np.clip(SCENE.astype(int) + 3, 0, 255))
    assert steady.seen == [(7, 2, np.uint8), (8, 2, np.uint8), (7, 3, np.uint8)]
    assert np.array_equal(marker(SCENE), np.clip(SCENE.astype(int) + 3, 0, 255))


@pytest.mark.parametrize("form", ["array", "list", "one"])
def test_frames_have_the_payload_of_their_video(form):
    clip = np.stack([np.stack([SCENE, SCENE[::-1]]), np.stack([SCENE[:, ::-1], SCENE])])
    marker = Marker(MARK, lambda index, prompt: 20 + index)
    given = {"array": clip, "list": [list(clip[0]), list(clip[1])], "one": list(clip[0])}[form]
    marked = marker.videos(given)
    if form == "one":
        assert [read(frame) for frame in marked] == [20, 20]
    else:
        assert [[read(frame) for frame in video] for video in marked] == [[20, 20], [21, 21]]


def test_what_is_no_picture_says_where_to_look():
    with pytest.raises(InputError, match="a dict is no picture") as told:
        MARKER({"image": SCENE})
    assert "field" in told.value.hint


def test_functions():
    def draw(n, *, side=256):
        """Draws."""
        return [scene(side, side, seed) for seed in range(n)]

    drawn = marking(draw, MARK, 3)
    assert [read(one) for one in drawn(2, side=256)] == [3, 3]
    assert drawn.__doc__ == "Draws."


async def test_coroutine_functions():
    async def draw():
        return Image.fromarray(SCENE)

    class Drawer:
        async def __call__(self):
            return SCENE

    assert read(await marking(draw, MARK, 3)()) == 3
    assert read(await marking(Drawer(), MARK, 4)()) == 4


Pair = namedtuple("Pair", "picture seed")


@dataclass(frozen=True)
class Made:
    picture: object
    seed: int


class Loose:
    def __init__(self):
        self.picture = SCENE


@pytest.mark.parametrize(
    ("made", "field", "get"),
    [
        ({"picture": SCENE, "seed": 1}, "picture", lambda made: made["picture"]),
        ((1, SCENE), 1, lambda made: made[1]),
        ((1, SCENE), -1, lambda made: made[1]),
        ([SCENE, 2], 0, lambda made: made[0]),
        (Pair(SCENE, 1), "picture", lambda made: made.picture),
        (Made(SCENE, 1), "picture", lambda made: made.picture),
        (Loose(), "picture", lambda made: made.picture),
    ],
)
def test_pictures_within_a_result(made, field, get):
    marked = marking(lambda: made, MARK, 5, field=field)()
    assert type(marked) is type(made)
    assert read(get(marked)) == 5
    assert np.array_equal(get(made), SCENE)


@pytest.mark.parametrize("made", [{"a": 1}, (1,), Loose(), 3])
def test_a_place_that_is_not_there(made):
    with pytest.raises(InputError, match="no picture"):
        marking(lambda: made, MARK, field="image")()
