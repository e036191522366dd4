"""A streamed completion is judged as a whole one is, however its texts are cut and mixed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard import Guard
from octarine.guard.chat.answer import judge_chat
from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.chat.request import read_chat
from octarine.guard.chat.stream import ChunkStream
from octarine.guard.policy import policy_from_text

POLICY = """
name: w
version: 1.0.0
words:
- {id: w, terms: [blue berry pie], action: block}
- {id: m, terms: [red wine], action: mask}
"""
FIELDS = ("reasoning", "reasoning_content", "content", "refusal")
WORDS = ("I want a ", "blue ", "berry ", "pie now. ")


@pytest.fixture(scope="module")
def guard():
    return Guard(policy_from_text(POLICY))


def checked(guard):
    request = read_chat({"messages": [{"role": "user", "content": "hi"}]}, 10**6)
    return AnswerCheck(inspect(guard, request.slots, request.prompt))


def chunk(delta, finish=None):
    return {"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def streamed(guard, *deltas, finish="stop"):
    """The chunks that went out, and the stream."""
    stream = ChunkStream(checked(guard), 1)
    out = [one for delta in deltas for one in stream.take(chunk(delta))]
    out += [*stream.take(chunk({}, finish)), *stream.close()]
    return out, stream


def joined(out, field):
    return "".join(one["choices"][0]["delta"].get(field) or "" for one in out)


def whole(guard, deltas):
    message = {
        name: "".join(delta.get(name) or "" for delta in deltas)
        for name in dict.fromkeys(name for delta in deltas for name in delta)
    }
    return judge_chat(checked(guard), {"choices": [{"index": 0, "message": message}]})


@pytest.mark.parametrize(
    "deltas",
    [
        [{"role": "assistant", "content": "", "reasoning": word} for word in WORDS],
        [{"reasoning": word, "reasoning_content": word} for word in WORDS],
        [{"reasoning": word, "content": f"{at} "} for at, word in enumerate(WORDS)],
        [{"reasoning": "a blue "}, {"content": "so: "}, {"reasoning": "berry pie"}, {"content": "ok"}],
        [
            {"content": "a blue "},
            {"reasoning": "hm"},
            {"content": None, "refusal": "no"},
            {"content": "berry pie"},
        ],
    ],
)
def test_a_text_is_judged_as_one_whatever_comes_between(guard, deltas):
    out, stream = streamed(guard, *deltas, {"content": " ok"})
    assert stream.blocked
    assert out[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert not any("berry pie" in joined(out, name) for name in FIELDS)


def test_thoughts_go_out_before_what_is_said(guard):
    thought = "The river runs slowly past the old red house. " * 80
    deltas = [{"content": "", "reasoning": thought[at : at + 9]} for at in range(0, len(thought), 9)]
    out, _ = streamed(guard, *deltas, *({"content": f"{at} birches. "} for at in range(500)))
    order = [name for one in out for name in FIELDS if one["choices"][0]["delta"].get(name)]
    assert order == sorted(order, reverse=True)
    assert joined(out, "reasoning") == thought


def test_a_text_that_goes_on_is_not_told_twice(guard):
    deltas = ({"reasoning": "One. "}, {"content": "Two. "}, {"reasoning": "Three."}, {"content": "Four."})
    out, stream = streamed(guard, *deltas)
    assert (joined(out, "reasoning"), joined(out, "content")) == ("One. Three.", "Two. Four.")
    assert [piece.text for piece in stream.pieces()] == ["One. Three.", "Two. Four."]


def test_a_text_that_would_have_been_covered_as_one_does_not_go_on(guard):
    deltas = (
        {"reasoning": "some red "},
        {"content": "Yes. "},
        {"reasoning": "wine here"},
        {"content": "No."},
    )
    out, stream = streamed(guard, *deltas)
    assert (joined(out, "reasoning"), joined(out, "content")) == ("some red ", "Yes. No.")
    assert stream.left_out == {"reasoning"}


# No piece makes another word of a phrase that has ended: where another text cuts in, its end is judged there.
PIECES = st.sampled_from(["", "", None, *WORDS, "x ", "blue berry", " pie ", "blu", "e "])
DELTAS = st.dictionaries(st.sampled_from(FIELDS), PIECES, max_size=4)


@settings(deadline=None)
@given(st.lists(DELTAS, max_size=14))
def test_what_goes_out_of_a_stream_is_what_goes_out_whole(guard, deltas):
    out, stream = streamed(guard, *deltas)
    judged = whole(guard, deltas)
    assert (stream.blocked is None) == (judged.blocked is None)
    if judged.blocked is None:
        message = judged.body["choices"][0]["message"]
        assert [joined(out, name) for name in FIELDS] == [message.get(name, "") for name in FIELDS]
    else:
        assert not any(re.search(r"\bblue berry pie\b", joined(out, name)) for name in FIELDS)
    assert sum(one["choices"][0]["finish_reason"] is not None for one in out) == 1
    assert not stream.left_out


def called(identity, name, arguments, **more):
    return {
        "tool_calls": [
            {"index": 0, "id": identity, "function": {"name": name, "arguments": arguments}, **more}
        ]
    }


def calls_of(out):
    return [call for one in out for call in one["choices"][0]["delta"].get("tool_calls", ())]


def test_later_pieces_of_a_call_do_not_empty_what_it_is_called(guard):
    out, _ = streamed(
        guard,
        called("a", "f", "", type="function"),
        called("", "", '{"x":', type=""),
        called(None, None, "1}"),
        finish="tool_calls",
    )
    assert calls_of(out) == [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    ]


def test_two_whole_calls_with_one_index_are_two(guard):
    out, _ = streamed(guard, called("a", "f", '{"x":1}'), called("b", "g", '{"y":2}'), finish="tool_calls")
    assert calls_of(out) == [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"index": 1, "id": "b", "function": {"name": "g", "arguments": '{"y":2}'}},
    ]


def test_an_id_made_up_for_every_piece_begins_no_call(guard):
    out, _ = streamed(guard, called("a", "f", '{"x":'), called("b", None, "1}"), finish="tool_calls")
    assert [call["function"]["arguments"] for call in calls_of(out)] == ['{"x":1}']


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        (None, []),
        ([], []),
        (
            [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
            [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": None}],
        ),
    ],
)
def test_usage_behind_the_end_of_a_choice_goes_out(guard, choices, left):
    stream = ChunkStream(checked(guard), 1)
    list(stream.take(chunk({"content": "Hi."}, "stop")))
    out = [*stream.take({"id": "x", "choices": choices, "usage": {"total_tokens": 5}}), *stream.close()]
    assert [(one["choices"], one["usage"]) for one in out] == [(left, {"total_tokens": 5})]
