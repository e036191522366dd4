"""Whole answers, through the real OpenAI client and a stub of the model's server."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import openai
import pytest

from octarine.server.limits import Limits
from tests.guard.fake_classifier import FakeClassifier
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import BOMB, application, asked, completion, openai_client

HELLO = [{"role": "user", "content": "hello there"}]
MAIL = "write to jo.doe@example.org please"


def says(*messages, **more):
    return Answer.of_json(completion(*messages, **more))


@asynccontextmanager
async def proxied(*answers, **config):
    """The stub, a client with an OpenAI client in it, and the application."""
    async with loopback(*(answers or [says({"content": "Hello."})])) as up:
        app = application(up.url, **config)
        async with asked(app) as http:
            yield up, openai_client(http), http


async def test_a_harmless_request_passes_unchanged():
    async with proxied() as (up, client, _):
        answer = await client.chat.completions.create(
            model="m", messages=HELLO, temperature=0.5, seed=3, extra_body={"top_k": 5}, user="u"
        )
    assert answer.choices[0].message.content == "Hello."
    assert answer.usage.total_tokens == 10
    assert up.asked[0].path == "/v1/chat/completions"
    sent = {"model": "m", "messages": HELLO, "temperature": 0.5, "seed": 3, "top_k": 5, "user": "u"}
    assert up.asked[0].json == sent


async def test_a_blocked_request_goes_no_further():
    async with proxied() as (up, client, _):
        raw = await client.chat.completions.with_raw_response.create(
            model="m", messages=[{"role": "user", "content": BOMB}], n=2
        )
    answer = raw.parse()
    assert not up.asked
    assert [choice.finish_reason for choice in answer.choices] == ["content_filter"] * 2
    assert answer.choices[0].message.content
    assert BOMB not in raw.text
    assert raw.headers["x-octarine-action"] == "block"
    assert raw.headers["x-octarine-policy"] == "default@1.0.0"


async def test_a_block_may_be_an_error():
    async with proxied(block_as="error") as (up, client, _):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(
                model="m", messages=[*HELLO, {"role": "user", "content": BOMB}]
            )
    assert not up.asked
    assert (caught.value.code, caught.value.param) == ("content_filter", "messages[1].content")


CALL = {"id": "c", "type": "function", "function": {"name": "find", "arguments": '{"q": "SIGN"}'}}
PLACES = {
    "user": [{"role": "user", "content": "SIGN"}],
    "user, a part": [{"role": "user", "content": [{"type": "text", "text": "SIGN"}]}],
    "user, across parts": [
        {"role": "user", "content": [{"type": "text", "text": "SI"}, {"type": "text", "text": "GN"}]}
    ],
    "system": [{"role": "system", "content": "SIGN"}, *HELLO],
    "developer": [{"role": "developer", "content": "SIGN"}, *HELLO],
    "history, user": [{"role": "user", "content": "SIGN"}, {"role": "assistant", "content": "No."}, *HELLO],
    "history, assistant": [*HELLO, {"role": "assistant", "content": "SIGN"}, *HELLO],
    "history, reasoning": [*HELLO, {"role": "assistant", "reasoning_content": "SIGN"}, *HELLO],
    "history, refusal": [*HELLO, {"role": "assistant", "refusal": "SIGN"}, *HELLO],
    "name": [{"role": "user", "content": "hello", "name": "SIGN"}],
    "tool arguments": [*HELLO, {"role": "assistant", "tool_calls": [CALL]}],
    "function arguments": [
        *HELLO, {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "SIGN"}}
    ],
    "tool results": [
        *HELLO, {"role": "assistant", "tool_calls": [{**CALL, "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "SIGN"},
    ],
    "tool results, parts": [
        *HELLO, {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "SIGN"}]}
    ],
    "an unknown field": [{"role": "user", "content": "hello", "deep": {"down": ["SIGN"]}}],
}  # fmt: skip
EVERYWHERE = """
name: everywhere
version: 1.0.0
positions: [system, history, user, tool_arguments, tool_results, output]
categories:
  denied_word: {action: block}
