"""A million results into the store, then summarised, without reading them into memory.

    python benchmarks/store_million.py [--n 1000000] [--url PATH|postgresql://…] [--batch 256]

Every result is a sample, a completion and a judgement of its own: the worst case. Prints rows per second and
CPU per row, the time of the summary and of streaming the scores, and the peak of resident memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.results import (
    Completion,
    Evidence,
    Judgement,
    ModelIdentity,
    Outcome,
    Run,
    RunStatus,
    Settings,
    Usage,
    completion_key,
    judgement_key,
)
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.store import Record, Store, open_store

T = TypeVar("T")
MODEL = ModelIdentity("scripted:benchmark", "1")
RUN = Run("store-million", MODEL, Settings(), "benchmark", "1", "2025-01-01T00:00:00+00:00")
DIMENSIONS = list(Dimension)
OUTCOMES = [Outcome.DEFLECTED, Outcome.COMPLIED, Outcome.PARTIAL]


def record(number: int) -> Record:
    """The result at a position; about 1 kB of payloads."""
    sample = Sample(
        id=f"sample-{number:07d}",
        conversation=Conversation.user(f"Request number {number}: " + "a few words of a prompt " * 8),
        expectation=Expectation(Behaviour.DEFLECT, "refusal"),
        dimension=DIMENSIONS[number % len(DIMENSIONS)],
        objectives=("safety.deflects_harm",),
        language=("en", "fr", "sw")[number % 3],
        group=f"group-{number // 2}",
        variant=("harmful", "benign")[number % 2],
        provenance=Provenance("benchmark", "1"),
    )
    completion = Completion.of_text(f"Answer {number}: I cannot help with that. " * 4, usage=Usage(40, 32))
    outcome = OUTCOMES[number % len(OUTCOMES)]
    judgement = Judgement(
        outcome,
        float(outcome is Outcome.DEFLECTED),
        "refusal",
        "1",
        {"deflected": 0.9},
        (Evidence("x", 0, 8),),
    )
    key = completion_key(sample.conversation, MODEL, RUN.settings)
    verdict = judgement_key(key, sample.expectation, "1")
    return Record(sample, 0, number, key, completion, verdict, judgement)


def insert(store: Store, n: int, batch: int) -> tuple[float, float]:
    """CPU and wall seconds spent in ``Store.add``, and in nothing else."""
    cpu = wall = 0.0
    for start in range(0, n, batch):
        records = [record(number) for number in range(start, min(start + batch, n))]
        for item in records:
            _ = item.sample.key  # kept with the sample; a run needs it before it generates
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        store.add(RUN.id, records)
        cpu += time.process_time() - cpu_before
        wall += time.perf_counter() - wall_before
    return cpu, wall


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """A call's value and its wall seconds."""
    before = time.perf_counter()
    return call(), time.perf_counter() - before


def peak_mb() -> float:
    """The most resident memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def measure(url: str, n: int, batch: int) -> None:
    """Insert, summarise, stream; print."""
    with open_store(url) as store:
        store.begin_run(RUN)
        cpu, wall = insert(store, n, batch)
        store.end_run(RUN.id, RunStatus.COMPLETE, {})
        print(f"store       {store.url}")
        print(
            f"inserted    {n:,} results in {wall:.1f} s: {n / wall:,.0f}/s, {cpu / n * 1e3:.4f} ms CPU each"
        )
        print(f"peak        {peak_mb():.0f} MB")
        rows, seconds = timed(lambda: store.summary(RUN.id))
        assert sum(row.n for row in rows) == n
        print(f"summary     {len(rows)} rows in {seconds:.2f} s")
        count, seconds = timed(lambda: sum(1 for _ in store.scores(RUN.id)))
        assert count == n
        print(f"scores      streamed in {seconds:.1f} s")
        print(f"peak        {peak_mb():.0f} MB")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--url", help="a store to write into; a temporary SQLite file if left out")
    arguments = parser.parse_args()
    if arguments.url:
        measure(arguments.url, arguments.n, arguments.batch)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        measure(str(path), arguments.n, arguments.batch)
        print(f"file        {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
