"""Where the energy of a mark goes, and what is left of it in a small copy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.watermark import ImageWatermark
from octarine.watermark.image import informed
from octarine.watermark.image.carriers import carriers_of
from octarine.watermark.image.informed import Heard, Quarter
from octarine.watermark.quality import peak_signal_to_noise
from tests.watermark.pictures import KEY, scene

CARRIERS = carriers_of(KEY)
PHASES = CARRIERS.phases[0]
N = len(CARRIERS.k)


def heard(seed, kept=None):
    rng = np.random.default_rng(seed)
    kept = np.ones(N, bool) if kept is None else kept
    return Heard(rng.uniform(0.5, 2, N), rng.normal(0, rng.uniform(0.5, 3), N), kept)


def coarse(least):
    return np.hypot(*CARRIERS.k.T) < least


def waves(chosen, tile, height, width):
    """The sum of these carriers at a unit amplitude, wave by wave."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    out = np.zeros((height, width))
    for k, phase in zip(CARRIERS.k[chosen], PHASES[chosen], strict=True):
        out += (phase * np.exp(2j * np.pi * (k[0] * x + k[1] * y) / tile)).real
    return out.astype(np.float32)


def test_a_smaller_copy_keeps_fewer_carriers():
    kept = [Quarter(CARRIERS, PHASES, tile, 128).kept.sum() for tile in (64, 102, 128, 161, 300)]
    assert kept == sorted(kept)
    assert 0 < kept[0] < kept[2] < N
    assert kept[-1] == N


@pytest.mark.parametrize("tile", [102.0, 128.0])
def test_a_quarter_hears_the_carriers_that_are_there(tile):
    quarter = Quarter(CARRIERS, PHASES, tile, tile)
    chosen = np.flatnonzero(coarse(9))[::9]
    silent = np.setdiff1d(np.flatnonzero(coarse(9)), chosen)
    height, width = 384, 512
    plane = 128 + 3 * waves(chosen, tile, height, width)
    plane += np.random.default_rng(0).normal(0, 6, plane.shape).astype(np.float32)
    values = quarter.heard(plane)
    assert values[chosen].mean() > 4 * np.abs(values[silent]).mean()
    against = quarter.heard(256 - plane)
    assert np.corrcoef(values[chosen], -against[chosen])[0, 1] > 0.9


def test_a_quarter_hears_nothing_finer_than_a_step_of_eight_bits():
    plane = 128 + 0.01 * waves(np.flatnonzero(coarse(8)), 128, 256, 256)
    assert np.abs(Quarter(CARRIERS, PHASES, 128, 128).heard(plane)).max() == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_energy_is_linear_in_the_share(seed, share):
    view, rng = heard(seed), np.random.default_rng(seed + 1)
    a, b = rng.uniform(0, 1, (2, N))
    mixed = np.sqrt((1 - share) * a**2 + share * b**2)
    expected = (1 - share) * view.energy(a, CARRIERS) + share * view.energy(b, CARRIERS)
    assert view.energy(mixed, CARRIERS) == pytest.approx(expected)


def test_energy_is_what_is_heard_over_the_noise_of_data_carriers():
    noise = np.where(np.arange(N) % 2, 3.0, -3.0)
    view = Heard(np.full(N, 2.0), noise, np.ones(N, bool))
    assert view.energy(np.full(N, 1.5), CARRIERS) == pytest.approx((N - CARRIERS.sync) * (2 * 1.5 / 3) ** 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 3))
def test_sharing_keeps_the_energy_and_the_balance(seed, scale):
    kept = coarse(14)
    shape = CARRIERS.amplitude * scale * 20
    whole, quarter = heard(seed), heard(seed + 1, kept)
    shared = informed._shared(shape, whole, quarter, CARRIERS, 1.0)
    sync = CARRIERS.sync
    for part in (slice(0, sync), slice(sync, None)):
        assert (shared[part] ** 2).sum() == pytest.approx((shape[part] ** 2).sum())
    assert (shared[~kept] <= shape[~kept] + 1e-12).all()
    before, after = (quarter.energy(x, CARRIERS) for x in (shape, shared))
    assert after >= before - 1e-9
    if not np.array_equal(shared, shape) and after > before + 1e-6:
        # Never more than is needed, never at the cost of the whole picture, never for nothing.
        assert after <= max(informed.ENOUGH, before) + 1e-6
        assert whole.energy(shared, CARRIERS) >= informed.CROPPED * after * (1 - 1e-6)
        assert after >= informed.FEW


def test_nothing_is_moved_where_it_would_not_help():
    shape, kept = CARRIERS.amplitude * 0.1, coarse(14)
    assert np.array_equal(informed._shared(shape, heard(0), heard(1, kept), CARRIERS, 1.0), shape)


@pytest.mark.parametrize(("scale", "most", "expected"), [(50.0, 1.5, 1.0), (0.05, 1.5, 1.0)])
def test_strength_rises_only_where_that_decides(scale, most, expected):
    assert informed._louder(CARRIERS.amplitude * scale, [heard(3)], CARRIERS, most) == expected


def test_strength_rises_up_to_the_most():
    view, shape = heard(3), CARRIERS.amplitude.copy()
    shape *= np.sqrt(informed.NEED[0] / 1.44 / view.energy(shape, CARRIERS))
    assert informed._louder(shape, [view], CARRIERS, 1.5) == pytest.approx(1.2)
    assert informed._louder(shape, [view], CARRIERS, 1.1) == pytest.approx(1.1)
    # Who asked for a strength gets it.
    assert informed._louder(shape, [view], CARRIERS, 1.0) == 1.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_payload_is_read_at_a_quarter_of_the_size(seed):
    picture, mark = scene(384, 512, seed), ImageWatermark(KEY)
    marked = mark.embed(picture, 0xC0FFEE, psnr=42)
    assert peak_signal_to_noise(picture, marked) == pytest.approx(42, abs=0.3)
    small = cv2.resize(marked, (128, 96), interpolation=cv2.INTER_AREA)
    found = mark.detect(small, edits=False)
    assert found.payload == 0xC0FFEE
    assert found.geometry.rotation == pytest.approx(0, abs=0.5)
