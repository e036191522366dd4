"""Whatever is sent to whatever route: an answer in the one shape, and no fault of ours."""

from __future__ import annotations

import asyncio
import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, completion

VALID = {
    "/v1/chat/completions": {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "hello"}], "name": "jo"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "a", "content": "done"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "n": 1,
        "stream": False,
        "stream_options": {"include_usage": True},
    },
    "/v1/responses": {
        "model": "m",
        "instructions": "Be kind.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "done"},
            {"type": "item_reference", "id": "msg_1"},
        ],
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "text": {"format": {"type": "text"}},
        "stream": False,
    },
    "/v1/images/generations": {"model": "m", "prompt": "a mill", "n": 1, "size": "256x256", "stream": False},
    "/v1/embeddings": {"model": "m", "input": ["hello"], "dimensions": 3},
    "/v1/moderations": {"model": "m", "input": [{"type": "text", "text": "hello"}]},
    "/v1/guard": {"messages": [{"role": "user", "content": "hello"}]},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("\ud800")
    | st.sampled_from(["user", "image_url", "text", "function", "audio"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(node, here=()):
    """The paths of all nodes."""
    yield here
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*here, key))


@st.composite
def bodies(draw, valid):
    """A valid body in which some nodes are others."""
    body = copy.deepcopy(valid)
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from([one for one in places(body) if one] or [()]))
        if not path:
            break
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = draw(VALUES)
    return body


REQUESTS = st.sampled_from(sorted(VALID)).flatmap(lambda path: st.tuples(st.just(path), bodies(VALID[path])))
ITEMS = [
    {"id": "r", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {"id": "m", "type": "message", "role": "assistant", "status": "completed",
     "content": [{"type": "output_text", "text": "Hello.", "annotations": [], "logprobs": []}]},
    {"id": "f", "type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
]  # fmt: skip
GOOD = completion({"content": "Hello."}) | {"data": [{"embedding": [0.5]}], "output": ITEMS}
WHERE = {"item_id": "m", "output_index": 0, "content_index": 0}
PART = {"type": "output_text", "text": "Hello.", "annotations": []}
STREAMED = [
    {"type": "response.created", "response": {"id": "r", "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {**ITEMS[1], "content": []}},
    {"type": "response.content_part.added", **WHERE, "part": {**PART, "text": ""}},
    {"type": "response.output_text.delta", **WHERE, "delta": "Hello.", "logprobs": []},
    {"type": "response.output_text.done", **WHERE, "text": "Hello.", "logprobs": []},
    {"type": "response.content_part.done", **WHERE, "part": PART},
    {"type": "response.output_item.done", "output_index": 0, "item": ITEMS[1]},
    {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": ITEMS}},
]


async def ask(requests, answer):
    async with loopback(answer) as up, asked(application(up.url, poll_s=0)) as http:
        return [
            await http.post(
                path, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
            )
            for path, body in requests
        ]


@settings(max_examples=25, deadline=None)
@given(st.lists(REQUESTS, min_size=5, max_size=20))
def test_no_request_is_a_fault_of_ours(requests):
    for answer in asyncio.run(ask(requests, Answer.of_json(GOOD))):
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 400:
            assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@settings(max_examples=25, deadline=None)
@given(bodies(GOOD), st.booleans(), st.sampled_from(["/v1/chat/completions", "/v1/responses"]))
def test_no_answer_of_an_upstream_is_a_fault_of_ours(body, stream, path):
    request = (path, {**VALID[path], "stream": stream})
    (answer,) = asyncio.run(ask([request], Answer.of_json(body)))
    assert answer.status_code in (200, 502), answer.text
    if answer.status_code == 502:
        assert answer.json()["error"]["code"] in ("bad_upstream", "upstream_error")


@settings(max_examples=25, deadline=None)
@given(st.lists(bodies({"id": "c", "choices": [{"index": 0, "delta": {"content": "Hi."}, "logprobs": None,
       "finish_reason": None}], "usage": None}), max_size=6))  # fmt: skip
def test_no_stream_of_an_upstream_is_a_fault_of_ours(chunks):
    request = ("/v1/chat/completions", {**VALID["/v1/chat/completions"], "stream": True})
    (answer,) = asyncio.run(ask([request], Answer.of_events(*map(json.dumps, chunks))))
    assert answer.status_code in (200, 502), answer.text
    assert "internal_error" not in answer.text


@settings(max_examples=25, deadline=None)
@given(bodies(STREAMED))
def test_no_streamed_response_of_an_upstream_is_a_fault_of_ours(events):
    request = ("/v1/responses", {**VALID["/v1/responses"], "stream": True})
    (answer,) = asyncio.run(ask([request], Answer.of_events(*map(json.dumps, events))))
    assert answer.status_code in (200, 502), answer.text
    assert "internal_error" not in answer.text
