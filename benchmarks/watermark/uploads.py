"""What uploads get from a detection server: ``python benchmarks/watermark/uploads.py [--gigabytes 2]``.

A real server, ``octarine watermark serve``, in processes of its own. What is sent is made here:

- a video of so many gigabytes (a marked clip and a box of zeros behind it), streamed from a generator; as
  many bytes that say they are a picture; a request that only says it is larger than the limit;
- a video that was cut short, with its index in front and at its end;
- picture bombs: 900 and 100 million pixels in a kilobyte and so on, and the largest that is let in;
- a client that falls silent, and one that trickles while another asks;
- many pictures at once.

For each: the status, the code or the finding, seconds, and the memory (resident, all processes of the server)
before and at most, sampled every 20 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import numpy.typing as npt
from PIL import Image

from octarine.watermark import ImageWatermark, Key, VideoWatermark, write_key

KEY = Key(bytes(range(32)))
PAYLOAD = 0x5EED
PATH = "/v1/watermark/detect"
MIB, GIB = 2**20, 2**30
PIECE = bytes(MIB)
COMMAND = "from octarine.cli.main import main; main()"
RAW = {"content-type": "application/octet-stream"}
Pixels = npt.NDArray[np.uint8]
Sent = Callable[[httpx.AsyncClient], Awaitable[str]]


def drawn(height: int, width: int, seed: int) -> Pixels:
    """Clouds of several sizes, in colour: something that can carry a mark."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for side in (4, 16, 64, 256):
        small = rng.integers(0, 256, (side, side, 3), np.uint8)
        large = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(large, dtype=np.float64) / side**0.3
    return np.asarray(255 * total / total.max(), dtype=np.uint8)


