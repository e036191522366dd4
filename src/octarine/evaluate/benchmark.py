"""A benchmark: declared data, how to load its samples, and how its results become numbers."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.dimensions import Dimension, Metric, objectives_by_id
from octarine.core.errors import InputError, UnknownPlugin
from octarine.core.protocols import Capabilities
from octarine.core.registry import registry
from octarine.core.results import Settings
from octarine.core.samples import Sample
from octarine.evaluate import pictures
from octarine.evaluate.benchmark_file import read_benchmark_file
from octarine.evaluate.versions import Version, named_version

if TYPE_CHECKING:
    from octarine.evaluate.benchmarks.frame import PublicBenchmark

ALL = "all"
"""As a language: every one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which samples of a benchmark to run.

    Attributes:
        suite: ``quick``, ``core`` or ``full``.
        dimensions: keep these only; empty keeps all.
        languages: keep these only; empty keeps those that the benchmark draws by default, ``ALL`` keeps all.
        limit: at most so many samples, by whole groups; the first group is never left out.
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
        per_objective: groups are drawn until every objective of a dimension and language has at least
            so many observations; None takes all.
        settings: how to generate at this size.
        time_limit_s: stop drawing new samples after so many seconds of running; None for no limit.
    """

    name: str
    per_objective: int | None
    settings: Settings
    time_limit_s: float | None = None


SUITES = {
    "quick": Suite("quick", 20, Settings(max_tokens=48), time_limit_s=345.0),
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
        load: all samples, or those of some languages, in a fixed order.
        languages: drawn where none is asked for; empty for all.
        public: how answers become the figures of a benchmark of the field; None for all others.
        here: whether its data is on this machine.
    """

    name: str
    version: str
    title: str
    licence: str
    load: Callable[..., Sequence[Sample]]
    source: str = ""
    languages: tuple[str, ...] = ()
    public: PublicBenchmark | None = None
    here: bool = True

    def select(self, selection: Selection, capabilities: Capabilities | None = None) -> list[Sample]:
        """The samples of a selection, interleaved so that any prefix covers every objective alike.

        Args:
            capabilities: samples that a model of these cannot be asked are left out before the draw.
        """
        samples = self._chosen(selection)
        if not samples:
            there = sorted({f"{sample.dimension.value} ({sample.language})" for sample in self.load()})
            raise InputError(
                f"the benchmark '{self.name}' has no sample for this selection",
                hint=f"It has: {', '.join(there)}.",
            )
        if capabilities:
            samples = [sample for sample in samples if not _missing(sample, capabilities)]
        drawn = draw(samples, suite(selection.suite).per_objective, selection.seed)
        return interleave(drawn, selection.limit)

    def left_out(self, selection: Selection, capabilities: Capabilities) -> dict[str, int]:
        """What a model of these capabilities does not take → how many samples need it, of those that the
        dimensions and languages of the selection leave."""
        needs = (_missing(sample, capabilities) for sample in self._chosen(selection))
        return dict(Counter(need for need in needs if need))

    def _chosen(self, selection: Selection) -> list[Sample]:
        languages = selection.languages or self.languages
        return [
            sample
            for sample in self.load(() if ALL in languages else languages)
            if not selection.dimensions or sample.dimension in selection.dimensions
        ]


def _missing(sample: Sample, capabilities: Capabilities) -> str:
    return capabilities.missing(sample.conversation) or pictures.missing(sample.conversation)


def suite(name: str) -> Suite:
    """A size by name."""
    try:
        return SUITES[name]
    except KeyError:
        raise InputError(f"there is no suite '{name}'", hint=f"Suites: {', '.join(SUITES)}.") from None


def open_benchmark(name: str) -> Benchmark:
    """A registered benchmark; a file in the shared format where ``name`` ends with ``.jsonl``; or a folder of
    versions (``evaluate.versions``): ``evergreen`` for the newest, ``evergreen@1`` for that one. A public
    benchmark's ``NAME@DIALECT`` is it beside itself in a dialect (``evaluate.dialects``)."""
    if name in registry.names("benchmark"):
        found: Benchmark = registry.get("benchmark", name)()
        return found
    base, _, dialect = name.partition("@")
    if dialect and base in registry.names("benchmark"):
        from octarine.evaluate.dialects.paired import in_dialect

        return in_dialect(open_benchmark(base), dialect)
    version = named_version(name)
    if version is not None:
        return _of_version(version)
    if not name.endswith(".jsonl"):
        raise _unknown(name)
    header, samples = read_benchmark_file(Path(name))
    return Benchmark(
        name=header.benchmark,
        version=header.version,
        title=Path(name).name,
        licence=header.licence,
        load=partial(of_languages, samples),
        source=name,
    )


