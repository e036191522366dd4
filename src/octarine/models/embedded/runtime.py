"""llama.cpp in this process (``xllamacpp``): loading, one blocking call, and the choice of threads.

Measured with SmolLM2-135M-Instruct as F16 on two cores (81 prompt tokens, 48 new ones, samples a minute): 1
thread: 42 with one slot, 64 with four, 80 with eight; 2 threads: 63, 93, 106. With the cores taken by other
work, 2 threads and 8 slots fell to 40–55 while they spun at barriers, and stayed at 73 once they slept
there."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octarine.core.errors import BadResponse, InputError, MissingExtra, RequestRejected
from octarine.models.names import Progress

CONTEXT = 2048
"""Tokens that a slot holds: prompt and answer together."""
_WINDOW_S = 1.0
"""How long each number of threads is measured."""
_BUDGET_S = 5.0
"""No further number of threads is tried once measuring has taken this long."""
_MARGIN = 0.9
"""Fewer threads have to be this much better: a busy moment should not decide a whole run."""
_MAX_SOCKET_PATH = 100
_WAIT_POLICY = "OMP_WAIT_POLICY"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the model is run: threads that compute, and conversations answered at once."""

    threads: int
    slots: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """New tokens a second, all slots together, in a short trial."""

    layout: Layout
    tokens_per_s: float


class Call:
    """One request. ``run`` blocks; ``stop``, from any thread, ends it at the next token.

    Every request is streamed, because only a streamed one can be stopped.
    """

    def __init__(self, request: Mapping[str, Any], on_chunk: Callable[[dict[str, Any]], None]) -> None:
        self._request = {**request, "stream": True}
        self._on_chunk = on_chunk
        self._stopped = threading.Event()
        self._failure: BaseException | None = None

    def stop(self) -> None:
        """Let the call end soon, without an error."""
        self._stopped.set()

    def run(self, handle: Callable[[Any, Callable[[Any], bool]], Any]) -> None:
        """Make the request with a handler of the server.

        Raises:
            RequestRejected: the prompt does not fit, or cannot be taken.
            BadResponse: the runtime failed.
        """
        if self._stopped.is_set():
            return
        try:
            handle(self._request, self._chunk)
        except TypeError as error:
            raise RequestRejected(f"the prompt cannot be encoded: {error}") from None
        except RuntimeError as error:
            raise RequestRejected(f"llama.cpp refused the request: {error}") from None
        if self._failure is not None:
            raise self._failure

    def _chunk(self, chunk: Any) -> bool:
        # Called from C++: an exception must not leave this function.
        try:
            if "error" in chunk:
                raise _refusal(chunk["error"])
            self._on_chunk(chunk)
        except BaseException as error:
            self._failure = error
            return True
        return self._stopped.is_set()


def _refusal(error: Mapping[str, Any]) -> RequestRejected | BadResponse:
    said = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error":
        return RequestRejected(
            f"the prompt has {error.get('n_prompt_tokens', 'too many')} tokens; the embedded model takes "
            f"{error.get('n_ctx', CONTEXT)}, its answer included",
            hint="Shorten the conversation, or use a model with a longer context.",
        )
    if int(error.get("code", 500)) < 500:
        return RequestRejected(f"llama.cpp refused the request: {said}")
    return BadResponse(f"llama.cpp failed: {said}")


def load(path: Path, layout: Layout) -> Any:
    """A server for ``path``, in this process and reachable from nowhere else. 0.2 to 2 s.

    Raises:
        MissingExtra: ``xllamacpp`` is not installed.
        InputError: it cannot be loaded, or it cannot load the file.
    """
    llama = runtime()
    params = llama.CommonParams()
    params.model.path = str(path)
    params.n_parallel = layout.slots
    params.n_ctx = CONTEXT * layout.slots
    params.cpuparams.n_threads = layout.threads
    params.cpuparams_batch.n_threads = layout.threads
    params.verbosity = -1
    params.n_gpu_layers = 0
    # Each answer is computed from its own prompt alone: no cache left by another conversation takes part.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.fit_params = False
    params.warmup = False
    params.endpoint_slots = False
    params.ui = False
    params.n_threads_http = 1
    with _unreachable(params):
        try:
            return llama.Server(params)
        except RuntimeError as error:
            raise InputError(
                f"llama.cpp cannot load {path}: {error}",
                hint="Is there enough memory? Removing the file makes it be fetched and converted again.",
            ) from None


