"""Edits are seen where they are, and what is done to all of a picture is none."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from octarine.watermark import ImageWatermark
from octarine.watermark.code import encode
from octarine.watermark.image.analysis import clipped, luma
from octarine.watermark.image.carriers import carriers_of
from octarine.watermark.image.detect import find
from octarine.watermark.image.edits import drawn
from octarine.watermark.image.edits.registration import registered
from tests.watermark.pictures import KEY, scene

PAYLOAD = 0x5EED_1234_ABCD
MARK = ImageWatermark(KEY)
BOX = np.s_[150:260, 200:330]


@pytest.fixture(scope="module")
def marked():
    return MARK.embed(scene(), PAYLOAD, psnr=42)


def jpeg(image, quality=85):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out).convert("RGB"))


def turned(image, degrees, expand=True):
    return np.asarray(Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, expand=expand))


EDITS = {
    "spliced": lambda image: scene(seed=5),
    "moved from elsewhere in it": lambda image: np.roll(image, (-61, 67), (0, 1)),
    "painted over": lambda image: cv2.GaussianBlur(image, (0, 0), 4),
}


def edited(marked, kind):
    out = marked.copy()
    out[BOX] = EDITS[kind](marked)[BOX]
    return out


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_is_seen_where_it_is(kind, marked):
    found = MARK.detect(jpeg(edited(marked, kind)))
    assert found.payload == PAYLOAD
    assert found.edited is True
    region = found.edit_map.regions[0]
    left, top = max(region.x, 200), max(region.y, 150)
    right, bottom = min(region.x + region.width, 330), min(region.y + region.height, 260)
    assert (right - left) * (bottom - top) > 0.6 * 110 * 130
    assert region.width * region.height < 1.6 * 110 * 130
    damage = found.edit_map.damage
    assert damage.shape == found.edit_map.told.shape == marked.shape[:2]
    assert damage[170:240, 220:310].mean() > damage[:120].mean() + 0.3


def test_an_edit_is_seen_in_a_turned_picture(marked):
    picture = turned(edited(marked, "spliced"), 12)
    truth = np.zeros(marked.shape, np.uint8)
    truth[BOX] = 255
    truth = turned(truth, 12)[..., 0] > 127
    found = MARK.detect(picture)
    assert found.edited is True
    assert found.edit_map.damage[truth].mean() > np.median(found.edit_map.damage) + 0.4
    region = found.edit_map.regions[0]
    inside = truth[region.y : region.y + region.height, region.x : region.x + region.width]
    assert inside.sum() > 0.6 * truth.sum()


WHOLE = {
    "identity": lambda image: image,
    "jpeg": lambda image: jpeg(image, 60),
    "upside down": lambda image: image[::-1, ::-1],
    "mirrored": lambda image: image[:, ::-1],
    "inverted": lambda image: 255 - image,
    "cropped": lambda image: image[30:290, 40:350],
    "half again the size": lambda image: cv2.resize(image, None, fx=1.5, fy=1.5),
    "turned": lambda image: turned(image, 33),
    "lighter than it can be": lambda image: np.clip(image * 1.5, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("attack", WHOLE)
def test_what_is_done_to_all_of_it_is_no_edit(attack, marked):
    found = MARK.detect(WHOLE[attack](marked))
    assert found.payload == PAYLOAD
    assert not found.edited
    assert found.edit_map.regions == ()
    assert found.edit_map.area == 0


def test_of_flat_places_nothing_is_said(marked):
    """The corners of a turned picture were never marked, and could not have been."""
    found = MARK.detect(turned(marked, 33))
    assert not found.edit_map.told[:30, :30].any()
    assert found.edit_map.told.any()


def test_of_a_picture_in_which_most_is_flat_nothing_is_said(marked):
    canvas = np.full((900, 1000, 3), 127, np.uint8)
    canvas[300:620, 300:684] = marked
    found = MARK.detect(canvas)
    assert found.payload == PAYLOAD
    assert found.edit_map.told.mean() < 0.2
    assert found.edited is None


def test_no_map_is_made_unless_asked_for(marked):
    found = MARK.detect(marked, edits=False)
    assert found.edited is None
    assert found.edit_map is None


def test_registration_finds_a_lock_that_was_moved(marked):
    """Half a pixel aside is found again, and the carriers agree as they did."""
    carriers = carriers_of(KEY)
    signs = carriers.signs(encode(KEY, PAYLOAD))
    outcome = find(luma(marked), KEY)
    best = registered(outcome.lock, carriers, signs)
    moved = best.motion + np.array([0.004, -0.004, 0.002, 0, 0, -0.002, 0, 0])
    again = registered(type(best)(**{**vars(best), "motion": moved}), carriers, signs)
    assert again.motion == pytest.approx(best.motion, abs=8e-4)

    def agreement(lock):
        return float((lock.aligned(carriers) * signs).sum().real)

    assert agreement(again) > 0.98 * agreement(best)
    assert agreement(best) >= agreement(outcome.lock)


def test_what_is_clipped():
    picture = np.full((8, 8, 3), 100, np.uint8)
    picture[0, 0, 1] = 255
    picture[0, 1, 1] = 0
    picture[0, 2, 0] = 255
    assert clipped(picture)[0, :4].tolist() == [True, True, False, False]
    assert (clipped(picture.astype(np.uint16) * 257) == clipped(picture)).all()
    assert (clipped(picture[..., 1]) == clipped(picture)).all()


@pytest.mark.parametrize("kind", ["grey", "one channel", "colour", "alpha", "16 bits"])
def test_the_map_is_drawn_over_pictures_of_every_kind(kind, marked):
    found = MARK.detect(edited(marked, "spliced"))
    picture = {
        "grey": marked[..., 1],
        "one channel": marked[..., 1:2],
        "colour": marked,
        "alpha": np.concatenate([marked, marked[..., :1]], 2),
        "16 bits": marked.astype(np.uint16) * 257,
    }[kind]
    shown = drawn(picture, found.edit_map).astype(int)
    red = shown[..., 0] - shown[..., 1]
    assert shown.shape == marked.shape
    assert red[BOX].mean() > 30
    assert np.median(red[:100, :100]) < 10