def png(pixels: Pixels) -> bytes:
    """A picture as a file's bytes."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def clip(*, index_first: bool, key: Key | None = KEY, seconds: int = 8, rate: int = 10) -> bytes:
    """A video, MP4, marked under ``key``."""
    wide = drawn(360, 640 + 4 * seconds * rate, 1)
    frames = [wide[:, 4 * n : 4 * n + 640] for n in range(seconds * rate)]
    options = {"movflags": "faststart"} if index_first else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options=options) as container:
            stream: Any = container.add_stream("libx264", rate=rate, options={"crf": "20"})
            stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
            stream.codec_context.time_base = Fraction(1, rate)
            for frame in VideoWatermark(key).embed_frames(frames, PAYLOAD) if key else frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


def bomb(side: int) -> bytes:
    """A black picture of ``side`` × ``side``; beyond what is let in only its head and a few rows."""
    rows = bytes(3 * side + 1)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(rows) for _ in range(side if side <= 8000 else 20)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


async def padded(head: bytes, size: int) -> AsyncIterator[bytes]:
    """``head``, then a box that MP4 readers leave out, to ``size`` bytes."""
    yield head
    left = size - len(head)
    yield struct.pack(">I4sQ", 1, b"free", left)
    left -= 16
    while left:
        yield PIECE[: min(left, MIB)]
        left -= min(left, MIB)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a server, and its process."""
    write_key(folder / "KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", COMMAND, "watermark", "serve", "--port", str(port)]
    command += ["--key-file", f"shop={folder / 'KEY'}", "--audit", str(folder / "audit.jsonl")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | {"TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(60)


def resident(pid: int) -> int:
    """Bytes of a process and all that it began."""
    total = 0
    try:
        total = 4096 * int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(resident(int(child)) for child in (task / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # It ended meanwhile.
    return total


class Memory:
    """Before, and at most, while a block runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()

    def __enter__(self) -> Memory:
        self.before = self.most = resident(self._pid)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, resident(self._pid))


def told(answer: httpx.Response) -> str:
    """Status, and what there is to say of the answer."""
    body = answer.json()
    if body.get("error"):
        return f"{answer.status_code} {body['error']['code']}: {body['error']['message']}"
    if "watermark" not in body:
        return f"{answer.status_code} {body['state']}"
    mark = body["watermark"]
    notes = "".join(f"; the file {note}" for note in mark.get("notes", ()))
    return f"{answer.status_code} {mark['confidence']}, {mark['payload']}{notes}"


async def sent(http: httpx.AsyncClient, content: Any) -> str:
    """Send one file."""
    answer = await http.post(f"{PATH}?wait=60&edits=no", content=content, headers=RAW)
    return told(answer)


async def begun(http: httpx.AsyncClient, said: int, data: bytes) -> str:
    """A request that says it has ``said`` bytes, sends fewer, and waits for what comes."""
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    head = f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1:{http.base_url.port}\r\ncontent-length: {said}\r\n"
    writer.write(f"{head}content-type: application/octet-stream\r\n\r\n".encode() + data)
    began = time.perf_counter()
    try:
        status = (await reader.readuntil(b"\r\n")).split()[1].decode()
        length = int(
            (await reader.readuntil(b"\r\n\r\n")).lower().partition(b"content-length: ")[2].split()[0]
        )
        body = await reader.readexactly(length)
    finally:
        writer.close()
    seconds = time.perf_counter() - began
    return f"{told(httpx.Response(int(status), content=body))} (after {seconds:.1f} s)"


async def trickling(http: httpx.AsyncClient) -> str:
    """A picture in 40 pieces over ten seconds, while another client asks."""
    picture = png(ImageWatermark(KEY).embed(drawn(600, 800, 2), PAYLOAD))

    async def content() -> AsyncIterator[bytes]:
        for number in range(40):
            yield picture[number * len(picture) // 40 : (number + 1) * len(picture) // 40]
            await asyncio.sleep(0.25)

    slow = asyncio.create_task(sent(http, content()))
    await asyncio.sleep(1)
    began = time.perf_counter()
    other = await sent(http, picture)
    seconds = time.perf_counter() - began
    return f"{await slow}; the other: {other} after {seconds:.1f} s"


async def many(http: httpx.AsyncClient, count: int) -> str:
    """``count`` pictures at once."""
    picture = png(ImageWatermark(KEY).embed(drawn(1200, 1600, 3), PAYLOAD))

    async def one() -> str:
        try:
            return await sent(http, picture)
        except httpx.TransportError as error:
            return f"no answer ({type(error).__name__})"

    answers = await asyncio.gather(*(one() for _ in range(count)))
    counts = Counter(one.partition(":")[0] for one in answers)
    return f"{count} of {len(picture) / 1e6:.1f} MB: " + "; ".join(
        f"{n} × {one}" for one, n in counts.items()
    )


def cases(gigabytes: float, count: int) -> dict[str, Sent]:
    """Name → what is sent."""
    size = round(gigabytes * GIB)
    video, late = clip(index_first=True), clip(index_first=False)
    picture = b"\x89PNG\r\n\x1a\n"
    return {
        f"video of {gigabytes:g} GiB": lambda http: sent(http, padded(video, size)),
        f"picture of {gigabytes:g} GiB": lambda http: sent(http, padded(picture, size)),
        "says that it has 5 GiB": lambda http: begun(http, 5 * GIB, video),
        "the same video, small": lambda http: sent(http, video),
        "cut to 60 %, index in front": lambda http: sent(http, video[: len(video) * 6 // 10]),
        "cut to 60 %, index at the end": lambda http: sent(http, late[: len(late) * 6 // 10]),
        "bomb, 30,000 × 30,000": lambda http: sent(http, bomb(30_000)),
        "bomb, 10,000 × 10,000": lambda http: sent(http, bomb(10_000)),
        "let in, 8,000 × 8,000, black": lambda http: sent(http, bomb(8_000)),
        "falls silent": lambda http: begun(http, MIB, late[:10_000]),
        "trickles for 10 s": trickling,
        "many at once": lambda http: many(http, count),
    }  # fmt: skip


async def asked(url: str, send: Sent) -> str:
    """What a client is told; where the server hangs up, that."""
    limits = httpx.Limits(max_connections=None)
    timeout = httpx.Timeout(900)
    async with httpx.AsyncClient(base_url=url, timeout=timeout, limits=limits, trust_env=False) as http:
        try:
            return await send(http)
        except httpx.TransportError as error:
            return f"no answer: {type(error).__name__}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--at-once", type=int, default=48)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="uploads-") as folder, served(Path(folder)) as (url, pid):
        for name, send in cases(options.gigabytes, options.at_once).items():
            began = time.perf_counter()
            with Memory(pid) as memory:
                said = asyncio.run(asked(url, send))
            left = sum(one.stat().st_size for one in Path(folder).rglob("octarine-*") if one.is_file())
            print(
                f"{name:30s} {time.perf_counter() - began:6.1f} s  {memory.before / MIB:4.0f} → "
                f"{memory.most / MIB:4.0f} MiB  {left} bytes left  {said}",
                flush=True,
            )


if __name__ == "__main__":
    main()
