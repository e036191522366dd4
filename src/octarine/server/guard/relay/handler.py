"""A question to the model and its answer, both judged, whatever the dialect they are written in."""

from __future__ import annotations

import time
from typing import Any

from octarine.core.json_text import dumps, loads
from octarine.guard.chat.inspection import AnswerCheck, Inspected, Judged, OpenOutput
from octarine.guard.dialects.dialect import LEVELS, Dialect, Json, Question
from octarine.server.exchange import Exchange
from octarine.server.guard.pictures.within import mark_answer, refuse_streamed
from octarine.server.guard.records import Record
from octarine.server.guard.relay.events import ALIVE, EVENTS, with_silences
from octarine.server.guard.service import Service, bad_upstream, filtered
from octarine.server.guard.upstream import Answer
from octarine.server.refusals import Refusal


class Relay:
    """The handler.

    Args:
        dialect: how questions and answers are written. Where no answer can say that something is blocked, an
            error 400 does.
        open_output: gives the stream that judges a text while it comes.
    """

    def __init__(self, service: Service, dialect: Dialect[Any], open_output: OpenOutput) -> None:
        self._service = service
        self._dialect = dialect
        self._open = open_output

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        await exchange.while_there(self._serve(exchange, body))

    async def _serve(self, exchange: Exchange, body: Json) -> None:
        service = self._service
        with service.recording(exchange) as record:
            question = self._dialect.read(body, service.limits)
            record.model, record.stream = question.model, question.stream
            inspected = await service.inspect(
                record, question.slots, question.prompt, elsewhere=question.elsewhere
            )
            if inspected.blocked is not None:
                await self._refuse(record, question, inspected)
                return
            if question.stream:
                refuse_streamed(question.body, inspected.guard.policy.watermark)
            with service.asking(record):
                if question.stream:
                    await self._streamed(record, question, inspected)
                else:
                    await self._whole(record, question, inspected)

    async def _refuse(self, record: Record, question: Question, inspected: Inspected) -> None:
        assert inspected.blocked
        slot, verdict = inspected.blocked
        exchange = record.exchange
        self._service.blocked(record, verdict, slot.path)
        answer = self._dialect.refused(exchange.id, question, verdict)
        if answer is None:
            raise filtered(verdict, slot.path)
        if question.stream:
            await self._send_events(exchange, question, answer)
        else:
            await exchange.reply_json(answer)

    async def _whole(self, record: Record, question: Question, inspected: Inspected) -> None:
        service, exchange = self._service, record.exchange
        data, headers = await service.upstream.whole(exchange, self._dialect.path, dumps(question.body))
        judged, told, marked = await service.check(record, "output", self._judged, inspected, data)
        self._note(record, judged, marked)
        await exchange.reply(told, headers=headers)

    async def _streamed(self, record: Record, question: Question, inspected: Inspected) -> None:
        asked = self._service.upstream.ask(record.exchange, self._dialect.path, dumps(question.body))
        async with asked as answer:
            record.exchange.notes |= answer.headers
            if answer.kind == EVENTS:
                await self._events(record, question, inspected, answer)
                return
            # Some servers do not stream: the whole answer is one event then.
            data = b"".join([piece async for piece in answer.pieces])
        judged, _, marked = await self._service.check(record, "output", self._judged, inspected, data)
        self._note(record, judged, marked)
        await self._send_events(record.exchange, question, judged.body)

    async def _events(self, record: Record, question: Question, inspected: Inspected, answer: Answer) -> None:
        service, exchange = self._service, record.exchange
        stream = self._dialect.open(AnswerCheck(inspected), question, self._open)
        record.outputs, exchange.last_words = stream.pieces, stream.failed
        silence_s, wrote = service.config.keep_alive_s, time.perf_counter()
        try:
            async for data in with_silences(answer.pieces, silence_s):
                told = await service.check(record, "output", stream.feed, data) if data is not None else ALIVE
                if not told and time.perf_counter() - wrote >= silence_s:
                    # What the guard holds back is silence to the client, too.
                    told = ALIVE
                if told:
                    await _write(exchange, told)
                    wrote = time.perf_counter()
                if stream.over:
                    break
            rest = stream.end() if stream.over else await service.check(record, "output", stream.close)
            await _write(exchange, rest)
            await exchange.end()
        except Refusal as refusal:
            if not exchange.status:
                raise
            # The head is out: what is left to tell is an event.
            service.upstream_failed(refusal)
            record.outcome, record.error = "failed", refusal.code or refusal.kind
            await exchange.break_off(refusal)
        finally:
            record.left_out = stream.left_out
            if stream.blocked is not None:
                record.outcome = "blocked_output"

    def _note(self, record: Record, judged: Judged, marked: Json) -> None:
        record.outputs = lambda: judged.pieces
        record.saw_marked(marked)
        if judged.blocked is not None:
            self._service.blocked(record, judged.blocked)

    def _judged(self, inspected: Inspected, data: bytes) -> tuple[Judged, bytes, Json]:
        try:
            body = loads(data, LEVELS)
        except ValueError as error:
            raise bad_upstream(str(error)) from None
        judged = self._dialect.judge(AnswerCheck(inspected), body)
        marked = mark_answer(judged.body, inspected.guard.policy.watermark)
        return judged, dumps(judged.body), marked

    async def _send_events(self, exchange: Exchange, question: Question, body: Json) -> None:
        await exchange.begin_events()
        await exchange.write(self._dialect.events(question, body))
        await exchange.end()


async def _write(exchange: Exchange, data: bytes) -> None:
    """Write to a stream that begins with its first byte: until then an error is an error by its status."""
    if not data:
        return
    if not exchange.status:
        await exchange.begin_events()
    await exchange.write(data)
