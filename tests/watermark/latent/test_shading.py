"""Tests of octarine.watermark.latent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from octarine.core.errors import InputError
from octarine.watermark import Confidence, Key
from octarine.watermark.latent import GaussianShading
from octarine.watermark.latent.shading import STREAMS, _layout
from tests.watermark.pictures import KEY, OTHER

SHAPE = (1, 4, 64, 64)
SHADING = GaussianShading(KEY)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_latents_are_standard_normal_over_keys_and_cells():
    """Kolmogorov and Smirnov over all cells, over one, and over sums that a composition would show."""
    drawn = np.stack(
        [
            GaussianShading(Key(seed.to_bytes(16, "big"))).latents((1, 4, 32, 32), rng(seed), payload=5)[0]
            for seed in range(200)
        ]
    )
    assert stats.kstest(drawn.ravel(), "norm").pvalue > 0.01
    assert stats.kstest(drawn[:, 1, 7, 9], "norm").pvalue > 0.01
    sums = drawn.reshape(200, -1).sum(1) / 64
    assert stats.kstest(sums, "norm").pvalue > 0.01
    neighbours = (drawn[..., 1:] * drawn[..., :-1]).mean((1, 2, 3)) * np.sqrt(4 * 32 * 31)
    assert stats.kstest(neighbours, "norm").pvalue > 0.01


def test_pictures_of_one_key_and_payload_seldom_share_their_signs():
    drawn = np.stack([SHADING.latents((1, 4, 32, 32), rng(seed), 5).ravel() for seed in range(100)])
    # Under one stream the mean of so many would be √(100 · 2/π) = 8 times as large.
    assert (drawn.mean(0) * 10).std() < 1.2
    likeness = (np.sign(drawn[0]) == np.sign(drawn[1:])).mean(1)
    assert np.median(np.abs(likeness - 0.5)) < 0.01


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0, 5.0])
def test_the_payload_is_read_through_noise(noise):
    latents = SHADING.latents(SHAPE, rng(1), payload=0x5EED)
    found = SHADING.detect(latents + noise * rng(2).standard_normal(SHAPE))
    assert (found.payload, found.confidence) == (0x5EED, Confidence.HIGH)
    expected = 0.5 + np.arctan2(1, noise) / np.pi
    assert found.agreement == pytest.approx(expected, abs=0.02)


def test_where_no_payload_can_be_read_the_pilots_still_tell():
    latents = SHADING.latents(SHAPE, rng(1), 9).ravel()
    data = _layout(KEY, latents.size).data
    latents[data] = rng(2).standard_normal(len(data))
    found = SHADING.detect(latents)
    assert (found.payload, found.agreement, found.confidence) == (None, None, Confidence.HIGH)


@settings(max_examples=8, deadline=None)
@given(
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**32),
    st.sampled_from([(1, 16, 8, 8), (1, 4096), (1, 4, 3, 16, 16)]),
)
def test_every_payload_comes_back_from_every_shape(payload, seed, shape):
    latents = SHADING.latents(shape, rng(seed), payload)
    assert latents.shape == shape
    assert latents.dtype == np.float32
    assert SHADING.detect(latents).payload == payload


def test_pictures_of_a_batch():
    latents = SHADING.latents((3, 4, 32, 32), rng(0), [1, 2, 3])
    assert [SHADING.detect(one).payload for one in latents] == [1, 2, 3]
    assert not np.array_equal(np.sign(latents[0]), np.sign(latents[1]))


def test_p_values_are_bounds():
    """Of other keys' latents and of unmarked ones, no more than a share p is below p."""
    other = GaussianShading(OTHER)
    p = [SHADING.detect(other.latents((1, 4, 32, 32), rng(seed), 1)).p_value for seed in range(25)]
    p += [SHADING.detect(rng(seed).standard_normal((4, 32, 32))).p_value for seed in range(25)]
    assert min(p) > 1e-3
    assert all(
        SHADING.detect(wrong).confidence is Confidence.NONE
        for wrong in (np.zeros(4096), np.full(4096, np.nan))
    )


def test_a_correlated_picture_is_no_mark():
    """The bound holds for any latents: constant ones and waves as well."""
    waves = np.sin(np.arange(4096) / 7) + 3
    assert SHADING.detect(waves).confidence is Confidence.NONE
    assert SHADING.detect(np.sign(waves)).confidence is Confidence.NONE


def test_seeds_give_the_same_latents_again():
    assert np.array_equal(SHADING.latents(SHAPE, rng(4), 1), SHADING.latents(SHAPE, rng(4), 1))
    assert not np.array_equal(SHADING.latents(SHAPE, rng(4), 1), SHADING.latents(SHAPE, rng(5), 1))


def test_every_stream_is_found():
    for stream in (0, 1, STREAMS - 1):
        signs = SHADING._signs(4096, stream, 77)
        assert SHADING.detect(np.abs(rng(stream).standard_normal(4096)) * signs).payload == 77


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: SHADING.latents((1, 4, 8, 8), rng()), "256 cells"),
        (lambda: SHADING.latents(SHAPE, rng(), 1 << 48), "does not fit"),
        (lambda: SHADING.latents(SHAPE, rng(), [1, 2]), "2 payloads for 1 pictures"),
        (lambda: SHADING.latents(SHAPE, 5), "a int is no generator"),
        (lambda: SHADING.detect(np.zeros((4, 8, 8))), "256 cells"),
    ],
)
def test_mistakes(call, said):
    with pytest.raises(InputError, match=said):
        call()
