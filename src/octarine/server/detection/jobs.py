"""Work that may outlast the request which asked for it: in threads, so many at a time; what was done is kept
for a while, and no more than so much of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from octarine.server.refusals import Refusal, busy, internal

log = logging.getLogger("octarine.server")


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OVER = (State.DONE, State.FAILED, State.CANCELLED)


class Cancelled(Exception):
    """Raised within the work of a job that nobody wants any more."""


@dataclass(frozen=True)
class Outcome:
    """What a job gives.

    Attributes:
        answer: JSON values.
        pictures: name → PNG or JPEG, for the page.
    """

    answer: dict[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class Job:
    """One piece of work, and what came of it.

    Attributes:
        id: cannot be guessed: who knows it may ask.
        holder: the name of the key that asked.
        lane: which of the queues it is in.
        part: how much is done, 0 to 1.
        name: of the file, for people.
    """

    def __init__(self, holder: str, lane: str, name: str = "") -> None:
        self.id = f"job_{secrets.token_urlsafe(18)}"
        self.holder = holder
        self.lane = lane
        self.name = name
        self.part = 0.0
        self.state = State.WAITING
        self.outcome: Outcome | None = None
        self.error: Refusal | None = None
        self.began = time.monotonic()
        self.over_at = 0.0
        self.over = asyncio.Event()
        self._unwanted = threading.Event()

    def progress(self, part: float) -> None:
        """Told by the work.

        Raises:
            Cancelled: nobody wants it any more.
        """
        self.part = min(max(part, self.part), 1.0)
        if self._unwanted.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Have it end at its next word of progress, or not begin."""
        self._unwanted.set()

    @property
    def result(self) -> Outcome:
        """What came of it, once it is over.

        Raises:
            Refusal: what went wrong.
        """
        if self.outcome is None:
            raise self.error or Refusal(409, "The job was cancelled.", code="cancelled")
        return self.outcome


class Jobs:
    """All jobs of one process. Its methods belong to one event loop.

    Args:
        lanes: name → how many of its jobs run at a time.
        waiting: jobs of a lane that may wait.
        kept: jobs that are over and kept.
        kept_s: seconds for which they are.
    """

    def __init__(
        self, lanes: Mapping[str, int], waiting: int = 16, kept: int = 64, kept_s: float = 3600.0
    ) -> None:
        self._pools = {name: ThreadPoolExecutor(most, f"octarine-{name}") for name, most in lanes.items()}
        self._most = {name: most + waiting for name, most in lanes.items()}
        self._kept = kept
        self._kept_s = kept_s
        self._jobs: dict[str, Job] = {}

    def pending(self, lane: str) -> int:
        """Jobs of a lane that run or wait."""
        return sum(job.lane == lane and job.state not in OVER for job in self._jobs.values())

    def room(self, lane: str) -> None:
        """Ask before the work of a long upload.

        Raises:
            Refusal: 503, too many jobs of that lane wait.
        """
        if self.pending(lane) >= self._most[lane]:
            raise busy(f"Too many {lane}s wait to be looked at. Try again in a moment.", after_s=5)

    def submit(
        self, job: Job, work: Callable[[Callable[[float], None]], Outcome], after: Callable[[Job], None]
    ) -> Job:
        """Begin ``work`` as soon as a thread is free.

        Args:
            work: takes what it tells its progress to.
            after: called in the event loop once the job is over, however it ended.

        Raises:
            Refusal: 503, too many jobs wait.
        """
        self.room(job.lane)
        self._forget()
        self._jobs[job.id] = job
        loop = asyncio.get_running_loop()

        def ended(state: State, outcome: Outcome | None = None, error: Refusal | None = None) -> None:
            job.state, job.outcome, job.error = state, outcome, error
            job.over_at = time.monotonic()
            after(job)
            job.over.set()

        def run() -> None:
            job.state = State.RUNNING
            _tell(loop, ended, *_ran(job, work))

        future = self._pools[job.lane].submit(run)
        # Of work that was never begun, because the server ends.
        future.add_done_callback(lambda one: _tell(loop, ended, State.CANCELLED) if one.cancelled() else None)
        return job

    def find(self, id_: str, holder: str) -> Job:
        """A job of this holder.

        Raises:
            Refusal: 404, there is none, or not any more, or it is somebody else's.
        """
        self._forget()
        job = self._jobs.get(id_)
        if job is None or job.holder != holder:
            raise Refusal(404, "There is no such job. Results are kept for a while only.", code="unknown_job")
        return job

    def drop(self, job: Job) -> None:
        """Cancel a job, and forget it once it is over."""
        job.cancel()
        if job.state in OVER:
            self._jobs.pop(job.id, None)

    def close(self) -> None:
        """Cancel everything; threads end at their next word of progress."""
        for job in self._jobs.values():
            job.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self) -> None:
        over = sorted((job for job in self._jobs.values() if job.state in OVER), key=lambda job: job.over_at)
        old = time.monotonic() - self._kept_s
        for number, job in enumerate(over):
            if job.over_at < old or len(over) - number > self._kept:
                del self._jobs[job.id]


def _ran(
    job: Job, work: Callable[[Callable[[float], None]], Outcome]
) -> tuple[State, Outcome | None, Refusal | None]:
    try:
        job.progress(0.0)
        return State.DONE, work(job.progress), None
    except Cancelled:
        return State.CANCELLED, None, None
    except Refusal as refusal:
        return State.FAILED, None, refusal
    except Exception:
        log.exception("the job %s failed", job.id)
        return State.FAILED, None, internal(job.id)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)
