"""What a guard around a model gains, what it costs in false refusals, and how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from octarine.core.errors import InputError, OctarineError
from octarine.core.protocols import Model
from octarine.core.results import ModelIdentity, Run
from octarine.core.samples import Sample
from octarine.evaluate.comparison import compare, dimension_changes
from octarine.evaluate.guard_effect import Change, GuardEffect, ObjectiveChange
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Progress, run_samples
from octarine.evaluate.session import Evaluation, Job, define_run, generated_samples
from octarine.store import Store

if TYPE_CHECKING:
    from octarine.guard import Guard

AUTO, NONE, DEFAULT = "auto", "none", "default"
SCHEME = "guarded:"


@dataclass(frozen=True, slots=True)
class GuardChoice:
    """A guard to try around a model, or in ``reason`` why there is none.

    ``policies`` are named as in ``guarded:POLICIES@MODEL``.
    """

    guard: Guard | None = None
    policies: tuple[str, ...] = (DEFAULT,)
    reason: str = ""


def choose_guard(policy: str, model: str = "") -> GuardChoice | None:
    """The guard of a policy, loaded; None for ``none``.

    Args:
        policy: a name or a YAML file, several of them joined by ``+``; ``auto`` is the default policy where
            the extra is installed and the model of that name is not behind a guard already.

    Raises:
        OctarineError: as ``Guard.load`` does; for ``auto`` that is the reason why there is none.
    """
    if policy == NONE:
        return None
    if policy == AUTO and model.startswith(SCHEME):
        return GuardChoice(reason="the model is behind a guard already")
    policies = (DEFAULT,) if policy == AUTO else tuple(policy.split("+"))
    if not all(policies):
        raise InputError(
            f"'{policy}' names no policy", hint="For example:  --guard strict  or  --guard ours.yaml"
        )
    try:
        from octarine.guard import Guard

        return GuardChoice(Guard.load(*policies), policies)
    except Exception as error:  # nobody asked for it: whatever is wrong with the guard stops no assessment
        if policy != AUTO:
            raise
        return GuardChoice(reason=_said(error))


async def measure_guard(
    choice: GuardChoice,
    model: Model,
    evaluation: Evaluation,
    job: Job,
    store: Store,
    *,
    panel: JudgePanel,
    on_progress: Callable[[Progress], None] | None = None,
) -> GuardEffect:
    """Evaluate the model behind a guard on what it answered in ``evaluation``, and compare the two.

    Nothing is asked twice: only a conversation that the guard changed goes to the model. The guarded run is a
    run of its own in the store. Whatever fails here is told as the reason, and loses nothing.

    Args:
        model: not closed yet; started where ``evaluation`` had to.
    """
    if choice.guard is None:
        return GuardEffect(reason=choice.reason)
    policy = choice.guard.policy.id
    try:
        trial = _Trial(choice, model, evaluation, job, store, panel)
        return await trial.measure(policy, on_progress)
    except Exception as error:  # a guard or a model may raise anything: the assessment stands
        return GuardEffect(policy, reason=_said(error))


class _Trial:
    def __init__(
        self,
        choice: GuardChoice,
        model: Model,
        evaluation: Evaluation,
        job: Job,
        store: Store,
        panel: JudgePanel,
    ) -> None:
        from octarine.guard.guarded import GuardedModel
        from octarine.workflows.guard_checks import CheckedModel, TimedGuard
        from octarine.workflows.replay import ReplayedModel

        assert choice.guard is not None
        replayed = ReplayedModel(
            model, evaluation.run, store, repeats=job.repeats, started=_was_started(evaluation)
        )
        self.model = CheckedModel(GuardedModel(replayed, TimedGuard(choice.guard), choice.policies), store)
        self.plain = evaluation.run
        self.job = job
        self.store = store
        self.panel = panel

    async def measure(self, policy: str, on_progress: Callable[[Progress], None] | None) -> GuardEffect:
        samples, notes = self._comparable()
        if not samples:
            return GuardEffect(policy, reason="no answer can be compared", notes=tuple(notes))
        run = define_run(self.job, self.model, samples, self.panel)
        progress = await run_samples(
            run,
            self.model,
            samples,
            self.store,
            panel=self.panel,
            repeats=self.job.repeats,
            limits=self.job.stops,
            on_progress=on_progress,
        )
        if progress.stopped:
            notes.append(f"Stopped early with the guard: {progress.stopped}.")
        if progress.errors:
            notes.append(f"{progress.errors} samples failed with the guard and are not compared.")
        return self._effect(policy, run, samples, tuple(notes))

    def _comparable(self) -> tuple[list[Sample], list[str]]:
        """The samples that the plain run has an answer to and that a judge of another lineage marks."""
        done = {key for key, _ in self.store.done(self.plain.id)}
        chosen = self.job.benchmark.select(self.job.selection, self.model.capabilities)
        samples = [sample for sample in generated_samples(chosen) if sample.key in done]
        counts = Counter(sample.expectation.judge for sample in samples)
        refused = {
            judge: why
            for judge in sorted(counts)
            if (
                why := _refusal(
                    self.panel, [s for s in samples if s.expectation.judge == judge], self.model.identity
                )
            )
        }
        notes = [f"{counts[judge]} samples are not compared: {why}." for judge, why in refused.items()]
        return [sample for sample in samples if sample.expectation.judge not in refused], notes

    def _effect(
        self, policy: str, run: Run, samples: Sequence[Sample], notes: tuple[str, ...]
    ) -> GuardEffect:
        from octarine.workflows.guard_checks import checked_calls, summarise

        compared = compare(self.store, run, self.plain)
        conversations = (sample.conversation for sample in samples)
        calls = checked_calls(self.store, conversations, run.model, run.settings)
        return GuardEffect(
            policy=policy,
            run=run,
            shared=compared.shared,
            dimensions=dimension_changes(self.store, self.plain, run),
            objectives=tuple(
                ObjectiveChange(row.objective, Change(row.second, row.first, row.difference), row.p)
                for row in compared.differences
            ),
            inputs=summarise([call.input for call in calls]),
            outputs=summarise([call.output for call in calls if call.output]),
            notes=notes,
        )


def _was_started(evaluation: Evaluation) -> bool:
    """``evaluate`` leaves the seconds of the start, beside those of the run, where it started the model."""
    return bool(evaluation.progress.seconds.keys() - {"run"})


def _refusal(panel: JudgePanel, samples: Sequence[Sample], system: ModelIdentity) -> str:
    """Why the judge of these samples may not mark the guarded model; empty where it may."""
    try:
        panel.refuse_shared_lineage(samples, system)
    except InputError as error:
        return error.message
    return ""


def _said(error: Exception) -> str:
    """An error in one line."""
    known = isinstance(error, OctarineError)
    return " ".join((str(error) if known else f"{type(error).__name__}: {error}").split())
