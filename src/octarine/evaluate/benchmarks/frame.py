"""What every public benchmark is: where its data is from, how it is read, how answers become figures.

A benchmark's own folder holds a subclass of ``PublicBenchmark`` and a factory that gives its ``Benchmark`` to
the registry. The runner, the store, the command line and the reports need nothing more from it.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.evaluate.benchmark import Benchmark, of_languages

JUDGE = "benchmark"
"""The judge of every public benchmark's samples: it asks the benchmark itself."""
DATA_VARIABLE = "OCTARINE_DATA"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of the official data.

    Attributes:
        path: inside the folder, with ``/``; its last part may be a pattern (``*.txt``).
        sha256: of the official bytes; empty where they are not known to us.
        url: where it can be fetched alone; empty where it is a part of the repository's archive.
        optional: whether a copy may lack it.
    """

    path: str
    sha256: str = ""
    url: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data is from: ``home`` (a repository), the ``commit`` that we read, its licence, its
    files. ``by_hand``: the repository holds none of these files, so that they only come out of a copy.
    """

    home: str
    commit: str
    licence: str
    files: tuple[DataFile, ...] = ()
    note: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of the paper or its repository: never measured by us. ``where`` names the table or the
    page.
    """

    metric: str
    value: float
    system: str = ""
    slice: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one sample."""

    sample: Sample
    completion: Completion


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: a metric on a slice (empty for everything). Without an estimate it is a missing cell, and
    ``note`` says why."""

    metric: str
    estimate: Estimate | None
    slice: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """All figures of one set of answers, in the order of the paper."""

    benchmark: str
    version: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    def estimate(self, metric: str, slice: str = "") -> Estimate:
        """The estimate of one cell; ``InputError`` where it is missing."""
        for figure in self.figures:
            if (figure.metric, figure.slice) == (metric, slice) and figure.estimate is not None:
                return figure.estimate
        raise InputError(f"{self.benchmark} has no figure '{metric}' on '{slice or 'all'}'")

    def overall(self, metric: str) -> Estimate | None:
        """The estimate of a metric over all answers; None where it is missing or there is no such figure.

        That is the figure without a slice, or the one whose slice holds all others (``race`` where all are of
        ``race``). ``METRIC: SLICE`` names one on a slice.
        """
        found = [figure for figure in self.figures if figure.metric == metric]
        whole = [figure for figure in found if not figure.slice] or [
            figure
            for figure in found
            if all(f"{other.slice}/".startswith(f"{figure.slice}/") for other in found)
        ]
        named = [figure for figure in self.figures if f"{figure.metric}: {figure.slice}" == metric]
        return next((figure.estimate for figure in (*whole, *named)), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the store records of one answer."""

    outcome: Outcome
    score: float
    note: str = ""


class PublicBenchmark(ABC):
    """A benchmark of the field.

    Attributes:
        version: of the data as published and of our reading of it.
        published: the paper's figures, matched to ours by metric and slice.
        logprobs: how many alternatives a token are asked of a model that gives log-probabilities; 0 for none.
    """

    name: str
    title: str
    version: str
    dimension: Dimension
    source: Source
    published: tuple[Published, ...] = ()
    logprobs = 0
    gold: frozenset[str] | None = None
    """Names of what an expectation may carry of the right answer; None for any."""
    ships_samples = False
    """Whether ``load`` works without the official data (``own_samples``)."""

    @abstractmethod
    def load(self, folder: Path) -> list[Sample]:
        """All samples, from the official files in ``folder``.

        Raises:
            DataError: naming the file, and the line where there is one.
        """

    @abstractmethod
    def mark(self, sample: Sample, completion: Completion) -> Mark:
        """How one answer did. Must not raise for any text."""

    @abstractmethod
    def score(self, answers: Sequence[Answer]) -> Table:
        """All figures. Answers whose completion is an error are counted in a note and in no rate."""

    def own_samples(self) -> list[Sample]:
        """Samples written for Octarine, where ``ships_samples``."""
        raise InputError(f"{self.name} has no samples of its own")

    def score_files(self, gold: Path, predictions: Path) -> Table:
        """All figures, from gold and predictions in the benchmark's official formats."""
        raise InputError(
            f"{self.name} has no official format of predictions",
            hint=f"octarine evaluate score {self.name} --answers FILE [--data FOLDER]",
        )

    def expectation(self, behaviour: Behaviour = Behaviour.COMPLY, **gold: Any) -> Expectation:
        """What a sample expects; ``gold`` is what ``mark`` and ``score`` need to know of the right answer."""
        return Expectation(behaviour, JUDGE, {"benchmark": self.name, **gold})

    def sample(self, id: str, conversation: Conversation, expectation: Expectation, **more: Any) -> Sample:
        """A sample of this benchmark; ``more`` are fields of ``Sample``."""
        return Sample(
            id=id,
            conversation=conversation,
            expectation=expectation,
            dimension=more.pop("dimension", self.dimension),
            objectives=more.pop("objectives", ()),
            provenance=more.pop("provenance", Provenance(self.name, self.version)),
            **more,
        )

    def benchmark(self, folder: Path | None = None) -> Benchmark:
        """The benchmark as the runner knows it, reading ``folder`` or where ``octarine data get`` puts it."""
        place = folder or data_folder(self.name)
        shipped = folder is None and self.ships_samples and not place.is_dir()

        @lru_cache(maxsize=1)
        def loaded() -> tuple[Sample, ...]:
            if shipped:
                return tuple(self.own_samples())
            if not place.is_dir():
                raise InputError(
                    f"the data of '{self.name}' is not on this machine: there is no folder {place}",
                    hint=f"octarine data get {self.name}, or name a copy of it with --data FOLDER.",
                )
            return tuple(self.load(place))

        return Benchmark(
            name=self.name,
            version=f"{self.version}+own" if shipped else self.version,
            title=self.title,
            licence="Apache-2.0 (ours)" if shipped else self.source.licence,
            load=lambda languages=(): of_languages(loaded(), languages),
            source="" if shipped else self.source.home,
            public=self,
            here=shipped or place.is_dir(),
        )


def at(benchmark: Benchmark, folder: Path | None) -> Benchmark:
    """A registered benchmark, its data read from ``folder``: the benchmark's own subfolder there, or itself.

    Raises:
        InputError: the benchmark reads no folder.
    """
    if folder is None:
        return benchmark
    if benchmark.public is None:
        raise InputError(
            f"the benchmark '{benchmark.name}' brings its samples along", hint="Leave --data out."
        )
    own = folder / benchmark.name
    found: Benchmark = benchmark.public.benchmark(own if own.is_dir() else folder)
    return replace(found, here=True)


def data_root() -> Path:
    """Where ``octarine data get`` puts data: ``$OCTARINE_DATA``, or below the user's data folder."""
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("octarine", appauthor=False) / "data"


def data_folder(name: str) -> Path:
    """The folder of one benchmark's data."""
    return data_root() / name
