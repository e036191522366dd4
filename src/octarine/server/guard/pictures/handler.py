"""``POST /v1/images/generations``, ``/edits``, ``/variations``: the prompt is judged, pictures that come in
are what the policy says of pictures, and those that go out are marked."""

from __future__ import annotations

from collections.abc import Callable

from octarine.core.json_text import dumps, loads
from octarine.core.results import Action
from octarine.guard.chat.inspection import AnswerCheck, Inspected, Judged
from octarine.guard.dialects.dialect import LEVELS, Json
from octarine.guard.dialects.images import Images, pictures_of
from octarine.guard.policy.layer import Unscannable
from octarine.guard.policy.watermark import Addresses, PictureMark
from octarine.server.exchange import Exchange
from octarine.server.guard.pictures.fetching import fetch, inline
from octarine.server.guard.pictures.form import received
from octarine.server.guard.pictures.marking import mark_pictures
from octarine.server.guard.records import Record
from octarine.server.guard.service import Service, bad_upstream, filtered
from octarine.server.guard.upstream import Body
from octarine.server.refusals import invalid


class Pictures:
    """The handler. Whoever writes a policy with a ``watermark`` lets pictures of answers out, marked; without
    one they are what the policy says of pictures, which nothing here can look into."""

    def __init__(self, service: Service, dialect: Images) -> None:
        self._service = service
        self._dialect = dialect

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        if not self._dialect.form:
            body = await exchange.json()
            await exchange.while_there(self._serve(exchange, body, lambda: dumps(body)))
            return
        service = self._service
        with service.forms.one():
            async with received(exchange, service.config.forms) as form:
                await exchange.while_there(self._serve(exchange, form.fields, form.outgoing))

    async def _serve(self, exchange: Exchange, body: Json, written: Callable[[], Body]) -> None:
        """Args:
        written: ``body`` as it goes on, once it was judged and may have been changed.
        """
        service = self._service
        with service.recording(exchange) as record:
            question = self._dialect.read(body, service.limits)
            record.model = question.model
            inspected = await service.inspect(record, question.slots, question.prompt)
            _allowed(inspected, body)
            if inspected.blocked is not None:
                slot, verdict = inspected.blocked
                service.blocked(record, verdict, slot.path)
                raise filtered(verdict, slot.path)
            with service.asking(record):
                await self._answer(record, written(), inspected)

    async def _answer(self, record: Record, asked: Body, inspected: Inspected) -> None:
        service, exchange = self._service, record.exchange
        data, headers = await service.upstream.whole(exchange, self._dialect.path, asked)
        judged = await service.check(record, "output", self._judged, inspected, data)
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

    def _judged(self, inspected: Inspected, data: bytes) -> Judged:
        try:
            body = loads(data, LEVELS)
        except ValueError as error:
            raise bad_upstream(str(error)) from None
        return self._dialect.judge(AnswerCheck(inspected), body)


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
