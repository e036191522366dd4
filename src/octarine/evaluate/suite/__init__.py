"""The built-in suite: one JSON Lines file for each dimension and language, written for Octarine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from octarine.core.dimensions import Dimension
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark
from octarine.evaluate.benchmark_file import Header, parse_benchmark


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """One file of the suite, read and hashed."""

    name: str
    header: Header
    sha256: str
    samples: tuple[Sample, ...]


@cache
def suite_files() -> tuple[SuiteFile, ...]:
    """Every file, by language and then in the order of the dimensions."""
    order = {dimension: place for place, dimension in enumerate(Dimension)}
    found = [_read(source) for source in _sources()]
    return tuple(sorted(found, key=lambda file: (file.header.language, order[file.header.dimension])))


def _sources() -> Iterator[Traversable]:
    for folder in (resources.files("octarine.evaluate") / "suite").iterdir():
        if folder.is_dir():
            yield from (entry for entry in folder.iterdir() if entry.name.endswith(".jsonl"))


def _read(source: Traversable) -> SuiteFile:
    data = source.read_bytes()
    header, samples = parse_benchmark(data.decode("utf-8").split("\n"), str(source))
    name = f"{header.language}/{source.name}"
    return SuiteFile(name, header, hashlib.sha256(data).hexdigest(), tuple(samples))


def _samples() -> tuple[Sample, ...]:
    return tuple(sample for file in suite_files() for sample in file.samples)


def builtin() -> Benchmark:
    """The suite as a benchmark. Its version names every file's content."""
    files = suite_files()
    newest = max(file.header.version for file in files)
    fingerprint = hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()
    return Benchmark(
        name="octarine",
        version=f"{newest}+{fingerprint[:12]}",
        title="Octarine's own suite over the eight dimensions",
        licence="Apache-2.0",
        load=_samples,
    )
