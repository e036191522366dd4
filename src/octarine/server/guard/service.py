"""What every route of the guard does: look at the request, ask the upstream, keep a record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from octarine.core.errors import ModelError
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import Inspected, inspect
from octarine.guard.chat.slots import Slot
from octarine.guard.dialects.dialect import Limits
from octarine.server.exchange import Exchange
from octarine.server.guard.config import GuardConfig
from octarine.server.guard.engine.checks import Checks
from octarine.server.guard.engine.live import LiveGuard
from octarine.server.guard.records import Record, Recorder
from octarine.server.guard.upstream import Upstream
from octarine.server.refusals import Refusal, busy, invalid, upstream_failed
from octarine.server.uploads import Places

T = TypeVar("T")
log = logging.getLogger("octarine.server")
_NOUNS = {"picture": "a picture", "sound": "sound", "video": "a video", "document": "a file"}


class Service:
    """The guard in force, the threads that ask it, the upstream, and the records of what was decided.

    Attributes:
        limits: of what a request may ask for.
        forms: places for forms with pictures.
    """

    def __init__(
        self,
        config: GuardConfig,
        live: LiveGuard,
        checks: Checks,
        upstream: Upstream | None,
        recorder: Recorder,
    ) -> None:
        self.config = config
        self.live = live
        self.checks = checks
        self.recorder = recorder
        self.limits = Limits(config.characters, config.tools)
        self.forms = Places(config.forms.at_a_time)
        self._upstream = upstream

    @property
    def upstream(self) -> Upstream:
        """The model's server.

        Raises:
            Refusal: 404, there is none: only verdicts are served.
        """
        if self._upstream is None:
            raise Refusal(404, "No model is served here: the server was started without --upstream.")
        return self._upstream

    @contextmanager
    def recording(self, exchange: Exchange) -> Iterator[Record]:
        """A record of the request, kept when the block is left, however that happens.

        Raises:
            Refusal: 503, the audit log cannot be written: nothing is decided that is not on record.
        """
        audit = self.recorder.audit
        if audit is not None and audit.failure:
            raise busy("The audit log cannot be written, so nothing is served.", code="audit_failing")
        record = Record(exchange)
        try:
            yield record
        except Refusal as refusal:
            if record.outcome == "answered":
                record.outcome = "failed" if refusal.status >= 500 else "refused"
            record.status, record.error = refusal.status, refusal.code or refusal.kind
            raise
        except asyncio.CancelledError:
            record.outcome = "cut_off"
            raise
        except Exception:
            record.outcome, record.status, record.error = "failed", 500, "internal_error"
            raise
        finally:
            self.recorder.keep(record)

    async def inspect(
        self, record: Record, slots: Sequence[Slot], prompt: str = "", *, elsewhere: bool = False
    ) -> Inspected:
        """What the guard says of a request; see ``inspection.inspect``.

        Raises:
            Refusal: 503, too much waits or it takes too long; 400, something cannot be looked at, and the
                policy does not let it pass unseen.
        """
        inspected = await self.check(record, "input", inspect, self.live.current, slots, prompt, elsewhere)
        record.saw(inspected)
        record.exchange.notes |= {
            "x-octarine-action": inspected.action.value,
            "x-octarine-policy": inspected.guard.policy.id,
        }
        if inspected.blocked is not None and inspected.blocked[0].unscannable:
            raise _unscannable(inspected.blocked[0])
        return inspected

    async def check(self, record: Record, stage: str, job: Callable[..., T], *args: Any) -> T:
        """A job that asks the guard, in a thread, timed.

        Raises:
            Refusal: 503, too much waits, it takes too long, or a moderator that the policy asks does not
                answer.
        """
        started = time.perf_counter()
        try:
            return await self.checks.run(job, *args)
        except ModelError as error:
            log.error("a moderator that the policy asks does not answer: %s", error)
            told = "A moderator that the policy asks does not answer, so nothing was passed on."
            raise busy(told, code="moderator_unavailable") from None
        finally:
            record.spent(stage, started)

    def blocked(self, record: Record, verdict: Verdict, param: str | None = None) -> None:
        """Note that a request or an answer is blocked.

        Raises:
            Refusal: 400, where that is how clients are told.
        """
        record.outcome = "blocked_input" if param else "blocked_output"
        record.exchange.notes["x-octarine-action"] = "block"
        if self.config.block_as == "error":
            raise filtered(verdict, param)

    @contextmanager
    def asking(self, record: Record) -> Iterator[None]:
        """Time what the model's server takes while the block runs, and count its errors."""
        started = time.perf_counter()
        try:
            yield
        except Refusal as refusal:
            self.upstream_failed(refusal)
            raise
        finally:
            record.spent("upstream", started)

    def upstream_failed(self, refusal: Refusal) -> None:
        """Count an error of the upstream."""
        if refusal.kind == "upstream_error":
            self.recorder.metrics.count("octarine_upstream_failures_total", code=refusal.code or "")


def filtered(verdict: Verdict, param: str | None = None) -> Refusal:
    """400: blocked."""
    return invalid(verdict.message, param, "content_filter")


def bad_upstream(why: str) -> Refusal:
    """502: the upstream's answer cannot be used."""
    return upstream_failed(
        f"The model's server answered with something unusable: {why}.", code="bad_upstream"
    )


def _unscannable(slot: Slot) -> Refusal:
    noun = _NOUNS.get(slot.unscannable, slot.unscannable)
    return invalid(
        f"{slot.path} is {noun}, and nothing here can look into it, so it is not passed on. Send text, or "
        f"have the operator's policy let it pass unseen (unscannable: {{{slot.unscannable}: flag}}).",
        slot.path,
        "unsupported_content",
    )
