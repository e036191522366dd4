"""CPU time of one call."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def spent(call: Callable[[], object]) -> float:
    """Seconds of this thread, the less of two tries; the collector rests, whose work grows with whatever
    other tests left in memory."""
    tries = []
    gc.disable()
    try:
        for _ in range(2):
            start = time.thread_time()
            call()
            tries.append(time.thread_time() - start)
    finally:
        gc.enable()
    return min(tries)
