"""``POST /v1/embeddings``: what is to be embedded is looked at; vectors go back as they come."""

from __future__ import annotations

import time
from typing import Any

from octarine.core.json_text import dumps, loads
from octarine.guard.chat.inspection import Inspected
from octarine.guard.chat.slots import Slot, bounded, field_leaves, text_slot
from octarine.server.exchange import Exchange
from octarine.server.guard.service import Service, bad_upstream, filtered
from octarine.server.refusals import Refusal, invalid

PATH = "embeddings"
_UNREAD = frozenset({"model", "user", "encoding_format", "dimensions", "input"})
_DEPTH = 64


class Embeddings:
    """The handler. A blocked input is an error 400: there is no vector that says so."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        await exchange.while_there(self._serve(exchange, body))

    async def _serve(self, exchange: Exchange, body: dict[str, Any]) -> None:
        service = self._service
        with service.recording(exchange) as record:
            record.model = str(body.get("model", ""))
            slots = bounded(embedding_slots(body), service.config.characters)
            inspected: Inspected = await service.inspect(record, slots)
            if inspected.blocked is not None:
                slot, verdict = inspected.blocked
                record.outcome = "blocked_input"
                raise filtered(verdict, slot.path)
            started = time.perf_counter()
            try:
                data, headers = await service.upstream.whole(exchange, PATH, dumps(body))
                await service.check(record, "output", _looked_through, data)
            except Refusal as refusal:
                service.upstream_failed(refusal)
                raise
            finally:
                record.spent("upstream", started)
            await exchange.reply(data, headers=headers)


def embedding_slots(body: dict[str, Any]) -> list[Slot]:
    """The texts of a request.

    Raises:
        Refusal: 400, there are none, or tokens in their place: numbers cannot be looked at.
    """
    given = body.get("input")
    if isinstance(given, str) and given:
        slots = [text_slot(body, "input", "input", "user")]
    elif isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        slots = [text_slot(given, at, f"input[{at}]", "user") for at in range(len(given))]
    elif isinstance(given, list) and any(isinstance(one, int | list) for one in given):
        raise invalid(
            "'input' holds tokens, and nothing here can read them. Send text.", "input", "unsupported_content"
        )
    else:
        raise invalid("'input' must be a text or a list of texts.", "input")
    for name in body:
        if name not in _UNREAD:
            slots += field_leaves(body, name, "", "user")
    return slots


def _looked_through(data: bytes) -> None:
    """Nothing but vectors: an answer of another form may say anything."""
    try:
        body = loads(data, _DEPTH)
    except ValueError as error:
        raise bad_upstream(str(error)) from None
    listed = body.get("data") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(
        isinstance(one, dict) and "embedding" in one for one in listed
    ):
        raise bad_upstream("it holds no embeddings")
