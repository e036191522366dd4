"""The key ``watermark`` of a policy file."""

from __future__ import annotations

import pytest

from octarine.core.errors import DataError
from octarine.guard.policy import Policy
from octarine.guard.policy.difference import compare
from octarine.guard.policy.file.reading import read_layer
from octarine.guard.policy.file.writing import write_policy
from octarine.guard.policy.watermark import Addresses, PictureMark

SECRET = "5e" * 32


def layer(watermark, folder="/etc/guard"):
    return read_layer(f"name: p\nversion: 1.0.0\nwatermark: {watermark}\n", f"{folder}/p.yaml")


def test_what_it_says():
    assert layer("{key: file:mark.key}").watermark == PictureMark("file:/etc/guard/mark.key")
    assert layer(
        "{key: file:/run/mark.key, payload: 0x5EED, psnr: 42, urls: fetch}"
    ).watermark == PictureMark("file:/run/mark.key", 0x5EED, 42.0, Addresses.FETCH)
    assert layer("{key: env:MARK_KEY, payload: 24301}").watermark == PictureMark("env:MARK_KEY", 0x5EED)


def test_a_layer_replaces_it_or_takes_it_away():
    below = layer("{key: env:A, payload: 1}")
    plain = read_layer("name: q\nversion: 1.0.0\n")
    assert Policy.of(below, plain).watermark == PictureMark("env:A", 1)
    assert Policy.of(below, layer("{key: env:B}")).watermark == PictureMark("env:B")
    assert Policy.of(below, layer("nothing")).watermark is None
    assert Policy.of(plain).watermark is None


@pytest.mark.parametrize(
    "watermark", ["{key: env:A}", "{key: file:/k, payload: 9, psnr: 41.5, urls: annotate}", "nothing"]
)
def test_it_is_written_as_it_is_read(watermark):
    told = layer(watermark)
    assert read_layer(write_policy(told), "/etc/guard/p.yaml") == told


def test_a_change_is_told():
    old, new = Policy.of(layer("{key: env:A, payload: 1}")), Policy.of(layer("nothing"))
    assert list(map(str, compare(old, new))) == [
        "policy watermark: env:A with 0x1, addresses: refuse → nothing"
    ]
    assert not compare(old, old)


@pytest.mark.parametrize(
    ("watermark", "said"),
    [
        ("{payload: 1}", "key"),
        (f"{{key: {SECRET}}}", "neither file:PATH nor env:NAME"),
        ("{key: 'file:'}", "neither"),
        ("{key: 'env:A B'}", "neither"),
        (SECRET, "no watermark"),
        ("off", "no watermark"),
        ("{key: env:A, payload: 281474976710656}", "payload"),
        ("{key: env:A, payload: -1}", "payload"),
        ("{key: env:A, payload: 0x1234567890abc}", "payload"),
        ("{key: env:A, psnr: 10}", "psnr"),
        ("{key: env:A, urls: follow}", "follow"),
    ],
)
def test_mistakes_name_the_line_and_never_the_key(watermark, said):
    with pytest.raises(DataError, match=said) as told:
        layer(watermark)
    assert told.value.line == 3
    assert SECRET not in str(told.value)
