"""Nothing goes out unless the user named a time-stamp authority: the kernel and a server watch."""

from __future__ import annotations

import http.server
import os
import platform
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from octarine.core.errors import InputError
from octarine.credentials import State, sign, verify
from tests.credentials import files
from tests.credentials.conftest import GENERATED

SCRIPT = Path(__file__).with_name("without_network.py")
linux = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="needs Linux's seccomp"
)


@pytest.fixture
def server():
    """A loopback server that refuses everything, and what it was asked."""
    asked: list[str] = []

    class Refuse(http.server.BaseHTTPRequestHandler):
        def _refuse(self):
            asked.append(f"{self.command} {self.path}")
            self.send_error(500)

        do_GET = do_POST = _refuse  # noqa: N815

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Refuse) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
        thread.join()


def alone(folder: Path, task: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, task],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    if done.returncode == 77:
        pytest.skip("this kernel lets no process filter its system calls")
    return done


@linux
def test_signing_and_verifying_open_no_socket(tmp_path, signer):
    for name in ("png", "jpg"):
        files.noise(tmp_path / f"in.{name}")
    files.remote(tmp_path / "in.jpg", tmp_path / "remote.jpg", "http://127.0.0.1:9/m.c2pa", signer.open())
    done = alone(tmp_path, "sign")
    assert (done.returncode, done.stdout) == (0, "done without a socket\n"), done.stderr


@linux
def test_a_socket_would_have_ended_that_process(tmp_path):
    assert alone(tmp_path, "socket").returncode == -signal.SIGSYS


def test_an_address_in_a_file_is_told_and_not_asked(tmp_path, signer, trust, server):
    address, asked = server
    source = files.noise(tmp_path / "in.jpg")
    path = files.remote(source, tmp_path / "remote.jpg", f"{address}/m.c2pa", signer.open())
    verdict = verify(path, trust)
    assert (verdict.state, verdict.remote) == (State.NONE, f"{address}/m.c2pa")
    sign(path, tmp_path / "again.jpg", signer, GENERATED)
    assert asked == []


def test_a_time_stamp_authority_is_asked_only_where_it_is_named(tmp_path, signer, server):
    address, asked = server
    source = files.noise(tmp_path / "in.jpg")
    sign(source, tmp_path / "a.jpg", signer, GENERATED)
    assert asked == []
    with pytest.raises(InputError, match="gave no time-stamp"):
        sign(source, tmp_path / "b.jpg", signer, GENERATED, timestamp_authority=f"{address}/tsa")
    assert asked == ["POST /tsa"]
    assert not (tmp_path / "b.jpg").exists()
    with pytest.raises(InputError, match="no address"):
        sign(source, tmp_path / "b.jpg", signer, GENERATED, timestamp_authority="tsa.example")
