"""Streamed answers, on a real socket, through the real OpenAI client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import openai
import pytest

from octarine.server.guard.relay.events import ALIVE
from octarine.server.guard.upstream import UpstreamLimits
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import BOMB, application, asked, chunk, completion, openai_client, served

HELLO = [{"role": "user", "content": "hello there"}]
SENTENCE = "The birch stands by the lake, and the wind goes through it all day long. "
HARM = "First of all, step one: mix the two of them. "


def streams(*deltas, finish="stop", **how):
    chunks = [chunk(**delta) for delta in deltas]
    return Answer.of_events(*chunks, chunk(finish=finish), **how)


@asynccontextmanager
async def proxied(*answers, **config):
    """The stub, the real client, and the application's address."""
    async with (
        loopback(*answers) as up,
        served(application(up.url, **config)) as url,
        openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        yield up, client, url


async def collected(stream):
    """Text, finish reason and chunks of the first choice."""
    chunks = [one async for one in stream]
    choices = [one.choices[0] for one in chunks if one.choices]
    text = "".join(choice.delta.content or "" for choice in choices)
    reasons = [choice.finish_reason for choice in choices if choice.finish_reason]
    assert len(reasons) == 1
    return text, reasons[0], choices


async def kept(stream, came):
    async for one in stream:
        came.append(one)


async def test_a_harmless_answer_comes_in_pieces_before_it_is_whole():
    words = SENTENCE.split(" ") * 60
    answer = streams(
        {"role": "assistant", "content": ""}, *({"content": f"{word} "} for word in words), pause_s=0.003
    )
    async with proxied(answer) as (up, client, _):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        first = None
        async for one in stream:
            if one.choices and one.choices[0].delta.content:
                first = one
                break
        assert up.in_flight == 1  # the model still speaks
        text, reason, _ = await collected(stream)
    text = first.choices[0].delta.content + text
    assert text == "".join(f"{word} " for word in words)
    assert reason == "stop"


async def test_usage_comes_at_the_end():
    usage = {
        **chunk(),
        "choices": [],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
    answer = Answer.of_events(chunk(content="Hello."), chunk(finish="stop"), usage)
    async with proxied(answer) as (up, client, _):
        stream = await client.chat.completions.create(
            model="m", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [one async for one in stream]
    assert up.asked[0].json["stream_options"] == {"include_usage": True}
    assert chunks[-1].usage.total_tokens == 3
    assert chunks[-1].choices == []


USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    "answer",
    [
        Answer.of_events(chunk(content="Hello."), {**chunk(finish="stop"), "usage": USAGE}),
        Answer.of_json(completion({"content": "Hello."})),
        streams({"content": HARM}),
    ],
)
@pytest.mark.parametrize("text", ["hello there", BOMB])
async def test_a_stream_without_usage_has_a_choice_in_every_chunk(answer, text):
    """Examples everywhere read ``chunk.choices[0]``."""
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": text}], stream=True
        )
        chunks = [one async for one in stream]
    assert all(len(one.choices) == 1 for one in chunks)


async def test_usage_that_came_with_a_choice_stays_with_it():
    answer = Answer.of_events(chunk(content="Hello."), {**chunk(finish="stop"), "usage": USAGE})
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        chunks = [one async for one in stream]
    assert chunks[-1].usage.total_tokens == 3
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_a_blocked_stream_ends_with_usage_where_it_is_asked_for():
    async with proxied(streams({"content": "x"})) as (_, client, _u):
        stream = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": BOMB}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [one async for one in stream]
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 0)


async def test_an_answer_is_cut_where_it_is_blocked():
    before = SENTENCE * 20
    pieces = [{"content": before[at : at + 7]} for at in range(0, len(before), 7)]
    answer = streams(*pieces, {"content": HARM * 9}, {"content": SENTENCE * 50})
    async with proxied(answer) as (_, client, url):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        text, reason, _ = await collected(stream)
        async with httpx.AsyncClient() as http:
            numbers = (await http.get(f"{url}/metrics")).text
    assert reason == "content_filter"
    assert text
    assert before.startswith(text)
    assert 'octarine_guard_requests_total{outcome="blocked_output"' in numbers


