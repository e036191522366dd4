"""Traces: what they hold, what they never hold, and that nothing is sent unless the operator says where."""

from __future__ import annotations

import pytest

from octarine.core.errors import InputError
from octarine.server.tracing.telemetry import check_environment
from octarine.server.tracing.trace import traceparent
from tests.models.loopback_server import Answer, chat, loopback
from tests.server.guard.running import BOMB, application, asked, chunk

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def traced():
    """Telemetry into memory, and what it kept."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from octarine.server.tracing.telemetry import Telemetry

    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return Telemetry(provider), kept


def by_name(kept):
    return {span.name: span for span in kept.get_finished_spans()}


async def posted(answer, telemetry, body, route="chat/completions", **headers):
    async with loopback(answer) as up:
        app = application(up.url)
        if telemetry is not None:
            app._tracing = telemetry
        async with asked(app) as http:
            given = await http.post(f"/v1/{route}", json={"model": "m", **body}, headers=headers)
        return given, up.asked


ASK = {"messages": [{"role": "user", "content": "a private question"}]}
STREAMED = Answer.of_events(chunk(content="A private answer."), chunk(finish="stop"))


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "stream"), [(chat("A private answer."), False), (STREAMED, True)])
async def test_a_request_is_a_tree_of_spans_without_content(answer, stream, traced):
    telemetry, kept = traced
    _, asked_ = await posted(answer, telemetry, {**ASK, "stream": stream}, traceparent=PARENT)
    spans = by_name(kept)
    root = spans["POST /v1/chat/completions"]
    assert f"{root.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{root.parent.span_id:016x}" == PARENT.split("-")[2]
    assert root.attributes["http.response.status_code"] == 200
    assert root.attributes["octarine.outcome"] == "answered"
    for name in ("guard.input", "guard.output", "upstream"):
        assert spans[name].parent.span_id == root.context.span_id
        assert root.start_time <= spans[name].start_time <= spans[name].end_time <= root.end_time + 10**6
    below = {
        s.name for s in kept.get_finished_spans() if s.parent.span_id == spans["guard.input"].context.span_id
    }
    assert {"normalise", "rules", "model"} <= below
    sent = asked_[0].headers["traceparent"].split("-")
    assert sent[1:3] == [PARENT.split("-")[1], f"{spans['upstream'].context.span_id:016x}"]
    told = " ".join(span.to_json() for span in kept.get_finished_spans())
    assert "private" not in told


@pytest.mark.heavy
async def test_what_failed_is_marked(traced):
    telemetry, kept = traced
    await posted(Answer.of_text("a private fault", 500), telemetry, ASK)
    spans = by_name(kept)
    assert not spans["POST /v1/chat/completions"].status.is_ok
    assert spans["upstream"].attributes["error.type"] == "Refusal"
    assert "private" not in spans["upstream"].to_json()


@pytest.mark.heavy
async def test_what_was_blocked_is_marked_and_goes_no_further(traced):
    telemetry, kept = traced
    await posted(chat("x"), telemetry, {"messages": [{"role": "user", "content": BOMB}]})
    spans = by_name(kept)
    assert "upstream" not in spans
    assert spans["POST /v1/chat/completions"].attributes["octarine.outcome"] == "blocked_input"
    assert spans["POST /v1/chat/completions"].attributes["octarine.action"] == "block"


async def test_without_telemetry_a_clients_trace_goes_on():
    _, asked_ = await posted(chat("x"), None, ASK, traceparent=PARENT)
    assert asked_[0].headers["traceparent"] == PARENT
    _, asked_ = await posted(chat("x"), None, ASK, traceparent="a private note")
    assert "traceparent" not in asked_[0].headers


@pytest.mark.parametrize("given", ["", "x", PARENT.upper(), PARENT + "-x", "00-" + "0" * 32 + PARENT[35:]])
def test_what_is_no_trace_context_is_none(given):
    assert traceparent({b"traceparent": given.encode()}) == b""


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "where traces go"),
        ({"OTEL_TRACES_SAMPLER": "always_on"}, "where traces go"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc"),
    ],
)
def test_traces_go_nowhere_by_themselves(environ, told):
    with pytest.raises(InputError, match=told):
        check_environment(environ)


@pytest.mark.heavy
async def test_traces_go_where_the_environment_says(monkeypatch):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from octarine.server.tracing.telemetry import otlp_telemetry

    async with loopback(Answer.of_json({})) as collector, loopback(chat("Hello.")) as up:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.removesuffix("/v1"))
        app = application(up.url)
        app._tracing = otlp_telemetry()
        async with asked(app) as http:
            await http.post("/v1/chat/completions", json={"model": "m", **ASK})
        assert [one.path for one in collector.asked] == ["/v1/traces"]
        assert b"private" not in collector.asked[0].body
        assert b"octarine-guard" in collector.asked[0].body


def test_an_application_by_itself_sends_nothing():
    from octarine.server.tracing.trace import NoTracing

    assert isinstance(application(None)._tracing, NoTracing)
