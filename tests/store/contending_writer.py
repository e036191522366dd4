"""A program that adds batches to a store while another one does the same.

    python contending_writer.py URL RUN FIRST COUNT

Waits for a line on standard input, then adds COUNT records from FIRST on, every second batch backwards.
"""

from __future__ import annotations

import sys

from stored_records import records, run

from octarine.store import open_store

BATCH = 10


def main(url: str, name: str, first: int, count: int) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    with open_store(url) as store:
        store.begin_run(run(name))
        for place, start in enumerate(range(first, first + count, BATCH)):
            batch = records(range(start, start + BATCH))
            store.add(name, batch if place % 2 else batch[::-1])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
