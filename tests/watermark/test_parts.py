"""The parts of the scheme, each against a slow one that is plainly right."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.watermark.code import encode
from octarine.watermark.image import detect
from octarine.watermark.image.analysis import SMALL, flatten, luma, shrink
from octarine.watermark.image.carriers import (
    BLANK_SHARE,
    LADDER,
    TILE,
    VARIANTS,
    blank_carriers_of,
    carriers_of,
    synthesise,
    tile_size,
)
from octarine.watermark.image.geometry import refine, search
from octarine.watermark.image.lock import SHIFTS, Lock, lock_on, track
from octarine.watermark.image.perception import fitting_psnr, mask
from octarine.watermark.image.spectrum import spectrum_of
from octarine.watermark.image.tiles import Tiles, cut
from tests.watermark.pictures import KEY, OTHER, scene

CARRIERS = carriers_of(KEY)


def pattern(height, width, matrix, variant=0, shift=(0.0, 0.0)):
    """The mark alone on a plane: Σ cos(2π k·(B⁻¹x − shift) + phase), carrier by carrier."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    u, v = np.tensordot(np.linalg.inv(matrix), np.stack([x, y]), 1)
    out = np.zeros((height, width))
    for k, phase, amplitude in zip(CARRIERS.k, CARRIERS.phases[variant], CARRIERS.amplitude, strict=True):
        turn = 2 * np.pi * (k[0] * (u - shift[0]) + k[1] * (v - shift[1]))
        out += amplitude * (phase * np.exp(1j * turn)).real
    return (out / out.std()).astype(np.float32)


def test_carriers_are_a_partition_of_half_the_ring():
    pairs = {tuple(k) for k in CARRIERS.k}
    assert len(pairs) == len(CARRIERS.k)
    assert not pairs & {(-x, -y) for x, y in pairs}
    assert np.isclose((CARRIERS.amplitude**2).sum(), 1)
    assert np.bincount(CARRIERS.code_index, minlength=512).min() >= 2


def test_a_blank_mark_has_its_own_shares_and_is_no_code_word():
    blank = blank_carriers_of(KEY)
    assert np.isclose((blank.amplitude**2).sum(), 1)
    assert np.isclose((blank.amplitude[: blank.sync] ** 2).sum(), BLANK_SHARE)
    assert (blank.k == CARRIERS.k).all()
    signs = CARRIERS.signs(None)
    assert (signs[: CARRIERS.sync] == 1).all()
    for payload in (0, 1, 2**48 - 1):
        agreement = signs[CARRIERS.sync :] @ CARRIERS.signs(encode(KEY, payload))[CARRIERS.sync :]
        assert abs(agreement) < 5 * np.sqrt(len(signs))


def test_another_key_has_other_carriers():
    mine = {tuple(k) for k in CARRIERS.k[: CARRIERS.sync]}
    others = {tuple(k) for k in carriers_of(OTHER).k[: CARRIERS.sync]}
    assert len(mine & others) < len(mine) / 2
    assert abs(np.vdot(CARRIERS.phases[0], CARRIERS.phases[1])) < 0.2 * len(CARRIERS.k)


def test_a_tile_is_the_sum_of_its_carriers():
    tile = synthesise(CARRIERS, CARRIERS.phases[1] * CARRIERS.amplitude)
    x, y, at = 17, 90, 0.0
    for k, phase, amplitude in zip(CARRIERS.k, CARRIERS.phases[1], CARRIERS.amplitude, strict=True):
        at += amplitude * (phase * np.exp(2j * np.pi * (k[0] * x + k[1] * y) / TILE)).real
    assert tile[y, x] == pytest.approx(at, abs=1e-3)


@given(st.integers(256, 8192), st.integers(256, 8192))
def test_a_tile_fits_into_its_picture(height, width):
    size = tile_size(height, width)
    assert size in LADDER
    assert size <= 0.4 * min(height, width) or max(height, width) > 3 * min(height, width)


def test_what_a_cut_hears_is_the_plain_fourier_sum():
    plane = np.random.default_rng(0).normal(size=(192, 288)).astype(np.float32)
    # A map that neither shrinks nor turns, so that no interpolation comes in: 128 pixels a tile.
    tiles = cut(plane, CARRIERS, 128 * np.eye(2))
    assert tiles.shape == (2, 3)
    x, y = np.mgrid[0:128, 0:128][::-1] + 0.0
    first = [
        (plane[:128, :128] * np.exp(-2j * np.pi * (k[0] * x + k[1] * y) / 128)).sum() for k in CARRIERS.k
    ]
    ratio = tiles.heard[0] / np.array(first)
    assert np.abs(ratio.imag).max() < 1e-3 * np.abs(ratio.real).max()
    assert (ratio.real > 0).all()
    assert cut(plane, CARRIERS, 96 * np.eye(2)).shape == (2, 3)