def _of_version(version: Version) -> Benchmark:
    return Benchmark(
        name=version.manifest.benchmark,
        version=version.name,
        title=f"{version.manifest.benchmark}, version {version.number}",
        licence=version.manifest.licence,
        load=partial(of_languages, version.samples),
        source=str(version.folder),
    )


def _unknown(name: str) -> UnknownPlugin:
    folder = name.rpartition("@")[0] or name
    known = registry.names("benchmark")
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    return UnknownPlugin(
        f"there is no benchmark named '{name}'",
        hint=f"{guess}Known: {', '.join(known)}. There is no folder of versions '{folder}' here either.",
    )


def of_languages(samples: Sequence[Sample], languages: tuple[str, ...] = ()) -> list[Sample]:
    """Those in one of ``languages``, or all where none is named: what ``Benchmark.load`` does."""
    return [sample for sample in samples if not languages or sample.language in languages]


def _rank(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def draw(samples: Sequence[Sample], per_objective: int | None, seed: int) -> list[list[Sample]]:
    """Groups of samples, by the documented rule.

    In each dimension and language, groups are put in order of SHA-256 of ``seed:group``. From each group in
    turn those samples are taken that count towards an objective with fewer than ``per_objective``
    observations so far; a group whose gap is wanted is taken whole, and is one observation of that gap. The
    rule depends on nothing but the seed and the names, so every machine draws the same samples and a larger
    suite contains the smaller one.
    """
    groups = sorted(grouped(samples).items(), key=lambda item: _rank(seed, item[0][1]))
    counts: Counter[tuple[str, str]] = Counter()
    taken = []
    for (cell, _), members in groups:
        chosen = members if per_objective is None else _wanted(cell, members, counts, per_objective)
        counts.update({(cell, name): n for name, n in observations(chosen).items()})
        if chosen:
            taken.append(chosen)
    return taken


def _wanted(
    cell: str, members: list[Sample], counts: Counter[tuple[str, str]], per_objective: int
) -> list[Sample]:
    if not any(member.objectives for member in members):  # a public benchmark: by groups, each taken whole
        return members if counts[cell, ""] < per_objective else []
    gaps = [name for name in observations(members) if _is_gap(name)]
    if any(counts[cell, name] < per_objective for name in gaps):
        return members
    short = Counter(counts)
    chosen = []
    for member in members:
        names = [(cell, name) for name in member.objectives if not _is_gap(name)]
        if any(short[name] < per_objective for name in names):
            chosen.append(member)
            short.update(names)
    return chosen


def grouped(samples: Sequence[Sample]) -> dict[tuple[str, str], list[Sample]]:
    """(dimension and language, group) → its samples, in the order of the file."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((f"{sample.dimension}/{sample.language}", sample.cluster), []).append(sample)
    return groups


def observations(group: Sequence[Sample]) -> Counter[str]:
    """Objective → how many observations a group gives it: one for each sample, or one gap for the whole."""
    counts = Counter(name for sample in group for name in sample.objectives or ("",))
    return Counter({name: 1 if _is_gap(name) else n for name, n in counts.items()})


def _is_gap(name: str) -> bool:
    objective = objectives_by_id().get(name)
    return objective is not None and objective.metric is Metric.GROUP_GAP


def interleave(groups: Sequence[Sequence[Sample]], limit: int | None = None) -> list[Sample]:
    """Groups round-robin over their objectives, each kept whole, at most ``limit`` samples."""
    queues: dict[tuple[str, str, str], list[Sequence[Sample]]] = {}
    for group in groups:
        first = group[0]
        objective = next(iter(first.objectives), "")
        queues.setdefault((first.dimension, first.language, objective), []).append(group)
    chosen: list[Sample] = []
    for turn in range(max((len(queue) for queue in queues.values()), default=0)):
        for queue in queues.values():
            if turn < len(queue):
                if limit is not None and len(chosen) + len(queue[turn]) > limit:
                    return chosen or list(queue[turn])
                chosen.extend(queue[turn])
    return chosen
