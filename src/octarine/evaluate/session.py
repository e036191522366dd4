"""One evaluation from a model's name to its scorecard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import octarine
from octarine.core.codec import Json, digest, encode
from octarine.core.protocols import Model, TimedModel
from octarine.core.results import Run, Settings
from octarine.core.samples import Sample, Subject
from octarine.evaluate.benchmark import Benchmark, Selection, suite
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.keys import answer_key
from octarine.evaluate.labelling.verdicts import settled
from octarine.evaluate.pictures.declared import NEEDED
from octarine.evaluate.runner import Limits, Progress, describe, run_samples
from octarine.evaluate.scorecard import Effort, Scorecard
from octarine.evaluate.scoring import score_rows
from octarine.store import ScoreRow, Store


@dataclass(frozen=True, slots=True)
class Job:
    """What to evaluate: all that decides a run's results besides the model.

    ``settings`` and ``limits`` default to those of the suite.
    """

    benchmark: Benchmark
    selection: Selection = field(default_factory=Selection)
    settings: Settings | None = None
    repeats: int = 1
    limits: Limits | None = None

    @property
    def generation(self) -> Settings:
        """The settings in force."""
        return self.settings or suite(self.selection.suite).settings

    @property
    def stops(self) -> Limits:
        """The limits in force."""
        return self.limits or Limits(time_s=suite(self.selection.suite).time_limit_s)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run that was carried out, and its scorecard."""

    run: Run
    scorecard: Scorecard
    progress: Progress


def define_run(
    job: Job,
    model: Model,
    samples: Sequence[Sample],
    panel: JudgePanel,
    *,
    beside: str = "",
    more: Mapping[str, Json] | None = None,
) -> Run:
    """The run that these arguments name. Equal arguments give an equal id, so that it is continued.

    ``beside`` is as in ``Run``; ``more`` is added to the plan.
    """
    identity = model.identity
    plan = _plan_of(job, model, samples, panel) | dict(more or {})
    about_files = any(sample.subject is Subject.ARTEFACTS for sample in samples)
    decisive = [
        encode(describe(model)) if about_files else None,
        encode(identity),
        encode(job.generation),
        job.benchmark.name,
        job.benchmark.version,
        plan,
        [sample.key for sample in samples],
        *([beside] if beside else []),
    ]
    return Run(
        id=digest(decisive)[:16],
        model=identity,
        settings=job.generation,
        benchmark=job.benchmark.name,
        version=job.benchmark.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        plan=plan,
        beside=beside,
    )


def _plan_of(job: Job, model: Model, samples: Sequence[Sample], panel: JudgePanel) -> dict[str, Json]:
    plan: dict[str, Json] = {
        "suite": job.selection.suite,
        "seed": job.selection.seed,
        "languages": sorted({sample.language for sample in samples}),
        "samples": len(samples),
        "repeats": job.repeats,
        "judges": panel.versions(samples),
        "left_out": job.benchmark.left_out(job.selection, model.capabilities),
    }
    if shared := panel.sharing_lineage(samples, model.identity):
        plan["shared_lineage"] = shared
    return plan


async def evaluate(
    model: Model,
    job: Job,
    store: Store,
    *,
    panel: JudgePanel | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Run a benchmark on a model and score it.

    Whatever the store holds is not generated again; when it holds everything, the model is not even started.

    Raises:
        OctarineError: see ``run_samples``; what was done is kept, and the same call continues it.
    """
    panel = panel or JudgePanel()
    job = _with_logprobs(job, model)
    samples = job.benchmark.select(job.selection, model.capabilities)
    run = define_run(job, model, samples, panel)
    seconds: dict[str, float] = {}
    if _unanswered(store, model, run, samples, job.repeats):
        started = time.monotonic()
        await model.start()
        seconds |= model.timings if isinstance(model, TimedModel) else {"start": time.monotonic() - started}
        run = define_run(job, model, samples, panel)
    progress = await run_samples(
        run,
        model,
        samples,
        store,
        panel=panel,
        repeats=job.repeats,
        limits=job.stops,
        on_progress=on_progress,
    )
    progress.seconds = seconds | progress.seconds
    card = score_run(store, run, panel, progress=progress)
    return Evaluation(run, card, progress)


def _with_logprobs(job: Job, model: Model) -> Job:
    """The job, with the log-probabilities that a public benchmark reads where the model gives them."""
    wanted = job.benchmark.public.logprobs if job.benchmark.public else 0
    if not model.capabilities.logprobs or job.generation.logprobs >= wanted:
        return job
    return replace(job, settings=replace(job.generation, logprobs=wanted))


def _unanswered(store: Store, model: Model, run: Run, samples: Sequence[Sample], repeats: int) -> bool:
    """Whether some sample needs a call to the model: it has no result, and the store no answer to it."""
    done = store.done(run.id)
    keys = {
        answer_key(model, run, sample, repeat)
        for sample in generated_samples(samples)
        for repeat in range(repeats)
        if (sample.key, repeat) not in done
    }
    return bool(keys - store.answered(list(keys)))


def score_run(
    store: Store,
    run: Run,
    panel: JudgePanel | None = None,
    *,
    progress: Progress | None = None,
    seed: int = 0,
) -> Scorecard:
    """The scorecard of what the store holds of a run."""
    counted = 0
    errors = 0

    def rows() -> Iterator[ScoreRow]:
        nonlocal counted, errors
        for row in store.scores(run.id):
            counted += 1
            errors += row.score is None
            yield row

    labels = settled(store.labels_of_run(run.id))
    dimensions = score_rows(rows(), run.model, panel or JudgePanel(), labels=labels, seed=seed)
    planned = run.plan["samples"] * run.plan["repeats"]
    return Scorecard(
        run=run,
        dimensions=dimensions,
        planned=planned,
        samples=counted,
        errors=errors,
        effort=_effort(progress),
        seed=seed,
        octarine=octarine.__version__,
        notes=(*shared_lineage_notes(run), *_left_out(run), *_notes(planned, counted, errors, progress)),
    )


def _effort(progress: Progress | None) -> Effort:
    if progress is None:
        return Effort()
    return Effort(
        generated=progress.generated,
        reused=progress.reused + progress.recorded,
        errors=progress.errors,
        input_tokens=progress.input_tokens,
        output_tokens=progress.output_tokens,
        seconds=progress.seconds,
    )


def shared_lineage_notes(run: Run) -> list[str]:
    """A sentence on each judge that was insisted on though it marks its own work."""
    return [
        f"The judge '{name}' shares weights or training rows with {run.model.name} and marks its own work; "
        "its figures were insisted on (--allow-shared-lineage) and are no evidence."
        for name in run.plan.get("shared_lineage") or ()
    ]


def _left_out(run: Run) -> list[str]:
    found = run.plan.get("left_out") or {}
    return [
        f"{n} samples with pictures are left out; to have them drawn: pip install 'octarine[pictures]'"
        if need == NEEDED
        else f"{n} samples of the benchmark do not apply: the model does not take {need}."
        for need, n in found.items()
    ]


def _notes(planned: int, samples: int, errors: int, progress: Progress | None) -> tuple[str, ...]:
    notes = []
    if progress and progress.stopped:
        notes.append(f"Stopped early: {progress.stopped}. The same command continues the run.")
    if samples < planned:
        notes.append(f"{planned - samples} of {planned} planned samples have no result.")
    if errors:
        notes.append(f"{errors} samples could not be asked or judged and are in no rate; each says why.")
    return tuple(notes)


def generated_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Those that need a call to the model."""
    return [sample for sample in samples if sample.subject is Subject.ANSWER]
