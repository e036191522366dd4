"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class LoopThread:
    """An event loop in a thread: guards are called from threads, and an adapter lives in one loop."""

    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, waited for."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                work_on = partial(_run, self._loop)
                self._thread = threading.Thread(target=work_on, name="adapter", daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def close(self, last: Any) -> None:
        """Run ``last()`` and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        if threading.current_thread() is thread:
            # Collected in its own thread, which cannot wait for itself.
            loop.create_task(last()).add_done_callback(lambda _: loop.stop())
            return
        try:
            asyncio.run_coroutine_threadsafe(last(), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
