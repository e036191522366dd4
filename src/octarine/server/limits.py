"""What one request may take of this server, and how many are served at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from octarine.server.refusals import busy, too_many


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one worker.

    Attributes:
        body_bytes: of a request.
        depth: levels of its JSON.
        body_s: seconds in which it must have come.
        exchange_s: seconds from its head to the end of the answer.
        in_flight: requests at a time; one more is answered with 503.
        per_key: requests at a time of one key; one more is answered with 429. 0 is no bound.
    """

    body_bytes: int = 4 * 2**20
    depth: int = 64
    body_s: float = 30.0
    exchange_s: float = 600.0
    in_flight: int = 256
    per_key: int = 0


class Admission:
    """Counts what is being served. Within one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.in_flight = 0
        self._by_holder: Counter[str] = Counter()

    @contextmanager
    def admit(self, holder: str) -> Iterator[None]:
        """Hold a place while the block runs.

        Raises:
            Refusal: 503, all places are taken; 429, this key has taken its share.
        """
        if self.in_flight >= self.limits.in_flight:
            raise busy("This server is at its limit of requests at a time. Try again in a moment.")
        if self.limits.per_key and self._by_holder[holder] >= self.limits.per_key:
            raise too_many(f"More than {self.limits.per_key} requests at a time with this key.")
        self.in_flight += 1
        self._by_holder[holder] += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self._by_holder[holder] -= 1
            if not self._by_holder[holder]:
                del self._by_holder[holder]
