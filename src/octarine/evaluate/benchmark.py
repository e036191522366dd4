"""A benchmark: declared data, how to load its samples, and how its results become numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.registry import registry
from octarine.core.results import Settings
from octarine.core.samples import Sample
from octarine.evaluate.benchmark_file import read_benchmark_file


@dataclass(frozen=True, slots=True)
class Selection:
    """Which samples of a benchmark to run.

    Attributes:
        suite: ``quick``, ``core`` or ``full``.
        dimensions, languages: keep these only; empty keeps all.
        limit: at most so many samples, by whole groups.
        seed: of the order in which groups are drawn.
    """

    suite: str = "full"
    dimensions: tuple[Dimension, ...] = ()
    languages: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Suite:
    """A size of a benchmark.

    Attributes:
        per_objective: whole groups are drawn until every objective of a dimension and language has at least
            so many samples; None takes all.
        settings: how to generate at this size.
        time_limit_s: stop drawing new samples after so many seconds of running; None for no limit.
    """

    name: str
    per_objective: int | None
    settings: Settings
    time_limit_s: float | None = None


SUITES = {
    "quick": Suite("quick", 21, Settings(max_tokens=48), time_limit_s=345.0),
    "core": Suite("core", 60, Settings(max_tokens=256)),
    "full": Suite("full", None, Settings(max_tokens=256)),
}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Declared data.

    Attributes:
        name: as typed after ``--benchmark``.
        version: changes whenever a sample does.
        source: where the data is from; empty for what ships with Octarine.
        load: all samples, in a fixed order.
    """

    name: str
    version: str
    title: str
    licence: str
    load: Callable[[], Sequence[Sample]]
    source: str = ""

    def select(self, selection: Selection) -> list[Sample]:
        """The samples of a selection, interleaved so that any prefix covers every objective alike."""
        samples = [
            sample
            for sample in self.load()
            if (not selection.dimensions or sample.dimension in selection.dimensions)
            and (not selection.languages or sample.language in selection.languages)
        ]
        if not samples:
            raise InputError(
                f"the benchmark '{self.name}' has no sample for this selection",
                hint=f"It has the languages: {', '.join(sorted({s.language for s in self.load()}))}.",
            )
        return interleave(
            draw(samples, suite(selection.suite).per_objective, selection.seed), selection.limit
        )


def suite(name: str) -> Suite:
    """A size by name."""
    try:
        return SUITES[name]
    except KeyError:
        raise InputError(f"there is no suite '{name}'", hint=f"Suites: {', '.join(SUITES)}.") from None


def open_benchmark(name: str) -> Benchmark:
    """A registered benchmark, or a file in the shared format where ``name`` ends with ``.jsonl``."""
    if not name.endswith(".jsonl"):
        found: Benchmark = registry.get("benchmark", name)()
        return found
    header, samples = read_benchmark_file(Path(name))
    return Benchmark(
        name=header.benchmark,
        version=header.version,
        title=Path(name).name,
        licence=header.licence,
        load=lambda: samples,
        source=name,
    )


def _rank(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def draw(samples: Sequence[Sample], per_objective: int | None, seed: int) -> list[list[Sample]]:
    """Whole groups, by the documented rule.

    In each dimension and language, groups are put in order of SHA-256 of ``seed:group``. A group is taken
    when some objective that it counts towards still has fewer than ``per_objective`` samples. The rule
    depends on nothing but the seed and the names, so every machine draws the same samples and a larger suite
    contains the smaller one.
    """
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((f"{sample.dimension}/{sample.language}", sample.cluster), []).append(sample)
    ordered = sorted(groups.items(), key=lambda item: _rank(seed, item[0][1]))
    if per_objective is None:
        return [members for _, members in ordered]
    counts: dict[tuple[str, str], int] = {}
    taken = []
    for (cell, _), members in ordered:
        wanted = {(cell, objective) for member in members for objective in member.objectives}
        if any(counts.get(key, 0) < per_objective for key in wanted):
            taken.append(members)
            for member in members:
                for objective in member.objectives:
                    counts[cell, objective] = counts.get((cell, objective), 0) + 1
    return taken


def interleave(groups: Sequence[Sequence[Sample]], limit: int | None = None) -> list[Sample]:
    """Groups round-robin over their objectives, each kept whole, at most ``limit`` samples."""
    queues: dict[tuple[str, str, str], list[Sequence[Sample]]] = {}
    for group in groups:
        first = group[0]
        queues.setdefault((first.dimension, first.language, first.objectives[0]), []).append(group)
    chosen: list[Sample] = []
    for turn in range(max((len(queue) for queue in queues.values()), default=0)):
        for queue in queues.values():
            if turn < len(queue):
                if limit is not None and len(chosen) + len(queue[turn]) > limit:
                    return chosen or list(queue[turn])
                chosen.extend(queue[turn])
    return chosen
