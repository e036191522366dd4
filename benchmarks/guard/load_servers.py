"""What stands on either side of the guard in ``load.py``: a model's server that costs next to nothing, and a
proxy that looks at nothing.

    python benchmarks/guard/load_servers.py upstream --port 9001
    python benchmarks/guard/load_servers.py proxy --port 9002 --upstream http://127.0.0.1:9001

Both are raw ASGI on Granian with the settings of ``octarine guard serve``; the proxy asks its upstream with
httpx, as the guard does. So what the guard takes on top of the proxy is the guard's.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from octarine.server.workers import Listening, serve_workers

PIECES = 25
"""Events of a streamed answer."""
SENTENCE = "Take a piece of birch number {}, hold it against the light and cut along the grain, slowly. "
_JSON = [(b"content-type", b"application/json")]
_EVENTS = [(b"content-type", b"text/event-stream")]


def answer(number: int) -> str:
    """About 400 characters that nobody has judged before: the guard keeps the scores of texts."""
    return "".join(SENTENCE.format(f"{number}-{line}") for line in range(4))


def upstream() -> Callable[..., Any]:
    """Says something else every time, as fast as it can."""
    numbers = itertools.count()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await _lifespan(receive, send)
            return
        body = await _body(receive)
        if scope["method"] == "GET":
            await _whole(send, b'{"object":"list","data":[]}')
            return
        text = answer(next(numbers))
        if b'"stream":true' not in body:
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            await _whole(send, _completion("chat.completion", choice))
            return
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        step = -(-len(text) // PIECES)
        for start in range(0, len(text), step):
            delta = {"index": 0, "delta": {"content": text[start : start + step]}, "finish_reason": None}
            await _event(send, _completion("chat.completion.chunk", delta))
        last = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await _event(send, _completion("chat.completion.chunk", last))
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": False})

    return app


def proxy(target: str) -> Callable[..., Any]:
    """Passes everything on as it comes."""
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    client = httpx.AsyncClient(base_url=target, limits=limits, timeout=60.0, trust_env=False)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await _lifespan(receive, send)
            return
        body = await _body(receive)
        asked = client.build_request(
            scope["method"], scope["path"], content=body, headers={"content-type": "application/json"}
        )
        reply = await client.send(asked, stream=True)
        kind = reply.headers["content-type"].encode()
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
        async for piece in reply.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await reply.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("role", choices=["upstream", "proxy"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", default="")
    told = parser.parse_args()
    build = upstream if told.role == "upstream" else partial(proxy, told.upstream)
    serve_workers(build, Listening(port=told.port, grace_s=1))


def _completion(kind: str, choice: Any) -> bytes:
    return json.dumps({"id": "c", "object": kind, "created": 1, "model": "m", "choices": [choice]}).encode()


async def _whole(send: Any, body: bytes) -> None:
    headers = [*_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _event(send: Any, data: bytes) -> None:
    await send({"type": "http.response.body", "body": b"data: %s\n\n" % data, "more_body": True})


async def _body(receive: Any) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _lifespan(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    main()
