"""The mark survives what is done to pictures, says how sure it is, and is not found where it is not."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from octarine.core.errors import InputError
from octarine.watermark import Confidence, ImageWatermark
from octarine.watermark.quality import peak_signal_to_noise, structural_similarity
from tests.watermark.pictures import KEY, OTHER, scene

PAYLOAD = 0x5EED_1234_ABCD
MARK = ImageWatermark(KEY)


@pytest.fixture(scope="module")
def original():
    return scene()


@pytest.fixture(scope="module")
def marked(original):
    return MARK.embed(original, PAYLOAD, psnr=42)


def encoded(image, kind, **options):
    out = io.BytesIO()
    Image.fromarray(image).save(out, kind, **options)
    return np.asarray(Image.open(out).convert("RGB"))


def turned(image, degrees):
    return np.asarray(Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, expand=True))


def scaled(image, x, y):
    size = round(image.shape[1] * x), round(image.shape[0] * y)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if x * y < 1 else cv2.INTER_CUBIC)


ATTACKS = {
    "identity": lambda image: image,
    "jpeg": lambda image: encoded(image, "JPEG", quality=60),
    "webp": lambda image: encoded(image, "WEBP", quality=80),
    "half the size": lambda image: scaled(image, 0.5, 0.5),
    "aspect": lambda image: scaled(image, 1.2, 0.9),
    "turned": lambda image: turned(image, 33),
    "upside down": lambda image: image[::-1, ::-1],
    "mirrored": lambda image: image[:, ::-1],
    "inverted": lambda image: 255 - image,
    "grey": lambda image: cv2.cvtColor(image, cv2.COLOR_RGB2GRAY),
    "cropped": lambda image: image[30:270, 50:330],
    "noise": lambda image: np.clip(image + np.random.default_rng(0).normal(0, 6, image.shape), 0, 255).astype(
        np.uint8
    ),
    "chain": lambda image: encoded(255 - scaled(turned(image[:, ::-1], 10), 0.9, 0.9), "JPEG", quality=80),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_payload_is_read_after(attack, marked):
    found = MARK.detect(ATTACKS[attack](marked), edits=False)
    assert found.payload == PAYLOAD
    assert found.confidence is Confidence.HIGH
    assert found.key == KEY.fingerprint


@pytest.fixture(scope="module")
def blank(original):
    return MARK.embed(original, None, psnr=42)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_mark_without_payload_is_found_after(attack, blank):
    found = MARK.detect(ATTACKS[attack](blank), edits=False)
    assert found.confidence is Confidence.HIGH
    assert found.zero_bit
    assert found.payload is None
    assert found.key == KEY.fingerprint


@pytest.mark.parametrize(("psnr", "scale", "quality"), [(42, 0.5, 50), (42, 0.4, 75), (45, 0.5, 50)])
def test_a_mark_without_payload_is_heard_better(psnr, scale, quality, original):
    def found(payload):
        small = scaled(MARK.embed(original, payload, psnr=psnr), scale, scale)
        return MARK.detect(encoded(small, "JPEG", quality=quality), edits=False)

    assert found(None).confidence is Confidence.HIGH
    assert found(None).score > found(PAYLOAD).score + 2


def test_a_mark_without_payload_costs_no_more_and_is_under_its_key_alone(original, blank):
    assert peak_signal_to_noise(original, blank) == pytest.approx(42, abs=0.15)
    found = ImageWatermark(OTHER).detect(blank)
    assert (found.confidence, found.zero_bit) == (Confidence.NONE, False)
    assert ImageWatermark(OTHER, retired=(KEY,)).detect(blank).key == KEY.fingerprint


def test_a_payload_of_nought_is_a_payload(original):
    found = MARK.detect(MARK.embed(original, 0), edits=False)
    assert (found.payload, found.zero_bit) == (0, False)
    assert MARK.detect(MARK.embed(original), edits=False).payload == 0


def test_edits_of_a_mark_without_payload_are_seen(blank):
    assert MARK.detect(blank).edited is False
    edited = blank.copy()
    edited[150:260, 200:330] = scene(seed=5)[150:260, 200:330]
    found = MARK.detect(edited)
    assert found.edited
    assert found.edit_map.damage[170:240, 220:310].mean() > found.edit_map.damage[:120].mean() + 0.3


def test_the_strength_is_what_was_asked_for(original, marked):
    assert peak_signal_to_noise(original, marked) == pytest.approx(42, abs=0.15)
    assert structural_similarity(original, marked) > 0.95


def test_without_a_strength_it_goes_by_the_picture(original):
    noise = np.random.default_rng(0).normal(0, 1, (300, 300)).astype(np.float32)
    rough = np.clip(128 + 90 * cv2.GaussianBlur(noise, (0, 0), 1), 0, 255).astype(np.uint8)
    assert (
        40
        <= peak_signal_to_noise(rough, MARK.embed(rough, 1))
        < peak_signal_to_noise(original, MARK.embed(original, 1))
    )


def test_nothing_is_found_in_an_unmarked_picture(original):
    found = MARK.detect(original)
    assert found.confidence is Confidence.NONE
    assert (found.payload, found.geometry, found.edited, found.key) == (None, None, None, None)
    assert found.p_value > 1e-3


def test_nothing_is_found_under_another_key(marked):
    found = ImageWatermark(OTHER).detect(marked)
    assert found.confidence is Confidence.NONE
    assert found.payload is None


def test_a_retired_key_is_still_found(marked):
    found = ImageWatermark(OTHER, retired=(KEY,)).detect(marked, edits=False)
    assert found.payload == PAYLOAD
    assert found.key == KEY.fingerprint


def test_the_geometry_is_what_was_done(marked):
    found = MARK.detect(turned(255 - marked[:, ::-1], 20), edits=False).geometry
    assert found.mirrored
    assert found.inverted
    assert found.rotation == pytest.approx(20, abs=0.3)
    assert found.aspect == pytest.approx(1, abs=0.01)
    wide = MARK.detect(scaled(marked, 1.25, 1), edits=False).geometry
    assert not wide.mirrored
    assert wide.aspect == pytest.approx(1.25, abs=0.01)
    assert MARK.detect(marked, edits=False).geometry.rotation == pytest.approx(0, abs=0.1)
    assert abs(MARK.detect(marked[::-1, ::-1], edits=False).geometry.rotation) == pytest.approx(180, abs=0.1)


@pytest.mark.parametrize("kind", ["grey", "one channel", "grey and alpha", "alpha", "16 bits", "16-bit grey"])
def test_pictures_of_other_kinds(kind, original):
    grey = cv2.cvtColor(original, cv2.COLOR_RGB2GRAY)
    alpha = np.random.default_rng(0).integers(1, 256, (*grey.shape, 1)).astype(np.uint8)
    picture = {
        "grey": grey,
        "one channel": grey[..., None],
        "grey and alpha": np.concatenate([grey[..., None], alpha], 2),
        "alpha": np.concatenate([original, alpha], 2),
        "16 bits": original.astype(np.uint16) * 257,
        "16-bit grey": grey.astype(np.uint16) * 257,
    }[kind]
    marked = MARK.embed(picture, PAYLOAD, psnr=42)
    assert marked.shape == picture.shape
    assert marked.dtype == picture.dtype
    assert peak_signal_to_noise(picture, marked) == pytest.approx(42, abs=0.3)
    assert MARK.detect(marked, edits=False).payload == PAYLOAD
    if "alpha" in kind:
        assert (marked[..., -1] == picture[..., -1]).all()


def test_what_is_transparent_keeps_its_colour(original):
    alpha = np.full((*original.shape[:2], 1), 255, np.uint8)
    alpha[:, :100] = 0
    picture = np.concatenate([original, alpha], 2)
    marked = MARK.embed(picture, PAYLOAD)
    assert (marked[:, :100] == picture[:, :100]).all()
    assert (marked[:, 100:, :3] != picture[:, 100:, :3]).mean() > 0.3
    assert MARK.detect(marked, edits=False).payload == PAYLOAD
    picture[..., 3] = 0
    assert (MARK.embed(picture, PAYLOAD) == picture).all()


def test_a_picture_is_not_changed_in_place_and_is_always_marked_alike(original, marked):
    before = original.copy()
    assert (MARK.embed(original, PAYLOAD, psnr=42) == marked).all()
    assert (original == before).all()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**48 - 1), st.integers(256, 420), st.integers(256, 420), st.integers(0, 99))
def test_any_payload_in_any_size(payload, height, width, seed):
    assert MARK.detect(MARK.embed(scene(height, width, seed), payload), edits=False).payload == payload


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((300, 300, 3), np.float32),
        np.zeros((300, 300, 5), np.uint8),
        np.zeros((300, 63, 3), np.uint8),
        np.zeros((300,), np.uint8),
        np.zeros((0, 300, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_told(picture):
    with pytest.raises(InputError, match="a picture"):
        MARK.embed(picture, 1)
    with pytest.raises(InputError, match="a picture"):
        MARK.detect(picture)


@pytest.mark.parametrize("picture", [np.zeros((256, 256, 3), np.uint8), np.full((64, 700), 255, np.uint8)])
def test_a_picture_without_anything_in_it_does_no_harm(picture):
    assert MARK.detect(picture).confidence is Confidence.NONE
    assert MARK.embed(picture, 1).shape == picture.shape


@pytest.mark.parametrize("psnr", [24, 61, float("nan")])
def test_a_strength_out_of_range_is_told(original, psnr):
    with pytest.raises(InputError, match="PSNR"):
        MARK.embed(original, 1, psnr=psnr)
