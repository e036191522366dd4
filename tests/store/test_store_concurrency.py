"""Processes that write at once lose nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from stored_records import records, run

from octarine.store import open_store

SCRIPT = Path(__file__).with_name("contending_writer.py")


def write_at_once(url: str, tasks: list[tuple[str, int, int]]) -> None:
    """One process for each (run, first record, count), started together, on a store that is not there yet."""
    writers = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), url, name, str(first), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, first, count in tasks
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors


def test_two_processes_in_two_runs_that_share_answers(url: str) -> None:
    write_at_once(url, [("one", 0, 400), ("two", 200, 400)])
    with open_store(url) as store:
        assert [row.position for row in store.scores("one")] == list(range(400))
        assert [row.position for row in store.scores("two")] == list(range(200, 600))
        assert sum(1 for _ in store.results("two")) == 400
        assert store._engine.rows("SELECT COUNT(*) FROM completions") == [(600,)]
        assert {found.run.id for found in store.runs()} == {"one", "two"}


def test_three_processes_in_the_same_run(url: str) -> None:
    write_at_once(url, [("same", 0, 300), ("same", 0, 300), ("same", 100, 300)])
    with open_store(url) as store:
        assert [row.position for row in store.scores("same")] == list(range(400))
        assert store._engine.rows("SELECT COUNT(*), MAX(attempt) FROM results") == [(400, 0)]
        assert len(store.events("same")) == 3


def test_threads_that_share_a_store(url: str) -> None:
    with open_store(url) as store:
        store.begin_run(run())

        def write(first: int) -> None:
            for start in range(first, first + 100, 10):
                store.add(run().id, records(range(start, start + 10)))

        threads = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [row.position for row in store.scores(run().id)] == list(range(300))
