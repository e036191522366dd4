"""Traces for OpenTelemetry. Off unless the operator asks for them and names where they go.

A request is a span ``POST /v1/…``, a child of the client's where that sent one. Below it: ``upstream``, whose
context the model's server receives, ``guard.input`` and ``guard.output``, and below those the stages of the
guard: ``normalise``, ``rules``, ``topics``, ``model``, ``decide``. A stage's length is the sum over all
texts; stages are drawn one behind the other, though those of a stream come by turns.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from octarine import __version__
from octarine.core.errors import InputError, MissingExtra
from octarine.server.tracing.trace import TRACEPARENT, Trace, traceparent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SERVICE = "octarine-guard"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = "http/protobuf"


def check_environment(environ: Mapping[str, str] = os.environ) -> None:
    """See that traces have somewhere to go, and a way to get there.

    Raises:
        InputError: no endpoint is named (the SDK would take one of this machine), or another protocol than
            OTLP over HTTP.
        MissingExtra: the extra ``otel`` is not installed.
    """
    if not any(environ.get(name) for name in _ENDPOINTS):
        raise InputError(
            "--otel: it is not said where traces go",
            hint=f"Set {_ENDPOINTS[1]}, for example to http://localhost:4318.",
        )
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), _HTTP)
    if protocol != _HTTP:
        raise InputError(
            f"--otel: the protocol '{protocol}' is not spoken here",
            hint=f"Set OTEL_EXPORTER_OTLP_PROTOCOL to {_HTTP}; collectors take it at port 4318.",
        )
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError:
        raise MissingExtra("otel", "octarine guard serve --otel") from None


def otlp_telemetry() -> Telemetry:
    """Traces to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says; the other ``OTEL_*`` variables hold too.

    Raises:
        InputError, MissingExtra: as ``check_environment``.
    """
    check_environment()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": SERVICE}
    provider = TracerProvider(resource=Resource.create({**named, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Telemetry(provider)


class Telemetry:
    """See ``tracing.Tracing``."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("octarine", __version__)

    def begin(self, method: str, headers: Mapping[bytes, bytes]) -> Trace:
        """A span for a request that comes now."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = traceparent(headers)
        carrier = {TRACEPARENT.decode(): parent.decode()} if parent else {}
        context = TraceContextTextMapPropagator().extract(carrier)
        method = method if method in ("GET", "HEAD", "POST") else "_OTHER"
        span = self._tracer.start_span(
            method, context, SpanKind.SERVER, attributes={"http.request.method": method}
        )
        return _Traced(self._tracer, span, method)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class _Traced:
    """One request."""

    def __init__(self, tracer: Tracer, span: Span, method: str) -> None:
        self._tracer = tracer
        self._span = span
        self._method = method
        # Stages are timed by a clock that only counts; spans want the time of day.
        self._offset = time.time_ns() - time.perf_counter_ns()

    def note(self, **said: str | int) -> None:
        for name, value in said.items():
            self._span.set_attribute(f"octarine.{name}", value)

    def stage(self, name: str, start: float, end: float, inner: Mapping[str, float]) -> None:
        began = self._at(start)
        span = self._tracer.start_span(name, self._below(self._span), start_time=began)
        below, here = self._below(span), began
        for part, seconds in inner.items():
            child = self._tracer.start_span(part, below, start_time=here)
            here += int(seconds * 1e9)
            child.end(here)
        span.end(max(self._at(end), here))

    @contextmanager
    def upstream(self) -> Iterator[Mapping[bytes, bytes]]:
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        span = self._tracer.start_span("upstream", self._below(self._span), SpanKind.CLIENT)
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, self._below(span))
        try:
            yield {name.encode(): value.encode() for name, value in carrier.items()}
        except BaseException as error:
            # Its message may quote what the upstream said.
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end()

    def end(self, route: str, status: int) -> None:
        from opentelemetry.trace import StatusCode

        self._span.update_name(f"{self._method} {route or 'unknown'}")
        self._span.set_attribute("http.route", route or "unknown")
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()

    def _at(self, counted: float) -> int:
        return int(counted * 1e9) + self._offset

    def _below(self, span: Span) -> Any:
        from opentelemetry.trace import set_span_in_context

        return set_span_in_context(span)
