"""The command line as a process: streams that know only ASCII, readers that go away, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from octarine.core.results import RunStatus
from octarine.store import open_store

SLOW = """
import time

def reply(prompt: str) -> str:
    with open("calls.txt", "a") as calls:
        calls.write(".")
    time.sleep(0.02)
    return "A wren."
"""

UNGUARDED = ("--guard", "none")
"""What is tested here needs no second run."""


@pytest.fixture
def environment(tmp_path):
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))
    }
    return {**kept, "OCTARINE_STORE": str(tmp_path / "results.sqlite"), "COLUMNS": "80"}


def octarine(folder, environment, *args, **options):
    return subprocess.Popen(
        [*COMMAND, *args],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


COMMAND = [sys.executable, "-c", "from octarine.cli.main import main; main()"]


def output(process):
    with process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err.decode()


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_terminal_of_few_characters_gets_the_figures(tmp_path, environment, settings):
    code, out, err = output(
        octarine(tmp_path, environment | settings, "assess", "scripted:refuse", *UNGUARDED)
    )
    assert (code, err) == (0, "")
    assert b"100 % [83, 100]" in out
    assert b"? 95 %" in out
    args = ["evaluate", "show", "--json"]
    code, out, err = output(octarine(tmp_path, environment | settings, *args))
    assert (code, err) == (0, "")
    assert json.loads(out)["scorecard"]["samples"] > 200
    code, out, err = output(octarine(tmp_path, environment | settings, "assess", "--help"))
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    "args",
    [
        ["assess", "--help"],
        ["data", "list"],
        ["data", "list", "--json"],
        ["assess", "scripted:refuse", *UNGUARDED],
        ["assess", "scripted:refuse", "--json", *UNGUARDED],
    ],
)
def test_a_reader_that_goes_away_is_no_finding(tmp_path, environment, args):
    with octarine(tmp_path, environment, *args) as process:
        process.stdout.close()
        err = process.stderr.read().decode()
        assert process.wait(60) == 0, err
    assert err == ""


def results_in(path):
    if not path.exists():
        return 0
    with open_store(str(path)) as store:
        return store.runs()[0].results if store.runs() else 0


def test_ctrl_c_keeps_what_was_done_and_the_same_command_continues(tmp_path, environment):
    (tmp_path / "slow_bot.py").write_text(SLOW, "utf-8")
    path = tmp_path / "results.sqlite"
    args = ["assess", "python:slow_bot:reply", "--json", *UNGUARDED]
    with octarine(tmp_path, environment, *args) as process:
        deadline = time.monotonic() + 30
        while not results_in(path) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert out == b""
    assert err.decode().strip() == "Interrupted. What was done is kept: the same command continues."
    with open_store(str(path)) as store:
        assert store.runs()[0].status is RunStatus.STOPPED
    asked = (tmp_path / "calls.txt").stat().st_size
    code, out, _ = output(octarine(tmp_path, environment, *args))
    card = json.loads(out)["scorecard"]
    assert code == 0
    assert card["samples"] == card["planned"]
    # One call was in flight, at most.
    assert asked - 1 <= card["effort"]["reused"] <= asked
    assert card["effort"]["generated"] == (tmp_path / "calls.txt").stat().st_size - asked
