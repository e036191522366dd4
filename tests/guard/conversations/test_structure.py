"""Texts that are JSON: read as a program reads them, and JSON still when something in them is covered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard.conversations.structure import LEAVES, Plain, restored, structured, unescaped

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WRITTEN = st.sampled_from(
    [
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        lambda value: json.dumps(value, indent=1),
        lambda value: json.dumps({"again": json.dumps({"and again": json.dumps(value)})}),
    ]
)


def covered(text, word, instead="[X]"):
    """``text`` with ``word`` covered wherever a view of it has it."""
    form = structured(text)
    found = set()
    for view in form.views():
        at = view.text.find(word)
        while at >= 0:
            found.add((*view.span(at, at + len(word)), "c", "mask"))
            at = view.text.find(word, at + 1)
    return form.covered(sorted(found), lambda _found, _stretch: instead)


def as_read(value):
    """Every string of a value that was written into another, and taken out again."""
    while isinstance(value, dict) and value.keys() & {"again", "and again"}:
        value = json.loads(next(iter(value.values())))
    return value


@settings(max_examples=80, deadline=None)
@given(VALUES, WRITTEN)
def test_what_is_covered_is_json_and_all_else_stays(value, write):
    planted = {"before\n": value, "here": ["\nNEEDLE\t", {"NEEDLE": "a NEEDLE"}]}
    changed = as_read(json.loads(covered(write(planted), "NEEDLE")))
    assert changed == as_read(
        json.loads(json.dumps({"before\n": value, "here": ["\n[X]\t", {"[X]": "a [X]"}]}))
    )


@settings(max_examples=80, deadline=None)
@given(VALUES, WRITTEN)
def test_every_span_stands_for_what_reads_there(value, write):
    text = write([value, '\u00e9\n"x'])
    form = structured(text)
    whole = form.views()[0]
    assert whole.span(0, len(whole.text)) == (0, len(text))
    for view in form.views():
        starts = [view.span(at, at + 1) for at in range(len(view.text))]
        assert all(0 <= low < high <= len(text) for low, high in starts)
        assert starts == sorted(starts)


@settings(max_examples=60, deadline=None)
@given(VALUES, WRITTEN, st.text(max_size=12))
def test_values_are_put_back_whatever_is_in_them(value, write, put):
    text = write([value, "to <EMAIL_1>", {"<EMAIL_1>": 1}])
    found = as_read(json.loads(restored(text, {"<EMAIL_1>": put})))
    assert found[1:] == [f"to {put}", {put: 1}]


def test_a_number_becomes_a_string_and_nothing_else_is_rewritten():
    text = '{ "n" :4111,"e":1.5e+3, "s": "\\u0061\\/" }'
    assert covered(text, "4111") == '{ "n" :"[X]","e":1.5e+3, "s": "\\u0061\\/" }'
    assert covered(text, "nothing like it") == text


@pytest.mark.parametrize("text", ["", "4111", "true", "plain", '{"a": 1', '{"a": 1} x', "[" * 100_000])
def test_what_is_no_object_list_or_string_is_a_text(text):
    assert structured(text) is None


def test_half_an_object_is_read_with_its_escapes_undone():
    view = unescaped('{"to": "\\nann\\u0040example.org", "more": "')
    assert view.text == '{"to": "\nann@example.org", "more": "'
    at = view.text.index("ann")
    assert view.span(at, at + 4) == (10, 19)
    assert unescaped("C: no escape") is None


def test_restoring_into_half_an_object_and_into_a_text():
    values = {"<EMAIL_1>": 'a"b\n'}
    assert restored('{"to": "<EMAIL_1>', values) == '{"to": "a\\"b\\n'
    assert restored('{"to": "\\u003cEMAIL_1\\u003e', values) == '{"to": "a\\"b\\n'
    assert restored("write to <EMAIL_1>", values) == 'write to a"b\n'
    assert restored("<EMAIL_1>", {}) == "<EMAIL_1>"


def test_the_work_is_bounded():
    nested = "x" * 40
    for _ in range(9):
        nested = json.dumps([nested])
    assert len(structured(nested).views()) <= 7
    many = json.dumps(["a leaf that is long enough"] * 1_000)
    assert len(structured(many).views()) == LEAVES + 1
    inner = json.dumps([json.dumps(["x" * 20])] * 1_000)
    assert len(structured(inner).views()) < 64 + LEAVES + 2


def test_a_plain_text_is_covered_where_it_stands():
    assert (
        Plain("ab cd").covered([(0, 1, "c", "mask"), (3, 5, "c", "mask")], lambda x, _: x.upper()) == "Ab CD"
    )
