"""Streamed responses, on a real socket, through the real OpenAI client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import pairwise

import httpx
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard import Guard
from octarine.guard.chat.inspection import AnswerCheck, inspect
from octarine.guard.dialects.dialect import Limits
from octarine.guard.dialects.responses import Responses
from octarine.guard.responses.answer import judge_response
from octarine.guard.responses.telling import Teller
from octarine.server.guard.upstream import UpstreamLimits
from tests.guard.fake_classifier import FakeClassifier
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import BOMB, application, asked, openai_client, served
from tests.server.guard.test_responses import (
    FORBIDDEN,
    HARM,
    MAIL,
    POLICY,
    call,
    message,
    reasoning,
    response,
)

SENTENCE = "The birch stands by the lake, and the wind goes through it all day long. "
EVENTS = {"content-type": "text/event-stream"}
GUARD = Guard.load("default", classifier=FakeClassifier())


def events(*items, size=9, ended="completed", **more):
    """The events of an upstream, texts in pieces of ``size`` characters."""
    told = []

    def tell(kind, **fields):
        told.append({"type": f"response.{kind}", "sequence_number": len(told), **fields})

    begun = response(status="in_progress")
    tell("created", response=begun)
    tell("in_progress", response=begun)
    for index, item in enumerate(items):
        where = {"item_id": item["id"], "output_index": index}
        empty = {name: [] for name in ("content", "summary") if name in item}
        tell("output_item.added", output_index=index, item={**item, **empty})
        for field, stem in (("summary", "reasoning_summary"), ("content", "output")):
            for number, part in enumerate(item.get(field, ())):
                here = where | {"summary_index" if field == "summary" else "content_index": number}
                holder = "reasoning_summary_part" if field == "summary" else "content_part"
                text = part["text"]
                tell(f"{holder}.added", **here, part={**part, "text": ""})
                for at in range(0, len(text), size):
                    tell(f"{stem}_text.delta", **here, delta=text[at : at + size], logprobs=[])
                tell(f"{stem}_text.done", **here, text=text, logprobs=[])
                tell(f"{holder}.done", **here, part=part)
        if "arguments" in item:
            tell("function_call_arguments.delta", **where, delta=item["arguments"])
            tell("function_call_arguments.done", **where, arguments=item["arguments"], name=item["name"])
        tell("output_item.done", output_index=index, item=item)
    tell(ended, response=response(*items, status=ended, **more))
    return told


def streams(*items, done=False, cut=None, size=9, **how):
    return Answer.of_events(*events(*items, size=size)[:cut], done=done, **how)


@asynccontextmanager
async def proxied(*answers, **config):
    async with (
        loopback(*answers) as up,
        served(application(up.url, **config)) as url,
        openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        yield up, client, url


async def collected(stream):
    """The events, which hold together: numbered, texts that agree, and an end that holds what was told."""
    came = [one async for one in stream]
    held_together(came)
    return came


def held_together(came):
    assert [one.sequence_number for one in came] == list(range(len(came)))
    assert came[0].type == "response.created"
    texts, items = {}, []
    for one in came:
        if one.type == "response.output_item.added":
            assert one.output_index == len(items)
            items.append(None)
        elif one.type == "response.output_item.done":
            items[one.output_index] = one.item
        elif one.type == "response.output_text.delta":
            place = (one.output_index, one.content_index)
            texts[place] = texts.get(place, "") + one.delta
        elif one.type == "response.output_text.done":
            assert one.text == texts.get((one.output_index, one.content_index), "")
    last = came[-1]
    assert last.type in ("response.completed", "response.incomplete", "response.failed")
    assert [item.to_dict() for item in items] == [item.to_dict() for item in last.response.output]
    said = "".join(text for _, text in sorted(texts.items()))
    assert last.response.output_text == said


def kinds(came):
    return [one.type.removeprefix("response.") for one in came]


async def ask(client, text="hello there", **more):
    stream = await client.responses.create(model="m", input=text, stream=True, **more)
    return await collected(stream)


async def test_a_harmless_answer_comes_in_pieces_before_it_is_whole():
    async with proxied(streams(message(SENTENCE * 60), pause_s=0.003)) as (up, client, _):
        stream = await client.responses.create(model="m", input="hi", stream=True)
        came = []
        async for one in stream:
            came.append(one)
            if one.type == "response.output_text.delta":
                break
        assert up.in_flight == 1  # the model still speaks
        came += [one async for one in stream]
    held_together(came)
    assert came[-1].response.output_text == SENTENCE * 60
    assert came[-1].response.status == "completed"
    assert came[-1].response.usage.total_tokens == 10


async def test_the_clients_own_helper_puts_the_answer_together():
    items = [reasoning("Let me see."), message(SENTENCE * 20), call('{"to": "x"}')]
    async with (
        proxied(streams(*items)) as (_, client, _u),
        client.responses.stream(model="m", input="hi") as s,
    ):
        found = await s.get_final_response()
    assert found.output_text == SENTENCE * 20
    assert [item.type for item in found.output] == ["reasoning", "message", "function_call"]


async def test_all_kinds_of_events_come_in_their_order():
    async with proxied(streams(reasoning("So."), message("Hello."), call("{}"))) as (_, client, _u):
        came = await ask(client)
    assert kinds(came) == [
        "created", "in_progress",
        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done", "completed",
    ]  # fmt: skip


async def test_an_answer_is_cut_where_it_is_blocked():
    before = SENTENCE * 20
    answer = streams(message(before + HARM * 9 + SENTENCE * 50), call('{"to": "x"}'))
    async with proxied(answer) as (_, client, url):
        came = await ask(client)
        async with httpx.AsyncClient() as http:
            numbers = (await http.get(f"{url}/metrics")).text
    last = came[-1].response
    assert (last.status, last.incomplete_details.reason) == ("incomplete", "content_filter")
    assert last.output_text
    assert before.startswith(last.output_text)
    assert [(item.type, item.status) for item in last.output] == [("message", "incomplete")]
    assert 'octarine_guard_requests_total{outcome="blocked_output"' in numbers


async def test_an_answer_that_is_blocked_at_once_is_the_policys_message():
    async with proxied(streams(message(HARM))) as (_, client, _u):
        came = await ask(client)
    assert came[-1].type == "response.incomplete"
    assert came[-1].response.output_text
    assert "step one" not in str(came)
    assert len(came[-1].response.output) == 1


HELD = [
    reasoning(FORBIDDEN),
    call(json.dumps({"q": FORBIDDEN})),
    {"id": "c", "type": "custom_tool_call", "call_id": "c", "name": "f", "input": FORBIDDEN},
    {"id": "m", "type": "mcp_call", "name": "f", "arguments": "{}", "output": FORBIDDEN},
    {"id": "i", "type": "image_generation_call", "result": "forbidden", "status": "completed"},
]


@pytest.mark.parametrize("item", HELD, ids=lambda item: item["type"])
@pytest.mark.parametrize("before", [(), (message("Fine."),)], ids=["first", "second"])
async def test_every_item_of_a_stream_is_looked_at(item, before, tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(POLICY, "utf-8")
    told = Answer.of_events(*events(*before, item, message("More.")), done=False)
    async with loopback(told) as up, asked(application(up.url, policies=(str(path),))) as http:
        stream = await openai_client(http).responses.create(model="m", input="hi", stream=True)
        came = await collected(stream)
    last = came[-1].response
    assert (last.status, last.incomplete_details.reason) == ("incomplete", "content_filter")
    assert "forbidden" not in str(came)
    assert "More." not in last.output_text
    assert last.output_text.startswith("Fine.") if before else last.output_text


async def test_items_that_only_the_end_tells_of_are_looked_at_and_go_out():
    told = [events()[0], events(message("Hello."), call('{"a": 1}'))[-1]]
    async with loopback(Answer.of_events(*told, done=False)) as up, asked(application(up.url)) as http:
        came = await ask(openai_client(http))
    assert came[-1].response.output_text == "Hello."
    assert [item.type for item in came[-1].response.output] == ["message", "function_call"]
    bad = [events()[0], events(message(HARM))[-1]]
    async with loopback(Answer.of_events(*bad, done=False)) as up, asked(application(up.url)) as http:
        came = await ask(openai_client(http))
    assert came[-1].response.incomplete_details.reason == "content_filter"
    assert "step one" not in str(came)


async def test_a_blocked_request_is_a_stream_too():
    async with proxied(streams(message("x"))) as (up, client, _):
        came = await ask(client, BOMB)
    assert not up.asked
    assert came[-1].response.incomplete_details.reason == "content_filter"
    assert came[-1].response.output_text


async def test_placeholders_are_put_back():
    items = [message("I wrote to <EMAIL_1>."), call('{"to": "<EMAIL_1>"}')]
    async with proxied(streams(*items, size=3), policies=("personal-data",)) as (up, client, _):
        came = await ask(client, f"write to {MAIL}")
    assert up.asked[0].json["input"] == "write to <EMAIL_1>"
    assert came[-1].response.output_text == f"I wrote to {MAIL}."
    (arguments,) = [one for one in came if one.type == "response.function_call_arguments.done"]
    assert json.loads(arguments.arguments) == {"to": MAIL}
    assert "EMAIL" not in str([one for one in came if "delta" in one.type])


async def test_log_probabilities_and_annotations_come_with_their_text():
    told = events(message("Hello there."), size=6)
    entries = [{"token": text, "logprob": -1.0, "top_logprobs": []} for text in ("Hello ", "there.")]
    for one, entry in zip([one for one in told if "delta" in one], entries, strict=True):
        one["logprobs"] = [entry]
    note = {"type": "url_citation", "url": "https://example.org", "title": "t", "start_index": 0,
            "end_index": 5}  # fmt: skip
    for one in told:
        if one["type"] == "response.content_part.done":
            one["part"] = one["part"] | {"annotations": [note]}
    async with proxied(Answer.of_events(*told, done=False)) as (_, client, _u):
        came = await ask(client)
    (part,) = came[-1].response.output[0].content
    assert [one.token for one in part.logprobs] == ["Hello ", "there."]
    assert [one.url for one in part.annotations] == ["https://example.org"]
    assert "output_text.annotation.added" in kinds(came)


async def test_a_client_that_leaves_ends_the_question_to_the_upstream():
    async with proxied(streams(message(SENTENCE * 400), pause_s=0.01)) as (up, client, _):
        stream = await client.responses.create(model="m", input="hi", stream=True)
        async for _ in stream:
            break
        await stream.close()
        for _ in range(300):
            if not up.in_flight:
                break
            await asyncio.sleep(0.01)
        assert not up.in_flight


async def test_a_server_that_does_not_stream_is_streamed():
    whole = Answer.of_json(response(reasoning("So."), message("Hello."), call("{}")))
    async with proxied(whole) as (_, client, _u):
        came = await ask(client)
    assert came[-1].response.output_text == "Hello."
    assert kinds(came)[-1] == "completed"


async def test_what_ended_early_says_so():
    told = events(message("Hello."), ended="incomplete", incomplete_details={"reason": "max_output_tokens"})
    failed = events(ended="failed", error={"code": "server_error", "message": "oh"})
    answers = [Answer.of_events(*told, done=False), Answer.of_events(*failed, done=False)]
    async with proxied(*answers) as (_, client, _u):
        first, second = await ask(client), await ask(client)
    assert first[-1].response.incomplete_details.reason == "max_output_tokens"
    assert (second[-1].type, second[-1].response.error.message) == ("response.failed", "oh")


CREATED = events()[0]
ITEM = events(message("x"))[2]
GARBAGE = [
    ("this is no JSON", "bad_upstream"),
    ([1], "bad_upstream"),
    ({"hello": 1}, "bad_upstream"),
    ({"type": "response.created", "response": 3}, "bad_upstream"),
    ({"type": "response.output_item.added", "output_index": "x", "item": {}}, "bad_upstream"),
    ({"type": "response.output_item.added", "output_index": 0, "item": "x"}, "bad_upstream"),
    ({"type": "response.output_text.delta", "delta": "x"}, "bad_upstream"),
    ({"type": "response.output_text.delta", "output_index": 3, "delta": 3}, "bad_upstream"),
    ({"type": "response.completed", "response": {}}, "bad_upstream"),
    ({"type": "error", "message": "out of memory"}, "upstream_error"),
    ({"error": {"message": "out of memory"}}, "upstream_error"),
]


@pytest.mark.parametrize(("event", "code"), GARBAGE)
async def test_what_is_no_stream_is_a_clear_error(event, code):
    async with loopback(Answer.of_events(event)) as up, asked(application(up.url)) as http:
        with pytest.raises(openai.APIStatusError) as caught:
            await openai_client(http).responses.create(model="m", input="hi", stream=True)
    assert (caught.value.status_code, caught.value.code) == (502, code)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ({"pieces": (b"data: {{{\n\n",)}, "bad_upstream"),
        ({"broken": True}, "upstream_incomplete"),
        ({}, "upstream_incomplete"),
        ({"pieces": (b'data: {"type": "error", "message": "out of memory"}\n\n',)}, "upstream_error"),
        ({"pieces": (b": nothing\n\n",), "pause_s": 2.0}, "upstream_timeout"),
    ],
)
async def test_a_stream_that_breaks_off_ends_with_an_error_event(last, code):
    told = [f"data: {json.dumps(one)}\n\n".encode() for one in events(message(SENTENCE * 30))[:-4]]
    answer = Answer(200, EVENTS, (b"".join(told), *last.pop("pieces", ())), **last)
    async with proxied(answer, upstream=UpstreamLimits(silence_s=0.4)) as (_, client, url):
        stream = await client.responses.create(model="m", input="hi", stream=True)
        came = []
        with pytest.raises(openai.APIError) as caught:
            await kept(stream, came)
        async with httpx.AsyncClient() as http:
            raw = await http.post(f"{url}/v1/responses", json={"model": "m", "input": "hi", "stream": True})
    assert caught.value.code == code
    text = "".join(one.delta for one in came if one.type == "response.output_text.delta")
    assert text
    assert (SENTENCE * 30).startswith(text)
    final = json.loads(raw.text.rstrip().splitlines()[-1].removeprefix("data: "))
    assert (final["type"], final["code"], final["error"]["code"]) == ("error", code, code)
    assert final["sequence_number"] == len(raw.text.split("\n\n")) - 2


async def kept(stream, came):
    async for one in stream:
        came.append(one)


async def test_events_that_nothing_here_knows_do_not_go_out_and_are_counted():
    told = events(message("Hello."))
    told.insert(2, {"type": "response.audio.delta", "delta": "AAAA"})
    answer = Answer.of_events(*told, done=False)
    async with loopback(answer) as up, asked(application(up.url)) as http:
        raw = await http.post("/v1/responses", json={"model": "m", "input": "hi", "stream": True})
        numbers = (await http.get("/metrics")).text
    assert "AAAA" not in raw.text
    assert 'octarine_left_out_total{field="response.audio.delta"} 1' in numbers


PIECES = st.sampled_from(
    ["The birch stands by the lake. ", "größer ", "🌲👩\u200d👧 ", "日本語。", "ok ", "a" * 300,
     "step one: mix", "AKIAIOSFODNN7EXAMPLF "]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join), st.integers(1, 40), st.data())
def test_however_a_response_is_cut_what_goes_out_is_what_the_whole_would_give(text, size, data):
    told = events(message(text), size=size)
    raw = "".join(f"data: {json.dumps(one, ensure_ascii=False)}\n\n" for one in told).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=20)))
    check = AnswerCheck(inspect(GUARD, [], "hello"))
    stream = Responses().open(check, Responses().read({"model": "m", "input": "hello"}, Limits()))
    out = b"".join(stream.feed(raw[a:b]) for a, b in pairwise([0, *places, len(raw)])) + stream.close()
    came = [json.loads(one.partition("data: ")[2]) for one in out.decode().split("\n\n") if one]
    assert [one["sequence_number"] for one in came] == list(range(len(came)))
    last = came[-1]["response"]
    said = "".join(part["text"] for item in last["output"] for part in item["content"])
    whole = judge_response(check, response(message(text)))
    if stream.blocked is None:
        assert whole.blocked is None
        assert said == whole.body["output"][0]["content"][0]["text"]
    else:
        assert whole.blocked is not None
        assert last["status"] == whole.body["status"] == "incomplete"
        assert "step one: mix" not in said


def test_a_whole_response_as_a_stream_ends_with_itself():
    whole = response(reasoning("So."), message("Hello."), call("{}"))
    assert Teller().response(whole)[-1]["response"] == whole