def runtime() -> Any:
    """The library.

    Raises:
        MissingExtra: it is not installed.
        InputError: it is, and cannot be loaded.
    """
    # GNU OpenMP reads this once, when it is loaded: threads that wait then sleep. Spinning, two threads on a
    # busy machine take turns at doing nothing.
    given = os.environ.get(_WAIT_POLICY)
    os.environ.setdefault(_WAIT_POLICY, "PASSIVE")
    try:
        import xllamacpp
    except ModuleNotFoundError:
        raise MissingExtra("embedded", "the embedded model") from None
    except ImportError as error:
        missing = "libgomp" in str(error)
        raise InputError(
            f"xllamacpp cannot be loaded: {error}",
            hint="Install the system's OpenMP library:  apt-get install libgomp1 (Debian, Ubuntu), "
            "dnf install libgomp (Fedora), apk add libgomp (Alpine)"
            if missing
            else "Reinstall it:  pip install --force-reinstall xllamacpp",
        ) from None
    finally:
        if given is None:
            del os.environ[_WAIT_POLICY]
    return xllamacpp


@contextmanager
def _unreachable(params: Any) -> Iterator[None]:
    """The runtime insists on listening. It is given a socket that nobody can open once this block is left."""
    with tempfile.TemporaryDirectory(prefix="octarine-") as folder:
        path = str(Path(folder) / "s.sock")
        if sys.platform == "win32" or len(path) > _MAX_SOCKET_PATH:
            params.hostnames = ["127.0.0.1"]
            params.api_keys = [secrets.token_hex(32)]
        else:
            params.hostnames = [path]
        yield


def candidate_threads(cores: int) -> list[int]:
    """Numbers of threads worth trying, rising: one or a quarter of the cores, half of them, all."""
    return sorted({1 if cores <= 4 else cores // 4, max(1, cores // 2), cores})


def available_cores() -> int:
    """Cores that this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose(
    path: Path, slots: int, progress: Progress, stop: threading.Event
) -> tuple[Any, tuple[Measurement, ...]]:
    """A loaded server with the number of threads that was fastest here and now, and what was measured.

    Takes ``_WINDOW_S`` and a load for each candidate; nothing is measured where there is one core.

    Raises:
        InterruptedError: ``stop`` was set.
        As ``load``.
    """
    candidates = candidate_threads(available_cores())
    if len(candidates) == 1:
        server = load(path, Layout(candidates[0], slots))
        return server, ()
    began = time.perf_counter()
    measured: list[Measurement] = []
    server, loaded = None, 0
    # Most threads first, so that where the budget runs out it is the odd candidates that are left out.
    for threads in reversed(candidates):
        if stop.is_set():
            raise InterruptedError("stopped while measuring")
        if measured and time.perf_counter() - began > _BUDGET_S:
            break
        progress("Choosing threads", len(measured), len(candidates))
        server = None
        server, loaded = load(path, Layout(threads, slots)), threads
        measured.append(Measurement(Layout(threads, slots), _tokens_per_s(server, slots)))
    progress("Choosing threads", len(candidates), len(candidates))
    best = measured[0]
    for other in measured[1:]:
        if other.tokens_per_s * _MARGIN > best.tokens_per_s:
            best = other
    _log.info("threads chosen by measuring: %s of %s", best, measured)
    if best.layout.threads != loaded:
        server = None
        server = load(path, best.layout)
    return server, tuple(measured)


def _tokens_per_s(server: Any, slots: int) -> float:
    """New tokens a second with every slot busy, over ``_WINDOW_S``."""
    moments: list[float] = []
    request = {"prompt": "Once upon a time", "n_predict": 400, "ignore_eos": True, "temperature": 0}
    calls = [Call(request, lambda chunk: moments.append(time.perf_counter())) for _ in range(slots)]
    with ThreadPoolExecutor(slots) as pool:
        try:
            running = [pool.submit(call.run, server.handle_completions) for call in calls]
            time.sleep(_WINDOW_S)
        finally:
            for call in calls:
                call.stop()
        for future in running:
            future.result()
    # The first tokens wait for the prompt; the rate is taken between the first and the last.
    if len(moments) <= slots:
        return 0.0
    seconds = max(moments) - min(moments)
    return (len(moments) - slots) / seconds if seconds > 0 else 0.0
