"""ASGI applications behind the guard: real ones, asked over ASGI."""

from __future__ import annotations

import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from octarine.core.errors import InputError
from octarine.guard.chat.events import event
from octarine.guard.chat.refusals import Refusal
from octarine.guard.integrations.asgi import GuardMiddleware, JsonRoute
from octarine.guard.integrations.exchange import Exchange
from tests.guard.integrations.endpoint import BOMB, HARM, KEY, ORDER, Endpoint, fake_guard

GUARD = fake_guard()
PERSONAL = fake_guard("personal-data")
MAIL = "write to ada@example.org, please"
LONG = "The birch stands by the lake. " * 60


class Application:
    """Answers as a test wants, and keeps what it was asked."""

    def __init__(self, say):
        self.asked = []
        self.say = say

    async def answer(self, request):
        body = await request.body()
        self.asked.append(json.loads(body) if body else None)
        return self.say(self.asked[-1])


def client(say, *routes, guard=GUARD, **options):
    of = Application(say)
    paths = [
        Route(path, of.answer, methods=["GET", "POST"]) for path in ("/ask", "/v1/chat/completions", "/free")
    ]
    app = GuardMiddleware(Starlette(routes=paths), guard, routes=routes, **options)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://app"), of


ASK = JsonRoute("/ask", input={"$.question": "user", "$.pages[*].text": "tool_results"}, output=["$.answer"])


async def test_a_route_of_one_s_own():
    http, of = client(lambda asked: JSONResponse({"answer": f"about {asked['question']}", "id": 7}), ASK)
    answer = await http.post("/ask", json={"question": "birch", "pages": [{"text": "Birch is light."}]})
    assert answer.json() == {"answer": "about birch", "id": 7}
    assert of.asked == [{"question": "birch", "pages": [{"text": "Birch is light."}]}]


@pytest.mark.parametrize("asked", [{"question": BOMB}, {"question": "hi", "pages": [{"text": ORDER}]}])
async def test_a_blocked_request_is_answered_by_an_error(asked):
    http, of = client(lambda asked: JSONResponse({}), ASK)
    answer = await http.post("/ask", json=asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_filter")
    assert of.asked == []


async def test_a_refusal_in_the_route_s_own_form():
    route = JsonRoute("/ask", {"$.question": "user"}, ["$.answer"], refusal={"answer": "No: {message}"})
    http, of = client(lambda asked: JSONResponse({"answer": HARM}), route)
    for question in (BOMB, "hi"):
        answer = await http.post("/ask", json={"question": question})
        assert answer.status_code == 200
        assert answer.json()["answer"].startswith("No: ")
        assert HARM not in answer.text
    assert len(of.asked) == 1
    http, _ = client(lambda asked: JSONResponse({"answer": HARM}), route, blocked="raise")
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 400


async def test_without_selectors_all_texts_count():
    http, of = client(lambda asked: JSONResponse({"deep": [{"said": HARM}]}), JsonRoute("/ask"))
    assert (await http.post("/ask", json={"a": {"b": [BOMB]}})).status_code == 400
    assert of.asked == []
    answer = await http.post("/ask", json={"a": "hi"})
    assert answer.status_code == 400
    assert HARM not in answer.text


async def test_placeholders_are_sent_and_put_back():
    http, of = client(lambda asked: JSONResponse({"answer": asked["question"]}), ASK, guard=PERSONAL)
    assert (await http.post("/ask", json={"question": MAIL})).json() == {"answer": MAIL}
    assert "ada@example.org" not in str(of.asked)


async def test_other_routes_are_left_alone():
    http, _ = client(lambda asked: PlainTextResponse(HARM), ASK)
    assert (await http.post("/free", json={"question": BOMB})).text == HARM
    assert (await http.get("/ask")).text == HARM


async def test_openai_s_routes_need_no_naming():
    endpoint = Endpoint(LONG)

    def say(asked):
        if asked.get("stream"):
            told = [f"data: {json.dumps(one)}\n\n" for one in endpoint.chunks(endpoint.text)]
            return StreamingResponse(iter([*told, "data: [DONE]\n\n"]), media_type="text/event-stream")
        return JSONResponse({"choices": [{"message": {"role": "assistant", "content": endpoint.text}}]})

    http, of = client(say)
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    answer = await http.post("/v1/chat/completions", json=asked)
    assert answer.json()["choices"][0]["message"]["content"] == LONG
    stream = await http.post("/v1/chat/completions", json={**asked, "stream": True})
    events = [json.loads(one[6:]) for one in stream.text.split("\n\n")[:-2]]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in events) == LONG
    bad = {"model": "m", "messages": [{"role": "user", "content": BOMB}]}
    answer = await http.post("/v1/chat/completions", json=bad)
    assert answer.json()["choices"][0]["finish_reason"] == "content_filter"
    assert len(of.asked) == 2


