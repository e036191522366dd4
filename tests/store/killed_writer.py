"""A program that kills writers of a store at random moments and prints what they had been told was kept.

    python killed_writer.py FOLDER ROUNDS SEED

Each writer is a fork that opens a store, begins a run and adds batches without end, telling when ``add`` has
returned from one. Some are killed while they make the file, most while they write. Prints one JSON line for
each round: what the writer had told, and what is found afterwards.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from stored_records import record, run

from octarine.store import Store, open_store

BATCH = 20


def write_for_ever(path: Path, name: str, tell: int) -> None:
    with open_store(str(path)) as store:
        store.begin_run(run(name))
        os.write(tell, b"b")
        for number in range(10_000):
            store.add(name, [record(number * BATCH + place) for place in range(BATCH)])
            os.write(tell, b".")


def start(path: Path, name: str) -> tuple[int, int]:
    """A writer's process id, and the pipe that it tells into."""
    reading, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write_for_ever(path, name, tell)
        finally:
            os._exit(1)
    os.close(tell)
    return child, reading


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, "the writer ended by itself"


def time_of_first_batch(path: Path) -> float:
    """Seconds from the start of a writer on a new file to its first batch: sets the pace for this machine."""
    before = time.perf_counter()
    child, reading = start(path, "pace")
    with os.fdopen(reading, "rb") as told:
        said = told.read(2)
        seconds = time.perf_counter() - before
        kill(child)
    assert said == b"b.", said
    return seconds


def kill_one(path: Path, name: str, delay_s: float) -> tuple[bool, int]:
    """Whether the run was said to have begun, and how many batches were said to be kept."""
    child, reading = start(path, name)
    time.sleep(delay_s)
    kill(child)
    with os.fdopen(reading, "rb") as told:
        said = told.read()
    return said.startswith(b"b"), said.count(b".")


def positions(store: Store, name: str) -> Iterator[int]:
    return (row.position for row in store.scores(name))


def check(path: Path, name: str, thorough: bool) -> dict[str, object]:
    """What a new process finds."""
    with open_store(str(path)) as store:
        found = list(positions(store, name))
        whole = sum(1 for _ in store.results(name)) if thorough else len(found)
        begun = any(record.run.id == name for record in store.runs(limit=5))
    sound = "ok"
    if thorough:
        connection = sqlite3.connect(path)
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
    return {"positions": found, "whole": whole, "begun": begun, "sound": sound}


def main(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    pace = time_of_first_batch(folder / "pace.sqlite")
    for number in range(rounds):
        # Every fifth round begins with no file, so that making the tables is killed too.
        path = folder / f"store-{number // 5}.sqlite"
        name = f"run{number:03d}"
        longest = pace if number % 5 == 0 else 3 * pace
        begun, kept = kill_one(path, name, chance.uniform(0.0, longest))
        found = check(path, name, thorough=number % 5 == 4)
        print(json.dumps({"said_begun": begun, "said_kept": kept, **found}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
