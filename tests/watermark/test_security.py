"""What must hold against those who know the scheme and not the key; how far the rest goes is measured by
``benchmarks/watermark/security``."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.watermark import Confidence, ImageWatermark, Key
from octarine.watermark.code import (
    decode,
    encode,
)
from octarine.watermark.image.carriers import TILE, VARIANTS, carriers_of, synthesise
from tests.watermark.pictures import KEY, OTHER, scene

PAYLOAD = 0x5EED_1234_ABCD
MARK = ImageWatermark(KEY)


@pytest.fixture(scope="module")
def original():
    return scene()


@pytest.fixture(scope="module")
def marked(original):
    return MARK.embed(original, PAYLOAD)


@pytest.mark.parametrize("number", range(8))
def test_a_wrong_key_reads_nothing(number, marked):
    wrong = Key(hashlib.sha256(bytes([number])).digest())
    found = ImageWatermark(wrong).detect(marked, edits=False)
    assert found.payload is None
    assert found.confidence is Confidence.NONE


def test_every_key_that_is_asked_is_paid_for(marked):
    alone = MARK.detect(marked, edits=False)
    wrong = tuple(Key(bytes([number]) * 32) for number in range(9))
    among = ImageWatermark(KEY, retired=wrong).detect(marked, edits=False)
    assert among.payload == PAYLOAD
    assert among.score == pytest.approx(alone.score - 1)


def sent(bits):
    """Code bits as a detector hears them without any noise."""
    return 8 * (1 - 2.0 * bits.astype(np.float32))


def test_a_payload_under_another_keys_tag_is_not_taken():
    # A list of 32 words has one with the right tag by chance in one of 2,048 cases.
    payloads = np.random.default_rng(0).integers(0, 2**48, 100)
    assert [decode(KEY, sent(encode(KEY, int(payload)))).payload for payload in payloads[:10]] == [
        *payloads[:10]
    ]
    assert all(decode(KEY, sent(encode(OTHER, int(payload)))) is None for payload in payloads)


def test_marking_again_with_another_key_leaves_both(marked):
    twice = ImageWatermark(OTHER).embed(marked, 7)
    assert MARK.detect(twice, edits=False).payload == PAYLOAD
    assert ImageWatermark(OTHER).detect(twice, edits=False).payload == 7


def test_marking_again_with_the_same_key_leaves_one_of_them(marked):
    assert MARK.detect(MARK.embed(marked, 7), edits=False).payload in (7, PAYLOAD)


def test_pictures_of_one_payload_do_not_share_their_mark():
    # More pictures than variants, so that two have the same one.
    marks = []
    for seed in range(VARIANTS + 2):
        image = scene(256, 256, seed)
        change = (MARK.embed(image, PAYLOAD).astype(np.float32) - image)[..., 1].ravel()
        marks.append(change / np.linalg.norm(change))
    assert max(abs(float(a @ b)) for a, b in combinations(marks, 2)) < 0.15


def test_copies_of_one_picture_under_many_payloads_do_not_average_to_nothing(original):
    payloads = range(1, 9)
    copies = [MARK.embed(original, payload) for payload in payloads]
    mean = np.rint(np.mean(copies, 0)).astype(np.uint8)
    found = MARK.detect(mean, edits=False)
    assert found.confidence is not Confidence.NONE
    assert found.payload is None or found.payload in payloads


@given(st.integers(0, TILE - 1), st.integers(0, TILE - 1), st.integers(0, VARIANTS - 1))
@settings(deadline=None, max_examples=10)
def test_a_mark_laid_elsewhere_is_the_tile_moved(x, y, variant):
    carriers = carriers_of(KEY)
    signs = carriers.signs(encode(KEY, PAYLOAD))
    tiles = [
        synthesise(carriers, carriers.laid(variant, np.array(shift), signs) * carriers.amplitude)
        for shift in ((0, 0), (x / TILE, y / TILE))
    ]
    assert np.allclose(np.roll(tiles[0], (y, x), (0, 1)), tiles[1], atol=1e-3)
