"""JSON in and out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.json_text import dumps, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_what_goes_out_comes_back(value):
    assert loads(dumps(value), 64) == value


@given(st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_depth_is_counted_as_it_is(levels, most, objects):
    text = '{"a":' * levels + "1" + "}" * levels if objects else "[" * levels + "]" * levels
    if not text:
        return
    if levels <= most:
        loads(text, most)
    else:
        with pytest.raises(ValueError, match="deeper"):
            loads(text, most)


@given(st.text("[{", max_size=200))
def test_brackets_in_a_text_are_no_levels(text):
    assert loads(json.dumps([text]), 1) == [text]


def test_the_message_does_not_show_the_data():
    with pytest.raises(ValueError, match="line 1") as caught:
        loads(b'{"password": hunter2}', 8)
    assert "hunter2" not in str(caught.value)