async def test_an_answer_that_is_blocked_at_once_is_the_policys_message():
    async with proxied(streams({"content": HARM})) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        text, reason, _ = await collected(stream)
    assert reason == "content_filter"
    assert text
    assert "step one" not in text


async def test_a_blocked_request_is_a_stream_too():
    async with proxied(streams({"content": "x"})) as (up, client, _):
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": BOMB}], stream=True
        )
        text, reason, _ = await collected(stream)
    assert not up.asked
    assert reason == "content_filter"
    assert text


async def test_an_upstream_is_let_go_once_every_choice_is_blocked():
    async def stopped(up):
        while up.in_flight:
            await asyncio.sleep(0.01)

    answer = streams({"content": HARM * 30}, *({"content": SENTENCE} for _ in range(500)), pause_s=0.02)
    async with proxied(answer) as (up, client, _):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        await collected(stream)
        await asyncio.wait_for(stopped(up), 2)


async def test_a_client_that_leaves_ends_the_question_to_the_upstream():
    answer = streams(*({"content": SENTENCE} for _ in range(2000)), pause_s=0.01)
    async with proxied(answer) as (up, client, url):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        async for _ in stream:
            break
        await stream.close()
        for _ in range(300):
            if not up.in_flight:
                break
            await asyncio.sleep(0.01)
        assert not up.in_flight
        async with httpx.AsyncClient() as http:
            numbers = (await http.get(f"{url}/metrics")).text
    assert 'outcome="cut_off"' in numbers
    assert "octarine_http_in_flight 0" in numbers


def call(index, name="", arguments="", **more):
    function = {"arguments": arguments, **({"name": name} if name else {})}
    return {"tool_calls": [{"index": index, "function": function, **more}]}


CALLS = (
    call(0, "mail", id="a", type="function"),
    call(0, arguments='{"to": "<EMA'),
    call(0, arguments='IL_1>"}'),
    call(1, "end", "{}", id="b", type="function"),
)


async def test_tool_calls_come_whole_and_with_what_placeholders_stand_for():
    ask = [{"role": "user", "content": "write to jo.doe@example.org please"}]
    async with proxied(streams(*CALLS, finish="tool_calls"), policies=("personal-data",)) as (up, client, _):
        stream = await client.chat.completions.create(model="m", messages=ask, stream=True)
        _, reason, choices = await collected(stream)
    assert "jo.doe" not in up.asked[0].body.decode()
    assert reason == "tool_calls"
    (calls,) = [choice.delta.tool_calls for choice in choices if choice.delta.tool_calls]
    assert [(call.index, call.id, call.function.name) for call in calls] == [
        (0, "a", "mail"),
        (1, "b", "end"),
    ]
    assert json.loads(calls[0].function.arguments) == {"to": "jo.doe@example.org"}


POLICY = """
name: p
version: 1.0.0
positions: [user, tool_arguments, output]
categories: {denied_word: {action: block}}
words: [{id: w, terms: [forbidden fruit]}]
unscannable: block
"""


@pytest.fixture
def forbidding(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(POLICY, "utf-8")
    return path


async def test_a_tool_call_is_judged_as_a_whole(forbidding):
    answer = streams(
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"q": "forbid'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": 'den fruit"}'}}]},
        finish="tool_calls",
    )
    async with proxied(answer, policies=(str(forbidding),)) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        _, reason, choices = await collected(stream)
    assert reason == "content_filter"
    assert not any(choice.delta.tool_calls for choice in choices)


async def test_thoughts_are_judged_and_go_out_before_what_is_said(forbidding):
    answer = streams(
        {"reasoning_content": "Let me see. "}, {"reasoning_content": "Yes."}, {"content": "Yes."}
    )
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        _, _, choices = await collected(stream)
    order = [name for choice in choices for name, value in choice.delta.model_dump().items() if value]
    assert order == ["reasoning_content", "content"]
    bad = streams(
        {"reasoning_content": "the forbidden "}, {"reasoning_content": "fruit"}, {"content": "Yes."}
    )
    async with proxied(bad, policies=(str(forbidding),)) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        text, reason, _ = await collected(stream)
    assert reason == "content_filter"
    assert "Yes" not in text


