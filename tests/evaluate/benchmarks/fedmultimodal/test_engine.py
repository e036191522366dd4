"""Flower's rounds in this process: its aggregation by hand, and that nothing leaves the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from octarine.evaluate.benchmarks.fedmultimodal import engine
from octarine.evaluate.benchmarks.fedmultimodal.engine import Strategy, federate
from octarine.evaluate.benchmarks.fedmultimodal.network import patches
from octarine.evaluate.benchmarks.fedmultimodal.training import Lesson, Settings

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not __import__("importlib.util").util.find_spec("flwr"), reason="the extra federated"),
]
START = [np.zeros((2, 2), dtype=np.float32), np.ones(3, dtype=np.float32)]


def lesson(n: int) -> Lesson:
    empty = np.zeros((n, 32, 3), dtype=np.float32)
    return Lesson(patches(empty, empty), np.zeros(n, dtype=np.int64))


@pytest.fixture
def planted(monkeypatch):
    """A client of n windows adds n."""

    def add(parameters, lesson, settings, random, epochs=1):
        return [array + len(lesson.labels) for array in parameters]

    monkeypatch.setattr(engine, "train", add)


def run(strategy, rounds, lessons=None, settings=Settings()):  # noqa: B008 - frozen
    seen = []
    known = {0: lesson(10), 1: lesson(30), 2: lesson(50)} if lessons is None else lessons
    last = federate(strategy, START, known, rounds, settings, 0, seen.append)
    return seen, last


def test_fedavg_weighs_clients_by_their_windows(planted):
    seen, last = run(Strategy.FEDAVG, [[0, 1], [2]])
    step = (10 * 10 + 30 * 30) / 40
    assert np.allclose(seen[0][0], step)
    assert np.allclose(seen[1][1], 1 + step + 50)
    assert np.allclose(last[0], step + 50)


def test_fedopt_is_descent_with_momentum_on_the_mean_change(planted):
    seen, _ = run(Strategy.FEDOPT, [[0], [1], [2]], settings=Settings(server_rate=0.5, server_momentum=0.9))
    speed, place = 0.0, 0.0
    for found, change in zip(seen, (10, 30, 50), strict=True):
        speed = 0.9 * speed + change
        place += 0.5 * speed
        assert np.allclose(found[0], place, rtol=1e-6)


def test_clients_without_anything_to_learn_are_passed_over(planted):
    seen, _ = run(Strategy.FEDAVG, [[0, 7], [7], [1]])
    assert np.allclose(seen[0][0], 10)
    assert np.allclose(seen[1][0], 10)  # nobody answered: the model stays
    assert np.allclose(seen[2][0], 40)


def test_no_client_at_all_leaves_the_start(planted):
    _, last = run(Strategy.FEDOPT, [[7], [8]])
    assert np.array_equal(last[1], START[1])


def test_flowers_identity_is_given_back(planted):
    from flwr.supercore.task_identity import TaskIdentity

    run(Strategy.FEDAVG, [[0]])
    with pytest.raises(RuntimeError):
        _ = TaskIdentity.run_id


WATCHED = """
import sys
seen = []
def watch(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        seen.append((event, repr(args)))
sys.addaudithook(watch)
{before}
from octarine.cli.main import cli
cli(["evaluate", "federated", "--strategy", "fedavg,fedopt", "--corruption", "missing-modality",
     "--rates", ".5", "--rounds", "3", "--repeats", "2", "--json"], standalone_mode=False)
from flwr.supercore import telemetry
assert telemetry.FLWR_TELEMETRY_ENABLED == "0"
print(seen, file=sys.stderr)
sys.exit(7 if seen else 0)
"""


@pytest.mark.parametrize(
    ("before", "code"), [("", 0), ("import socket; socket.getaddrinfo('127.0.0.1', 9)", 7)]
)
def test_no_socket_is_opened_in_a_whole_run(before, code, tmp_path):
    """Every connection, message and look-up by any library; and the watch sees one when there is one."""
    environment = os.environ | {"FLWR_TELEMETRY_ENABLED": "1", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", WATCHED.format(before=before)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == code, done.stderr[-2000:]
    assert not list(tmp_path.glob(".flwr*"))
