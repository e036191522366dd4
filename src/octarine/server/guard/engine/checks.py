"""Asking the guard from an event loop: in threads, so many at a time, and no longer than a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from octarine.server.refusals import busy

T = TypeVar("T")


class Checks:
    """Runs jobs that ask the guard.

    Args:
        threads: jobs that run at a time.
        waiting: jobs that may wait; one more is refused.
        limit_s: seconds for one job, waiting included.
    """

    def __init__(self, threads: int = 8, waiting: int = 256, limit_s: float = 30.0) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="octarine-guard")
        self._most = threads + waiting
        self._limit_s = limit_s
        self.pending = 0

    async def run(self, job: Callable[..., T], *args: Any) -> T:
        """The job's result.

        Raises:
            Refusal: 503, too many wait, or it takes too long. A thread cannot be stopped: such a job keeps
                its place until it ends.
        """
        if self.pending >= self._most:
            raise busy("Too much waits to be checked. Try again in a moment.", code="guard_overloaded")
        loop = asyncio.get_running_loop()
        self.pending += 1
        future: Future[T] = self._pool.submit(job, *args)
        future.add_done_callback(lambda _: _threadsafe(loop, self._done))
        try:
            async with asyncio.timeout(self._limit_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.done() and not future.cancelled():
                raise
            told = f"The check took more than {self._limit_s:g} s, so nothing was passed on."
            raise busy(told, code="guard_timeout") from None

    def close(self) -> None:
        """End the threads once they are done; what waits is not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self) -> None:
        self.pending -= 1


def _threadsafe(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
