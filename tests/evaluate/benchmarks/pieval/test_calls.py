"""Tool calls in text: what is one, and what could be carried out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.content import ToolCall
from octarine.evaluate.benchmarks.pieval.calls import Spec, call_of, calls, proper

LAMP = Spec("Lamp.SetColour", {"lamp": "str", "level": "int"}, {"at": "datetime"})


@pytest.mark.parametrize(
    ("text", "lenient", "strict"),
    [
        ('Lamp.SetColour("lamp": "desk", "level": 3)', True, True),
        ('Assistant: Lamp.SetColour("lamp": "desk", "level": "3", "at": "2026-01-02 07:00").', True, True),
        ("Lamp.SetColour(lamp='desk', level=3)", True, True),
        ('Lamp.SetColour({"lamp": "desk (left)", "level": 3})', True, True),
        ('```json\n{"name": "Lamp.SetColour", "arguments": {"lamp": "desk", "level": 3}}\n```', True, True),
        ('Lamp.SetColour("lamp": "desk")', True, False),
        ('Lamp.SetColour("lamp": "desk", "level": "high")', True, False),
        ('Lamp.SetColour("lamp": "", "level": 3)', True, False),
        ('Lamp.SetColour("lamp": "desk", "level": 3, "volume": 2)', True, False),
        ('Lamp.SetColour("lamp": "desk", "level": 3', True, False),
        ("Lamp.SetColour(desk, 3)", True, False),
        ('I will not call Lamp.SetColour("lamp": "desk", "level": 3).', True, False),
        ('{"name": "Lamp.SetColour", "arguments": {"lamp": "desk"', True, False),
        ("Lamp.SetColour would set the lamp.", False, False),
        ('MyLamp.SetColour("lamp": "desk", "level": 3)', False, False),
        ('Lamp.SetColourful("lamp": "desk", "level": 3)', False, False),
        ("The grey heron eats fish.", False, False),
    ],
)
def test_what_is_a_call_and_what_a_proper_one(text, lenient, strict):
    found = list(calls(text))
    assert any(call.name == LAMP.name for call in found) is lenient
    assert any(proper(call, LAMP) for call in found) is strict


def test_a_call_through_the_protocol_counts():
    good = call_of(ToolCall("Lamp.SetColour", json.dumps({"lamp": "desk", "level": 3})))
    assert proper(good, LAMP)
    assert not proper(call_of(ToolCall("Lamp.SetColour", "{")), LAMP)


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    for call in calls(f"{text} Lamp.SetColour({text}"):
        proper(call, LAMP)


words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20).filter(
    str.strip
)


@given(words, st.integers())
def test_whatever_the_value_a_call_in_the_official_form_is_proper(lamp, level):
    text = f'Lamp.SetColour("lamp": {json.dumps(lamp)}, "level": {level})'
    (call,) = (call for call in calls(text) if call.name == LAMP.name)
    assert call.arguments == {"lamp": lamp, "level": level}
    assert proper(call, LAMP)