@pytest.mark.parametrize(
    ("variant", "turned", "inverted"), [(0, False, False), (2, True, False), (3, False, True)]
)
def test_a_lock_is_the_best_of_all_shifts_by_plain_correlation(variant, turned, inverted):
    shift = np.array([37, 101]) / SHIFTS
    plane = pattern(256, 256, 128 * np.eye(2), variant, shift)
    plane = plane + np.random.default_rng(1).normal(0, 2, plane.shape).astype(np.float32)
    plane = -plane if inverted else plane
    plane = np.ascontiguousarray(plane[::-1, ::-1]) if turned else plane
    lock = lock_on(cut(plane, CARRIERS, 128 * np.eye(2)), CARRIERS)
    assert (lock.turned, lock.inverted, lock.variant) == (turned, inverted, variant)
    # By plain correlation with the sync carriers alone, over every pixel shift of the tile.
    folded = plane.reshape(2, 128, 2, 128).sum((0, 2))
    weights = np.where(np.arange(len(CARRIERS.k)) < CARRIERS.sync, CARRIERS.phases[variant], 0)
    tile = synthesise(CARRIERS, weights)
    tile = np.roll(tile[::-1, ::-1], 1, (0, 1)) if turned else tile
    correlation = [
        [(np.roll(tile, (dy, dx), (0, 1)) * folded).sum() for dx in range(128)] for dy in range(128)
    ]
    dy, dx = np.unravel_index(np.argmax(np.abs(correlation)), (128, 128))
    found = np.rint(lock.shift * 128).astype(int)
    found = -found % 128 if turned else found
    assert np.abs((np.array([dx, dy]) - found + 64) % 128 - 64).max() <= 1


@pytest.mark.parametrize(
    "matrix",
    [
        100 * np.eye(2),
        77 * np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]]),
        64 * np.array([[np.cos(2.0), np.sin(2.0)], [np.sin(2.0), -np.cos(2.0)]]),
        np.diag([110.0, 88.0]),
        np.array([[0.0, -95.0], [80.0, 0.0]]),
    ],
)
def test_the_search_finds_a_planted_map(matrix):
    plane = pattern(300, 400, matrix) + np.random.default_rng(2).normal(0, 2.5, (300, 400)).astype(np.float32)
    spectrum = spectrum_of(plane)
    score, maps = refine(spectrum, CARRIERS, search(spectrum, CARRIERS, plane.shape, 60))
    best = maps[np.argmax(score)]
    # The lattice is the same turned by half a circle.
    error = min(np.abs(best - matrix).max(), np.abs(best + matrix).max())
    assert error < 0.01 * np.abs(matrix).max()


