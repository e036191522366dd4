"""A real HTTP server on the loopback interface that says what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What is sent back. ``pieces`` go out one by one as chunks; ``broken`` drops the connection then."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()
    delay_s: float = 0.0
    pause_s: float = 0.0
    broken: bool = False

    @staticmethod
    def of_json(data: Any, status: int = 200, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, {"content-type": "application/json", **named}, (json.dumps(data).encode(),))

    @staticmethod
    def of_text(text: str, status: int = 200, content_type: str = "text/html") -> Answer:
        return Answer(status, {"content-type": content_type}, (text.encode(),))

    @staticmethod
    def of_events(*data: Any, done: bool = True, **fields: Any) -> Answer:
        lines = [f"data: {item if isinstance(item, str) else json.dumps(item)}\n\n" for item in data]
        lines += ["data: [DONE]\n\n"] if done else []
        pieces = tuple(line.encode() for line in lines)
        return Answer(200, {"content-type": "text/event-stream"}, pieces, **fields)


def chat(text: str, **message: Any) -> Answer:
    """A chat completion that says ``text``."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": "stop",
    }
    return Answer.of_json({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})


class Loopback:
    """``answers`` are given in turn, the last one for ever; or ``answers`` is a function of the request."""

    def __init__(self, *answers: Answer | Callable[[Asked], Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                await _write(writer, self._answer(asked))
            finally:
                self.in_flight -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # The client went away, which is what some tests have it do.
        finally:
            writer.close()

    def _answer(self, asked: Asked) -> Answer:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer(asked) if callable(answer) else answer


@asynccontextmanager
async def loopback(*answers: Answer | Callable[[Asked], Answer]) -> AsyncIterator[Loopback]:
    """The server, for as long as the block lasts."""
    served = Loopback(*answers)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served.handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    await asyncio.sleep(answer.delay_s)
    headers = {"connection": "close", "transfer-encoding": "chunked", **answer.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {answer.status} Told\r\n{head}\r\n".encode())
    for piece in answer.pieces:
        if piece:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(answer.pause_s)
    if not answer.broken:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