async def test_several_choices_are_judged_each_for_itself():
    pieces = [chunk(index, content=text) for text in ("One. ", "Two. ") for index in (0, 1)]
    answer = Answer.of_events(
        *pieces,
        chunk(1, content=HARM),
        chunk(0, content="Three."),
        chunk(0, finish="stop"),
        chunk(1, finish="stop"),
    )
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True, n=2)
        chunks = [one async for one in stream]
    choices = [choice for one in chunks for choice in one.choices]
    texts = ["".join(c.delta.content or "" for c in choices if c.index == index) for index in (0, 1)]
    assert texts[0] == "One. Two. Three."
    assert "step one" not in texts[1]
    reasons = {choice.index: choice.finish_reason for choice in choices if choice.finish_reason}
    assert reasons == {0: "stop", 1: "content_filter"}


def with_logprobs(text):
    one = chunk(content=text)
    one["choices"][0]["logprobs"] = {
        "content": [{"token": text, "logprob": -1.0, "bytes": list(text.encode())}]
    }
    return one


async def test_log_probabilities_come_with_their_text():
    tokens = [f"{word} " for word in (SENTENCE * 20).split()] + ["größer", " 🌲"]
    answer = Answer.of_events(*map(with_logprobs, tokens), chunk(finish="stop"))
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True, logprobs=True)
        text, _, choices = await collected(stream)
    assert text == "".join(tokens)
    out, said = [], ""
    for choice in choices:
        said += choice.delta.content or ""
        out += [entry.token for entry in choice.logprobs.content] if choice.logprobs else []
        assert said.startswith("".join(out))
    assert out == tokens


async def test_log_probabilities_of_what_is_masked_do_not_come():
    key = "AKIAIOSFODNN7EXAMPLF"
    answer = Answer.of_events(*map(with_logprobs, ["The key is ", key, ". Bye."]), chunk(finish="stop"))
    async with proxied(answer) as (_, _client, url), httpx.AsyncClient() as http:
        raw = await http.post(
            f"{url}/v1/chat/completions", json={"model": "m", "messages": HELLO, "stream": True}
        )
    assert "The key is [" in raw.text
    assert key not in raw.text
    assert json.dumps(list(key.encode()), separators=(",", ":")) not in raw.text


GARBAGE = [
    (Answer.of_events("this is no JSON"), "bad_upstream"),
    (Answer.of_events(chunk(content="Hi. "), "{"), "bad_upstream"),
    (Answer.of_events([1]), "bad_upstream"),
    (Answer.of_events({"hello": 1}), "bad_upstream"),
    (Answer.of_events({"choices": [{"index": "x", "delta": {}}]}), "bad_upstream"),
    (Answer.of_events({"choices": [{"index": 0, "delta": "x"}]}), "bad_upstream"),
    (Answer.of_events(chunk(tool_calls="x")), "bad_upstream"),
    (
        Answer.of_events(chunk(tool_calls=[{"index": 0, "function": "f"}, {"index": 0, "function": {}}])),
        "bad_upstream",
    ),
    (Answer.of_events("[" * 3000), "bad_upstream"),
    (Answer.of_events({"error": {"message": "out of memory"}}), "upstream_error"),
    (Answer.of_events(chunk(content="Hi. "), done=False), "upstream_incomplete"),
    (Answer.of_events(done=False), "upstream_incomplete"),
    (Answer.of_events(chunk(content="Hi. "), done=False, broken=True), "upstream_incomplete"),
]


