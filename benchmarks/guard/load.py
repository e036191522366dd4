"""What the guard takes under load: requests a second, and how long they take, beside a proxy without a guard.

    python benchmarks/guard/load.py                          all cells, about five minutes
    python benchmarks/guard/load.py --soak 10                then ten minutes of load: does it grow?
    python benchmarks/guard/load.py --seconds 1 --connections 1 --connections 8 --json

Everything on this machine, on loopback, one worker each, every process of its own: a model's server that
answers at once, a proxy on the same web server that looks at nothing, ``octarine guard serve`` with rules
only (``personal-data``) and with the model tier (``default``), and the client (``load_servers.py``,
``load_client.py``). Requests and answers are new every time, so that no score is remembered. Client and
servers share the cores: compare lines of one run.

Overload is 256 connections of two keys before a server that takes 24 requests at a time, 16 of one key: every
request must be answered, with 200, 429 or 503. The exit code is 1 where one is not, anywhere.
Needs the extras ``guard`` and ``server``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np

HERE = Path(__file__).parent
CONNECTIONS = (1, 32, 256)
POLICIES = {"guard, rules only": "personal-data", "guard, default": "default"}
BARE = "bare proxy"
ANSWERED = {"200", "429", "503"}
OVERLOAD = ("--max-requests", "24", "--max-per-key", "16")
KEYS = {"one": "key-one-0123456789abcdef", "two": "key-two-0123456789abcdef"}
SHOWN = 24
"""Lines of the soak's table, at most."""
_CLI = "import sys; from octarine.cli.main import main; main(sys.argv[1:])"
_seeds = count(0, 10_000_000)
_seen: dict[int, IO[bytes]] = {}


@dataclass(frozen=True)
class Cell:
    """One line. Milliseconds; ``first_ms``: to the first byte of the body; ``of_bare``: share of the bare
    proxy's requests a second, None where there is none."""

    server: str
    streamed: bool
    connections: int
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    first_ms: float
    statuses: dict[str, int]
    dropped: dict[str, int]
    of_bare: float | None = None

    @property
    def good(self) -> bool:
        """Every request was answered."""
        return not self.dropped and set(self.statuses) <= ANSWERED


