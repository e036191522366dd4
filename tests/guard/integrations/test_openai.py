"""The OpenAI client behind the guard: the real client, an endpoint in this process."""

from __future__ import annotations

import json
from operator import attrgetter

import httpx
import openai
import pytest
from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from openai.types.chat import ChatCompletion
from openai.types.responses import Response
from pydantic import BaseModel

from octarine.core.errors import InputError
from octarine.guard.chat.refusals import Refusal
from octarine.guard.integrations import Blocked
from octarine.guard.integrations.openai import guard_openai
from tests.guard.integrations.endpoint import BOMB, HARM, KEY, ORDER, Endpoint, fake_guard

GUARD = fake_guard()
PERSONAL = fake_guard("personal-data")
ASK = [{"role": "user", "content": "What is birch?"}]
LONG = "The birch stands by the lake. " * 60
MAIL = "write to ada@example.org, please"


def client(endpoint, *, guard=GUARD, blocked="raise"):
    http = httpx.Client(transport=httpx.MockTransport(endpoint))
    return guard_openai(OpenAI(api_key="k", http_client=http), guard, blocked=blocked)


def async_client(endpoint, *, guard=GUARD, blocked="raise"):
    http = httpx.AsyncClient(transport=httpx.MockTransport(endpoint))
    return guard_openai(AsyncOpenAI(api_key="k", http_client=http), guard, blocked=blocked)


def chat(of, content="What is birch?", **more):
    return of.chat.completions.create(model="m", messages=[{"role": "user", "content": content}], **more)


def text_of(chunks):
    return "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)


def test_the_client_is_of_the_class_that_was_given():
    inner = OpenAI(api_key="k", http_client=httpx.Client(transport=httpx.MockTransport(Endpoint())))
    guarded = guard_openai(inner, GUARD)
    assert isinstance(guarded, OpenAI)
    assert guarded is not inner
    assert type(inner) is OpenAI


def test_an_answer_is_what_the_client_would_give():
    answer = chat(client(Endpoint()))
    assert type(answer) is ChatCompletion
    assert answer.choices[0].message.content == "Birch is light."
    assert answer.usage.total_tokens == 10


def test_a_blocked_request_raises_and_is_not_sent():
    endpoint = Endpoint()
    with pytest.raises(Blocked) as caught:
        chat(client(endpoint), BOMB)
    assert endpoint.asked == []
    assert caught.value.verdict.categories["harmful_request.weapons"] > 0.7
    assert not caught.value.output


def test_a_blocked_request_is_answered_where_that_is_the_choice():
    endpoint = Endpoint()
    answer = chat(client(endpoint, blocked="answer"), BOMB)
    assert endpoint.asked == []
    assert answer.choices[0].finish_reason == "content_filter"
    assert answer.choices[0].message.content


def test_a_blocked_answer_raises_or_says_so():
    with pytest.raises(Blocked) as caught:
        chat(client(Endpoint(HARM)))
    assert caught.value.output
    answer = chat(client(Endpoint(HARM), blocked="answer"))
    assert answer.choices[0].finish_reason == "content_filter"
    assert HARM not in answer.choices[0].message.content


@pytest.mark.parametrize("text", ["Birch is light.", LONG])
def test_a_stream_gives_the_whole_answer(text):
    chunks = list(chat(client(Endpoint(text)), stream=True))
    assert text_of(chunks) == text
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_blocked_stream_stops_before_what_blocks():
    with pytest.raises(Blocked):
        list(chat(client(Endpoint(LONG + HARM + LONG)), stream=True))
    chunks = list(chat(client(Endpoint(LONG + HARM + LONG), blocked="answer"), stream=True))
    assert HARM not in text_of(chunks)
    assert text_of(chunks)
    assert LONG.startswith(text_of(chunks))
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_a_blocked_request_streams_its_refusal():
    endpoint = Endpoint()
    chunks = list(chat(client(endpoint, blocked="answer"), BOMB, stream=True))
    assert endpoint.asked == []
    assert text_of(chunks)
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "content_filter"
    with pytest.raises(Blocked):
        chat(client(endpoint), BOMB, stream=True)


@pytest.mark.parametrize("stream", [False, True])
def test_placeholders_are_sent_and_put_back(stream):
    endpoint = Endpoint("echo")
    answer = chat(client(endpoint, guard=PERSONAL), MAIL, stream=stream)
    said = text_of(answer) if stream else answer.choices[0].message.content
    assert said == MAIL
    assert "ada@example.org" not in endpoint.asked[0]["messages"][0]["content"]


def test_the_caller_s_messages_stay_as_they_are():
    messages = [{"role": "user", "content": MAIL}]
    client(Endpoint(), guard=PERSONAL).chat.completions.create(model="m", messages=messages)
    assert messages == [{"role": "user", "content": MAIL}]


def test_arguments_of_tools_are_looked_at():
    calls = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": f'{{"a": "{BOMB}"}}'}}]
    with pytest.raises(Blocked):
        chat(client(Endpoint("", calls=calls), guard=fake_guard("strict")))


