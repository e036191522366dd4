"""Server-sent events, from the upstream and to the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from octarine.server.refusals import Refusal

EVENTS = "text/event-stream"
ALIVE = b": the answer is being checked\n\n"


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