words: [{id: sign, terms: [the sign of the beast]}]
"""


def with_sign(value):
    text = json.dumps(value).replace("SIGN", "the sign of the beast")
    return json.loads(text.replace('"SI"', '"the sign "').replace('"GN"', '"of the beast"'))


@pytest.fixture
def everywhere(tmp_path):
    path = tmp_path / "everywhere.yaml"
    path.write_text(EVERYWHERE, "utf-8")
    return (str(path),)


@pytest.mark.parametrize("place", PLACES)
async def test_every_position_is_looked_at(place, everywhere):
    async with proxied(policies=everywhere) as (up, _, http):
        body = {"model": "m", "messages": with_sign(PLACES[place])}
        answer = await http.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200
        assert answer.json()["choices"][0]["finish_reason"] == "content_filter"
        assert not up.asked
        harmless = {"model": "m", "messages": json.loads(json.dumps(PLACES[place]).replace("SIGN", "x"))}
        assert (await http.post("/v1/chat/completions", json=harmless)).status_code == 200
        assert len(up.asked) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": {"name": "f", "description": "SIGN"}}]},
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {"properties": {"SIGN": {}}}}}
            ]
        },
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "SIGN"}}},
        {"prediction": {"type": "content", "content": "SIGN"}},
        {"documents": [{"text": "SIGN"}]},
        {"chat_template": "SIGN"},
        {"anything": "SIGN"},
    ],
)
async def test_fields_beside_the_messages_are_looked_at(fields, everywhere):
    async with proxied(policies=everywhere) as (up, _, http):
        answer = await http.post(
            "/v1/chat/completions", json={"model": "m", "messages": HELLO, **with_sign(fields)}
        )
        assert answer.json()["choices"][0]["finish_reason"] == "content_filter"
        assert not up.asked


@pytest.mark.parametrize(
    ("part", "noun"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "a picture"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "sound"),
        ({"type": "file", "file": {"file_data": "AAAA"}}, "a file"),
        ({"type": "video_url", "video_url": {"url": "https://x"}}, "a video"),
        ({"type": "hologram", "data": "AAAA"}, "a file"),
        ({"type": "text", "text": "look", "image_url": {"url": "https://x"}}, "a picture"),
    ],
)
async def test_pictures_and_files_are_refused_and_named(part, noun):
    async with proxied() as (up, client, _):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": [{"type": "text", "text": "this"}, part]}]
            )
    assert not up.asked
    assert (caught.value.code, caught.value.param) == ("unsupported_content", "messages[0].content[1]")
    assert f"messages[0].content[1] is {noun}" in caught.value.message


async def test_a_policy_may_let_a_picture_pass_unseen(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(
        "name: p\nversion: 1.0.0\nextends: [personal-data]\nunscannable: {picture: flag}\n", "utf-8"
    )
    content = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    async with proxied(policies=(str(path),)) as (up, client, _):
        raw = await client.chat.completions.with_raw_response.create(
            model="m", messages=[{"role": "user", "content": content}]
        )
    assert raw.headers["x-octarine-action"] == "flag"
    assert up.asked[0].json["messages"][0]["content"] == content


async def test_personal_data_stays_here_and_comes_back_in_the_answer():
    call = {"id": "c", "type": "function", "function": {"name": "mail", "arguments": '{"to": "<EMAIL_1>"}'}}
    answer = says({"content": "Sent to <EMAIL_1>.", "tool_calls": [call]})
    async with proxied(answer, policies=("personal-data",)) as (up, client, _):
        raw = await client.chat.completions.with_raw_response.create(
            model="m",
            messages=[
                {"role": "user", "content": MAIL},
                {"role": "assistant", "content": "jo.doe@example.org?"},
                *HELLO,
            ],
        )
    sent = up.asked[0].json["messages"]
    assert [one["content"] for one in sent] == ["write to <EMAIL_1> please", "<EMAIL_1>?", "hello there"]
    message = raw.parse().choices[0].message
    assert message.content == "Sent to jo.doe@example.org."
    assert json.loads(message.tool_calls[0].function.arguments) == {"to": "jo.doe@example.org"}
    assert raw.headers["x-octarine-action"] == "replace"


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"web_search_options": {}}, "web_search_options"),
        ({"tools": [{"type": "web_search_preview"}]}, "tools[0]"),
    ],
)
async def test_a_search_by_the_upstream_is_refused_unless_the_operator_allows_it(fields, at):
    body = {"model": "m", "messages": HELLO, **fields}
    async with proxied() as (up, _, http):
        refused = await http.post("/v1/chat/completions", json=body)
        assert not up.asked
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (400, "unsupported_content", at)
    async with proxied(tools=frozenset({"web_search"})) as (up, _, http):
        assert (await http.post("/v1/chat/completions", json=body)).status_code == 200
    assert up.asked[0].json == body


async def test_what_an_answer_cites_is_looked_at(everywhere):
    found = {"search_results": [{"title": "SIGN", "url": "https://a.example"}]}
    async with proxied(says({"content": "Fine."}, **with_sign(found)), policies=everywhere) as (_, _c, http):
        told = await http.post("/v1/chat/completions", json={"model": "m", "messages": HELLO})
    assert told.json()["choices"][0]["finish_reason"] == "content_filter"
    assert "beast" not in told.text


LOGPROBS = {"content": [{"token": "Hello.", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}


async def test_log_probabilities_pass_with_a_text_that_is_not_changed():
    body = completion({"content": "Hello."})
    body["choices"][0]["logprobs"] = LOGPROBS
    async with proxied(Answer.of_json(body)) as (_, client, _http):
        answer = await client.chat.completions.create(model="m", messages=HELLO, logprobs=True)
    assert answer.choices[0].logprobs.content[0].token == "Hello."


async def test_log_probabilities_do_not_give_away_what_was_masked():
    key = "AKIAIOSFODNN7EXAMPLF"
    body = completion({"content": f"The key is {key}."})
    body["choices"][0]["logprobs"] = {"content": [{"token": key, "logprob": -0.1, "top_logprobs": []}]}
    async with proxied(Answer.of_json(body)) as (_, _client, http):
        answer = await http.post("/v1/chat/completions", json={"model": "m", "messages": HELLO})
    assert key not in answer.text
    choice = answer.json()["choices"][0]
    assert choice["logprobs"] is None
    assert choice["message"]["content"].startswith("The key is [")


HARM = "First, step one: mix the two."


@pytest.mark.parametrize(
    "message",
    [
        {"content": HARM},
        {"content": "Fine.", "reasoning_content": HARM},
        {"content": None, "refusal": HARM},
        {"content": [{"type": "text", "text": HARM}]},
        {"content": "Fine.", "annotations": [{"type": "url_citation", "url_citation": {"title": HARM}}]},
        {"content": "Fine.", "anything": {"else": [HARM]}},
        {
            "content": "Fine.",
            "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,A"}}],
        },
        {"content": "Fine.", "audio": {"data": "AAAA", "transcript": "fine"}},
    ],
)
async def test_an_answer_that_is_blocked_does_not_go_out(message):
    async with proxied(says({"content": "Good."}, message)) as (_, client, _http):
        raw = await client.chat.completions.with_raw_response.create(model="m", messages=HELLO, n=2)
    answer = raw.parse()
    assert "step one" not in raw.text
    assert answer.choices[0].message.content == "Good."
    assert [one.finish_reason for one in answer.choices] == ["stop", "content_filter"]
    assert raw.headers["x-octarine-action"] == "block"


async def test_a_blocked_answer_may_be_an_error():
    async with proxied(says({"content": HARM}), block_as="error") as (_, client, _http):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(model="m", messages=HELLO)
    assert caught.value.code == "content_filter"
    assert "step one" not in str(caught.value)


async def test_arguments_of_tool_calls_in_an_answer_are_looked_at(everywhere):
    call = with_sign(CALL)
    async with proxied(says({"content": None, "tool_calls": [call]}), policies=everywhere) as (_, client, _h):
        answer = await client.chat.completions.create(model="m", messages=HELLO)
    assert answer.choices[0].finish_reason == "content_filter"
    assert answer.choices[0].message.tool_calls is None


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"messages": [{"role": "oracle", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [3]}]}, "messages[0].content[0]"),
        ({"messages": HELLO, "stream": "yes"}, "stream"),
        ({"messages": HELLO, "n": 0}, "n"),
        ({"messages": HELLO, "n": True}, "n"),
        ({"messages": HELLO, "model": 3}, "model"),
        ({"messages": HELLO, "modalities": ["text", "audio"]}, "modalities"),
    ],
)
async def test_a_request_that_is_none_is_refused_with_the_field_named(body, param):
    async with proxied() as (up, _, http):
        answer = await http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert not up.asked


async def test_too_much_text_is_refused():
    async with proxied(characters=100, limits=Limits()) as (up, _, http):
        answer = await http.post(
            "/v1/chat/completions", json={"messages": [{"role": "user", "content": "x" * 101}]}
        )
        assert answer.status_code == 413
        many = [{"role": "user", "content": "x"}] * 2100
        answer = await http.post("/v1/chat/completions", json={"messages": many})
        assert answer.json()["error"]["code"] == "too_many_texts"
    assert not up.asked


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Answer.of_text("<html>busy</html>"), 502, "bad_upstream"),
        (Answer.of_json({"hello": 1}), 502, "bad_upstream"),
        (Answer.of_json({"choices": [{"index": 0}]}), 502, "bad_upstream"),
        (Answer.of_json({"choices": 3}), 502, "bad_upstream"),
        (Answer(200, {}, (b"[" * 5000,)), 502, "bad_upstream"),
        (Answer(200, {}, (b'{"choices": [',), broken=True), 502, "upstream_incomplete"),
        (Answer.of_json({"error": {"message": "no", "code": "no_model", "type": "t"}}, 404), 404, "no_model"),
        (Answer.of_json({"error": {"message": "slow down"}}, 429, retry_after="7"), 429, None),
        (Answer.of_json({"error": {"message": "bad key"}}, 401), 401, None),
        (Answer.of_text("boom", 500), 502, "upstream_error"),
        (Answer.of_text("busy", 503), 503, "upstream_error"),
        (Answer(302, {"location": "https://elsewhere"}, ()), 502, "upstream_error"),
        (Answer(200, {}, (), delay_s=5), 504, "upstream_timeout"),
        (Answer(200, {}, (b"x" * 3000,)), 502, "bad_upstream"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstream_that_fails_is_a_clear_error(answer, status, code, stream):
    from octarine.server.guard.upstream import UpstreamLimits

    limits = UpstreamLimits(silence_s=0.3, answer_bytes=2000)
    async with proxied(answer, upstream=limits) as (up, client, http):
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(model="m", messages=HELLO, stream=stream)
        told = caught.value
        assert (told.status_code, told.code) == (status, code)
        assert told.body["message"]
        assert up.url not in str(told.body)
        if status == 429:
            assert told.response.headers["retry-after"] == "7"
        text = (await http.get("/metrics")).text
    assert ("octarine_upstream_failures_total{" in text) == (status >= 500)


async def test_nothing_listens():
    app = application("http://127.0.0.1:9/v1")
    async with asked(app) as http:
        with pytest.raises(openai.InternalServerError) as caught:
            await openai_client(http).chat.completions.create(model="m", messages=HELLO)
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_unreachable")
    assert "connection refused" in caught.value.message


async def test_a_text_that_breaks_the_guard_is_not_passed_on(caplog):
    class Broken(FakeClassifier):
        def input_windows(self, texts):
            if any("breaks" in text for text in texts):
                raise RuntimeError("onnx says no")
            return super().input_windows(texts)

    async with proxied(tier=Broken()) as (up, client, _):
        with pytest.raises(openai.InternalServerError) as caught:
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "this breaks"}]
            )
        assert caught.value.code == "internal_error"
        assert "onnx" not in str(caught.value.body)
        assert not up.asked
        await client.chat.completions.create(model="m", messages=HELLO)
    assert "onnx says no" in caplog.text
