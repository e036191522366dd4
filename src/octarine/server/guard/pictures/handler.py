"""``POST /v1/images/generations``: the prompt is judged, and pictures go out marked, as the policy says."""

from __future__ import annotations

import time

from octarine.core.json_text import dumps, loads
from octarine.core.results import Action
from octarine.guard.chat.inspection import AnswerCheck, Inspected, Judged
from octarine.guard.dialects.dialect import LEVELS, Asked, Json, Limits
from octarine.guard.dialects.images import Images, pictures_of
from octarine.guard.policy.layer import Unscannable
from octarine.guard.policy.watermark import Addresses, PictureMark
from octarine.server.exchange import Exchange
from octarine.server.guard.pictures.fetching import fetch, inline
from octarine.server.guard.pictures.marking import mark_pictures
from octarine.server.guard.records import Record
from octarine.server.guard.service import Service, bad_upstream, filtered
from octarine.server.refusals import Refusal, invalid

_DIALECT = Images()


class Pictures:
    """The handler. Whoever writes a policy with a ``watermark`` lets pictures of answers out, marked; without
    one they are what the policy says of pictures, which nothing here can look into."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        await exchange.while_there(self._serve(exchange, body))

    async def _serve(self, exchange: Exchange, body: Json) -> None:
        service = self._service
        with service.recording(exchange) as record:
            question = _DIALECT.read(body, Limits(service.config.characters, service.config.tools))
            record.model = question.model
            inspected = await service.inspect(record, question.slots, question.prompt)
            _allowed(inspected, body)
            if inspected.blocked is not None:
                slot, verdict = inspected.blocked
                service.blocked(record, verdict, slot.path)
                raise filtered(verdict, slot.path)
            started = time.perf_counter()
            try:
                await self._answer(record, question, inspected)
            except Refusal as refusal:
                service.upstream_failed(refusal)
                raise
            finally:
                record.spent("upstream", started)

    async def _answer(self, record: Record, question: Asked, inspected: Inspected) -> None:
        service, exchange = self._service, record.exchange
        data, headers = await service.upstream.whole(exchange, _DIALECT.path, dumps(question.body))
        judged = await service.check(record, "output", _judged, inspected, data)
        record.outputs = lambda: judged.pieces
        if judged.blocked is not None:
            service.blocked(record, judged.blocked)
            raise filtered(judged.blocked)
        mark = inspected.guard.policy.watermark
        if mark is not None:
            await self._mark(record, pictures_of(judged.body), mark)
        await exchange.reply(dumps(judged.body), headers=headers)

    async def _mark(self, record: Record, pictures: list[Json], mark: PictureMark) -> None:
        service = self._service
        inline(pictures)
        addressed = [picture for picture in pictures if picture.get("url") is not None]
        if addressed and mark.urls is Addresses.REFUSE:
            raise bad_upstream(
                "it gives pictures by their address, which cannot be marked (ask for b64_json)"
            )
        if addressed and mark.urls is Addresses.FETCH:
            target = service.config.target
            assert target is not None
            await fetch(addressed, target.base, service.config.upstream)
            addressed = []
        fingerprint = await service.check(record, "mark", mark_pictures, pictures, mark)
        for picture in addressed:
            picture["octarine"] = {"marked": False}
        marked = len(pictures) - len(addressed)
        about = {"pictures": marked, "unmarked": len(addressed), "key": fingerprint}
        record.saw_marked({**about, "payload": f"{mark.payload:#x}"})


def _allowed(inspected: Inspected, body: Json) -> None:
    """Raise, before anything is asked, where no picture could go out."""
    policy = inspected.guard.policy
    if policy.watermark is None:
        if policy.unscannable[Unscannable.PICTURE] is Action.BLOCK:
            raise invalid(
                "Answers would be pictures, and nothing here can look into them. Have the operator's policy "
                "say under which key they are marked (watermark: {key: file:PATH}), or let them pass unseen "
                "(unscannable: {picture: flag}).",
                code="unsupported_content",
            )
    elif policy.watermark.urls is Addresses.REFUSE and body.get("response_format") == "url":
        raise invalid("Pictures go out marked, and so as bytes: ask for b64_json.", "response_format")


def _judged(inspected: Inspected, data: bytes) -> Judged:
    try:
        body = loads(data, LEVELS)
    except ValueError as error:
        raise bad_upstream(str(error)) from None
    return _DIALECT.judge(AnswerCheck(inspected), body)
