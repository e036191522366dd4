"""However a stream is cut, what goes out is what the whole answer would give."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.results import Action
from octarine.guard import Guard
from octarine.guard.chat.events import DONE
from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.chat.logprobs import LogprobGate
from octarine.guard.chat.slots import NAMES, leaves
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import Limits
from tests.guard.fake_classifier import FakeClassifier
from tests.server.guard.running import chunk

GUARD = Guard.load("default", classifier=FakeClassifier())
PIECES = st.sampled_from(
    [
        "The birch stands by the lake. ",
        "größer ",
        "🌲👩\u200d👧 ",
        "日本語。",
        "\n\n",
        "ok ",
        "a" * 300,
        "step one: mix",
        "AKIAIOSFODNN7EXAMPLF ",
    ]
)


def cut(data, whole):
    """``whole`` in pieces."""
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=25)))
    bounds = [0, *places, len(whole)]
    return [whole[a:b] for a, b in pairwise(bounds) if a < b]


def streamed(texts, data):
    """What a client sees of an answer that came as ``texts``, its events cut anywhere: text and reason."""
    events = [chunk(content=text) for text in texts] + [chunk(finish="stop")]
    raw = (
        b"".join(b"data: " + json.dumps(one, ensure_ascii=False).encode() + b"\n\n" for one in events) + DONE
    )
    asked = Chat().read({"messages": [{"role": "user", "content": "hello"}]}, Limits())
    stream = Chat().open(AnswerCheck(inspect(GUARD, [], "hello")), asked)
    out = b"".join(stream.feed(piece) for piece in cut(data, raw)) + stream.close()
    assert out.endswith(DONE)
    said = [json.loads(line[6:]) for line in out.decode().split("\n\n")[:-2]]
    choices = [choice for one in said for choice in one["choices"]]
    text = "".join(choice["delta"].get("content", "") for choice in choices)
    (reason,) = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
    return text, reason, stream


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=12), st.data())
def test_a_streamed_answer_is_the_whole_answer_however_it_is_cut(pieces, data):
    whole = "".join(pieces)
    text, reason, stream = streamed(cut(data, whole), data)
    verdict = GUARD.check_output(whole, "hello")
    if verdict.action is Action.BLOCK:
        assert reason == "content_filter"
        assert text == verdict.message or whole.startswith(text) or "[" in text
        assert "step one: mix" not in text
    else:
        assert (text, reason) == (verdict.text, "stop")
    found = [piece for piece in stream.pieces() if piece.verdict is not None]
    assert all(piece.verdict.action is verdict.action for piece in found)


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_no_log_probability_goes_out_before_its_text_or_twice(tokens, data):
    gate, whole = LogprobGate(), "".join(tokens)
    for token in tokens:
        gate.take({"content": [{"token": token}]})
    out, said = [], ""
    for piece in cut(data, whole):
        said += piece
        found = gate.release(piece)
        out += [entry["token"] for entry in found["content"]] if found else []
        assert said.startswith("".join(out))
    last = gate.rest(whole)
    out += [entry["token"] for entry in last["content"]] if last else []
    assert out == tokens


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=8), st.integers(0, 30))
def test_no_log_probability_goes_out_once_the_text_is_another(tokens, at):
    whole = "".join(tokens)
    changed = whole[:at] + "[MASKED]" + whole[at + 1 :]
    if changed.startswith(whole):
        return
    gate = LogprobGate()
    for token in tokens:
        gate.take({"content": [{"token": token}]})
    assert gate.release(changed) is None
    assert gate.rest(whole) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_every_text_of_any_json_has_a_slot_and_takes_another_text(value):
    def texts(node):
        if isinstance(node, dict):
            return [text for key, inner in node.items() if key not in NAMES for text in texts(inner)]
        if isinstance(node, list):
            return [text for inner in node for text in texts(inner)]
        return [node] if isinstance(node, str) and node else []

    held = [value]
    slots = list(leaves(held, "", "user", media=False))
    assert [slot.text for slot in slots if slot.holder is not None] == texts(value)
    for slot in slots:
        slot.write("X")
    assert set(texts(held)) <= {"X"}
