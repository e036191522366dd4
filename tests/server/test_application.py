"""What the application does for every part: keys, limits, errors in one shape, health, metrics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from octarine.core.errors import DataError, InputError
from octarine.server.access import Keys, read_keys
from octarine.server.application import Application, Door, Route
from octarine.server.exchange import Exchange
from octarine.server.limits import Limits
from octarine.server.metrics import COUNTER, Family, Metrics
from octarine.server.refusals import Refusal

KEY = "client-key-0123456789"


class Echo:
    """A part whose routes do what tests need."""

    families = (Family("echo_total", COUNTER, "Echoes."),)

    def __init__(self) -> None:
        self.hold = asyncio.Event()
        self.inside = 0
        self.why = ""
        self.reloaded = 0
        self.cancelled = False

    def routes(self) -> Iterable[Route]:
        yield Route("POST", "/echo", self.echo)
        yield Route("POST", "/wait", self.wait)
        yield Route("POST", "/watched", self.watched)
        yield Route("POST", "/broken", self.broken)

    async def start(self, metrics: Metrics) -> None:
        self.metrics = metrics

    async def stop(self) -> None: ...

    def unready(self) -> str:
        return self.why

    async def reload(self) -> None:
        self.reloaded += 1

    async def echo(self, exchange: Exchange) -> None:
        self.metrics.count("echo_total")
        await exchange.reply_json({"said": await exchange.json(), "holder": exchange.holder})

    async def wait(self, exchange: Exchange) -> None:
        await exchange.json()
        self.inside += 1
        await self.hold.wait()
        await exchange.reply_json({})

    async def watched(self, exchange: Exchange) -> None:
        await exchange.json()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise

        await exchange.while_there(work())

    async def broken(self, exchange: Exchange) -> None:
        raise ZeroDivisionError("a secret of the house")


class Server:
    def __init__(self, limits: Limits | None = None, **door: Any) -> None:
        self.part = Echo()
        self.app = Application([self.part], Door(**{"keys": Keys(), **door}), limits)

    async def __aenter__(self) -> Server:
        await self.app.start()
        transport = httpx.ASGITransport(app=self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        await self.app.stop()

    async def post(self, path: str = "/echo", content: bytes = b"{}", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            path, content=content, headers={"content-type": "application/json", **named}
        )


def error(answer: httpx.Response) -> dict[str, Any]:
    assert list(answer.json()) == ["error"]
    told: dict[str, Any] = answer.json()["error"]
    assert set(told) == {"message", "type", "param", "code"}
    return told


async def test_a_request_is_answered_with_its_own_id():
    async with Server() as server:
        first, second = await server.post(content=b'{"a": 1}'), await server.post()
    assert first.json() == {"said": {"a": 1}, "holder": "anonymous"}
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_what_is_not_served_is_said_in_the_one_shape():
    async with Server() as server:
        answer = await server.post("/v1/completions")
        assert (answer.status_code, error(answer)["code"]) == (404, "unknown_url")
        answer = await server.client.get("/echo")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert error(answer)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "invalid_json"),
        (b"[1]", {}, 400, "invalid_json"),
        (b'{"a": NaN}', {}, 400, "invalid_json"),
        (b'{"a": 1e999}', {}, 400, "invalid_json"),
        ('{"a": "ä"}'.encode("utf-16"), {}, 400, "invalid_json"),
        (b'{"a": "\xff"}', {}, 400, "invalid_json"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", {}, 400, "invalid_json"),
        (b"[" * 100_000, {}, 400, "invalid_json"),
        (b'{"a": "' + b"x" * 2000 + b'"}', {}, 413, "request_too_large"),
        (b"{}", {"content_type": "text/plain"}, 415, None),
        (b"{}", {"content_encoding": "gzip"}, 415, None),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(content, headers, status, code):
    most = 1 << 20 if len(content) == 100_000 else 1024
    async with Server(Limits(body_bytes=most, depth=20)) as server:
        answer = await server.post(content=content, **headers)
    assert (answer.status_code, error(answer)["code"]) == (status, code)


async def test_a_body_without_a_length_is_bounded_too():
    async def pieces():
        for _ in range(100):
            yield b" " * 1000

    async with Server(Limits(body_bytes=5000)) as server:
        answer = await server.client.post(
            "/echo", content=pieces(), headers={"content-type": "application/json"}
        )
    assert answer.status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for():
    sent = []

    async def receive():
        await asyncio.sleep(10)

    async def send(message):
        sent.append(message)

    async with Server(Limits(body_s=0.05)) as server:
        scope = {
            "type": "http", "method": "POST", "path": "/echo",
            "headers": [(b"content-type", b"application/json"), (b"host", b"127.0.0.1")],
        }  # fmt: skip
        await server.app(scope, receive, send)
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"]["type"] == "invalid_request_error"


async def test_keys_are_asked_for_where_there_are_any(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"# who\nana: {KEY}\n\n  another-key-0123456789\n", "utf-8")
    async with Server(keys=read_keys(path, {"OCTARINE_SERVE_KEYS": "env: env-key-0123456789abc"})) as server:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEY}"}):
            answer = await server.post(**headers)
            assert answer.status_code == 401
            assert error(answer)["code"] == "invalid_api_key"
            assert KEY not in answer.text
        assert (await server.client.get("/metrics")).status_code == 401
        assert (await server.client.get("/healthz")).status_code == 200
        assert (await server.post(authorization=f"Bearer {KEY}")).json()["holder"] == "ana"
        assert (await server.post(x_api_key="env-key-0123456789abc")).json()["holder"] == "env"
        unnamed = (await server.post(authorization="bearer another-key-0123456789")).json()["holder"]
        assert unnamed.startswith("key-")
        assert "another" not in unnamed


def test_a_key_that_is_none_is_named_by_its_line_and_not_shown(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"ana: {KEY}\nshort\n", "utf-8")
    with pytest.raises(DataError) as caught:
        read_keys(path, {})
    assert ":2:" in str(caught.value)
    assert "short" not in str(caught.value)
    path.write_text("# nothing\n", "utf-8")
    with pytest.raises(DataError):
        read_keys(path, {})
    with pytest.raises(InputError):
        read_keys(None, {"OCTARINE_SERVE_KEYS": "a b"})
    assert not read_keys(None, {})
    assert KEY not in repr(read_keys(None, {"OCTARINE_SERVE_KEYS": KEY}))


async def test_keys_are_read_again_but_never_down_to_none():
    held = [read_keys(None, {"OCTARINE_SERVE_KEYS": "second-key-0123456789"}), Keys()]
    server = Server(keys=read_keys(None, {"OCTARINE_SERVE_KEYS": KEY}))
    server.app._read_keys = lambda: held.pop(0)
    async with server:
        await server.app.reload()
        assert (await server.post(authorization=f"Bearer {KEY}")).status_code == 401
        assert (await server.post(authorization="Bearer second-key-0123456789")).status_code == 200
        await server.app.reload()
        assert (await server.post()).status_code == 401
    assert server.part.reloaded == 2


async def test_pages_of_other_hosts_are_kept_out_where_anybody_may_ask():
    async with Server(hosts=frozenset({"127.0.0.1", "localhost"})) as server:
        assert (await server.post()).status_code == 200
        assert (await server.post(host="localhost:9")).status_code == 200
        assert error(await server.post(host="evil.example"))["code"] == "wrong_host"
        assert error(await server.post(host="127.0.0.1.evil.example:8000"))["code"] == "wrong_host"
        assert error(await server.post(origin="https://evil.example"))["code"] == "wrong_origin"
        assert (await server.post(origin="http://127.0.0.1:8000")).status_code == 200


async def test_overload_is_answered_and_not_dropped():
    async with Server(Limits(in_flight=3)) as server:
        waiting = [asyncio.create_task(server.post("/wait")) for _ in range(10)]
        while server.part.inside < 3:
            await asyncio.sleep(0.001)
        assert (await server.client.get("/healthz")).status_code == 200
        answer = await server.post()
        assert answer.status_code == 503
        assert (error(answer)["code"], answer.headers["retry-after"]) == ("overloaded", "1")
        server.part.hold.set()
        statuses = sorted([(await task).status_code for task in waiting])
        assert statuses == [200] * 3 + [503] * 7
        assert (await server.post()).status_code == 200


async def test_one_key_does_not_take_all_places():
    keys = read_keys(None, {"OCTARINE_SERVE_KEYS": f"ana: {KEY}, bob: bobs-key-0123456789"})
    async with Server(Limits(per_key=1), keys=keys) as server:
        waiting = asyncio.create_task(server.post("/wait", authorization=f"Bearer {KEY}"))
        while not server.part.inside:
            await asyncio.sleep(0.001)
        answer = await server.post(authorization=f"Bearer {KEY}")
        assert (answer.status_code, error(answer)["code"]) == (429, "rate_limit_exceeded")
        assert (await server.post(authorization="Bearer bobs-key-0123456789")).status_code == 200
        server.part.hold.set()
        await waiting
        assert (await server.post(authorization=f"Bearer {KEY}")).status_code == 200


async def test_a_fault_of_ours_says_nothing_of_the_inside(caplog):
    async with Server() as server:
        answer = await server.post("/broken")
    assert answer.status_code == 500
    told = error(answer)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in told["message"]
    assert "ZeroDivisionError" in caplog.text


async def test_an_answer_that_takes_too_long_is_given_up():
    async with Server(Limits(exchange_s=0.05)) as server:
        answer = await server.post("/wait")
    assert (answer.status_code, error(answer)["code"]) == (504, "timeout")


async def test_work_ends_when_the_client_leaves():
    messages = [{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    async with Server() as server:
        scope = {
            "type": "http", "method": "POST", "path": "/watched",
            "headers": [(b"content-type", b"application/json")],
        }  # fmt: skip
        await server.app(scope, receive, send)
        assert server.part.cancelled
        assert not sent
        text = (await server.client.get("/metrics")).text
        assert 'route="/watched",status="0"} 1' in text


async def test_readiness_says_why_not():
    async with Server() as server:
        assert (await server.client.get("/readyz")).json() == {"status": "ready"}
        server.part.why = "the cellar is flooded"
        answer = await server.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["reasons"] == ["the cellar is flooded"]
        assert (await server.client.get("/healthz")).status_code == 200
        assert (await server.client.head("/healthz")).content == b""
    app = server.app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.post("/echo", json={})).json()["error"]["code"] == "not_ready"


async def test_metrics_count_answers_by_route_and_status():
    async with Server() as server:
        await server.post()
        await server.post(content=b"{")
        await server.post("/nowhere-in-particular")
        text = (await server.client.get("/metrics")).text
    assert "echo_total 2\n" in text
    assert 'octarine_http_requests_total{method="POST",route="/echo",status="200"} 1' in text
    assert 'octarine_http_requests_total{method="POST",route="/echo",status="400"} 1' in text
    assert 'octarine_http_requests_total{method="POST",route="unknown",status="404"} 1' in text
    assert "nowhere" not in text
    assert "octarine_http_in_flight 0" in text


async def test_a_part_that_cannot_start_stops_the_server_with_its_reason():
    class Failing(Echo):
        async def start(self, metrics: Metrics) -> None:
            raise InputError("no weights")

    sent, messages = [], [{"type": "lifespan.startup"}]

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await Application([Failing()], Door(Keys()))({"type": "lifespan"}, receive, send)
    assert sent == [{"type": "lifespan.startup.failed", "message": "no weights"}]


def test_a_refusal_has_the_form_that_clients_know():
    body = Refusal(400, "no", param="messages").body
    assert body == {
        "error": {"message": "no", "type": "invalid_request_error", "param": "messages", "code": None}
    }
