"""The built-in suite: one JSON Lines file for each dimension and language, written for Octarine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable

from octarine.core.dimensions import Dimension
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark
from octarine.evaluate.benchmark_file import Header, parse_benchmark, read_header

ORDINARY = "octarine-ordinary"
"""The benchmark of ordinary requests, one file a language."""
DEFAULT_LANGUAGES = ("en",)


@dataclass(frozen=True)
class SuiteFile:
    """One file of the suite, hashed; its samples are read when they are first asked for."""

    name: str
    header: Header
    sha256: str
    text: str

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """Every sample, in the order of the file."""
        return tuple(parse_benchmark(self.text.split("\n"), self.name, check_judges=False)[1])


@cache
def suite_files() -> tuple[SuiteFile, ...]:
    """Every file, by language (English first) and then in the order of the dimensions; after these, the
    ordinary requests."""
    order = {dimension: place for place, dimension in enumerate(Dimension)}

    def place(file: SuiteFile) -> tuple[bool, bool, str, int]:
        header = file.header
        apart = header.benchmark == ORDINARY
        return apart, header.language != "en", header.language, order[header.dimension]

    return tuple(sorted((_read(source) for source in _sources()), key=place))


def _sources() -> Iterator[Traversable]:
    for folder in (resources.files("octarine.evaluate") / "suite").iterdir():
        if folder.is_dir():
            yield from (entry for entry in folder.iterdir() if entry.name.endswith(".jsonl"))


def _read(source: Traversable) -> SuiteFile:
    data = source.read_bytes()
    text = data.decode("utf-8")
    header = read_header(text.partition("\n")[0], str(source))
    return SuiteFile(f"{header.language}/{source.name}", header, hashlib.sha256(data).hexdigest(), text)


def _benchmark(files: Sequence[SuiteFile], name: str, title: str) -> Benchmark:
    def load(languages: tuple[str, ...] = ()) -> tuple[Sample, ...]:
        chosen = [file for file in files if not languages or file.header.language in languages]
        return tuple(sample for file in chosen for sample in file.samples)

    newest = max(file.header.version for file in files)
    fingerprint = hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()
    return Benchmark(
        name=name,
        version=f"{newest}+{fingerprint[:12]}",
        title=title,
        licence="Apache-2.0",
        load=load,
        languages=DEFAULT_LANGUAGES,
    )


def builtin() -> Benchmark:
    """The suite with the ordinary requests. Its version names every file's content."""
    return _benchmark(suite_files(), "octarine", "Octarine's own suite over the eight dimensions")


def ordinary() -> Benchmark:
    """The ordinary requests alone."""
    files = [file for file in suite_files() if file.header.benchmark == ORDINARY]
    return _benchmark(files, ORDINARY, "Ordinary requests: the false refusals that users feel")