def test_tracking_follows_a_plane_seen_from_aside():
    height = width = 384
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = (x - width / 2) / width, (y - height / 2) / height
    plane = pattern(height, width, 96 * np.eye(2))
    bent = cv2.remap(
        plane, x + 6 * cx * cx * 4, y + 6 * cx * cy * 4, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    bent += np.random.default_rng(3).normal(0, 1.5, bent.shape).astype(np.float32)
    lock = lock_on(cut(bent, CARRIERS, 96 * np.eye(2)), CARRIERS)
    tracked, t = track(lock, CARRIERS)
    assert t > lock.t + 0.5
    assert tracked.t == lock.t
    for one in (lock, tracked):
        assert np.allclose(one.summed(CARRIERS), one.aligned(CARRIERS).sum(0))


def test_tracking_ends_where_no_step_helps():
    rng = np.random.default_rng(4)
    position = np.array([[x, y] for y in range(-2, 3) for x in range(-3, 4)], float)
    shape, n = (len(position), len(CARRIERS.k)), CARRIERS.sync
    drift = 0.02 * position / 3 + 0.01
    heard = CARRIERS.phases[0] * np.exp(-2j * np.pi * (drift @ CARRIERS.k.T))
    heard = heard + rng.normal(0, 0.5, shape) + 1j * rng.normal(0, 0.5, shape)
    lock = Lock(
        Tiles(heard, position, (5, 7), np.zeros(2), 100 * np.eye(2)), False, False, 0, np.zeros(2), 0.0
    )
    tracked, t = track(lock, CARRIERS)

    def agreement(motion):
        moved = Lock(lock.tiles, False, False, 0, lock.shift, 0.0, motion)
        turns = np.exp(2j * np.pi * (moved.drift(position) @ CARRIERS.k[:n].T))
        return float((heard[:, :n] * CARRIERS.phases[0, :n].conj() * turns).real.sum())

    best = agreement(tracked.motion)
    assert best > 1.2 * agreement(np.zeros(8))
    steps = 0.0015 * np.concatenate([np.eye(8), -np.eye(8)])
    assert max(agreement(tracked.motion + step) for step in steps) <= best * (1 + 1e-4)
    assert np.abs(tracked.drift(position) - drift).max() < 0.01
    assert t > 8


@pytest.mark.parametrize("sides", [(96, 128), (512, 512), (640, 1024)])
def test_maps_are_no_more_than_are_counted(sides):
    plane = np.random.default_rng(0).normal(size=sides).astype(np.float32)
    maps = list(detect.maps_to_hear(spectrum_of(plane), CARRIERS, sides, 1.0))
    small = sides[0] * sides[1] <= SMALL
    assert len(maps) <= (detect.UPRIGHT_SMALL if small else detect.UPRIGHT) + detect.HEARD_OUT <= detect.MAPS


def test_upright_maps_know_which_leave_the_size_alone():
    maps, as_it_was = detect._upright((400, 500), 1.0)
    sizes = np.sqrt(np.abs(np.linalg.det(maps)))
    of_the_ladder = [any(abs(size - rung) < 1e-3 for rung in LADDER) for size in sizes]
    assert as_it_was.tolist() == [float(own) for own in of_the_ladder]
    assert 0 < as_it_was.sum() < len(maps)
    assert sizes.min() >= 0.05 * 500
    assert sizes.max() <= 1.15 * 400


def test_flattening_leaves_no_edge_above_the_rest():
    plane = luma(scene())
    flat = flatten(plane)
    assert flat.shape == plane.shape
    assert np.abs(flat).max() <= 4 * 2.5
    detail = plane - cv2.GaussianBlur(plane, (0, 0), 3)
    blocks = [np.s_[r : r + 40, c : c + 48] for r in range(0, 320, 40) for c in range(0, 384, 48)]
    before = [detail[block].std() for block in blocks]
    after = [flat[block].std() for block in blocks]
    assert max(before) > 20 * min(before)
    assert max(after) < 6 * min(after)


def test_flattening_forgets_contrast_and_brightness():
    plane = luma(scene())
    a, b = flatten(plane), flatten(0.6 * plane + 40)
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.98
    assert np.corrcoef(a.ravel(), -flatten(255 - plane).ravel())[0, 1] > 0.999


def test_the_mask_spares_what_is_smooth():
    plane = luma(scene())
    strength = mask(plane)
    assert strength[-60:].mean() > 2 * strength[:60].mean()
    # Four times as strong, so that neither is at the most that is ever given.
    assert fitting_psnr(4 * strength[:60], 300_000) > fitting_psnr(4 * strength[-60:], 300_000)


def test_shrinking_keeps_small_planes():
    plane = luma(scene())
    assert shrink(plane)[0] is plane
    small, sx, sy = shrink(np.zeros((700, 2100), np.float32))
    assert small.shape == (341, 1024)
    assert (sx, sy) == (1024 / 2100, 341 / 700)


def test_every_variant_is_a_set_of_unit_phases():
    assert CARRIERS.phases.shape == (VARIANTS, len(CARRIERS.k))
    assert np.allclose(np.abs(CARRIERS.phases), 1, atol=1e-6)


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**32))
def test_luma_is_rec_601s(seed):
    image = np.random.default_rng(seed).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    assert np.allclose(luma(image), image @ [0.299, 0.587, 0.114], atol=0.51)
    deep = image.astype(np.uint16) * 257
    assert np.allclose(luma(deep), image @ [0.299, 0.587, 0.114], atol=0.51)


def test_sync_carriers_that_agree_perfectly_do_not_speak_for_a_mark_without_payload():
    """Chance agreement of the data with the blank pattern, beside sync carriers that are all but certain."""
    n, data = CARRIERS.sync, slice(CARRIERS.sync, None)
    signs = CARRIERS.signs(encode(KEY, 7))
    rng = np.random.default_rng(0)
    for _ in range(20):
        strength = np.concatenate([np.full(n, 9.0), rng.exponential(2, len(signs) - n)])
        # Such strengths that the other pattern stands at t = 4.
        agree = signs[data] == CARRIERS.blank[data]
        strength[data][~agree] *= 0.75
        heard = (CARRIERS.phases[0] * signs * strength)[None]
        lock = Lock(
            Tiles(heard, np.zeros((1, 2)), (1, 1), np.zeros(2), 100 * np.eye(2)),
            False,
            False,
            0,
            np.zeros(2),
            10.0,
        )
        outcome = detect.outcome_of(lock, CARRIERS, KEY, read=True)
        assert outcome.decoded is not None
        assert outcome.decoded.payload == 7
