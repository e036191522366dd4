"""What makes marking fast and small, against what is plainly right: sums of waves by products, strips, half
the size, memory that is used again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.watermark import ImageWatermark
from octarine.watermark.image.analysis import STRIP, flatten, luma, seen, shrink, shrunk_luma, strips
from octarine.watermark.image.carriers import TILE, carriers_of, synthesise
from octarine.watermark.image.perception import BESIDE, DARK, FAINTEST, TEXTURE, TEXTURED, mask
from octarine.watermark.image.waves import waves_on
from octarine.watermark.quality import peak_signal_to_noise
from tests.watermark.pictures import KEY, scene

CARRIERS = carriers_of(KEY)
MARK = ImageWatermark(KEY)


def drawn(seed, n):
    random = np.random.default_rng(seed)
    return random.normal(size=n) + 1j * random.normal(size=n)


def turns(pixels, step):
    return (np.arange(pixels) + 0.5) * step - 0.5 / TILE


@pytest.mark.parametrize("shape", [(130, 71), (40, 150)])
def test_waves_add_up_to_the_plain_sum(shape):
    step = 1 / 97.3, 1 / 80.1
    weights = drawn(0, len(CARRIERS.k))
    waves = waves_on(CARRIERS, shape, step)
    y, x = np.meshgrid(turns(shape[0], step[1]), turns(shape[1], step[0]), indexing="ij")
    plain = np.zeros(shape)
    for k, weight in zip(CARRIERS.k, weights, strict=True):
        plain += (weight * np.exp(2j * np.pi * (k[0] * x + k[1] * y))).real
    weighted = waves.weighted(weights)
    assert np.allclose(waves.over(weighted), plain, atol=1e-3 * plain.std())
    assert np.allclose(waves.over(weighted, 7, 30), plain[7:30], atol=1e-3 * plain.std())


def test_waves_on_whole_tiles_are_the_tile():
    weights = CARRIERS.phases[2] * CARRIERS.amplitude
    waves = waves_on(CARRIERS, (TILE, 2 * TILE), (1 / TILE, 1 / TILE))
    tile = synthesise(CARRIERS, weights)
    assert np.allclose(waves.over(waves.weighted(weights)), np.tile(tile, 2), atol=1e-4)


@settings(deadline=None, max_examples=10)
@given(st.integers(64, 200), st.integers(64, 200), st.integers(0, 2**32), st.floats(60, 200))
def test_what_is_heard_is_the_adjoint_of_what_is_made(height, width, seed, tile):
    waves = waves_on(CARRIERS, (height, width), (1 / tile, 1.1 / tile))
    plane = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    weights = drawn(seed + 1, len(CARRIERS.k))
    made = waves.over(waves.weighted(weights))
    size = float(np.linalg.norm(made) * np.linalg.norm(plane))
    assert abs(np.vdot(made, plane) - np.vdot(weights, waves.heard(plane)).real) < 1e-4 * size


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_strips_are_a_partition_of_the_rows(height, width):
    parts = list(strips(height, width))
    assert [first for first, _ in parts] == [0, *(end for _, end in parts)][:-1]
    assert parts[-1][1] == height
    assert all(first < end and (end - first == 1 or (end - first) * width <= STRIP) for first, end in parts)


@pytest.mark.parametrize("kind", ["grey", "colour", "alpha", "deep"])
def test_shrinking_in_strips_is_shrinking(kind):
    picture = scene(470, 611)
    picture = {
        "grey": picture[..., 1],
        "colour": picture,
        "alpha": np.dstack([picture, picture[..., :1]]),
        "deep": picture.astype(np.uint16) * 200,
    }[kind]
    whole = luma(picture)
    assert len(list(strips(*whole.shape))) > 2
    plain = cv2.resize(whole, (203, 157), interpolation=cv2.INTER_AREA)
    assert np.allclose(shrunk_luma(picture, (203, 157)), plain, atol=1e-3)
    assert np.allclose(shrunk_luma(picture, (611, 470)), whole)


def test_a_picture_is_seen_as_its_shrunk_luma():
    picture = scene(300, 1500)
    small, scale, _ = shrink(luma(picture))
    plane, same = seen(picture)
    assert np.allclose(plane, small, atol=1e-3)
    assert same == scale


def test_flattening_with_memory_to_work_on_is_the_same_and_leaves_its_plane():
    plane = luma(scene(201, 333))
    before, work = plane.copy(), np.full((4, *plane.shape), np.nan, np.float32)
    assert (flatten(plane, work) == flatten(plane)).all()
    assert (plane == before).all()


def plain_mask(plane):
    high = plane - cv2.GaussianBlur(plane, (0, 0), 3)
    local = np.sqrt(cv2.GaussianBlur(np.minimum(high * high, 400), (0, 0), 2.5))
    quiet = cv2.erode(local, np.ones((BESIDE, BESIDE), np.uint8))
    local = quiet + (local - quiet) * np.minimum(quiet / TEXTURED, 1)
    strength = cv2.GaussianBlur(np.minimum((FAINTEST + local) / 8, 2) ** TEXTURE, (0, 0), 2)
    room = np.clip(np.minimum(plane, 255 - plane) / 12, 0.15, 1)
    return strength * room * np.sqrt(np.clip(plane / DARK, 0.2, 1))


def test_the_mask_at_half_the_size_is_about_that_at_the_whole():
    plane = luma(scene(401, 503))
    fast, plain = mask(plane), plain_mask(plane)
    assert np.corrcoef(fast.ravel(), plain.ravel())[0, 1] > 0.99
    assert fast.mean() == pytest.approx(plain.mean(), rel=0.02)


def test_a_large_picture_is_marked_in_strips_without_seams():
    grey = cv2.resize(scene(160, 240)[..., 0], (1500, 1000), interpolation=cv2.INTER_CUBIC)
    marked = MARK.embed(grey, 77, psnr=40)
    assert peak_signal_to_noise(grey, marked) == pytest.approx(40, abs=0.2)
    residual = marked.astype(np.float32) - grey
    steps = np.abs(np.diff(residual, axis=0)).mean(1)
    ends = [end - 1 for _, end in strips(*grey.shape)][:-1]
    assert steps[ends].mean() < 1.3 * steps.mean()
    assert MARK.detect(marked, edits=False).payload == 77


def test_alpha_changes_nothing_of_the_colours():
    picture = scene()
    alpha = np.random.default_rng(0).integers(0, 256, picture.shape[:2]).astype(np.uint8)
    marked = MARK.embed(np.dstack([picture, alpha]), 5)
    shown = alpha > 0
    assert (marked[..., :3][shown] == MARK.embed(picture, 5)[shown]).all()
    assert (marked[..., :3][~shown] == picture[~shown]).all()
    assert (marked[..., 3] == alpha).all()


def test_a_view_is_marked_as_its_copy():
    picture = scene()[:, ::-1]
    assert not picture.flags.c_contiguous
    assert (MARK.embed(picture, 5) == MARK.embed(picture.copy(), 5)).all()
    assert MARK.detect(picture).score == MARK.detect(picture.copy()).score
