"""``POST /v1/chat/completions``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from octarine.guard.chat.answer import Judged, as_chunks, judge_chat, refused_chat
from octarine.guard.chat.inspection import AnswerCheck, Inspected, OpenOutput
from octarine.guard.chat.request import ChatRequest, read_chat
from octarine.server.exchange import Exchange
from octarine.server.guard.chat.stream import DONE, ChatStream, event
from octarine.server.guard.records import Record
from octarine.server.guard.service import Service, bad_upstream, filtered
from octarine.server.guard.upstream import Answer
from octarine.server.json_text import dumps, loads
from octarine.server.refusals import Refusal

PATH = "chat/completions"
EVENTS = "text/event-stream"
ALIVE = b": the answer is being checked\n\n"
_DEPTH = 64


class Chat:
    """The handler.

    Args:
        open_output: gives the stream that judges a text while it comes.
    """

    def __init__(self, service: Service, open_output: OpenOutput) -> None:
        self._service = service
        self._open = open_output

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        await exchange.while_there(self._serve(exchange, body))

    async def _serve(self, exchange: Exchange, body: dict[str, Any]) -> None:
        service = self._service
        with service.recording(exchange) as record:
            request = read_chat(body, service.config.characters)
            record.model, record.stream = request.model, request.stream
            inspected = await service.inspect(record, request.slots, request.prompt)
            if inspected.blocked is not None:
                await self._refuse(record, request, inspected)
                return
            started = time.perf_counter()
            try:
                if request.stream:
                    await self._streamed(record, request, inspected)
                else:
                    await self._whole(record, request, inspected)
            except Refusal as refusal:
                service.upstream_failed(refusal)
                raise
            finally:
                record.spent("upstream", started)

    async def _refuse(self, record: Record, request: ChatRequest, inspected: Inspected) -> None:
        assert inspected.blocked
        slot, verdict = inspected.blocked
        exchange = record.exchange
        self._service.blocked(record, verdict, slot.path)
        answer = refused_chat(exchange.id, request.model, request.choices, verdict)
        if request.stream:
            await _send_whole(exchange, answer)
        else:
            await exchange.reply_json(answer)

    async def _whole(self, record: Record, request: ChatRequest, inspected: Inspected) -> None:
        service, exchange = self._service, record.exchange
        data, headers = await service.upstream.whole(exchange, PATH, dumps(request.body))
        judged, told = await service.check(record, "output", _judged, inspected, data)
        self._note(record, judged)
        await exchange.reply(told, headers=headers)

    async def _streamed(self, record: Record, request: ChatRequest, inspected: Inspected) -> None:
        async with self._service.upstream.ask(record.exchange, PATH, dumps(request.body)) as answer:
            record.exchange.notes |= answer.headers
            if answer.kind == EVENTS:
                await self._events(record, request, inspected, answer)
                return
            # Some servers do not stream: the whole answer is one event then.
            data = b"".join([piece async for piece in answer.pieces])
        judged, _ = await self._service.check(record, "output", _judged, inspected, data)
        self._note(record, judged)
        await _send_whole(record.exchange, judged.body)

    async def _events(
        self, record: Record, request: ChatRequest, inspected: Inspected, answer: Answer
    ) -> None:
        service, exchange = self._service, record.exchange
        stream = ChatStream(AnswerCheck(inspected), request.choices, self._open)
        record.outputs = stream.pieces
        try:
            async for data in _with_silences(answer.pieces, service.config.keep_alive_s):
                if data is None:
                    await _write(exchange, ALIVE)
                    continue
                await _write(exchange, await service.check(record, "output", stream.feed, data))
                if stream.over:
                    break
            rest = stream.end() if stream.over else await service.check(record, "output", stream.close)
            await _write(exchange, rest)
            await exchange.end()
        except Refusal as refusal:
            if not exchange.status:
                raise
            # The head is out: what is left to tell is an event, and no [DONE] follows it.
            service.upstream_failed(refusal)
            record.outcome, record.error = "failed", refusal.code or refusal.kind
            await exchange.write(event(refusal.body))
            await exchange.end()
        finally:
            record.left_out = stream.left_out
            if stream.blocked is not None:
                record.outcome = "blocked_output"

    def _note(self, record: Record, judged: Judged) -> None:
        record.outputs = lambda: judged.pieces
        if judged.blocked is None:
            return
        record.outcome = "blocked_output"
        record.exchange.notes["x-octarine-action"] = "block"
        if self._service.config.block_as == "error":
            raise filtered(judged.blocked)


def _judged(inspected: Inspected, data: bytes) -> tuple[Judged, bytes]:
    try:
        body = loads(data, _DEPTH)
    except ValueError as error:
        raise bad_upstream(str(error)) from None
    judged = judge_chat(AnswerCheck(inspected), body)
    return judged, dumps(judged.body)


async def _write(exchange: Exchange, data: bytes) -> None:
    """Write to a stream that begins with its first byte: until then an error is an error by its status."""
    if not data:
        return
    if not exchange.status:
        await exchange.begin_events()
    await exchange.write(data)


async def _send_whole(exchange: Exchange, completion: dict[str, Any]) -> None:
    await exchange.begin_events()
    await exchange.write(b"".join(event(chunk) for chunk in as_chunks(completion)) + DONE)
    await exchange.end()


async def _with_silences(pieces: AsyncIterator[bytes], silence_s: float) -> AsyncIterator[bytes | None]:
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