def test_pictures_are_not_sent():
    picture = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    endpoint = Endpoint()
    with pytest.raises(Blocked):
        client(endpoint).chat.completions.create(model="m", messages=[{"role": "user", "content": picture}])
    assert endpoint.asked == []


def test_what_is_not_looked_into_is_not_sent():
    endpoint = Endpoint()
    of = client(endpoint)
    with pytest.raises(openai.BadRequestError, match="does not look into"):
        of.images.generate(prompt="a birch")
    with pytest.raises(openai.BadRequestError, match="does not look into"):
        of.responses.retrieve("r1")
    assert endpoint.asked == []
    assert of.models.list().data == []


def azure_client(endpoint):
    http = httpx.Client(transport=httpx.MockTransport(endpoint))
    inner = AzureOpenAI(api_key="k", azure_endpoint="http://a", api_version="1", http_client=http)
    return guard_openai(inner, GUARD)


@pytest.mark.parametrize("make", [client, async_client, azure_client])
@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("name", ["responses", "realtime", "beta.responses", "beta.realtime"])
def test_no_web_socket_is_opened(make, copied, name):
    of = make(Endpoint())
    of = of.with_options(timeout=5) if copied else of
    for _ in range(2):
        with pytest.raises(Refusal, match="WebSocket"):
            attrgetter(name)(of).connect(model="m")
    assert type(attrgetter(name)(of)).__name__.endswith(name.rpartition(".")[2].capitalize())


def test_the_client_that_was_given_still_opens_web_sockets():
    inner = OpenAI(api_key="k", http_client=httpx.Client(transport=httpx.MockTransport(Endpoint())))
    guard_openai(inner, GUARD)
    assert inner.responses.connect()


def test_copies_and_raw_responses_are_guarded():
    of = client(Endpoint())
    with pytest.raises(Blocked):
        chat(of.with_options(timeout=5), BOMB)
    with pytest.raises(Blocked):
        of.chat.completions.with_raw_response.create(model="m", messages=[{"role": "user", "content": BOMB}])
    raw = of.chat.completions.with_raw_response.create(model="m", messages=ASK)
    assert raw.parse().choices[0].message.content == "Birch is light."


def test_parsed_answers_are_guarded():
    class Tree(BaseModel):
        name: str

    of = client(Endpoint('{"name": "birch"}'))
    answer = of.chat.completions.parse(model="m", messages=ASK, response_format=Tree)
    assert answer.choices[0].message.parsed == Tree(name="birch")
    with pytest.raises(Blocked):
        client(Endpoint(f'{{"name": "{HARM}"}}')).chat.completions.parse(
            model="m", messages=ASK, response_format=Tree
        )


def test_embeddings_are_looked_at():
    endpoint = Endpoint()
    assert client(endpoint).embeddings.create(model="m", input="birch", encoding_format="float").data
    with pytest.raises(Blocked):
        client(endpoint, blocked="answer").embeddings.create(model="m", input=[BOMB])
    with pytest.raises(Blocked):
        client(endpoint).embeddings.create(model="m", input="birch", extra_body={"note": [BOMB]})
    with pytest.raises(openai.BadRequestError, match="tokens"):
        client(endpoint).embeddings.create(model="m", input=[1, 2])
    assert [one["input"] for one in endpoint.asked] == ["birch"]
    told = {"data": [{"text": HARM}], "model": "m", "object": "list"}
    with pytest.raises(openai.APIStatusError, match="no embeddings"):
        client(lambda request: httpx.Response(200, json=told)).embeddings.create(model="m", input="birch")


def test_an_error_of_the_endpoint_stays_one():
    of = client(lambda request: httpx.Response(401, json={"error": {"message": "no"}}))
    with pytest.raises(openai.AuthenticationError):
        chat(of)


@pytest.mark.parametrize("ask", ["responses", "chat"])
def test_a_stream_that_breaks_off_is_an_error(ask):
    endpoint = Endpoint(LONG)
    told = endpoint.response_events(LONG) if ask == "responses" else endpoint.chunks(LONG)
    data = "".join(f"data: {json.dumps(one)}\n\n" for one in told[:-1])
    of = client(lambda _: httpx.Response(200, text=data, headers={"content-type": "text/event-stream"}))
    asked = {"model": "m", "stream": True}
    if ask == "responses":
        stream = of.responses.create(input="hi", **asked)
    else:
        stream = of.chat.completions.create(messages=ASK, **asked)
    with pytest.raises(openai.APIError, match="before its answer was complete"):
        list(stream)


def test_garbage_is_an_error():
    of = client(lambda request: httpx.Response(200, text="hello", headers={"content-type": "text/html"}))
    with pytest.raises(openai.BadRequestError, match="no JSON"):
        chat(of)