def main() -> int:
    """Run, print, and say whether every request was answered."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="Of load in each cell.")
    parser.add_argument("--connections", type=int, action="append", help="Repeatable. [1, 32, 256]")
    parser.add_argument("--soak", type=float, default=0.0, metavar="MINUTES")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    found: dict[str, Any] = {"python": platform.python_version(), "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        upstream = stack.enter_context(server(folder, "upstream", _own("upstream")))
        found["cells"] = list(cells(folder, upstream, told))
        found["overload"] = list(overloaded(folder, upstream, told.seconds))
        if told.soak:
            found["soak"] = soaked(folder, upstream, told.soak)
    every = [*found["cells"], *found["overload"]]
    if told.json:
        print(
            json.dumps(
                {**found, **{name: [asdict(one) for one in found[name]] for name in ("cells", "overload")}}
            )
        )
    else:
        show(found)
    refused = sum(one.statuses.get(code, 0) for one in found["overload"] for code in ("429", "503"))
    return int(not all(one.good for one in every) or not refused)


def cells(folder: str, upstream: int, told: argparse.Namespace) -> Iterator[Cell]:
    """Every server with every number of connections, whole and streamed."""
    address = f"http://127.0.0.1:{upstream}"
    commands = {"upstream alone": [], BARE: _own("proxy", "--upstream", address)}
    commands |= {name: _guard(upstream, policy) for name, policy in POLICIES.items()}
    bare: dict[tuple[bool, int], float] = {}
    for name, command in commands.items():
        with ExitStack() as stack:
            port = stack.enter_context(server(folder, name, command)) if command else upstream
            _client(port, 4, 1.0)
            for streamed in (False, True):
                for connections in told.connections or CONNECTIONS:
                    (raw,) = _finished(_client_started(port, connections, told.seconds, stream=streamed))
                    key = (streamed, connections)
                    made = cell(name, streamed, connections, raw, bare.get(key))
                    if name == BARE:
                        bare[key] = made.per_second
                    _tell(made)
                    yield made


def overloaded(folder: str, upstream: int, seconds: float) -> Iterator[Cell]:
    """More than it takes at a time, by two keys; each tries again soon."""
    keys = Path(folder) / "keys"
    keys.write_text("".join(f"{name}: {key}\n" for name, key in KEYS.items()), "utf-8")
    command = [*_guard(upstream, "default"), "--keys", str(keys), *OVERLOAD]
    with server(folder, "overload", command) as port:
        running = [_client_started(port, 128, seconds, key=key)[0] for key in KEYS.values()]
        for name, raw in zip(KEYS, _finished(running), strict=True):
            made = cell(f"overload, key {name}", False, 128, raw)
            _tell(made)
            yield made


def soaked(folder: str, upstream: int, minutes: float) -> dict[str, Any]:
    """Memory of the guard under 32 connections, half of them streaming: MiB by minute, and how it grows."""
    running_s = minutes * 60
    with server(folder, "soak", _guard(upstream, "default")) as port:
        process = _processes[port]
        _client(port, 32, min(10.0, running_s / 6))
        clients = [_client_started(port, 16, running_s, stream=streamed)[0] for streamed in (False, True)]
        began, seen = time.monotonic(), []
        while any(client.poll() is None for client in clients):
            time.sleep(max(1.0, running_s / 120))
            seen.append(((time.monotonic() - began) / 60, resident(process.pid) / 2**20))
        found = [
            cell("soak", streamed, 16, raw)
            for streamed, raw in zip((False, True), _finished(clients), strict=True)
        ]
    return {"memory": seen, "growth": growth(seen), "cells": [asdict(one) for one in found]}


def growth(seen: Sequence[tuple[float, float]]) -> dict[str, float]:
    """MiB an hour by least squares, with the first fifth left out as warming up; and the means of the first
    and the last quarter of the rest. Neighbouring samples are alike, so no interval is given."""
    rest = np.array(seen[len(seen) // 5 :])
    if len(rest) < 8:
        return {}
    quarter = len(rest) // 4
    slope = float(np.polyfit(rest[:, 0], rest[:, 1], 1)[0]) * 60
    first, last = (float(part[:, 1].mean()) for part in (rest[:quarter], rest[-quarter:]))
    return {"mib_an_hour": slope, "first_quarter_mib": first, "last_quarter_mib": last}


def cell(name: str, streamed: bool, connections: int, raw: dict[str, Any], bare: float | None = None) -> Cell:
    """One line out of what a client saw."""
    latencies = 1000 * np.array(raw["latencies"] or [np.nan])
    firsts = 1000 * np.array(raw["firsts"] or [np.nan])
    answered = len(raw["latencies"])
    per_second = answered / raw["seconds"]
    return Cell(
        server=name,
        streamed=streamed,
        connections=connections,
        requests=answered,
        per_second=per_second,
        p50_ms=float(np.quantile(latencies, 0.5)),
        p99_ms=float(np.quantile(latencies, 0.99)),
        first_ms=float(np.quantile(firsts, 0.5)),
        statuses=raw["statuses"],
        dropped=raw["dropped"],
        of_bare=per_second / bare if bare else None,
    )


def show(found: dict[str, Any]) -> None:
    """Tables."""
    print(
        f"Python {found['python']}, {found['cores']} cores, one worker; client and servers on one machine.\n"
    )
    print("| server | answers | connections | n/s | of bare | p50 ms | p99 ms | first byte ms | n | errors |")
    print("|---|---|--|--|--|--|--|--|--|---|")
    for one in [*found["cells"], *found["overload"]]:
        bare = "" if one.of_bare is None else f"{one.of_bare:.2f}"
        errors = {**{code: n for code, n in one.statuses.items() if code != "200"}, **one.dropped}
        print(
            f"| {one.server} | {'streamed' if one.streamed else 'whole'} | {one.connections} "
            f"| {one.per_second:.1f} | {bare} | {one.p50_ms:.2f} | {one.p99_ms:.2f} | {one.first_ms:.2f} "
            f"| {one.requests} | {', '.join(f'{name} {n}' for name, n in errors.items()) or 'none'} |"
        )
    if "soak" in found:
        print("\n| minute | MiB |\n|--|--|")
        memory = found["soak"]["memory"]
        for minute, mib in memory[:: -(-len(memory) // SHOWN)]:
            print(f"| {minute:.1f} | {mib:.1f} |")
        print(f"\n{grown(found['soak']['growth'])}")


def grown(told: dict[str, float]) -> str:
    """The fitted growth as a sentence."""
    if not told:
        return "growth: too few samples"
    first, last = told["first_quarter_mib"], told["last_quarter_mib"]
    return f"growth: {told['mib_an_hour']:+.1f} MiB an hour; {first:.1f} MiB at first, {last:.1f} at last"


_processes: dict[int, subprocess.Popen[bytes]] = {}


@contextmanager
def server(folder: str, name: str, command: Sequence[str]) -> Iterator[int]:
    """A server in a process of its own, once it is ready; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = Path(folder) / f"{name}.log"
    with path.open("wb") as log:
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        running = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log, env=env)
        _processes[port] = running
        try:
            for _ in range(1200):
                if running.poll() is not None:
                    raise SystemExit(f"{name} did not start:\n{path.read_text('utf-8', 'replace')}")
                if _ready(port):
                    break
                time.sleep(0.05)
            yield port
        finally:
            running.terminate()
            running.wait(60)


def resident(pid: int) -> int:
    """Bytes in memory of a process and all below it (Linux)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _own(role: str, *more: str) -> list[str]:
    return [sys.executable, str(HERE / "load_servers.py"), role, *more]


def _guard(upstream: int, policy: str) -> list[str]:
    address = f"http://127.0.0.1:{upstream}/v1"
    return [sys.executable, "-c", _CLI, "guard", "serve", "--upstream", address, "--policy", policy]


def _client_started(
    port: int, connections: int, seconds: float, *, stream: bool = False, key: str = ""
) -> list[subprocess.Popen[bytes]]:
    command = [sys.executable, str(HERE / "load_client.py"), "--port", str(port), "--seconds", str(seconds)]
    command += ["--connections", str(connections), "--seed", str(next(_seeds)), "--key", key]
    # A file, since what a long run has seen is more than a pipe holds that nobody reads yet.
    out = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who reads it
    running = subprocess.Popen([*command, *(["--stream"] if stream else [])], stdout=out)
    _seen[running.pid] = out
    return [running]


def _client(port: int, connections: int, seconds: float) -> None:
    """Warm up."""
    _finished(_client_started(port, connections, seconds))


def _finished(clients: Sequence[subprocess.Popen[bytes]]) -> list[dict[str, Any]]:
    found = []
    for client in clients:
        if client.wait():
            raise SystemExit("the client failed")
        with _seen.pop(client.pid) as out:
            out.seek(0)
            found.append(json.load(out))
    return found


def _tell(made: Cell) -> None:
    print(f"{made.server}, {made.connections}: {made.per_second:.0f}/s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
