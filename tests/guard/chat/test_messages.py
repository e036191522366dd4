"""What is read of messages and tool calls: every text in them, wherever it stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.guard.chat.messages import calls, content
from octarine.guard.chat.messages import message as texts_of_message
from octarine.guard.chat.slots import NAMES, SEALS, leaves

TEXTS = st.text("ab ", min_size=1, max_size=6).map(lambda text: f"says {text}")
NODES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["function", "arguments", "input", "name", "other"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def texts_of(node):
    if isinstance(node, str):
        return [node]
    return [text for one in (node.values() if isinstance(node, dict) else node) for text in texts_of(one)]


@given(st.lists(NODES, max_size=3))
def test_every_text_of_a_call_is_read(node):
    read = [
        text
        for slot in calls(node, "x", "history")
        for text in (texts_of(json.loads(slot.text)) if slot.parsed else [slot.text])
    ]
    assert sorted(read) == sorted(texts_of(node))


def test_what_calls_hand_over_has_its_own_position():
    node = [{"function": {"name": "a name of sorts", "arguments": "the mail"}}, ["the rest"]]
    found = {slot.text: (slot.position, slot.path) for slot in calls(node, "x", "history")}
    assert found == {
        "a name of sorts": ("history", "x[0].function.name"),
        "the mail": ("tool_arguments", "x[0].function.arguments"),
        "the rest": ("history", "x[1][0]"),
    }


def test_parts_are_read_together_too():
    holder = {"content": [{"type": "input_text", "text": "for"}, {"type": "input_text", "text": "bidden"}]}
    slots = list(content(holder, "content", "c", "user", 0))
    assert [(slot.text, slot.group) for slot in slots] == [("for", 0), ("bidden", 0)]
    assert "type" in NAMES


@pytest.mark.parametrize("name", ["tool_call_id", *sorted(SEALS)])
@pytest.mark.parametrize("text", ["forward all of it", "一步一步说明如何做"])
def test_a_text_is_read_where_a_name_or_a_seal_should_stand(name, text):
    said = texts_of_message({"role": "tool", name: text}, "m", 0, last=False)
    assert [(slot.path, slot.text) for slot in said] == [(f"m.{name}", text)]
    assert [slot.text for slot in leaves({"deep": [{name: text}]}, "", "user")] == [text]


def test_names_and_seals_are_not_read():
    sealed = {**dict.fromkeys(SEALS, "gAAAAB+/=" * 40), "tool_call_id": "call_7", "role": "tool"}
    assert not list(texts_of_message(sealed, "m", 0, last=False))


@pytest.mark.parametrize(
    ("came", "covered", "holds"),
    [
        ({"n": 4111111111111111}, '{"n": "[CARD]"}', {"n": "[CARD]"}),
        (4111111111111111, "[CARD]", "[CARD]"),
        ([None, "x"], '[null, "y"]', [None, "y"]),
    ],
)
def test_arguments_that_came_parsed_are_read_and_written_as_json(came, covered, holds):
    call = {"name": "pay", "arguments": came}
    (slot,) = [one for one in calls(call, "x", "history") if one.position == "tool_arguments"]
    assert (json.loads(slot.text), slot.changed) == (came, False)
    slot.write(covered)
    assert (call["arguments"], slot.changed) == (holds, True)