STORED = [
    ("GET", "/v1/responses/r1"),
    ("GET", "/v1/responses/r1/input_items"),
    ("POST", "/v1/responses/compact"),
    ("GET", "/v1/chat/completions"),
    ("GET", "/v1/chat/completions/c1/messages"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/completions/"),
]


@pytest.mark.parametrize(("method", "path"), STORED)
async def test_what_else_holds_content_on_openai_s_routes_is_refused(method, path):
    called = []

    async def application(scope, receive, send):
        called.append((scope["method"], scope["path"]))
        await PlainTextResponse(HARM)(scope, receive, send)

    transport = httpx.ASGITransport(app=GuardMiddleware(application, GUARD))
    http = httpx.AsyncClient(transport=transport, base_url="http://app")
    answer = await http.request(method, path, json={"prompt": BOMB})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_content")
    assert called == []
    assert (await http.options(path)).status_code == 200
    assert (await http.get("/v1/models")).status_code == 200
    named = GuardMiddleware(application, GUARD, routes=[JsonRoute(path, {"$.prompt": "user"}, method=method)])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=named), base_url="http://app")
    assert HARM not in (await http.request(method, path, json={"prompt": "hi"})).text
    assert called[-1] == (method, path)


async def test_web_sockets_of_openai_s_routes_are_refused():
    sent, called = [], []

    async def application(scope, receive, send):
        called.append(scope["path"])

    async def send(message):
        sent.append(message)

    app = GuardMiddleware(application, GUARD)
    await app({"type": "websocket", "path": "/v1/responses"}, None, send)
    assert (sent, called) == ([{"type": "websocket.close", "code": 1008}], [])
    await app({"type": "websocket", "path": "/free"}, None, send)
    assert called == ["/free"]


def nested(levels):
    return "[" * levels + '"a"' + "]" * levels


@pytest.mark.parametrize("levels", [64, 600, 100_000])
async def test_what_nests_too_deep_is_refused(levels):
    http, of = client(
        lambda asked: Response(f'{{"answer": {nested(levels)}}}', media_type="application/json"), ASK
    )
    headers = {"content-type": "application/json"}
    body = f'{{"question": "hi", "x": {nested(levels)}}}'
    assert (await http.post("/ask", content=body, headers=headers)).status_code == 400
    assert of.asked == []
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 502
    event = f'data: {{"answer": {nested(levels)}}}\n\n'
    http, _ = client(lambda asked: StreamingResponse(iter([event]), media_type="text/event-stream"), ASK)
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 502


async def test_what_nests_less_deep_passes():
    http, of = client(
        lambda asked: Response(f'{{"answer": {nested(63)}}}', media_type="application/json"), ASK
    )
    body = f'{{"question": "hi", "x": {nested(63)}}}'
    answer = await http.post("/ask", content=body, headers={"content-type": "application/json"})
    assert answer.json() == {"answer": json.loads(nested(63))}
    assert len(of.asked) == 1


def pieces(text):
    return [text[at : at + 11].encode() for at in range(0, len(text), 11)]


async def test_plain_text_streams():
    http, _ = client(lambda asked: StreamingResponse(iter(pieces(LONG)), media_type="text/plain"), ASK)
    assert (await http.post("/ask", json={"question": "hi"})).text == LONG


async def test_a_blocked_text_ends_with_the_message():
    text = LONG + HARM + LONG
    http, _ = client(lambda asked: StreamingResponse(iter(pieces(text)), media_type="text/plain"), ASK)
    said = (await http.post("/ask", json={"question": "hi"})).text
    before, _, message = said.rpartition("\n\n")
    assert before
    assert LONG.startswith(before)
    assert message


async def test_letters_of_several_bytes_are_not_broken():
    text = "größer 日本語。🌲 " * 80
    raw = text.encode()
    cut = [raw[at : at + 1] for at in range(len(raw))]
    http, _ = client(lambda asked: StreamingResponse(iter(cut), media_type="text/plain"), ASK)
    assert (await http.post("/ask", json={"question": "hi"})).text == text


def events(text, size=9, end=True):
    told = [{"type": "token", "answer": text[at : at + size]} for at in range(0, len(text), size)]
    return [f"data: {json.dumps(one)}\n\n" for one in [*told, *([{"type": "end"}] if end else [])]]


async def test_events_of_a_route_of_one_s_own():
    http, _ = client(lambda _: StreamingResponse(iter(events(LONG)), media_type="text/event-stream"), ASK)
    said = (await http.post("/ask", json={"question": "hi"})).text
    found = [json.loads(one[6:]) for one in said.split("\n\n")[:-1]]
    assert "".join(one.get("answer", "") for one in found) == LONG
    assert found[-1] == {"type": "end"}


