"""The event parser and the assembly of streamed answers: how the bytes are cut must not matter."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.codec import decode, encode
from octarine.core.errors import ModelError
from octarine.core.results import Completion
from octarine.models.http.errors import Endpoint
from octarine.models.http.events import EventParser, ServerEvent
from octarine.models.openai.answer import StreamedAnswer, completion_from


def parse(*chunks: bytes) -> list[ServerEvent]:
    parser = EventParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return [*events, *parser.close()]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(borders)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [("a", "message")]),
        (b"data:a\r\n\r\ndata: b\r\rdata: c\n\n", [("a", "message"), ("b", "message"), ("c", "message")]),
        (b": keep-alive\n\ndata: a\n: in between\ndata: b\n\n", [("a\nb", "message")]),
        (b"event: error\nid: 7\nretry: 9\ndata: x\n\n", [("x", "error")]),
        (b"event: ping\n\ndata: x\n\n", [("x", "message")]),
        (b"data\n\n", [("", "message")]),
        (b"data:  two spaces\n\n", [(" two spaces", "message")]),
        (b"\xef\xbb\xbfdata: bom\n\n", [("bom", "message")]),
        (b"data: \xff\n\n", [("\ufffd", "message")]),
        (b"data: no blank line", [("no blank line", "message")]),
        ("data: \u2028 is no line end\n\n".encode(), [("\u2028 is no line end", "message")]),
        (b"\n\n\r\r", []),
        (b"", []),
    ],
)
def test_events(stream: bytes, events: list[tuple[str, str]]) -> None:
    assert [(event.data, event.event) for event in parse(stream)] == events


lines = st.one_of(
    st.text(alphabet="aé€😀:\ufeff ", max_size=8).map(lambda text: f"data: {text}"),
    st.sampled_from(["", ": comment", "event: x", "data", "data:", "id: 1", "\ufeff"]),
)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])


@settings(deadline=None)
@given(st.lists(st.tuples(lines, line_ends), max_size=12), st.lists(st.integers(0, 10_000), max_size=30))
def test_any_cut_gives_the_same_events(written: list[tuple[str, str]], places: list[int]) -> None:
    stream = "".join(line + end for line, end in written).encode()
    assert parse(*cut(stream, places)) == parse(stream)


@settings(deadline=None)
@given(st.binary(max_size=80), st.lists(st.integers(0, 100), max_size=80))
def test_any_bytes_any_cut(stream: bytes, places: list[int]) -> None:
    assert parse(*cut(stream, places)) == parse(stream)


deltas = st.lists(st.text(max_size=6), min_size=1, max_size=8)


def written(texts: list[str], line_end: str) -> bytes:
    chunks: list[Any] = [{"choices": [{"delta": {"content": text}}]} for text in texts]
    chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": len(texts)}})
    spoken = [json.dumps(chunk, ensure_ascii=False) for chunk in chunks]
    return "".join(f"data: {text}{line_end}{line_end}" for text in [*spoken, "[DONE]"]).encode(
        "utf-8", "surrogatepass"
    )


def heard(chunks: list[bytes]) -> tuple[list[str], Completion]:
    parser, answer = EventParser(), StreamedAnswer(Endpoint("test"))
    texts = [answer.add(event.data) for chunk in chunks for event in parser.feed(chunk)]
    texts += [answer.add(event.data) for event in parser.close()]
    assert answer.complete
    return [text for text in texts if text], answer.completion(0.0)


@settings(deadline=None)
@given(deltas, line_ends, st.lists(st.integers(0, 10_000), max_size=40))
def test_any_cut_gives_the_same_deltas(texts: list[str], line_end: str, places: list[int]) -> None:
    got, completion = heard(cut(written(texts, line_end), places))
    assert got == [text for text in texts if text]
    assert completion.text == "".join(texts)
    assert completion.usage.output_tokens == len(texts)


# --- answers that are not what the protocol says ----------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers(-9, 600) | st.floats(-1, 1) | st.text(max_size=5)
shapes = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "type", "error", "url", "data", "token"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with any of the fields, or something else in its place."""
    return (
        st.fixed_dictionaries({}, optional={name: value | shapes for name, value in fields.items()}) | shapes
    )


calls = some_of(index=st.integers(0, 2), id=scalars, function=some_of(name=scalars, arguments=shapes))
messages = some_of(
    content=st.lists(some_of(type=st.just("text"), text=scalars), max_size=2),
    refusal=scalars,
    tool_calls=st.lists(calls, max_size=3),
    audio=some_of(data=scalars, transcript=scalars),
    images=st.lists(some_of(image_url=some_of(url=scalars)), max_size=1),
)
tokens = some_of(content=st.lists(some_of(token=scalars, logprob=scalars, top_logprobs=shapes), max_size=2))
choices = some_of(message=messages, delta=messages, finish_reason=scalars, index=scalars, logprobs=tokens)
usages = some_of(prompt_tokens=scalars, completion_tokens=scalars)
answers = some_of(choices=st.lists(choices, max_size=2), usage=usages, error=shapes)


@settings(deadline=None)
@given(answers)
def test_any_json_is_a_completion_or_a_clear_error(data: Any) -> None:
    try:
        completion = completion_from(data, Endpoint("the endpoint"))
    except ModelError:
        return
    assert isinstance(completion.text, str)
    assert decode(Completion, encode(completion)) == completion


@settings(deadline=None)
@given(st.lists(answers, max_size=3))
def test_any_chunks_are_a_completion_or_a_clear_error(chunks: list[Any]) -> None:
    answer = StreamedAnswer(Endpoint("the endpoint"))
    try:
        texts = [answer.add(json.dumps(chunk)) for chunk in chunks]
        completion = answer.completion(0.0)
    except ModelError:
        return
    assert completion.text == "".join(texts)
    assert decode(Completion, encode(completion)) == completion