class TestResponses:
    def test_an_answer_is_what_the_client_would_give(self):
        answer = client(Endpoint()).responses.create(model="m", input="What is birch?")
        assert type(answer) is Response
        assert answer.output_text == "Birch is light."

    @pytest.mark.parametrize(
        "asked",
        [
            {"input": BOMB},
            {"input": [{"role": "user", "content": [{"type": "input_text", "text": BOMB}]}]},
            {"input": "hi", "instructions": BOMB},
            {"input": [{"type": "function_call_output", "call_id": "c", "output": ORDER}]},
        ],
    )
    def test_a_blocked_request(self, asked):
        # What a system says is looked at only where a policy asks for it.
        guard = fake_guard("strict") if "instructions" in asked else GUARD
        endpoint = Endpoint()
        with pytest.raises(Blocked):
            client(endpoint, guard=guard).responses.create(model="m", **asked)
        answer = client(endpoint, guard=guard, blocked="answer").responses.create(model="m", **asked)
        assert endpoint.asked == []
        assert answer.incomplete_details.reason == "content_filter"
        assert answer.output_text

    def test_a_blocked_answer(self):
        with pytest.raises(Blocked):
            client(Endpoint(HARM)).responses.create(model="m", input="hi")
        answer = client(Endpoint(HARM), blocked="answer").responses.create(model="m", input="hi")
        assert HARM not in answer.output_text
        assert answer.incomplete_details.reason == "content_filter"

    @pytest.mark.parametrize("text", ["Birch is light.", LONG])
    def test_a_stream_gives_the_whole_answer(self, text):
        events = list(client(Endpoint(text)).responses.create(model="m", input="hi", stream=True))
        assert "".join(one.delta for one in events if one.type == "response.output_text.delta") == text
        assert events[-1].type == "response.completed"
        assert events[-1].response.output_text == text
        kinds = [one.type for one in events]
        assert kinds.index("response.output_text.done") > max(
            at for at, kind in enumerate(kinds) if kind == "response.output_text.delta"
        )

    def test_a_blocked_stream(self):
        text = LONG + HARM + LONG
        with pytest.raises(Blocked):
            list(client(Endpoint(text)).responses.create(model="m", input="hi", stream=True))
        of = client(Endpoint(text), blocked="answer")
        events = list(of.responses.create(model="m", input="hi", stream=True))
        said = "".join(one.delta for one in events if one.type == "response.output_text.delta")
        assert said
        assert LONG.startswith(said)
        assert events[-1].type == "response.incomplete"
        assert not any(HARM in one.model_dump_json() for one in events)

    def test_a_blocked_request_streams_its_refusal(self):
        of = client(Endpoint(), blocked="answer")
        events = list(of.responses.create(model="m", input=BOMB, stream=True))
        assert events[0].type == "response.created"
        assert events[-1].response.incomplete_details.reason == "content_filter"
        assert events[-1].response.output_text

    @pytest.mark.parametrize("stream", [False, True])
    def test_placeholders_are_sent_and_put_back(self, stream):
        endpoint = Endpoint("echo")
        answer = client(endpoint, guard=PERSONAL).responses.create(model="m", input=MAIL, stream=stream)
        said = list(answer)[-1].response.output_text if stream else answer.output_text
        assert said == MAIL
        assert "ada@example.org" not in endpoint.asked[0]["input"]

    def test_the_helper_that_streams_is_guarded(self):
        with client(Endpoint(LONG)).responses.stream(model="m", input="hi") as stream:
            assert stream.get_final_response().output_text == LONG


class TestAsync:
    async def test_an_answer(self):
        answer = await chat(async_client(Endpoint()))
        assert answer.choices[0].message.content == "Birch is light."

    async def test_blocked(self):
        with pytest.raises(Blocked):
            await chat(async_client(Endpoint()), BOMB)
        with pytest.raises(Blocked):
            await chat(async_client(Endpoint(HARM)))
        answer = await chat(async_client(Endpoint(HARM), blocked="answer"))
        assert answer.choices[0].finish_reason == "content_filter"

    async def test_streams(self):
        stream = await chat(async_client(Endpoint(LONG)), stream=True)
        assert text_of([one async for one in stream]) == LONG
        stream = await chat(async_client(Endpoint(LONG + HARM), blocked="answer"), stream=True)
        chunks = [one async for one in stream]
        assert HARM not in text_of(chunks)
        assert chunks[-1].choices[0].finish_reason == "content_filter"
        with pytest.raises(Blocked):
            [one async for one in await chat(async_client(Endpoint(LONG + HARM)), stream=True)]

    async def test_responses(self):
        answer = await async_client(Endpoint()).responses.create(model="m", input="hi")
        assert answer.output_text == "Birch is light."


def test_what_is_no_client_is_told_so():
    with pytest.raises(InputError, match="takes an OpenAI client"):
        guard_openai("gpt", GUARD)
    with pytest.raises(InputError, match="no choice"):
        guard_openai(OpenAI(api_key="k"), GUARD, blocked="maybe")


def test_secrets_in_an_answer_are_covered():
    answer = chat(client(Endpoint(f"the key is {KEY}")))
    assert KEY not in answer.choices[0].message.content
