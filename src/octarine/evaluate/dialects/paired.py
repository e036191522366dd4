"""A benchmark in dialect: every sample beside its twin, and the paired difference between them.

The metric is the paper's: score in dialect minus score in Standard American English on the same items (Ziems
et al. 2023), here with an interval over the benchmark's own clusters and a test of the pairs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Completion, Finish
from octarine.core.samples import Provenance, Sample
from octarine.core.stats import mean, paired_difference, paired_p_value
from octarine.evaluate.benchmark import Benchmark, of_languages
from octarine.evaluate.benchmarks.frame import Answer, Figure, Mark, PublicBenchmark, Table, data_folder
from octarine.evaluate.dialects.tables import find, read_dialects
from octarine.evaluate.dialects.transform import DATA, DialectTransform
from octarine.evaluate.dialects.writing import Application

STANDARD = "Standard American English"
_DIALECT = "dialect:"
SCORE, DIFFERENCE = "score", "difference to Standard American English"


@dataclass(frozen=True, slots=True)
class Twin:
    """A sample in dialect, and what was done to it."""

    sample: Sample
    applications: tuple[Application, ...]


def twin(sample: Sample, transform: DialectTransform, seed: int = 0) -> Twin:
    """``sample`` in dialect. The draws depend on ``seed`` and on the sample's id alone.

    Its provenance names the parent and the dialect; its tags name the features that fired (``eWAVE 154``).
    """
    rng = np.random.default_rng([seed, int(hashlib.sha256(sample.id.encode()).hexdigest()[:12], 16)])
    conversation, applications = transform.logged(sample.conversation, rng)
    numbers = sorted({application.feature for application in applications})
    name = transform.dialect.name
    made = replace(
        sample,
        id=f"{sample.id}@{name}#{seed}",
        conversation=conversation,
        group=sample.cluster,
        tags=(*sample.tags, name, *(f"eWAVE {number}" for number in numbers)),
        provenance=Provenance(
            sample.provenance.benchmark,
            sample.provenance.version,
            parent=sample.id,
            techniques=(*sample.provenance.techniques, f"{_DIALECT}{name}#{seed}"),
            seed=sample.provenance.seed,
        ),
    )
    return Twin(made, applications)


@dataclass(frozen=True, slots=True)
class Difference:
    """Scores on the same items. ``value`` is dialect minus standard; ``p`` is two-sided: McNemar's exact test
    for 0/1 scores of items that stand alone, sign flips of whole clusters otherwise."""

    value: Estimate
    p: float
    standard: Estimate
    dialect: Estimate
    worse: int
    better: int


def difference(scores: Iterable[tuple[Sample, float]], *, seed: int = 0) -> Difference:
    """The paired difference over samples and their twins; a twin written with several seeds counts with the
    mean of its scores. What has no twin is left out.

    Raises:
        InputError: there is no pair.
    """
    plain: dict[str, tuple[Sample, float]] = {}
    twins: dict[str, list[float]] = {}
    for sample, score in scores:
        if is_twin(sample):
            twins.setdefault(sample.provenance.parent, []).append(score)
        else:
            plain[sample.id] = sample, score
    shared = [key for key in plain if key in twins]
    if not shared:
        raise InputError("no sample was answered both in dialect and in Standard American English")
    standard = [plain[key][1] for key in shared]
    dialect = [sum(twins[key]) / len(twins[key]) for key in shared]
    clusters = [plain[key][0].cluster for key in shared]
    rng = np.random.default_rng(seed)
    return Difference(
        paired_difference(dialect, standard, clusters, rng=rng),
        paired_p_value(dialect, standard, clusters, rng=rng),
        mean(standard, clusters, rng=rng),
        mean(dialect, clusters, rng=rng),
        worse=sum(b < a for a, b in zip(standard, dialect, strict=True)),
        better=sum(b > a for a, b in zip(standard, dialect, strict=True)),
    )


def is_twin(sample: Sample) -> bool:
    """Whether a sample was written in dialect out of another one."""
    return any(name.startswith(_DIALECT) for name in sample.provenance.techniques)


def dialect_of(sample: Sample) -> str:
    """The dialect that a sample was written in out of another one; empty where it was not."""
    names = (name for name in sample.provenance.techniques if name.startswith(_DIALECT))
    return next((name.removeprefix(_DIALECT).rpartition("#")[0] for name in names), "")


class InDialect(PublicBenchmark):
    """A public benchmark with each English sample's twin in a dialect beside it."""

    def __init__(self, base: PublicBenchmark, dialect: str, seeds: Sequence[int] = (0,)) -> None:
        self.base, self.wanted, self.seeds = base, dialect, tuple(seeds)
        self.name, self.dimension, self.source = f"{base.name}@{dialect}", base.dimension, base.source
        self.title = f"{base.title}, in {dialect} and in {STANDARD}"
        self.version = f"{base.version}+dialects1"
        self.log: dict[str, tuple[Application, ...]] = {}
        """Twin → every application of a feature, filled by ``load``."""

    def load(self, folder: Path) -> list[Sample]:
        """Sample, twin, sample, twin …: from ``folder``, or its subfolders of the base and of the tables."""
        own = folder / self.base.name
        return self._paired(self.base.load(own if own.is_dir() else folder), folder)

    def _paired(self, samples: Sequence[Sample], folder: Path | None) -> list[Sample]:
        tables = folder / DATA if folder and (folder / DATA).is_dir() else data_folder(DATA)
        transform = DialectTransform(find(read_dialects(tables), self.wanted))
        found = []
        for sample in samples:
            found.append(replace(sample, group=sample.cluster))
            for seed in self.seeds if sample.language == "en" else ():
                made = twin(sample, transform, seed)
                self.log[made.sample.id] = made.applications
                found.append(made.sample)
        return found

    def mark(self, sample: Sample, completion: Completion) -> Mark:
        """As the base does."""
        return self.base.mark(sample, completion)

    def score(self, answers: Sequence[Answer]) -> Table:
        """The paired difference of the marks, then the base's own figures on either side."""
        kept = [a for a in answers if not (a.completion.error or a.completion.finish is Finish.ERROR)]
        found = difference((a.sample, self.mark(a.sample, a.completion).score) for a in kept)
        note = f"p = {found.p:.3g}; worse on {found.worse}, better on {found.better} of {found.value.n} pairs"
        figures = [
            Figure(DIFFERENCE, found.value, note=note),
            Figure(SCORE, found.standard, STANDARD),
            Figure(SCORE, found.dialect, self.wanted),
        ]
        for slice, wanted in ((STANDARD, False), (self.wanted, True)):
            table = self.base.score([a for a in answers if is_twin(a.sample) is wanted])
            figures += [
                replace(figure, slice=f"{slice}: {figure.slice}" if figure.slice else slice)
                for figure in table.figures
            ]
        changed = sum(
            any(tag.startswith("eWAVE ") for tag in a.sample.tags) for a in kept if is_twin(a.sample)
        )
        twins = sum(is_twin(a.sample) for a in kept)
        notes = (
            f"A feature fired in {changed} of {twins} twins; the others are the same text.",
            "Written by rule: nobody's speech. Some features change what is said; gold may no longer hold.",
        )
        return Table(self.name, self.version, tuple(figures), notes)

    def benchmark(self, folder: Path | None = None) -> Benchmark:
        """As the base's, with twins; samples of the base's own are paired where it has no data here."""
        base = self.base.benchmark(None if folder is None else _inside(folder, self.base.name))
        cache: dict[str, list[Sample]] = {}

        def load(languages: tuple[str, ...] = ()) -> list[Sample]:
            if "all" not in cache:
                cache["all"] = self._paired(base.load(), folder)
            return of_languages(cache["all"], languages)

        return replace(base, name=self.name, version=self.version, title=self.title, load=load, public=self)


def _inside(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).is_dir() else folder


def in_dialect(benchmark: Benchmark, dialect: str, seeds: Sequence[int] = (0,)) -> Benchmark:
    """``NAME@DIALECT``: a public benchmark beside its twins in a dialect.

    Raises:
        InputError: the benchmark is none of the public ones: run its samples through ``twin``, and hand both
            runs' scores to ``difference``.
    """
    if benchmark.public is None:
        raise InputError(
            f"'{benchmark.name}' cannot be paired with a dialect from the command line",
            hint="Public benchmarks can; 'octarine evaluate list' shows them.",
        )
    return InDialect(benchmark.public, dialect, seeds).benchmark()


def log_rows(log: Mapping[str, Sequence[Application]]) -> list[dict[str, object]]:
    """A row for each application, for a file of JSON Lines."""
    return [
        {
            "sample": sample,
            "feature": application.feature,
            "name": application.name,
            "start": application.start,
            "end": application.end,
            "before": application.before,
            "after": application.after,
        }
        for sample, applications in log.items()
        for application in applications
    ]
