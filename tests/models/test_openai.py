"""The OpenAI-compatible adapter against a real server on the loopback interface."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from loopback_server import Answer, Asked, Loopback, chat, loopback

from octarine.core.content import Conversation, Message, Modality, Part, Role, Tool, ToolCall
from octarine.core.errors import (
    AuthenticationError,
    BadResponse,
    InputError,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
    Unsupported,
)
from octarine.core.protocols import StreamingModel
from octarine.core.results import Completion, Finish, Settings, Usage
from octarine.models.http.retries import RetryPolicy
from octarine.models.names import ModelOptions
from octarine.models.openai import OpenAIModel, open_http, open_https, open_openai
from octarine.models.openai.target import url_target

KEY = "sk-test-0123456789abcdef"
QUICK = RetryPolicy(base_s=0.001, max_pause_s=0.5)


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OCTARINE_API_KEY", "OCTARINE_API_KEY_127_0_0_1"):
        monkeypatch.delenv(name, raising=False)


def model_at(server: Loopback, name: str = "m", **options: Any) -> OpenAIModel:
    rng = np.random.default_rng(0)
    url = f"{server.url}#{name}" if name else server.url
    return OpenAIModel(url_target("http", url), ModelOptions(**options), retry=QUICK, rng=rng)


async def answer_of(
    *answers: Any, conversation: Conversation | None = None, settings: Settings | None = None, **options: Any
) -> tuple[Completion, list[Asked]]:
    async with loopback(*answers) as server:
        model = model_at(server, **options)
        try:
            await model.start()
            completion = await model.generate(conversation or Conversation.user("Hi"), settings or Settings())
        finally:
            await model.aclose()
        return completion, server.asked


async def pieces_of(*answers: Any, **options: Any) -> tuple[list[str], Completion | None]:
    async with loopback(*answers) as server:
        model = model_at(server, **options)
        texts, last = [], None
        try:
            async for delta in model.stream(Conversation.user("Hi"), Settings()):
                assert last is None, "the completion must come last"
                texts.append(delta.text)
                last = delta.completion
        finally:
            await model.aclose()
        return texts, last


# --- what is sent -----------------------------------------------------------------------------------------


async def test_text_goes_out_as_plain_strings_with_the_settings() -> None:
    settings = Settings(max_tokens=9, temperature=0.5, top_p=0.9, seed=4, stop=("END",), logprobs=2)
    completion, asked = await answer_of(
        chat("Hello"), conversation=Conversation.user("Hi", system="Be kind"), settings=settings
    )
    assert completion.text == "Hello"
    assert completion.usage == Usage(7, 3)
    assert completion.latency_s > 0
    assert asked[0].path == "/v1/chat/completions"
    assert asked[0].json == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 4,
        "stop": ["END"],
        "logprobs": True,
        "top_logprobs": 2,
    }
    assert "authorization" not in asked[0].headers


async def test_images_and_sound_go_out_as_content_parts() -> None:
    parts = (
        Part.of_text("What is this?"),
        Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png"),
        Part.of_bytes(Modality.AUDIO, b"RIFF", "audio/x-wav"),
        Part.of_bytes(Modality.AUDIO, b"ID3", "audio/mpeg"),
    )
    _, asked = await answer_of(chat("ok"), conversation=Conversation((Message(Role.USER, parts),)))
    text, image, wav, mp3 = asked[0].json["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    assert base64.b64decode(image["image_url"]["url"].removeprefix("data:image/png;base64,")) == b"\x89PNG"
    assert wav["input_audio"] == {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}
    assert mp3["input_audio"]["format"] == "mp3"


async def test_bytes_that_are_not_loaded_are_an_error_before_anything_is_sent() -> None:
    conversation = Conversation((Message(Role.USER, (Part(Modality.IMAGE, sha256="ab" * 32),)),))
    with pytest.raises(RequestRejected, match="image abababababab cannot be sent: its bytes are not loaded"):
        await answer_of(chat("no"), conversation=conversation)


async def test_a_document_is_unsupported() -> None:
    part = Part.of_bytes(Modality.DOCUMENT, b"%PDF", "application/pdf")
    with pytest.raises(Unsupported, match="document"):
        await answer_of(chat("no"), conversation=Conversation((Message(Role.USER, (part,)),)))


async def test_tools_go_out_and_calls_come_back() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ryt'}}
    answer = chat("", tool_calls=[call, {"id": "c2", "function": {"name": "now", "arguments": {"z": 1}}}])
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    conversation = Conversation(
        Conversation.user("Weather?").messages, (Tool("weather", "Tells it", schema), Tool("now"))
    )
    completion, asked = await answer_of(answer, conversation=conversation)
    assert completion.tool_calls == (
        ToolCall("weather", '{"city": "Ryt', "c1"),
        ToolCall("now", '{"z":1}', "c2"),
    )
    assert completion.finish is Finish.TOOL_CALLS
    assert completion.parts == ()
    sent = asked[0].json["tools"]
    assert sent[0] == {
        "type": "function",
        "function": {"name": "weather", "description": "Tells it", "parameters": schema},
    }
    assert sent[1]["function"]["parameters"] == {"type": "object", "properties": {}}


async def test_a_tool_result_answers_its_call() -> None:
    conversation = Conversation(
        (
            Message(Role.USER, (Part.of_text("Weather?"),)),
            Message(Role.ASSISTANT, tool_calls=(ToolCall("weather", "{}", "c1"),)),
            Message(Role.TOOL, (Part.of_text("Rain"),), tool_call_id="c1"),
        )
    )
    _, asked = await answer_of(chat("Rain."), conversation=conversation)
    assert asked[0].json["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "content": "Rain", "tool_call_id": "c1"},
    ]


async def test_a_tool_result_that_nobody_asked_for_gets_its_call_written_in() -> None:
    conversation = Conversation(
        (Message(Role.USER, (Part.of_text("Sum it up"),)), Message(Role.TOOL, (Part.of_text("Page"),))),
        (Tool("fetch"),),
    )
    _, asked = await answer_of(chat("ok"), conversation=conversation)
    _, call, result = asked[0].json["messages"]
    assert call["tool_calls"][0]["function"]["name"] == "fetch"
    assert result["tool_call_id"] == call["tool_calls"][0]["id"] != ""


# --- what comes back --------------------------------------------------------------------------------------


async def test_a_refusal_is_the_answers_text() -> None:
    completion, _ = await answer_of(chat(None, refusal="I cannot help with that."))  # type: ignore[arg-type]
    assert completion.text == "I cannot help with that."
    assert completion.finish is Finish.STOP


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", Finish.STOP),
        ("length", Finish.LENGTH),
        ("content_filter", Finish.FILTERED),
        (None, Finish.STOP),
    ],
)
async def test_finish_reasons(reason: str | None, finish: Finish) -> None:
    choice = {"message": {"content": "x"}, "finish_reason": reason}
    completion, _ = await answer_of(Answer.of_json({"choices": [choice]}))
    assert completion.finish is finish
    assert completion.usage == Usage(None, None)


async def test_a_filter_that_answers_400_is_a_deflection_and_no_error() -> None:
    completion, _ = await answer_of(
        Answer.of_json({"error": {"code": "content_filter", "message": "no"}}, 400)
    )
    assert completion.finish is Finish.FILTERED
    assert completion.text == ""


async def test_log_probabilities() -> None:
    entry = {"token": "Hi", "logprob": -0.25, "top_logprobs": [{"token": "Hi", "logprob": -0.25}]}
    choice = {"message": {"content": "Hi"}, "logprobs": {"content": [entry]}}
    completion, _ = await answer_of(Answer.of_json({"choices": [choice]}))
    assert completion.logprobs[0].logprob == -0.25
    assert completion.logprobs[0].top == {"Hi": -0.25}


async def test_content_in_pieces_sound_and_pictures() -> None:
    message = {
        "content": [
            {"type": "thinking", "thinking": "…"},
            {"type": "text", "text": "A "},
            {"type": "text", "text": "b"},
        ],
        "audio": {"data": base64.b64encode(b"snd").decode(), "transcript": "said", "format": "mp3"},
        "images": [{"image_url": {"url": "data:image/png;base64," + base64.b64encode(b"pic").decode()}}],
    }
    completion, _ = await answer_of(Answer.of_json({"choices": [{"message": message}]}))
    assert completion.text == "A b\nsaid"
    assert [(part.media_type, part.data) for part in completion.parts[2:]] == [
        ("audio/mp3", b"snd"),
        ("image/png", b"pic"),
    ]


# --- errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            Answer.of_json({"error": {"message": "bad key"}}, 401),
            AuthenticationError,
            "bad key.*OCTARINE_API_KEY",
        ),
        (Answer.of_json({"detail": "no"}, 403), AuthenticationError, "403 Forbidden: no"),
        (Answer.of_json({"error": {"message": "pay"}}, 402), AuthenticationError, "credit"),
        (
            Answer.of_json({"error": {"code": "insufficient_quota", "message": "quota"}}, 429),
            AuthenticationError,
            "credit",
        ),
        (Answer.of_json({"error": {"message": "too long"}}, 400), RequestRejected, "too long"),
        (Answer.of_json({"message": "huge"}, 413), RequestRejected, "huge"),
        (
            Answer.of_json({"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}, 422),
            RequestRejected,
            "body.messages: field required",
        ),
        (Answer.of_json({"error": {"message": "slow down"}}, 429), RateLimited, "slow down"),
        (Answer.of_json({"error": "boom"}, 500), ModelUnavailable, "boom"),
        (
            Answer.of_json({"error": {"code": 500, "message": "image input is not supported"}}, 500),
            Unsupported,
            "image input is not supported",
        ),
        (Answer.of_text("<html>Bad gateway", 502), ModelUnavailable, "Bad gateway"),
        (
            Answer(302, {"location": "https://elsewhere.example/v1"}),
            BadResponse,
            "redirect to https://elsewhere",
        ),
        (Answer.of_text("<html>hello</html>"), BadResponse, "not JSON: '<html>hello</html>'"),
        (Answer.of_text('{"choices": NaN}', content_type="application/json"), BadResponse, "not JSON"),
        (Answer.of_json({"answer": 42}), BadResponse, r'no choices: {"answer": 42}'),
        (Answer.of_json({"choices": [{"text": "old"}]}), BadResponse, "no message"),
        (Answer.of_json({"choices": [{"message": {"content": 7}}]}), BadResponse, "cannot be read"),
        (Answer.of_json({"choices": [{"message": {"tool_calls": [{}]}}]}), BadResponse, "cannot be read"),
        (Answer.of_json([1, 2]), BadResponse, "no choices"),
        (
            Answer.of_json({"error": {"message": "overloaded_error", "type": "overloaded"}}),
            ModelUnavailable,
            "over",
        ),
        (Answer.of_json({"error": {"message": "nope", "code": 401}}), AuthenticationError, "nope"),
        (
            Answer(200, {"content-encoding": "gzip"}, (b"not gzip",)),
            BadResponse,
            "compressed answer is broken",
        ),
        (Answer(200, {}, (b'{"choices": [',), broken=True), ModelUnavailable, "connection failed"),
    ],
)
async def test_each_failure_has_its_error(answer: Answer, error: type[ModelError], words: str) -> None:
    with pytest.raises(error, match=f"(?s){words}") as caught:
        await answer_of(answer, max_retries=1)
    assert "127.0.0.1" in str(caught.value)


async def test_404_lists_what_the_endpoint_offers() -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/v1/models":
            return Answer.of_json({"data": [{"id": "llama-3"}, {"id": "qwen"}]})
        return Answer.of_json({"error": {"message": "model 'lama-3' not found"}}, 404)

    with pytest.raises(ModelNotFound) as caught:
        await answer_of(answer, name="lama-3")
    assert "Did you mean 'llama-3'? The endpoint offers: llama-3, qwen" in str(caught.value)


async def test_404_everywhere_points_at_the_path() -> None:
    with pytest.raises(ModelNotFound, match="ends in /v1"):
        await answer_of(Answer.of_text("not found", 404))


async def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        model = open_http(f"//127.0.0.1:{port}/v1#m", ModelOptions())
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"nothing listens there \(connection refused\)"):
            await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert time.monotonic() - started < 3


async def test_a_host_that_does_not_exist() -> None:
    model = open_http("http://no-such-host.invalid/v1#m", ModelOptions(max_retries=0))
    with pytest.raises(ModelUnavailable, match="host name is not known"):
        await model.generate(Conversation.user("Hi"), Settings())
    await model.aclose()


async def test_https_to_a_plain_port_is_told_at_once() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        model = open_https(f"//127.0.0.1:{port}/v1#m", ModelOptions())
        with pytest.raises(ModelUnavailable, match="no secure connection"):
            await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()


async def test_a_slow_answer_times_out() -> None:
    with pytest.raises(ModelUnavailable, match=r"did not answer within 0\.05 s"):
        await answer_of(Answer(delay_s=5), timeout_s=0.05, max_retries=0)


async def test_time_outs_are_tried_again_but_not_for_ever() -> None:
    async with loopback(Answer(delay_s=5)) as server:
        model = model_at(server, timeout_s=0.05, max_retries=9)
        with pytest.raises(ModelUnavailable):
            await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert len(server.asked) == 3


async def test_an_answer_that_drips_times_out_too() -> None:
    drip = Answer(200, {}, (b" ",) * 100, pause_s=0.03)
    with pytest.raises(ModelUnavailable, match="did not answer within"):
        await answer_of(drip, timeout_s=0.1, max_retries=0)


# --- retries and limits -----------------------------------------------------------------------------------


async def test_what_may_pass_is_tried_again() -> None:
    failures = [Answer.of_json({}, status) for status in (500, 503, 408, 429)]
    completion, asked = await answer_of(*failures, chat("at last"))
    assert completion.text == "at last"
    assert len(asked) == 5
    assert len({request.body for request in asked}) == 1


async def test_a_broken_answer_is_tried_again() -> None:
    completion, _ = await answer_of(Answer(200, {}, (b"{",), broken=True), chat("whole"))
    assert completion.text == "whole"


async def test_retries_end() -> None:
    async with loopback(Answer.of_json({}, 500)) as server:
        model = model_at(server, max_retries=3)
        with pytest.raises(ModelUnavailable):
            await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert len(server.asked) == 4


async def test_retry_after_is_obeyed_by_every_call() -> None:
    limited = Answer.of_json({}, 429, retry_after="0.3")
    async with loopback(limited, chat("ok")) as server:
        model = model_at(server, concurrency=2)
        started = time.monotonic()
        first = asyncio.create_task(model.generate(Conversation.user("1"), Settings()))
        await asyncio.sleep(0.1)
        await asyncio.gather(first, model.generate(Conversation.user("2"), Settings()))
        await model.aclose()
        assert time.monotonic() - started >= 0.3
        assert len(server.asked) == 3


async def test_too_long_a_wait_is_refused_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        await answer_of(Answer.of_json({"error": {"message": "later"}}, 429, retry_after="3600"))
    assert caught.value.retry_after == 3600
    assert time.monotonic() - started < 2


async def test_concurrency_is_bounded() -> None:
    slow = Answer(200, chat("x").headers, chat("x").pieces, delay_s=0.05)
    async with loopback(slow) as server:
        model = model_at(server, concurrency=3)
        await asyncio.gather(*(model.generate(Conversation.user(str(n)), Settings()) for n in range(12)))
        await model.aclose()
        assert server.most_in_flight == 3
    assert model.capabilities.concurrency == 3


# --- parameters that a model will not take ----------------------------------------------------------------


def _strict(asked: Asked) -> Answer:
    if "max_tokens" in asked.json:
        said = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'."
        return Answer.of_json({"error": {"message": said, "param": "max_tokens"}}, 400)
    if "temperature" in asked.json:
        said = "Unsupported value: 'temperature' does not support 0.0 with this model."
        return Answer.of_json({"error": {"message": said, "param": "temperature"}}, 400)
    if "seed" in asked.json:
        extra = {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}
        return Answer.of_json({"detail": [extra]}, 422)
    return chat("fine")


async def test_parameters_are_adapted_once_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    async with loopback(_strict) as server:
        model = model_at(server)
        with caplog.at_level(logging.WARNING):
            await asyncio.gather(*(model.generate(Conversation.user(str(n)), Settings()) for n in range(4)))
        before = len(server.asked)
        completion = await model.generate(Conversation.user("again"), Settings(max_tokens=5))
        await model.aclose()
        assert completion.text == "fine"
        assert len(server.asked) == before + 1
        assert server.asked[-1].json["max_completion_tokens"] == 5
    assert model.adaptations == {"max_tokens", "temperature", "seed"}
    assert len(caplog.records) == 3


async def test_a_value_out_of_range_is_not_silently_dropped() -> None:
    refused = Answer.of_json({"error": {"message": "temperature must be at most 2"}}, 400)
    with pytest.raises(RequestRejected, match="at most 2"):
        await answer_of(refused, settings=Settings(temperature=9))


async def test_a_parameter_that_stays_refused_ends_the_call() -> None:
    stubborn = Answer.of_json({"error": {"message": "'seed' is not supported"}}, 400)
    with pytest.raises(RequestRejected, match="seed"):
        await answer_of(stubborn)


# --- streaming --------------------------------------------------------------------------------------------


def _delta(text: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text, **delta}, "finish_reason": finish}]}


async def test_a_stream_gives_its_pieces_and_the_whole() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 2}}
    texts, last = await pieces_of(
        Answer.of_events(
            _delta("", role="assistant"), _delta("Hel"), _delta("lo é"), _delta(finish="stop"), usage
        )
    )
    assert texts == ["Hel", "lo é", ""]
    assert last is not None
    assert last.text == "Hello é"
    assert last.usage == Usage(4, 2)
    assert last.finish is Finish.STOP


async def test_streamed_tool_calls_are_put_together() -> None:
    def call(index: int, **fields: Any) -> dict[str, Any]:
        return _delta(tool_calls=[{"index": index, **fields}])

    _, last = await pieces_of(
        Answer.of_events(
            call(0, id="a", function={"name": "f", "arguments": ""}),
            call(0, function={"arguments": '{"x":'}),
            call(1, id="b", function={"name": "g"}),
            call(0, function={"arguments": "1}"}),
            _delta(finish="tool_calls"),
        )
    )
    assert last is not None
    assert last.tool_calls == (ToolCall("f", '{"x":1}', "a"), ToolCall("g", "{}", "b"))
    assert last.finish is Finish.TOOL_CALLS


async def test_a_streamed_refusal_is_text() -> None:
    texts, last = await pieces_of(Answer.of_events(_delta(refusal="No."), _delta(finish="stop")))
    assert texts == ["No.", ""]
    assert last is not None
    assert last.text == "No."


async def test_a_server_that_does_not_stream_is_taken_whole() -> None:
    texts, last = await pieces_of(chat("All at once"))
    assert texts == ["All at once"]
    assert last is not None
    assert last.text == "All at once"


async def test_a_missing_last_blank_line_and_done_are_forgiven() -> None:
    body = b"data: " + json.dumps(_delta("Hi", "stop")).encode()
    _, last = await pieces_of(Answer(200, {"content-type": "text/event-stream"}, (body,)))
    assert last is not None
    assert last.text == "Hi"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Answer.of_events(_delta("Hel"), done=False), BadResponse, "ended its stream before"),
        (Answer.of_events(_delta("Hel"), done=False, broken=True), ModelUnavailable, "connection failed"),
        (Answer.of_events("{not json"), BadResponse, "not JSON: '{not json'"),
        (Answer.of_events([1]), BadResponse, "not an object"),
        (Answer.of_events({"choices": [{"delta": {"content": 3}}]}), BadResponse, "cannot be read"),
        (
            Answer.of_events({"error": {"message": "out of memory", "code": 500}}),
            ModelUnavailable,
            "out of memory",
        ),
        (Answer.of_text("<html>"), BadResponse, "it began '<html>'"),
        (Answer.of_json({"error": {"message": "bad key"}}, 401), AuthenticationError, "bad key"),
        (Answer.of_events(*[_delta("x")] * 3, pause_s=0.6), ModelUnavailable, "did not answer"),
    ],
)
async def test_a_bad_stream_has_its_error(answer: Answer, error: type[ModelError], words: str) -> None:
    with pytest.raises(error, match=words):
        await pieces_of(answer, timeout_s=0.4, max_retries=0)


async def test_a_stream_adapts_and_retries_before_it_begins() -> None:
    def answer(asked: Asked) -> Answer:
        if "stream_options" in asked.json:
            return Answer.of_json({"error": {"message": "Unrecognized argument: stream_options"}}, 400)
        return Answer.of_events(_delta("ok", "stop"))

    _, last = await pieces_of(Answer.of_json({}, 503), answer, answer)
    assert last is not None
    assert last.text == "ok"


async def test_a_filtered_stream() -> None:
    texts, last = await pieces_of(Answer.of_json({"error": {"code": "content_filter"}}, 400))
    assert texts == [""]
    assert last is not None
    assert last.finish is Finish.FILTERED


async def test_a_stream_that_is_left_gives_its_slot_back() -> None:
    endless = Answer.of_events(*[_delta("x")] * 50, pause_s=0.02)
    async with loopback(endless, chat("next")) as server:
        model = model_at(server, concurrency=1)
        assert isinstance(model, StreamingModel)
        stream: AsyncIterator[Any] = model.stream(Conversation.user("Hi"), Settings())
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        completion = await asyncio.wait_for(model.generate(Conversation.user("Hi"), Settings()), 1)
        await model.aclose()
        await model.aclose()
        assert completion.text == "next"


# --- names and keys ---------------------------------------------------------------------------------------


async def test_without_a_name_the_only_model_is_taken() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer.of_json({"data": [{"id": "solo"}]}) if asked.method == "GET" else chat("hi")

    async with loopback(answer) as server:
        model = model_at(server, name="")
        await model.start()
        assert model.identity.name == f"{server.url}#solo"
        await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert server.asked[-1].json["model"] == "solo"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer.of_json({"data": [{"id": "a"}, {"id": "b"}]}),
            "offers 2 models.*Name one.*offers: a, b",
        ),
        (Answer.of_json({"data": []}), "offers 0 models"),
        (Answer.of_text("nothing here", 404), "does not say which models"),
        (Answer.of_json({"models": 1}), "does not say which models"),
    ],
)
async def test_without_a_name_and_no_single_model(answer: Answer, words: str) -> None:
    with pytest.raises(InputError, match=f"(?s){words}"):
        await answer_of(answer, name="")


async def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTARINE_API_KEY", f" {KEY}\n")
    leaky = Answer.of_json({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401)
    async with loopback(leaky) as server:
        model = model_at(server)
        with pytest.raises(AuthenticationError) as caught:
            await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(caught.value)
    assert KEY not in model.identity.name
    assert KEY not in repr(url_target("http", server.url))


def test_the_openai_key_goes_to_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert url_target("http", "http://api.openai.com/v1#m").key == ""
    assert url_target("https", "https://api.openai.com.evil.example/v1#m").key == ""
    assert url_target("https", "//api.openai.com/v1#m").key == KEY
    monkeypatch.setenv("OCTARINE_API_KEY", "general-key")
    monkeypatch.setenv("OCTARINE_API_KEY_API_GROQ_COM", "groq-key")
    assert url_target("https", "https://api.groq.com/openai/v1#m").key == "groq-key"
    assert url_target("https", "https://other.example/v1#m").key == "general-key"


async def test_openai_without_a_key_is_told_before_any_call() -> None:
    model = open_openai("gpt-test", ModelOptions())
    assert model.identity.name == "openai:gpt-test"
    with pytest.raises(AuthenticationError, match="OPENAI_API_KEY is not set"):
        await model.start()


async def test_openai_base_url_is_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(chat("x")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        model = open_openai("m", ModelOptions())
        await model.start()
        await model.generate(Conversation.user("Hi"), Settings())
        await model.aclose()
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert model.identity.name == f"{server.url}#m"


@pytest.mark.parametrize("url", ["//", "//host:port/v1", "//u:secret-pw@host/v1", "//[::1/v1"])
def test_bad_urls(url: str) -> None:
    with pytest.raises(InputError) as caught:
        open_http(url, ModelOptions())
    assert "secret-pw" not in str(caught.value)


def test_a_key_with_a_line_break_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTARINE_API_KEY", "abc\ndef")
    with pytest.raises(InputError, match="OCTARINE_API_KEY holds characters"):
        open_http("//host/v1#m", ModelOptions())


def test_a_query_is_kept_on_every_call() -> None:
    target = url_target("https", "https://h.example/v1/chat/completions?api-version=3#m")
    assert target.url("chat/completions") == "https://h.example/v1/chat/completions?api-version=3"
