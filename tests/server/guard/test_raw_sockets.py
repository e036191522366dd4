"""Bytes that are no request, on a real socket: an answer or a closed connection, never a hang, and what comes
next is served."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest

from octarine.server.limits import Limits
from tests.server.guard.running import application, served

NOISE = random.Random(5).randbytes(4096)
HEAD = b"POST /v1/guard HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
COMPLETE = [
    NOISE,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + NOISE[:500],  # a TLS hello at a plain port
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    b"\x00\r\n\r\n",
    HEAD + b"content-length: -1\r\n\r\n",
    HEAD + b"content-length: 99999999999999999999999\r\n\r\n",
    HEAD + b"content-length: 2\r\ncontent-length: 9\r\n\r\n{}",
    HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    HEAD + b"content-length: 4\r\n\r\n\xff\xfe{}",
    HEAD + b"content-length: 2\r\n\r\n{}",
]
UNFINISHED = [
    HEAD + b"content-length: 100\r\n\r\n{",
    HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
]


async def sent(port, data):
    """What comes back until the server has nothing more to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    came = b""
    try:
        writer.write(data)
        await writer.drain()
        while piece := await asyncio.wait_for(reader.read(65_536), 20):
            came += piece
            if b"\r\n\r\n" in came:
                break
    except ConnectionError:
        pass
    finally:
        writer.close()
    return came


@pytest.mark.parametrize("requests", [COMPLETE, UNFINISHED], ids=["complete", "unfinished"])
async def test_garbage_is_answered_or_cut_off_and_the_next_is_served(requests):
    limits = Limits(body_s=0.3)
    async with served(application(None, limits=limits)) as url:
        port = int(url.rpartition(":")[2])
        for data in requests:
            came = await sent(port, data)
            assert b" 500 " not in came.partition(b"\r\n")[0]
            if came.startswith(b"HTTP/1.1 200"):
                assert data.startswith(b"GET /healthz")
            if requests is UNFINISHED:
                assert b" 408 " in came.partition(b"\r\n")[0]
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{url}/healthz")).status_code == 200
            assert (await http.post(f"{url}/v1/guard", json={"input": "hello"})).json()["allowed"]
