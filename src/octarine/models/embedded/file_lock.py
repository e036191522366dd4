"""A lock between processes, let go by the system when its holder dies."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.2


@contextmanager
def locked(
    path: Path, *, waiting: Callable[[], None] | None = None, stop: threading.Event | None = None
) -> Iterator[None]:
    """Hold the lock file ``path`` (created, never removed) while the block runs.

    ``waiting`` is called at every look while another process holds it.

    Raises:
        InterruptedError: ``stop`` was set before the lock was free.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _try_lock(descriptor):
            if stop is not None and stop.is_set():
                raise InterruptedError("stopped while waiting for another process")
            if waiting is not None:
                waiting()
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
