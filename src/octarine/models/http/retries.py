"""How long to wait before a call is tried again.

Exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
2015): the pause is uniform in ``[0, base · 2^attempt]``. A pause that the server asks for goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import numpy as np

_RESET_HEADERS = (
    "x-ratelimit-reset",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "ratelimit-reset",
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_DURATION_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_EPOCH_S = 1e9
_EPOCH_MS = 1e12


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to give up.

    Attributes:
        max_retries: further tries after the first.
        max_retries_silent: the same after a time-out, and while the endpoint has never answered at all: a
            wrong address is far likelier than a restart, and should be told soon.
        base_s: the first pause is at most this.
        max_pause_s: no single pause is longer. A server that demands more (``Retry-After``) ends the call.
        max_total_s: all pauses of one call together.
    """

    max_retries: int = 5
    max_retries_silent: int = 2
    base_s: float = 0.5
    max_pause_s: float = 60.0
    max_total_s: float = 300.0


class Retries:
    """The tries of one call."""

    def __init__(self, policy: RetryPolicy, rng: np.random.Generator) -> None:
        self._policy = policy
        self._rng = rng
        self._tries = 0
        self._waited = 0.0

    def pause(self, headers: Mapping[str, str] | None, *, silent: bool = False) -> float | None:
        """Seconds to wait before the next try, or None to give up.

        Args:
            headers: of the reply, with lower-case names; None where there was none.
            silent: whether the try timed out, or the endpoint has never answered.
        """
        policy = self._policy
        allowed = min(policy.max_retries, policy.max_retries_silent) if silent else policy.max_retries
        if self._tries >= allowed:
            return None
        seconds = self._next(headers or {})
        self._tries += 1
        if seconds is None or self._waited + seconds > policy.max_total_s:
            return None
        self._waited += seconds
        return seconds

    def _next(self, headers: Mapping[str, str]) -> float | None:
        policy = self._policy
        asked = retry_after(headers)
        if asked is not None:
            if asked > policy.max_pause_s:
                return None
            # Calls that were turned away together should not come back together.
            spread = float(self._rng.uniform(0.0, min(1.0, asked / 10)))
            return min(policy.max_pause_s, asked + spread)
        reset = rate_limit_reset(headers)
        if reset is not None:
            return min(policy.max_pause_s, reset)
        ceiling = min(policy.max_pause_s, policy.base_s * 2.0**self._tries)
        return float(self._rng.uniform(0.0, ceiling))


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds that ``Retry-After`` (RFC 9110, 10.2.3: seconds or a date) or ``retry-after-ms`` asks for."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return max(0.0, seconds)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return _until(when, now)


def rate_limit_reset(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds until the rate limit that is used up resets, from the ``x-ratelimit-reset`` family.

    A value is a number of seconds, an epoch in seconds or milliseconds, a duration (``6m0s``) or an ISO 8601
    time. Where a header says which limit has nothing remaining, only that one counts.
    """
    found = {name: _reset_seconds(headers[name], now) for name in _RESET_HEADERS if name in headers}
    known = {name: seconds for name, seconds in found.items() if seconds is not None}
    used_up = [
        seconds
        for name, seconds in known.items()
        if headers.get(name.replace("reset", "remaining"), "").strip() == "0"
    ]
    return max(used_up or known.values(), default=None)


def _reset_seconds(text: str, now: datetime | None) -> float | None:
    text = text.strip()
    value = _number(text)
    if value is not None:
        if value < _EPOCH_S:
            return max(0.0, value)
        epoch = value / 1000 if value >= _EPOCH_MS else value
        try:
            return _until(datetime.fromtimestamp(epoch, UTC), now)
        except (OverflowError, OSError, ValueError):
            return None
    if _DURATION.fullmatch(text):
        return sum(float(amount) * _UNITS[unit] for amount, unit in _DURATION_PIECE.findall(text))
    try:
        return _until(datetime.fromisoformat(text), now)
    except ValueError:
        return None


def _until(when: datetime, now: datetime | None) -> float:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
