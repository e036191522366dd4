"""``octarine guard serve`` as a process: workers, signals, exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI

from octarine.cli.main import run
from octarine.server.audit import verify
from tests.models.loopback_server import Answer, chat, loopback
from tests.server.guard.running import chunk

SENTENCE = "The birch stands by the lake, and the wind goes through it all day long. "
POLICY = """
name: ours
version: 1.0.0
categories: {denied_word: {action: block}}
words: [{id: w, terms: [%s]}]
unscannable: block
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@asynccontextmanager
async def process(tmp_path, *arguments, **environment):
    """The command, once it is ready; its address and itself."""
    port = free_port()
    log = (tmp_path / "server.log").open("wb")
    code = "import sys; from octarine.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "guard", "serve", "--port", str(port)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    running = subprocess.Popen([*command, *map(str, arguments)], stderr=log, stdout=log, env=env)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(2_400):
                assert running.poll() is None, (tmp_path / "server.log").read_text()
                try:
                    if (await client.get(f"{url}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        yield url, running
    finally:
        if running.poll() is None:
            running.terminate()
        running.wait(30)
        log.close()


async def test_workers_share_an_address_an_audit_log_and_their_numbers(tmp_path):
    policy, audit = tmp_path / "p.yaml", tmp_path / "audit.jsonl"
    policy.write_text(POLICY % "heron", "utf-8")
    async with loopback(chat("Hello.")) as up:
        arguments = ("--upstream", up.url, "--policy", policy, "--workers", 2, "--audit", audit)
        async with process(tmp_path, *arguments) as (url, running):

            async def ask(text):
                # A new connection each time, so that the kernel deals them out.
                async with AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client:
                    answer = await client.chat.completions.create(
                        model="m", messages=[{"role": "user", "content": text}]
                    )
                return answer.choices[0].finish_reason

            assert await ask("a heron") == "content_filter"
            assert await asyncio.gather(*(ask("a crane") for _ in range(40))) == ["stop"] * 40
            policy.write_text(POLICY % "crane", "utf-8")
            os.kill(running.pid, signal.SIGHUP)
            for _ in range(100):
                reasons = set(await asyncio.gather(*(ask("a crane") for _ in range(8))))
                if reasons == {"content_filter"}:
                    break
                await asyncio.sleep(0.05)
            assert set(await asyncio.gather(*(ask("a crane") for _ in range(30)))) == {"content_filter"}
            assert await ask("a heron") == "stop"
            await asyncio.sleep(1.5)
            async with httpx.AsyncClient() as client:
                numbers = (await client.get(f"{url}/metrics")).text
        assert running.returncode == 0
    lines = [json.loads(line) for line in audit.read_text("utf-8").splitlines()]
    assert not verify(audit).problems
    assert "octarine_workers 2" in numbers
    counted = sum(
        float(line.rpartition(" ")[2])
        for line in numbers.splitlines()
        if line.startswith("octarine_guard_requests_total")
    )
    assert counted == len(lines)
    assert run(["guard", "audit", str(audit)]) == 0
    text = audit.read_text("utf-8")
    audit.write_text(text.replace('"action":"block"', '"action":"allow"', 1), "utf-8")
    assert run(["guard", "audit", str(audit), "--json"]) == 1


async def test_no_request_is_dropped_while_the_policy_is_read_again(tmp_path):
    policy = tmp_path / "p.yaml"
    policy.write_text(POLICY % "heron", "utf-8")
    async with (
        loopback(chat("Hello.")) as up,
        process(tmp_path, "--upstream", up.url, "--policy", policy) as (url, running),
        AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        until, answered = time.monotonic() + 2.5, 0

        async def ask():
            nonlocal answered
            while time.monotonic() < until or answered <= 50:
                message = {"role": "user", "content": "hello"}
                await client.chat.completions.create(model="m", messages=[message])
                answered += 1

        async def change():
            for number in range(5):
                policy.write_text(POLICY % f"heron{number}", "utf-8")
                os.kill(running.pid, signal.SIGHUP)
                await asyncio.sleep(0.4)

        await asyncio.gather(change(), *(ask() for _ in range(8)))
        async with httpx.AsyncClient() as http:
            numbers = (await http.get(f"{url}/metrics")).text
    assert answered >= 16
    (done,) = [line for line in numbers.splitlines() if line.startswith("octarine_policy_reloads_total")]
    assert float(done.rpartition(" ")[2]) >= 2


async def test_what_has_begun_ends_when_the_server_is_told_to_stop(tmp_path):
    said = [chunk(content=SENTENCE) for _ in range(40)]
    answer = Answer.of_events(*said, chunk(finish="stop"), pause_s=0.05)
    async with (
        loopback(answer) as up,
        process(tmp_path, "--upstream", up.url, "--policy", "personal-data") as (url, running),
        AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hello"}], stream=True
        )
        chunks = [await anext(stream)]
        running.send_signal(signal.SIGTERM)
        chunks += [one async for one in stream]
    assert "".join(one.choices[0].delta.content or "" for one in chunks) == SENTENCE * 40
    assert running.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--policy", "nothing-like-it"], "no policy is called 'nothing-like-it'"),
        (["--upstream", "ftp://x"], "no http URL"),
        (["--upstream", "http://x/v1#model"], "names a model"),
        (["--host", "0.0.0.0"], "no key is asked for"),
        (["--keys", "none.txt"], "none.txt"),
        (["--audit", "."], "s a directory"),
        (["--tls-key", "k.pem"], "go together"),
        (["--ask", "llama-guard-3"], "nothing behind the colon"),
        (["--otel"], "where traces go"),
    ],
)
def test_a_mistake_is_told_before_anything_is_served(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert run(["guard", "serve", "--check-only", "--port", str(free_port()), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_an_address_that_is_taken_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["guard", "serve", "--port", port, "--policy", "personal-data"]) == 2
    assert port in capsys.readouterr().err


def test_check_only_serves_nothing(capsys):
    port = free_port()
    assert run(["guard", "serve", "--port", str(port), "--policy", "personal-data", "--check-only"]) == 0
    assert f"http://127.0.0.1:{port}/v1" in capsys.readouterr().err


def test_check_only_tells_whom_it_asks_and_what_a_stream_may_outrun(capsys):
    arguments = ["--port", str(free_port()), "--ask", "llm-judge:http://127.0.0.1:1/v1#m", "--check-only"]
    assert run(["guard", "serve", *arguments]) == 0
    told = capsys.readouterr().err
    assert "it asks llm-judge:http://127.0.0.1:1/v1#m" in told
    assert "json_web_token: needs any number of characters" in told


def test_the_audit_command_names_what_is_wrong(capsys, tmp_path):
    assert run(["guard", "audit", str(tmp_path / "none")]) == 2
    path = Path(tmp_path / "a.jsonl")
    path.write_text("{}\n", "utf-8")
    assert run(["guard", "audit", str(path)]) == 1
    assert "a.jsonl:1: no record" in capsys.readouterr().out
