"""Several worker processes behind one address, on Granian."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import InputError, InternalError, MissingExtra

BACKLOG = 2_048
_BACKPRESSURE = 8_192
"""Connections that a worker takes on: more than its limit of requests, so that overload is answered."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen.

    Attributes:
        workers: processes; each has its own guard.
        grace_s: seconds in which requests may end once the server is told to stop.
        certificate, key: for TLS, in PEM; None for plain HTTP.
    """

    address: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    grace_s: int = 30
    certificate: Path | None = None
    key: Path | None = None


def serve_workers(build: Callable[[], Any], listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT; returns once every request has ended or the time for that is up. SIGHUP
    goes on to every worker.

    Args:
        build: makes the ASGI application of one worker; picklable, called in the worker.

    Raises:
        InputError: the certificate cannot be read.
        InternalError: the workers ended again and again.
        MissingExtra: the extra ``server`` is not installed.
    """
    try:
        from granian import Granian
        from granian.constants import HTTPModes, Interfaces
    except ImportError:
        raise MissingExtra("server", "octarine guard serve") from None

    class Server(Granian):  # type: ignore[misc, valid-type]
        """Granian would start new workers on SIGHUP; ours read their policy again and drop nothing."""

        def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
            for worker in self.wrks:
                with suppress(ProcessLookupError):
                    os.kill(worker.inner.pid, signal.SIGHUP)

    # A forked worker would inherit threads and locks of libraries that were in use.
    multiprocessing.set_start_method("spawn", force=True)
    try:
        server = Server(
            "octarine",
            address=listening.address,
            port=listening.port,
            interface=Interfaces.ASGI,
            workers=listening.workers,
            http=HTTPModes.auto,
            websockets=False,
            backlog=BACKLOG,
            backpressure=_BACKPRESSURE,
            log_enabled=False,
            ssl_cert=listening.certificate,
            ssl_key=listening.key,
            respawn_failed_workers=True,
            workers_kill_timeout=listening.grace_s,
        )
    except OSError as error:
        raise InputError(f"the certificate or its key cannot be read: {error}") from None
    try:
        server.serve(target_loader=build, wrap_loader=False)
    except SystemExit as ended:
        raise InternalError(
            f"the workers ended (exit code {ended.code})", hint="What they wrote above says why."
        ) from None


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send what the server has to say to standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    log = logging.getLogger("octarine.server")
    log.handlers = [handler]
    log.setLevel(level)
    log.propagate = False
