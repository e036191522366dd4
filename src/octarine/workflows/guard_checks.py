"""What a guard did to each conversation and answer, and how long it took: recorded beside the answers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from octarine.core.codec import canonical, decode, digest, encode
from octarine.core.content import Conversation
from octarine.core.protocols import Capabilities, Model
from octarine.core.results import Action, Completion, Finish, ModelIdentity, Settings, Verdict, completion_key
from octarine.evaluate.guard_effect import Checks
from octarine.guard import Guard
from octarine.store import Store
from octarine.workflows.replay import as_declared


@dataclass(frozen=True, slots=True)
class Check:
    """One look of the guard: the hardest action of its verdicts, and milliseconds."""

    action: Action
    ms: float


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """What the guard did on both sides of one call; no look at the answer where the input was blocked."""

    input: Check
    output: Check | None = None


_checks: ContextVar[list[Check] | None] = ContextVar("checks", default=None)
"""Those of the call under way. A list: a thread gets a copy of the context and shares what is in it."""


class TimedGuard(Guard):
    """A guard that tells the call under way what it decided and how long that took. It looks at one text at a
    time: looks that share a processor would each count the time of the others."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard.policy, guard.classifier if guard.lineage else None)
        self._one_at_a_time = threading.Lock()

    def check_pieces(self, *args: Any, **options: Any) -> list[Verdict]:
        """As ``Guard.check_pieces``."""
        with self._one_at_a_time:
            started = time.perf_counter()
            verdicts = super().check_pieces(*args, **options)
            ms = 1000.0 * (time.perf_counter() - started)
        checks = _checks.get()
        if checks is not None:
            hardest = max((verdict.action for verdict in verdicts), key=_severity, default=Action.ALLOW)
            checks.append(Check(hardest, round(ms, 4)))
        return verdicts


class CheckedModel:
    """A guarded model of which every call leaves a ``CheckedCall`` in the store.

    Args:
        model: around whatever it is, a ``TimedGuard`` looks at the input first and then at the answer.
    """

    def __init__(self, model: Model, store: Store) -> None:
        self._model = model
        self._store = store

    @property
    def identity(self) -> ModelIdentity:
        """The guarded model's."""
        return self._model.identity

    @property
    def capabilities(self) -> Capabilities:
        """The guarded model's."""
        return self._model.capabilities

    async def start(self) -> None:
        """Start the guarded model."""
        await self._model.start()

    async def generate(self, conversation: Conversation, settings: Settings) -> Completion:
        """The guarded model's answer."""
        checks: list[Check] = []
        token = _checks.set(checks)
        try:
            completion = await self._model.generate(conversation, settings)
        finally:
            _checks.reset(token)
        if checks and completion.finish is not Finish.ERROR:
            key = _record_key(completion_key(as_declared(conversation), self.identity, settings))
            record = Completion.of_text(canonical(encode(CheckedCall(*checks[:2]))))
            await asyncio.to_thread(self._store.keep_completion, key, record)
        return completion

    async def aclose(self) -> None:
        """Close the guarded model."""
        await self._model.aclose()


def checked_calls(
    store: Store, conversations: Iterable[Conversation], identity: ModelIdentity, settings: Settings
) -> list[CheckedCall]:
    """What is recorded of the guard's work on conversations, each counted once."""
    keys = {_record_key(completion_key(conversation, identity, settings)) for conversation in conversations}
    records = store.completions(sorted(keys))
    return [decode(CheckedCall, json.loads(record.text)) for record in records.values()]


def summarise(checks: Sequence[Check]) -> Checks | None:
    """Counts, and quantiles of the time; None of nothing."""
    if not checks:
        return None
    p50, p99 = np.quantile([check.ms for check in checks], (0.5, 0.99))
    covered = (Action.MASK, Action.REPLACE)
    return Checks(
        checked=len(checks),
        blocked=sum(check.action is Action.BLOCK for check in checks),
        masked=sum(check.action in covered for check in checks),
        p50_ms=float(p50),
        p99_ms=float(p99),
    )


def _severity(action: Action) -> int:
    return action.severity


def _record_key(key: str) -> str:
    """Of the record that belongs to the completion of ``key``."""
    return digest(["guard checks", key])