@pytest.mark.parametrize(("answer", "code"), GARBAGE)
async def test_what_is_no_stream_is_a_clear_error(answer, code):
    """Nothing has gone out yet, so it is an error by its status."""
    async with loopback(answer) as up, asked(application(up.url)) as http:
        with pytest.raises(openai.APIStatusError) as caught:
            await openai_client(http).chat.completions.create(model="m", messages=HELLO, stream=True)
    assert (caught.value.status_code, caught.value.code) == (502, code)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"pieces": (b"data: {{{\n\n",)}, "bad_upstream"),
        ({"broken": True}, "upstream_incomplete"),
        ({}, "upstream_incomplete"),
        ({"pieces": (b'data: {"error": {"message": "out of memory"}}\n\n',)}, "upstream_error"),
        ({"pieces": (b": nothing\n\n",), "pause_s": 2.0}, "upstream_timeout"),
    ],
)
async def test_a_stream_that_breaks_off_ends_with_an_error(last, code):
    said = tuple(f"data: {json.dumps(chunk(content=SENTENCE))}\n\n".encode() for _ in range(30))
    pieces = (b"".join(said), *last.pop("pieces", ()))
    answer = Answer(200, {"content-type": "text/event-stream"}, pieces, **last)
    limits = UpstreamLimits(silence_s=0.4)
    async with proxied(answer, upstream=limits) as (_, client, url):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        came = []
        with pytest.raises(openai.APIError) as caught:
            await kept(stream, came)
        text = "".join(one.choices[0].delta.content or "" for one in came)
        async with httpx.AsyncClient() as http:
            raw = await http.post(
                f"{url}/v1/chat/completions", json={"model": "m", "messages": HELLO, "stream": True}
            )
            numbers = (await http.get(f"{url}/metrics")).text
    assert caught.value.code == code
    assert text
    assert (SENTENCE * 30).startswith(text)
    assert "[DONE]" not in raw.text
    assert raw.text.rstrip().splitlines()[-1].startswith('data: {"error":')
    assert f'octarine_upstream_failures_total{{code="{code}"}} 2' in numbers


async def test_a_server_that_does_not_stream_is_streamed():
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = Answer.of_json(completion({"content": "Hello.", "tool_calls": [call]}))
    async with proxied(answer) as (_, client, _u):
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        text, _, choices = await collected(stream)
    assert text == "Hello."
    assert [c.delta.tool_calls[0].index for c in choices if c.delta.tool_calls] == [0]


async def test_a_long_silence_says_that_it_is_none_of_death():
    answer = streams({"content": "Hello."}, pause_s=0.3)
    async with proxied(answer, keep_alive_s=0.05) as (_, client, url):
        async with httpx.AsyncClient() as http:
            raw = await http.post(
                f"{url}/v1/chat/completions", json={"model": "m", "messages": HELLO, "stream": True}
            )
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        assert (await collected(stream))[0] == "Hello."
    assert ALIVE.decode() in raw.text


async def test_what_cannot_be_judged_in_pieces_does_not_go_out_and_is_counted():
    answer = streams({"content": "Hi."}, {"audio": {"data": "AAAA"}}, {"weather": ["fine"]})
    async with loopback(answer) as up, asked(application(up.url)) as http:
        raw = await http.post("/v1/chat/completions", json={"model": "m", "messages": HELLO, "stream": True})
        numbers = (await http.get("/metrics")).text
    assert "AAAA" not in raw.text
    assert '"weather":["fine"]' in raw.text
    assert 'octarine_left_out_total{field="audio"} 1' in numbers
    assert "weather" not in numbers


async def test_many_streams_at_a_time_do_not_mix():
    def said(request):
        name = request.json["messages"][0]["content"].rpartition(" ")[2]
        return streams(*({"content": f"{name} says: {SENTENCE}"} for _ in range(20)))

    async def one(client, number):
        ask = [{"role": "user", "content": f"I am n{number}"}]
        stream = await client.chat.completions.create(model="m", messages=ask, stream=True)
        return (await collected(stream))[0]

    async with proxied(said) as (_, client, _u):
        texts = await asyncio.gather(*(one(client, number) for number in range(24)))
    assert texts == [f"n{number} says: {SENTENCE}" * 20 for number in range(24)]
