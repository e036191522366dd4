"""A page that a command serves, in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

OCTARINE = "from octarine.cli.main import main; main()"


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """The address that ``octarine ARGUMENTS`` prints, once something listens there; it ends with Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-c", OCTARINE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    address = re.search(r"http://[^\s:]+:(\d+)/\S*", line)
    assert address, line + process.stdout.read()
    # The address is printed just before anything listens.
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(address[1]))) == 0:
                break
        time.sleep(0.1)
    yield address[0]
    process.send_signal(2)
    assert process.wait(timeout=60) in (0, 130)
    process.stdout.close()
