"""The guard's part of the application: its routes, what they need, and the policy that may change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from octarine.core.errors import OctarineError
from octarine.core.json_text import loads
from octarine.guard.chat.inspection import OpenOutput, open_output
from octarine.guard.dialects.chat import Chat
from octarine.guard.dialects.dialect import LEVELS, Dialect
from octarine.guard.dialects.embeddings import Embeddings
from octarine.guard.dialects.images import ImageEdits, Images, ImageVariations
from octarine.guard.dialects.responses import Responses
from octarine.guard.scan.window_cache import Tier
from octarine.server.application import Handler, Route
from octarine.server.audit import Audit
from octarine.server.exchange import Exchange
from octarine.server.guard import schemas
from octarine.server.guard.config import GuardConfig
from octarine.server.guard.engine.checks import Checks
from octarine.server.guard.engine.live import LiveGuard
from octarine.server.guard.moderations import Moderations
from octarine.server.guard.pictures.handler import Pictures
from octarine.server.guard.pictures.marking import check_mark
from octarine.server.guard.records import FAMILIES, Recorder
from octarine.server.guard.relay.handler import Relay
from octarine.server.guard.service import Service, bad_upstream
from octarine.server.guard.upstream import Upstream
from octarine.server.guard.verdicts import Verdicts
from octarine.server.metrics import Metrics
from octarine.server.parts import ServicePart, failing

log = logging.getLogger("octarine.server")
_PICTURES = (
    (Images(), schemas.IMAGES),
    (ImageEdits(), schemas.IMAGE_EDITS),
    (ImageVariations(), schemas.IMAGE_VARIATIONS),
)


class GuardPart(ServicePart[Service]):
    """See ``server.application.Part``.

    Args:
        tier: the model tier; that of the policy where it is left out.
        output: gives the stream that judges a text while it comes.
    """

    def __init__(
        self,
        config: GuardConfig,
        tier: Tier | None = None,
        output: OpenOutput = open_output,
    ) -> None:
        super().__init__(FAMILIES)
        self._config = config
        self._tier = tier
        self._output = output
        self._upstream: Upstream | None = None
        self._watching: asyncio.Task[None] | None = None
        self._reloading = asyncio.Lock()

    def routes(self) -> Iterable[Route]:
        """What it answers."""
        yield Route("POST", "/v1/guard", self._served(Verdicts), about=schemas.GUARD)
        yield Route("POST", "/v1/moderations", self._served(Moderations), about=schemas.MODERATIONS)
        if self._config.target is None:
            return
        yield Route("POST", "/v1/chat/completions", self._relayed(Chat()), about=schemas.CHAT)
        yield Route("POST", "/v1/responses", self._relayed(Responses()), about=schemas.RESPONSES)
        yield Route("POST", "/v1/embeddings", self._relayed(Embeddings()), about=schemas.EMBEDDINGS)
        for dialect, about in _PICTURES:
            handler = self._served(partial(Pictures, dialect=dialect))
            yield Route("POST", f"/v1/{dialect.path}", handler, about=about)
        yield Route("GET", "/v1/models", self._models, about=schemas.MODELS)

    async def start(self, metrics: Metrics) -> None:
        """Load the guard and open what it needs.

        Raises:
            OctarineError: as ``Guard.load``; the audit log cannot be written.
        """
        config = self._config
        live = await asyncio.to_thread(LiveGuard, config.policies, self._tier, config.ask)
        await asyncio.to_thread(check_mark, live.current.policy.watermark)
        if config.target is not None:
            self._upstream = Upstream(config.target, config.upstream, pass_key=config.pass_key)
            await self._upstream.start()
        audit = None
        if config.audit is not None:
            audit = Audit(config.audit, config.audit_key, log.error)
        checks = Checks(config.threads, config.waiting, config.check_s)
        self._service = Service(config, live, checks, self._upstream, Recorder(metrics, audit))
        self._tell_policy()
        if config.poll_s:
            self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Let go of everything."""
        if self._watching is not None:
            self._watching.cancel()
        service, self._service = self._service, None
        if self._upstream is not None:
            await self._upstream.stop()
        if service is not None:
            service.checks.close()
            if service.recorder.audit is not None:
                await asyncio.to_thread(service.recorder.audit.close)

    def unready(self) -> str:
        """Why it cannot serve; empty where it can."""
        if self._service is None:
            return "the guard is not loaded"
        return failing(self._service.recorder.audit)

    async def reload(self) -> None:
        """Read the policy again; requests go on with the one that they began with. A policy that cannot be
        read changes nothing."""
        service = self.service
        metrics = service.recorder.metrics
        async with self._reloading:
            try:
                await asyncio.to_thread(service.live.reload)
            except OctarineError as error:
                metrics.count("octarine_policy_reloads_total", result="failed")
                log.error("the policy was not read again, the one before stays in force: %s", error)
                return
        metrics.count("octarine_policy_reloads_total", result="done")
        self._tell_policy()

    def _relayed(self, dialect: Dialect[Any]) -> Handler:
        return self._served(partial(Relay, dialect=dialect, open_output=self._output))

    def _served(self, made: Callable[[Service], Handler]) -> Handler:
        """A handler of the service, which is there once the part has started."""

        async def serve(exchange: Exchange) -> None:
            await made(self.service)(exchange)

        return serve

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._config.poll_s)
            service = self.service
            metrics, audit = service.recorder.metrics, service.recorder.audit
            metrics.set("octarine_guard_pending", service.checks.pending)
            metrics.set("octarine_audit_failing", float(audit is not None and bool(audit.failure)))
            if await asyncio.to_thread(service.live.changed):
                await self.reload()

    def _tell_policy(self) -> None:
        service = self.service
        guard, metrics = service.live.current, service.recorder.metrics
        metrics.clear("octarine_policy")
        metrics.set("octarine_policy", 1, policy=guard.policy.id, version=guard.version)
        log.info("the policy %s is in force (%s)", guard.policy.id, guard.version)

    async def _models(self, exchange: Exchange) -> None:
        """The upstream's list of models: names, passed on as they come."""
        data, headers = await self.service.upstream.whole(exchange, "models", None)
        try:
            loads(data, LEVELS)
        except ValueError as error:
            raise bad_upstream(str(error)) from None
        await exchange.reply(data, headers=headers)
