"""What stands beside the message of a choice, and beside the choices: looked at, whole and streamed, and what
says nothing stays as it was."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard import Guard
from octarine.guard.chat.answer import judge_chat
from octarine.guard.chat.refusals import Refusal
from octarine.guard.chat.stream import ChunkStream
from octarine.guard.policy import policy_from_text
from tests.guard.chat.test_stream import POLICY, checked

DENIED, MASKED = "blue berry pie", "red wine"
IDS = [11, 12, 13]
LOGPROBS = {"content": [{"token": "Fine.", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
BESIDE_CHOICES = [
    {"citations": ["https://a.example", "TEXT"]},
    {"search_results": [{"title": "TEXT", "url": "https://a.example", "date": "2026-11-29"}]},
    {"__verbose": {"content": "TEXT", "tokens": IDS}},
    {"anything": "TEXT"},
    {"system_fingerprint": "TEXT"},
    {"usage": {"total_tokens": 3, "note": "TEXT"}},
]
BESIDE_MESSAGE = [
    {"text": "TEXT"},
    {"citations": [{"title": "TEXT"}]},
    {"content_filter_results": {"hate": {"severity": "TEXT"}}},
    {"stop_reason": "TEXT"},
    {"anything": {"deep": [["TEXT"]]}},
]
IN_MESSAGE = [
    {"reasoning_details": [{"type": "reasoning.text", "text": "TEXT", "index": 0}]},
    {"annotations": [{"type": "url_citation", "url_citation": {"title": "TEXT"}}]},
    {"anything": {"deep": "TEXT"}},
]
HARMLESS = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "org/m-1.5:free", "provider": "P",
    "system_fingerprint": "fp_1", "service_tier": "default", "citations": ["https://a.example/b"],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}, "prompt_token_ids": [1, 2],
    "prompt_logprobs": [None, {"7": {"logprob": -0.1, "decoded_token": "hi"}}], "kv_transfer_params": None,
    "timings": {"predicted_ms": 1.5},
    "choices": [{
        "index": 0, "finish_reason": "stop", "native_finish_reason": "end_turn", "stop_reason": None,
        "logprobs": LOGPROBS, "token_ids": IDS, "content_filter_results": {"hate": {"filtered": False}},
        "message": {"role": "assistant", "content": "Fine.", "refusal": None,
                    "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "index": 0}]},
    }],
}  # fmt: skip


@pytest.fixture(scope="module")
def guard():
    return Guard(policy_from_text(POLICY))


def filled(fields, text):
    return json.loads(json.dumps(fields).replace("TEXT", text))


def whole(guard, body):
    return judge_chat(checked(guard), copy.deepcopy(body))


def completion(top=None, choice=None, message=None, content="Fine."):
    said = {"role": "assistant", "content": content} | (message or {})
    return {"choices": [{"index": 0, "message": said, "finish_reason": "stop"} | (choice or {})]} | (
        top or {}
    )


def streamed(guard, *chunks, done=True):
    stream = ChunkStream(checked(guard), 1)
    out = [one for chunk in chunks for one in stream.take(copy.deepcopy(chunk))]
    return [*out, *stream.close(done=done)], stream


def chunk(delta=None, finish=None, top=None, **choice):
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish} | choice]} | (top or {})


def places(text):
    return list(_places(text))


def _places(text):
    for fields in BESIDE_CHOICES:
        yield {"top": filled(fields, text)}
    for fields in BESIDE_MESSAGE:
        yield {"choice": filled(fields, text)}
    for fields in IN_MESSAGE:
        yield {"message": filled(fields, text)}


def of_stream(top=None, choice=None, message=None):
    """The same fields in the chunks of a stream."""
    return [
        chunk({"content": "Fine."}),
        chunk(message, **(choice or {})) | (top or {}),
        chunk(finish="stop"),
    ]


@pytest.mark.parametrize("place", places(DENIED), ids=str)
def test_a_denied_word_beside_what_is_said_blocks(guard, place):
    judged = whole(guard, completion(**place))
    assert judged.blocked is not None
    assert DENIED not in json.dumps(judged.body)
    assert judged.body["choices"][0]["finish_reason"] == "content_filter"
    assert any(piece.verdict and not piece.verdict.allowed for piece in judged.pieces)


@pytest.mark.parametrize("place", places(DENIED), ids=str)
def test_a_denied_word_beside_a_streamed_text_does_not_go_out(guard, place):
    out, stream = streamed(guard, *of_stream(**place))
    assert DENIED not in json.dumps(out)
    clean = ("system_fingerprint", "usage")
    assert stream.blocked is not None or any(name in place.get("top", ()) for name in clean)


@pytest.mark.parametrize("place", places(MASKED), ids=str)
def test_a_masked_word_beside_what_is_said_is_masked(guard, place):
    judged = whole(guard, completion(**place))
    assert judged.blocked is None
    assert MASKED not in json.dumps(judged.body)
    assert "[" in json.dumps(judged.body["choices"]) or "[" in json.dumps(judged.body)
    assert judged.body["choices"][0]["message"]["content"] == "Fine."
    out, stream = streamed(guard, *of_stream(**place))
    assert stream.blocked is None
    assert MASKED not in json.dumps(out)
    assert "Fine." in json.dumps(out)


def test_what_is_harmless_stays_as_it_was(guard):
    assert whole(guard, HARMLESS).body == HARMLESS


def test_what_is_harmless_goes_out_of_a_stream(guard):
    (said,) = HARMLESS["choices"]
    top = {name: value for name, value in HARMLESS.items() if name not in ("choices", "usage")}
    beside = {
        name: value
        for name, value in said.items()
        if name not in ("message", "logprobs", "index", "finish_reason")
    }
    details = said["message"]["reasoning_details"]
    first = chunk({"role": "assistant", "content": "Fine."}, top=top, logprobs=LOGPROBS, **beside)
    out, stream = streamed(guard, first, chunk({"reasoning_details": details}, finish="stop", top=top))
    assert not stream.left_out
    told = {name: value for one in out for name, value in one.items() if name != "choices"}
    assert told == {name: value for name, value in top.items() if value is not None}
    choices = [choice for one in out for choice in one["choices"]]
    fields = {name: value for one in choices for name, value in one.items() if name in beside}
    assert fields == {name: value for name, value in beside.items() if value is not None}
    assert [one["delta"]["reasoning_details"] for one in choices if "reasoning_details" in one["delta"]] == [
        details
    ]
    assert [one["logprobs"] for one in choices if one["logprobs"]] == [LOGPROBS]
    assert [one["finish_reason"] for one in choices if one["finish_reason"]] == ["stop"]


REPEATS = {"token_ids": IDS, "logprobs": LOGPROBS, "prompt_token_ids": IDS, "codes": IDS}


@pytest.mark.parametrize("content", [f"Some {MASKED}.", f"Some {DENIED}."])
def test_what_repeats_a_changed_text_goes(guard, content):
    top = {"prompt_token_ids": IDS, "__verbose": {"tokens": IDS, "content": "x"}}
    judged = whole(guard, completion(top, REPEATS, {"token_ids": IDS}, content=content))
    assert "11" not in json.dumps(judged.body)
    assert "logprob" not in json.dumps(judged.body).replace('"logprobs": null', "")
    out, _ = streamed(guard, chunk({"content": content}, top=top, **REPEATS), chunk(finish="stop"))
    assert "11" not in json.dumps(out)
    assert "-0.1" not in json.dumps(out)
    if DENIED in content:
        assert "__verbose" not in judged.body
        assert "__verbose" not in json.dumps(out)
    same = whole(guard, completion(top, REPEATS | {"logprobs": None}, content="Fine."))
    assert same.body["choices"][0]["token_ids"] == same.body["prompt_token_ids"] == IDS
    out, _ = streamed(guard, chunk({"content": "Fine."}, top=top, **REPEATS), chunk(finish="stop"))
    assert out[-1]["choices"][0]["token_ids"] == out[-1]["prompt_token_ids"] == IDS


def test_arguments_that_are_numbers_are_no_tokens(guard):
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": {"rows": [1, 2]}}}
    judged = whole(guard, completion(message={"tool_calls": [call]}, content=f"Some {MASKED}."))
    assert judged.body["choices"][0]["message"]["tool_calls"] == [call]


@pytest.mark.parametrize("form", ["content", "refusal", "tokens"])
def test_log_probabilities_that_spell_another_text_are_looked_at(guard, form):
    def entries(*tokens):
        listed = tokens if form == "tokens" else [{"token": one, "logprob": -0.1} for one in tokens]
        return {"logprobs": {form: list(listed)}}

    assert whole(guard, completion(choice=entries("blue ", "berry", " pie"))).blocked is not None
    judged = whole(guard, completion(choice=entries("some ", "red w", "ine")))
    assert (judged.blocked, judged.body["choices"][0]["logprobs"]) == (None, None)
    told = entries("Fi", "ne.", "<|end|>")
    assert whole(guard, completion(choice=told)).body["choices"][0]["logprobs"] == told["logprobs"]


@pytest.mark.parametrize("value", [[f"A {DENIED}."], ["fine"], {"a": [1]}, "text"])
def test_tokens_that_are_words_are_left_out_of_a_stream(guard, value):
    out, _ = streamed(guard, *of_stream({}, {"tokens": value}, {}))
    assert not any("tokens" in one for chunk in out for one in chunk["choices"])
    out, _ = streamed(guard, *of_stream({}, {"tokens": [1, 2]}, {}))
    assert [one["tokens"] for chunk in out for one in chunk["choices"] if "tokens" in one] == [[1, 2]]


NAMES = ["id", "type", "text", "index", "tokens", "content", "url", "logprobs", "token_ids", "images", "deep",
         "bytes", "token", "arguments", "signature", "a name of sorts"]  # fmt: skip
TEXTS = ["fine", "", f"Some {MASKED}.", f"A {DENIED}."]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from([*NAMES, "system_fingerprint", "citations", "usage"]), JSON, max_size=3
)


def holds(node, text):
    return text in json.dumps(node)


@settings(deadline=None, max_examples=300)
@given(FIELDS, FIELDS, FIELDS)
def test_whatever_fields_there_are_no_text_goes_out_unseen(guard, top, choice, message):
    message = {name: value for name, value in message.items() if name != "content"}
    body = completion(top, choice, message)
    judged = whole(guard, body)
    assert not holds(judged.body, DENIED)
    assert not holds(judged.body, MASKED)
    if holds(body, DENIED):
        assert judged.blocked is not None
    elif not any(holds(body, name) for name in (MASKED, "images")):
        assert judged.body == body
    choice = {name: value for name, value in choice.items() if name != "index"}
    top = {name: value for name, value in top.items() if name != "usage"}
    out, _ = streamed(guard, *of_stream(top, choice, message))
    assert not holds(out, DENIED)
    assert not holds(out, MASKED)
    assert sum(bool(one["finish_reason"]) for chunk in out for one in chunk["choices"]) == 1


def details(*texts, **more):
    return [{"reasoning_details": [{"type": "reasoning.text", "text": one, **more}]} for one in texts]


@pytest.mark.parametrize("more", [{"index": 0, "id": None, "format": "a-v1"}, {}])
def test_pieces_of_thoughts_are_judged_as_one(guard, more):
    out, stream = streamed(
        guard, *map(chunk, details("a blue ", "berry ", "pie", **more)), chunk(finish="stop")
    )
    assert stream.blocked is not None
    assert "pie" not in json.dumps(out)
    out, stream = streamed(guard, *map(chunk, details("a blue ", "sky", **more)), chunk(finish="stop"))
    told = [one["choices"][0]["delta"].get("reasoning_details") for one in out]
    (found,) = [one for one in told if one]
    assert "".join(one["text"] for one in found) == "a blue sky"
    assert all(one.get("format") == more.get("format") for one in found)
    message = {"reasoning_details": [one["reasoning_details"][0] for one in details("a blue ", "berry pie")]}
    assert whole(guard, completion(message=message)).blocked is not None


def test_a_text_beside_the_delta_goes_out_while_it_comes(guard):
    told = [chunk({"content": word}, text=word) for word in ("One. ", "Two. ", "Three.")]
    out, _ = streamed(guard, *told, chunk(finish="stop"))
    for holder in (lambda one: one, lambda one: one["delta"]):
        name = "content" if holder({"delta": 1}) == 1 else "text"
        said = "".join(holder(one["choices"][0]).get(name, "") for one in out)
        assert said == "One. Two. Three."
    cut = [chunk(text=word) for word in ("a blue ", "berry ", "pie")]
    out, stream = streamed(guard, *cut, chunk(finish="stop"))
    assert stream.blocked is not None
    assert "pie" not in json.dumps(out)


def test_what_comes_behind_the_end_goes_out_with_the_count_of_tokens(guard):
    last = {"choices": [], "usage": {"total_tokens": 2}, "citations": ["https://a.example"]}
    out, _ = streamed(guard, chunk({"content": "Fine."}, "stop"), last)
    assert out[-1] == {"object": "chat.completion.chunk"} | last
    out, _ = streamed(guard, chunk({"content": "Fine."}, "stop"), {"choices": [], "citations": ["x"]})
    assert (out[-1]["citations"], len(out[-1]["choices"])) == (["x"], 1)


def test_an_error_in_a_stream_is_looked_at(guard):
    for text, told in ((DENIED, ""), (f"no {MASKED}", "no ["), ("out of memory", "out of memory")):
        with pytest.raises(Refusal) as caught:
            streamed(guard, {"error": {"message": text}})
        assert told in caught.value.message
        assert text not in caught.value.message or text == told


def test_log_probabilities_of_a_refusal_go_out_with_it(guard):
    def spoken(text):
        return chunk(
            {"refusal": text}, logprobs={"content": None, "refusal": [{"token": text, "logprob": 0}]}
        )

    out, _ = streamed(guard, spoken("I cannot "), spoken("help."), chunk(finish="stop"))
    found = [one["choices"][0]["logprobs"] for one in out]
    assert [entry["token"] for one in found if one for entry in one["refusal"]] == ["I cannot ", "help."]
    out, _ = streamed(guard, spoken("No "), spoken(MASKED), spoken(" here."), chunk(finish="stop"))
    assert MASKED not in json.dumps(out)
