"""What goes into the store and what comes out beside the vocabulary of ``core.results``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from octarine.core.codec import Json
from octarine.core.dimensions import Dimension
from octarine.core.results import Completion, Judgement, Outcome, Run, RunStatus
from octarine.core.samples import Behaviour, Sample


@dataclass(frozen=True, slots=True)
class Record:
    """One sample of a run, answered and judged.

    Attributes:
        position: its place in the run's plan; results come back in this order.
        completion: None where the store holds it under ``completion_key`` already.
        judgement: None where the store holds it under ``judgement_key`` already.
    """

    sample: Sample
    repeat: int
    position: int
    completion_key: str
    completion: Completion | None
    judgement_key: str
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class RunEvent:
    """A run was begun, continued or ended. ``at`` is ISO 8601, UTC."""

    at: str
    status: RunStatus
    totals: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run and how it went.

    Attributes:
        status: that of the last event: ``running`` also for a run that was killed.
        totals: what the last end of the run reported; empty before the first.
        counts: how many results have each outcome.
    """

    run: Run
    status: RunStatus
    totals: Mapping[str, Json]
    counts: Mapping[Outcome, int]

    @property
    def results(self) -> int:
        """How many results the run has."""
        return sum(self.counts.values())


class ScoreRow(NamedTuple):
    """A result without its payloads: what statistics need.

    ``latency_s`` is in seconds; ``output_tokens`` and ``score`` are None where they are not known.
    """

    sample_key: str
    position: int
    repeat: int
    cluster: str
    group: str
    variant: str
    template: str
    risk: str
    modality: str
    turns: int
    objectives: tuple[str, ...]
    behaviour: Behaviour
    dimension: Dimension
    language: str
    judge: str
    judge_version: str
    outcome: Outcome
    score: float | None
    latency_s: float
    output_tokens: int | None


class SummaryRow(NamedTuple):
    """The results of one dimension, language and outcome.

    ``total`` sums the scores of the ``scored`` of ``n`` that have one.
    """

    dimension: Dimension
    language: str
    outcome: Outcome
    n: int
    scored: int
    total: float


@dataclass(frozen=True, slots=True)
class KeptManifest:
    """Content credentials (C2PA) that are found again by the watermark of what they were made for.

    Attributes:
        label: the manifest's own name, which no other one has.
        mark: the watermark's payload, 48 bits.
        mark_key: the fingerprint of the key that the mark was made with.
        manifest: SHA-256 of the manifest's bytes, which are kept as a blob.
        file: SHA-256 of the signed file.
        pixels: SHA-256 of what is seen of it, whatever else the file carries; empty where that is not known.
        media_type, title: of the signed file.
        at: when it was signed, ISO 8601, UTC.
    """

    label: str
    mark: int
    mark_key: str
    manifest: str
    file: str
    pixels: str = ""
    media_type: str = ""
    title: str = ""
    at: str = ""
