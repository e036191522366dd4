"""The description of the routes, and every route asked whatever the description allows and does not."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.server.detection.running import application
from tests.server.guard.running import asked, served

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


async def test_every_route_is_described(tmp_path):
    app = application(tmp_path)
    async with asked(app) as http:
        told = (await http.get("/openapi.json")).json()
    described = {(path, method.upper()) for path, methods in told["paths"].items() for method in methods}
    assert described == {(path, method) for path, methods in app._routes.items() for method in methods}
    operations = [operation for methods in told["paths"].values() for operation in methods.values()]
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    detect = told["paths"]["/v1/watermark/detect"]["post"]
    assert "202" in detect["responses"]
    assert "multipart/form-data" in detect["requestBody"]["content"]


async def test_answers_are_as_they_are_described(tmp_path, picture, video):
    jsonschema = pytest.importorskip("jsonschema")
    video.go.set()
    async with asked(application(tmp_path)) as http:
        told = (await http.get("/openapi.json")).json()["paths"]["/v1/watermark/detect"]["post"]
        schema = told["responses"]["200"]["content"]["application/json"]["schema"]
        for kind, data in (("image/png", picture), ("video/mp4", b"\0\0\0\x18ftypisom")):
            address = "/v1/watermark/detect?edits=map&wait=30"
            answer = await http.post(address, content=data, headers={"content-type": kind})
            jsonschema.validate(answer.json(), schema)


@contextmanager
def in_the_background(app):
    """The application on a loop of its own, in a thread: schemathesis asks without one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = served(app)
    try:
        yield asyncio.run_coroutine_threadsafe(_enter(app, context), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(_leave(app, context), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _enter(app, context):
    return await context.__aenter__()


async def _leave(app, context):
    await context.__aexit__(None, None, None)


@pytest.mark.heavy
def test_whatever_is_asked_there_is_an_answer_as_described(tmp_path):
    schemathesis = pytest.importorskip("schemathesis")
    checks = [getattr(schemathesis.checks, name) for name in CHECKS]
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    seen = set()

    def asked_by(case):
        answer = case.call(timeout=20, allow_redirects=False)
        case.validate_response(answer, checks=checks)
        seen.add((case.operation.path, answer.status_code))

    with in_the_background(application(tmp_path)) as url:
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in modes if operation.body else modes[:1]:
                BOUNDED(given(operation.as_strategy(generation_mode=mode))(asked_by))()
    assert {path for path, _ in seen} | {"/openapi.json"} == set(schema.raw_schema["paths"])
    assert any(status in (400, 415) for _, status in seen)
