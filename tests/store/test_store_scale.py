"""Many results, little memory, little time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from stored_records import Place, record, run

from octarine.core.content import Part
from octarine.core.results import Completion, Outcome
from octarine.store import Record, Store, open_store

N = 20_000
TEXT = 1_000
RUN = run()


def large_record(number: int) -> Record:
    """With about a kilobyte of answer."""
    made = record(
        number, Place(outcome=(Outcome.DEFLECTED, Outcome.COMPLIED)[number % 2], score=1.0 - number % 2)
    )
    answer = Completion(parts=(Part.of_text(f"{number} ".ljust(TEXT, "x")),))
    return replace(made, completion=answer)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, float]]:
    """A store with N results, and the CPU seconds that ``add`` took for each."""
    cpu = 0.0
    with open_store(str(tmp_path_factory.mktemp("scale") / "store.sqlite")) as store:
        store.begin_run(RUN)
        for start in range(0, N, 256):
            batch = [large_record(number) for number in range(start, min(start + 256, N))]
            for made in batch:
                assert made.sample.key  # a run has computed it before it adds
            before = time.process_time()
            store.add(RUN.id, batch)
            cpu += time.process_time() - before
        yield store, cpu / N


def test_storing_costs_little(filled: tuple[Store, float]) -> None:
    _, seconds = filled
    # 0.06 ms on the machine it was written on; the bound leaves room for a slower and busier one.
    assert seconds < 0.0006


def test_a_summary_reads_no_payload(filled: tuple[Store, float]) -> None:
    store, _ = filled
    tracemalloc.start()
    rows = store.summary(RUN.id)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [(row.outcome, row.n, row.total) for row in rows] == [
        (Outcome.COMPLIED, N // 2, 0.0),
        (Outcome.DEFLECTED, N // 2, N / 2),
    ]
    assert peak < 100_000


@pytest.mark.parametrize(("read", "bound"), [("results", 8e6), ("scores", 4e6)])
def test_reading_streams(filled: tuple[Store, float], read: str, bound: float) -> None:
    store, _ = filled
    tracemalloc.start()
    count = sum(1 for _ in getattr(store, read)(RUN.id))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == N
    # All answers together are N * TEXT = 20 MB; a page of a thousand rows is well below the bound.
    assert peak < bound


def test_the_file_is_not_much_larger_than_what_is_in_it(filled: tuple[Store, float]) -> None:
    store, _ = filled
    size = Path(store.url.removeprefix("sqlite:///")).stat().st_size
    assert size < 2.5 * N * TEXT
