"""The description of the routes, and every route asked whatever the description allows and does not."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from octarine.server.guard.verdicts import POSITIONS
from tests.models.loopback_server import Answer, loopback
from tests.server.guard.running import application, asked, completion, served

VECTOR = {"object": "embedding", "index": 0, "embedding": [0.5]}
WHOLE = completion({"content": "Hello."}) | {
    "data": [VECTOR],
    "id": "resp_1",
    "output": [],
    "status": "completed",
}
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance")  # fmt: skip
BOUNDED = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


async def test_every_route_is_described():
    app = application("http://127.0.0.1:9/v1")
    async with asked(app) as http:
        told = (await http.get("/openapi.json")).json()
    served_ = {(path, method.lower()) for path, methods in app._routes.items() for method in methods}
    assert {(path, method) for path, methods in told["paths"].items() for method in methods} == served_
    for methods in told["paths"].values():
        assert all(operation["summary"] for operation in methods.values())
    names = [operation["operationId"] for methods in told["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


async def test_without_an_upstream_no_model_is_described():
    async with asked(application(None)) as http:
        told = (await http.get("/openapi.json")).json()
    assert "/v1/chat/completions" not in told["paths"]
    assert "/v1/guard" in told["paths"]


@asynccontextmanager
async def both():
    async with loopback(Answer.of_json(WHOLE)) as up, served(application(up.url, poll_s=0)) as url:
        yield url


@contextmanager
def in_the_background():
    """The application on a loop of its own, in a thread: schemathesis asks without one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = both()
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.heavy
def test_whatever_is_asked_there_is_an_answer_as_described():
    schemathesis = pytest.importorskip("schemathesis")
    checks = [getattr(schemathesis.checks, name) for name in CHECKS]
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    seen = set()

    def asked_by(case):
        answer = case.call(timeout=10)
        case.validate_response(answer, checks=checks)
        seen.add((case.operation.path, answer.status_code))

    with in_the_background() as url:
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            # What takes nothing cannot be asked wrongly.
            for mode in modes if operation.body else modes[:1]:
                BOUNDED(given(operation.as_strategy(generation_mode=mode))(asked_by))()
    # Where the description came from is not asked again.
    assert {path for path, _ in seen} | {"/openapi.json"} == set(schema.raw_schema["paths"])
    assert any(status == 400 for _, status in seen)


async def test_every_position_that_is_taken_is_described():
    async with asked(application(None)) as http:
        told = (await http.get("/openapi.json")).text
        for position in POSITIONS:
            assert (await http.post("/v1/guard", json={"input": "hi", "position": position})).is_success
            assert f'"{position}"' in told
