"""The payload's code, against brute force and against what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.watermark import code
from tests.watermark.pictures import KEY, OTHER

payloads = st.integers(0, (1 << code.PAYLOAD_BITS) - 1)


def clean(payload, strength=4.0):
    return (strength * (1 - 2.0 * code.encode(KEY, payload))).astype(np.float32)


def test_the_transform_is_arikans_matrix():
    matrix = np.array([[1]])
    for _ in range(9):
        matrix = np.kron(matrix, [[1, 0], [1, 1]])
    word = np.random.default_rng(0).integers(0, 2, code.CODE_BITS).astype(np.uint8)
    assert (code.transform(word) == word @ matrix % 2).all()


@given(payloads)
@settings(max_examples=20, deadline=None)
def test_a_clean_word_is_read(payload):
    assert code.decode(KEY, clean(payload)).payload == payload


@given(payloads, st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_a_noisy_word_is_read_or_refused_but_never_misread(payload, seed):
    noise = np.random.default_rng(seed).normal(0, 1, code.CODE_BITS)
    received = 0.55 * (1 - 2.0 * code.encode(KEY, payload)) + noise
    decoded = code.decode(KEY, (2 * 0.55 * received).astype(np.float32))
    assert decoded is None or decoded.payload == payload


def test_two_decibels_above_the_bound_nearly_all_are_read():
    rng = np.random.default_rng(1)
    amplitude = np.sqrt(10**0.2 * 2 * code.PAYLOAD_BITS / code.CODE_BITS)
    read = 0
    for payload in rng.integers(0, 1 << 48, 60):
        sent = amplitude * (1 - 2.0 * code.encode(KEY, int(payload)))
        decoded = code.decode(
            KEY, (2 * amplitude * (sent + rng.normal(size=code.CODE_BITS))).astype(np.float32)
        )
        read += decoded is not None and decoded.payload == payload
    assert read >= 57


def test_a_word_of_another_key_is_refused():
    refused = [code.decode(OTHER, clean(payload)) is None for payload in range(40)]
    # Each of 32 words of the list passes a tag of 16 bits once in 65,536: one of these keys' pairs may.
    assert sum(refused) >= 39


def test_noise_is_refused():
    rng = np.random.default_rng(2)
    assert all(
        code.decode(KEY, rng.normal(0, 1, code.CODE_BITS).astype(np.float32)) is None for _ in range(40)
    )


@pytest.mark.parametrize("payload", [-1, 1 << code.PAYLOAD_BITS])
def test_a_payload_that_does_not_fit_is_told(payload):
    with pytest.raises(InputError, match="does not fit"):
        code.encode(KEY, payload)


def greedy(llr):
    """Plain successive cancellation, one bit at a time: the oracle of the list decoder with a list of one."""

    def visit(values, start):
        if len(values) == 1:
            bit = int(values[0] < 0 and not code.frozen()[start])
            return [bit], np.array([bit])
        half = len(values) // 2
        left, right = values[:half], values[half:]
        check = np.sign(left) * np.sign(right) * np.minimum(abs(left), abs(right))
        first, upper = visit(check, start)
        second, lower = visit(right + (1 - 2 * upper) * left, start + half)
        return first + second, np.concatenate([upper ^ lower, lower])

    return np.array(visit(llr.astype(np.float32), 0)[0])


def test_a_list_of_one_is_successive_cancellation(monkeypatch):
    monkeypatch.setattr(code, "LIST", 1)
    rng = np.random.default_rng(3)
    for payload in range(5):
        llr = (clean(payload, 1.0) + rng.normal(0, 0.9, code.CODE_BITS)).astype(np.float32)
        (word,) = code._ListDecoder(llr).words()
        assert (word == greedy(llr)).all()
