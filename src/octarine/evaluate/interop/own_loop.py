"""Inspect's files are read and written by an event loop of Inspect's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def apart(call: Callable[[], T]) -> T:
    """``call()`` in a thread without a running loop. Where one runs, Inspect replaces asyncio's own tasks and
    ``asyncio.run`` for the whole process (``nest_asyncio2``)."""
    with ThreadPoolExecutor(1, thread_name_prefix="inspect-files") as thread:
        return thread.submit(call).result()
