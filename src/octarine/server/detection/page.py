"""The page on which a person drops a file: the verdict in words, the map over the picture, the frames on a
timeline, the provenance chain. It works without a script; with one, files are dropped and answers awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from octarine.server import pages
from octarine.server.application import Route
from octarine.server.detection import schemas
from octarine.server.detection.jobs import OVER, Job, State
from octarine.server.detection.view import result_values
from octarine.server.exchange import Exchange
from octarine.server.refusals import Refusal

if TYPE_CHECKING:
    from octarine.server.detection.part import DetectionPart

PATH = "/watermark"
HTML = b"text/html; charset=utf-8"
PARTS = b"octarine-parts"
"""The header by which the page's script asks for the result alone."""
PATIENCE_S = 1.5
"""How long the first answer waits for a quick result."""
_OWN = ("img-src 'self' blob: data:", "media-src blob:", "connect-src 'self'")


class DetectionPage:
    """The handlers."""

    def __init__(self, part: DetectionPart) -> None:
        self._part = part

    def routes(self) -> Iterable[Route]:
        """What it answers."""
        one = PATH + "/{id}"
        yield Route("GET", PATH, self._home, about=schemas.PAGE)
        yield Route("POST", PATH, self._sent, about=schemas.PAGE_SENT)
        yield Route("GET", one, self._result, about=schemas.PAGE_RESULT)
        yield Route("POST", one + "/cancel", self._cancel, about=schemas.PAGE_CANCEL)
        yield Route("GET", one + "/{picture}", self._picture, about=schemas.PAGE_PICTURE)

    async def _home(self, exchange: Exchange) -> None:
        await self._show(exchange, {"state": "empty"})

    async def _sent(self, exchange: Exchange) -> None:
        try:
            job, _ = await self._part.service.begin(exchange, shown=True)
        except Refusal as refusal:
            await self._show(exchange, _wrong(refusal), refusal.status)
            return
        if PARTS not in exchange.headers:
            await self._lead(exchange, f"{PATH}/{job.id}")
            return
        try:
            async with asyncio.timeout(PATIENCE_S) as waiting:
                await exchange.while_there(job.over.wait())
        except TimeoutError:
            if not waiting.expired():
                raise
        await self._show(exchange, _values(job))

    async def _result(self, exchange: Exchange) -> None:
        try:
            job = self._part.service.jobs.find(exchange.parameters["id"], exchange.holder)
        except Refusal as refusal:
            await self._show(exchange, _wrong(refusal), refusal.status)
            return
        await self._show(exchange, _values(job))

    async def _cancel(self, exchange: Exchange) -> None:
        jobs = self._part.service.jobs
        jobs.drop(jobs.find(exchange.parameters["id"], exchange.holder))
        await self._lead(exchange, PATH)

    async def _picture(self, exchange: Exchange) -> None:
        job = self._part.service.jobs.find(exchange.parameters["id"], exchange.holder)
        name = exchange.parameters["picture"]
        picture = job.outcome.pictures.get(name) if job.outcome else None
        if picture is None:
            raise Refusal(404, "There is no such picture.", code="unknown_picture")
        await exchange.reply(picture, kind=b"image/png" if name == "map" else b"image/jpeg")

    async def _lead(self, exchange: Exchange, where: str) -> None:
        await exchange.reply(b"", 303, kind=HTML, headers={"location": where})

    async def _show(self, exchange: Exchange, values: dict[str, Any], status: int = 200) -> None:
        config = self._part.config
        values = {"most": config.upload_bytes, "keys": [name for name, _ in config.keys], **values}
        if PARTS in exchange.headers:
            text = pages.fragment("detection_result.html", values)
            await exchange.reply(text.encode(), status, kind=HTML)
            return
        page = pages.page(
            "detection_page.html",
            values,
            styles=("local.css", "detection.css"),
            script="detection.js",
            own=_OWN,
            status=status,
        )
        policy = page.headers["content-security-policy"]
        more = {"content-security-policy": policy, "referrer-policy": "same-origin"}
        await exchange.reply(bytes(page.body), status, kind=HTML, headers=more)


def _wrong(refusal: Refusal) -> dict[str, Any]:
    return {"state": "wrong", "why": refusal.message}


def _values(job: Job) -> dict[str, Any]:
    if job.state not in OVER:
        return {
            "state": "waiting",
            "id": job.id,
            "name": job.name,
            "begun": job.state is State.RUNNING,
            "percent": round(100 * job.part),
        }
    try:
        outcome = job.result
    except Refusal as refusal:
        return _wrong(refusal)
    return {"state": "done", "id": job.id, **result_values(outcome)}
