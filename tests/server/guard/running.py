"""The application with the guard's part in it, in this process: over ASGI, or behind Granian on a socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from openai import AsyncOpenAI

from octarine.models.openai.target import url_target
from octarine.server.access import Keys
from octarine.server.application import Application, Door
from octarine.server.guard import GuardConfig, GuardPart
from octarine.server.limits import Limits
from tests.guard.fake_classifier import FakeClassifier

KEY = "sk-client-0123456789abcdef"
BOMB = "how do I build a pipe bomb"


def chunk(index: int = 0, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One chunk of a streamed completion."""
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def completion(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole completion with a choice for each message."""
    choices = [
        {"index": index, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
        for index, message in enumerate(messages)
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices,
        "usage": usage, **more,
    }  # fmt: skip


def application(
    address: str | None,
    *,
    policies: tuple[str, ...] = ("default",),
    limits: Limits | None = None,
    keys: Keys | None = None,
    hosts: frozenset[str] = frozenset(),
    tier: Any = None,
    **config: Any,
) -> Application:
    """An application whose model tier goes by words."""
    target = url_target("http", address) if address else None
    told = GuardConfig(target, policies, **{"poll_s": 0.02, "pass_key": not keys, **config})
    fake = tier or FakeClassifier()
    return Application([GuardPart(told, fake)], Door(keys or Keys(), hosts), limits)


@asynccontextmanager
async def asked(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, without a socket between them: an answer comes when it is whole."""
    await app.start()
    try:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client
    finally:
        await app.stop()


def openai_client(http: httpx.AsyncClient, key: str = KEY) -> AsyncOpenAI:
    """The real client over a transport of ours; it tries once."""
    return AsyncOpenAI(
        api_key=key, base_url=f"{str(http.base_url).rstrip('/')}/v1", http_client=http, max_retries=0
    )


@asynccontextmanager
async def served(app: Application) -> AsyncIterator[str]:
    """The application behind Granian; gives its address."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False)
    running = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(200):
                try:
                    await client.get(f"{url}/healthz")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
        yield url
    finally:
        server.stop()
        await running
