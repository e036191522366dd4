"""What another tool measured, in the store: runs of its own, which enter none of our figures.

A run's benchmark is ``import:TOOL:TASK``. A sample's number stands in ``Judgement.number`` and never in
``Judgement.score``, under a judge named ``TOOL:METRIC``; what the tool reports as a whole stands in the
totals of the run's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from octarine.core.codec import Json, digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.results import (
    IMPORTED,
    Completion,
    Evidence,
    Judgement,
    ModelIdentity,
    Outcome,
    Run,
    RunStatus,
    Settings,
)
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.evaluate.interop.cleaning import clean_completion, clean_conversation, clean_json
from octarine.store import Record, Store

_READING = "1"
"""Changes whenever a file would be read as something else: it is then another run."""
_BATCH = 256
UNDETERMINED = "und"
"""ISO 639 for a language that nobody named."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name without a folder, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure that a tool reports. We have not measured it.

    Attributes:
        metric: as the tool names it, with its filter or scorer.
        stderr: standard error as the tool gives it; None where it gives none.
        n: samples behind it; None where the tool does not say.
        higher_is_better: None where the tool does not say.
    """

    metric: str
    value: float
    stderr: float | None = None
    n: int | None = None
    higher_is_better: bool | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One number that a tool gave one answer.

    Attributes:
        number: None where there is none; ``note`` says why.
        outcome: what the model did, where the tool asked our judges.
    """

    metric: str
    number: float | None
    note: str = ""
    outcome: Outcome = Outcome.SCORED


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer and what it was given. ``sample`` is there where the tool ran a benchmark of ours."""

    id: str
    conversation: Conversation
    completion: Completion
    scores: tuple[Scored, ...]
    target: str = ""
    repeat: int = 0
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class ForeignLog:
    """One task of one log, read and not kept yet. ``details`` is whatever else explains the numbers."""

    tool: str
    tool_version: str
    task: str
    task_version: str
    model: str
    created: str
    files: tuple[SourceFile, ...]
    settings: Settings = field(default_factory=Settings)
    status: RunStatus = RunStatus.COMPLETE
    details: Mapping[str, Json] = field(default_factory=dict)
    reported: tuple[Reported, ...] = ()
    answers: tuple[Answered, ...] = ()

    @property
    def benchmark(self) -> str:
        """The name of the run's benchmark."""
        return f"{IMPORTED}{self.tool}:{self.task}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that an import left in the store; ``new`` is False where the store had it already."""

    run: Run
    results: int
    reported: int
    new: bool


def keep(store: Store, log: ForeignLog, dimension: Dimension) -> Kept:
    """Bring a log into the store. The same files again add nothing; an import that was killed is finished.

    Args:
        dimension: what the samples are about; the tool does not say, and no figure of ours rests on it.
    """
    run = _run_of(log, dimension)
    records = list(_records(run, log, dimension))
    kept = Kept(run, len(records), len(log.reported), new=False)
    if any(event.status is log.status for event in store.events(run.id)):
        return kept
    store.begin_run(run)
    for start in range(0, len(records), _BATCH):
        store.add(run.id, records[start : start + _BATCH])
    store.end_run(run.id, log.status, {"reported": encode(log.reported)})
    return replace(kept, new=True)


def refuse_imported(run: Run, what: str) -> None:
    """Raise ``InputError`` where a run is another tool's: ``what`` is only there for runs of ours."""
    if run.imported:
        raise InputError(
            f"the run {run.id} was imported ({run.benchmark}): there is no {what} of it",
            hint=f"Its figures:  octarine evaluate show {run.id}",
        )


def _run_of(log: ForeignLog, dimension: Dimension) -> Run:
    identity = digest([_READING, log.tool, log.task, [encode(file) for file in log.files]])
    imported = {
        "tool": log.tool,
        "tool_version": log.tool_version,
        "task": log.task,
        "task_version": log.task_version,
        "files": encode(log.files),
        "dimension": dimension.value,
        **log.details,
    }
    repeats = 1 + max((answer.repeat for answer in log.answers), default=0)
    samples = len({(answer.id, score.metric) for answer in log.answers for score in answer.scores})
    return Run(
        id=identity[:16],
        model=ModelIdentity(str(clean_json(log.model))),
        settings=log.settings,
        benchmark=log.benchmark,
        version=log.task_version,
        created=log.created,
        plan={
            "suite": "imported",
            "samples": samples,
            "repeats": repeats,
            "imported": clean_json(imported),
        },
    )


def _records(run: Run, log: ForeignLog, dimension: Dimension) -> Iterator[Record]:
    several = len({score.metric for answer in log.answers for score in answer.scores}) > 1
    position = 0
    for answer in log.answers:
        completion = clean_completion(answer.completion)
        key = digest(["import", run.id, answer.id, answer.repeat])
        for score in answer.scores:
            judge = f"{log.tool}:{score.metric}"
            yield Record(
                sample=_sample(log, answer, score, judge, dimension, several),
                repeat=answer.repeat,
                position=position,
                completion_key=key,
                completion=completion,
                judgement_key=digest(["import", key, judge]),
                judgement=_judgement(score, judge, log.tool_version),
            )
            position += 1


def _sample(
    log: ForeignLog, answer: Answered, score: Scored, judge: str, dimension: Dimension, several: bool
) -> Sample:
    name = f"{answer.id} · {score.metric}" if several else answer.id
    if answer.sample is not None:
        return replace(answer.sample, id=name) if several else answer.sample
    args = {"target": clean_json(answer.target)} if answer.target else {}
    return Sample(
        id=name,
        conversation=clean_conversation(answer.conversation),
        expectation=Expectation(Behaviour.COMPLY, judge, args),
        dimension=dimension,
        objectives=(),
        language=UNDETERMINED,
        group=answer.id,
        variant=score.metric,
        provenance=Provenance(log.benchmark, log.task_version),
    )


def _judgement(score: Scored, judge: str, version: str) -> Judgement:
    evidence = (Evidence(str(clean_json(score.note))),) if score.note else ()
    return Judgement(score.outcome, None, judge, version, evidence=evidence, number=score.number)
