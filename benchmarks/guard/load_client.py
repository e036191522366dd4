"""Loads a server and says what came back, as JSON. A process of its own, on bare sockets.

    python benchmarks/guard/load_client.py --port 9003 --connections 32 --seconds 5 [--stream] [--key KEY]

Every connection sends a request, waits for the whole answer, and sends the next on the same connection. Each
asks something new: an ordinary request of those that ship, numbered. No request begins after ``--seconds``;
those that are under way are waited for, ``--patience`` seconds at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

HOST = "127.0.0.1"


@dataclass
class Loaded:
    """What came back.

    Attributes:
        seconds: from the first request to the last answer.
        statuses: of answers that came whole.
        dropped: requests without a whole answer, by what happened.
        latencies: seconds from a request to the end of its answer, of those with status 200.
        firsts: seconds to the first byte of the body, of the same.
    """

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)


class Connection:
    """One connection that is kept, and opened again where the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, float]:
        """Status, and when the body began; returns once the answer is whole.

        Raises:
            OSError, EOFError, ValueError: there is none, or it breaks off.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        first = await self._body(reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return status, first

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> float:
        if "content-length" in headers:
            await reader.readexactly(int(headers["content-length"]))
            return time.perf_counter()
        first = 0.0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            first = first or time.perf_counter()
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
        return first or time.perf_counter()

    def close(self) -> None:
        """Let go of it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def load(told: argparse.Namespace, texts: list[str]) -> Loaded:
    """Load the server."""
    found, numbers = Loaded(), count(told.seed)
    began = time.perf_counter()

    async def one() -> None:
        connection = Connection(told.port)
        while time.perf_counter() - began < told.seconds:
            number = next(numbers)
            request = request_of(f"{texts[number % len(texts)]} ({number})", told.stream, told.key)
            started = time.perf_counter()
            try:
                async with asyncio.timeout(told.patience):
                    status, first = await connection.ask(request)
            except (OSError, EOFError, ValueError) as error:
                # TimeoutError is an OSError, IncompleteReadError an EOFError.
                found.dropped[type(error).__name__] += 1
                connection.close()
                continue
            found.statuses[status] += 1
            if status == 200:
                found.latencies.append(time.perf_counter() - started)
                found.firsts.append(first - started)
            else:
                await asyncio.sleep(told.backoff)
        connection.close()

    await asyncio.gather(*(one() for _ in range(told.connections)))
    found.seconds = time.perf_counter() - began
    return found


def request_of(text: str, stream: bool, key: str) -> bytes:
    """A whole HTTP request for a chat completion."""
    asked = {"model": "m", "messages": [{"role": "user", "content": text}], "stream": stream}
    body = json.dumps(asked, separators=(",", ":")).encode()
    head = [
        "POST /v1/chat/completions HTTP/1.1",
        f"host: {HOST}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *([f"authorization: Bearer {key}"] if key else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def main() -> None:
    """Load, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--backoff", type=float, default=0.05, help="Seconds after a refusal.")
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--key", default="")
    parser.add_argument("--seed", type=int, default=0, help="The first number; another one for each run.")
    from octarine.cli.guard_texts import ordinary_texts

    print(json.dumps(vars(asyncio.run(load(parser.parse_args(), ordinary_texts())))))


if __name__ == "__main__":
    main()