async def test_blocked_events():
    told = events(LONG + HARM + LONG)
    http, _ = client(lambda _: StreamingResponse(iter(told), media_type="text/event-stream"), ASK)
    said = (await http.post("/ask", json={"question": "hi"})).text
    found = [json.loads(one[6:]) for one in said.split("\n\n")[:-1]]
    assert LONG.startswith("".join(one.get("answer", "") for one in found))
    assert found[-1]["error"]["code"] == "content_filter"


def streamed(*told, policy=GUARD, output=("$",), refusal=None):
    """What goes out of a stream of events that came in one piece of the network, and the judge of it."""
    exchange = Exchange(policy, JsonRoute("/ask", {"$.q": "user"}, output, refusal), {"q": "hi"})
    gate = exchange.open()
    data = b"".join(event(one) for one in told)
    return gate.feed(data) + gate.close(), gate


@pytest.mark.parametrize(
    "told",
    [{"image": "data:image/png;base64,AAAA"}, {"a": [{"file": {"id": 7}}], "answer": "fine"}, {HARM: "fine"}],
)
async def test_an_event_that_cannot_be_looked_at_does_not_go_out(told):
    said, gate = streamed({"answer": "Fine. "}, told)
    assert gate.blocked is not None
    assert said.count(b"data:") == 1
    assert b"content_filter" in said


@pytest.mark.parametrize("told", ["tok", 7, None, True])
async def test_an_event_that_is_no_object_is_refused(told):
    with pytest.raises(Refusal) as caught:
        streamed(told)
    assert caught.value.status == 502
    http, _ = client(
        lambda _: StreamingResponse(iter([event(told)]), media_type="text/event-stream"), JsonRoute("/ask")
    )
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 502


async def test_nothing_is_told_after_a_block():
    blocked = {"a": LONG + HARM + ". " + LONG, "b": HARM}
    said, _ = streamed(blocked, {"a": "more"}, {"b": HARM}, {"c": LONG + HARM}, refusal={"no": "{message}"})
    found = [json.loads(one[6:]) for one in said.decode().split("\n\n")[:-1]]
    assert HARM not in said.decode()
    assert [list(one) for one in found[-1:]] == [["no"]]
    assert sum("no" in one for one in found) == 1


async def test_placeholders_of_two_requests_are_not_the_same():
    http, of = client(lambda asked: JSONResponse({}), ASK, guard=PERSONAL)
    for _ in range(2):
        await http.post("/ask", json={"question": MAIL})
    first, second = (asked["question"] for asked in of.asked)
    assert first != second
    assert "<EMAIL_1>" not in first + second


@pytest.mark.parametrize("answer", [KEY, {f"key {KEY}": 1}])
async def test_what_is_to_be_covered_where_nothing_can_be_written_is_blocked(answer):
    route = JsonRoute("/ask", {"$": "user"}, ["$"])
    http, of = client(lambda asked: JSONResponse(answer), route, guard=PERSONAL)
    told = await http.post("/ask", json={"q": "hi"})
    assert (told.status_code, told.json()["error"]["code"]) == (400, "content_filter")
    assert told.json()["error"]["message"]
    assert KEY not in told.text
    assert (await http.post("/ask", json={"ada@example.org": "hi"})).status_code == 400
    assert len(of.asked) == 1


async def test_what_cannot_be_looked_at_is_refused():
    http, of = client(lambda asked: Response(b"\x89PNG", media_type="image/png"), ASK, most_request=100)
    assert (await http.post("/ask", content=b"question=hi")).status_code == 415
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert (await http.post("/ask", content=b"{}", headers=headers)).status_code == 415
    assert (await http.post("/ask", json={"question": "a" * 200})).status_code == 413
    assert (await http.post("/ask", json=["question"])).status_code == 400
    assert (
        await http.post("/ask", content=b"{", headers={"content-type": "application/json"})
    ).status_code == 400
    assert of.asked == []
    answer = await http.post("/ask", json={"question": "hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "bad_upstream")


async def test_an_answer_that_is_too_long_or_no_json():
    http, _ = client(lambda asked: JSONResponse({"answer": LONG}), ASK, most_answer=100)
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 502
    http, _ = client(lambda asked: Response(b"{", media_type="application/json"), ASK)
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 502


async def test_errors_of_the_application_go_through():
    http, _ = client(lambda asked: JSONResponse({"answer": "down"}, status_code=503), ASK)
    assert (await http.post("/ask", json={"question": "hi"})).status_code == 503


def test_bad_routes_are_told_so():
    with pytest.raises(InputError, match="JSONPath"):
        JsonRoute("/ask", input={"$.[": "user"})
    with pytest.raises(InputError, match="position"):
        JsonRoute("/ask", input={"$.a": "output"})
