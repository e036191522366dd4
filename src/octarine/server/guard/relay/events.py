"""Server-sent events, from the upstream and to the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from octarine.server.json_text import dumps
from octarine.server.refusals import Refusal, upstream_failed

EVENTS = "text/event-stream"
DONE = b"data: [DONE]\n\n"
ALIVE = b": the answer is being checked\n\n"


def event(value: Any, name: str = "") -> bytes:
    """A server-sent event."""
    named = b"event: " + name.encode() + b"\n" if name else b""
    return named + b"data: " + dumps(value) + b"\n\n"


def streamed_error(error: Any) -> Refusal:
    """An error that the upstream sent inside its stream."""
    said = error.get("message") if isinstance(error, Mapping) else error
    told = f": {said[:300]}" if isinstance(said, str) else ""
    return upstream_failed(f"The model's server broke off with an error{told}")


async def with_silences(pieces: AsyncIterator[bytes], silence_s: float) -> AsyncIterator[bytes | None]:
    """``pieces``, and None whenever none came for so long."""
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pieces))
            done, _ = await asyncio.wait({coming}, timeout=silence_s)
            if not done:
                yield None
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                coming = None
                return
            coming = None
            yield piece
    finally:
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration, Refusal):
                await coming
