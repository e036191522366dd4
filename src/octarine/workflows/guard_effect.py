"""What a guard around a model gains, what it costs in false refusals, and how long it takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from octarine.core.errors import InputError, OctarineError
from octarine.core.protocols import Model
from octarine.core.results import Action, GuardCheck, ModelIdentity, Outcome, Run, Side
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.comparison import compare, dimension_changes
from octarine.evaluate.guard_effect import Change, Checks, GuardEffect, ObjectiveChange
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Progress, run_samples
from octarine.evaluate.session import Evaluation, Job, define_run, generated_samples, shared_lineage_notes
from octarine.store import RunRecord, Store

if TYPE_CHECKING:
    from octarine.guard import Guard

AUTO, NONE, DEFAULT = "auto", "none", "default"
SCHEME = "guarded:"
BEHIND_ALREADY = "the model is behind a guard already"


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
        return GuardChoice(reason=BEHIND_ALREADY)
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
    run of its own in the store, beside the plain one; it has what the plain one left of the time limit.
    Whatever fails here is told as the reason, and loses nothing.

    Args:
        model: not closed yet; started where ``evaluation`` had to.
    """
    if choice.guard is None:
        return alone(store, evaluation.run, choice.reason)
    policy = choice.guard.policy.id
    try:
        run = await _Trial(choice, model, evaluation, job, store, panel).carried_out(on_progress)
        return effect_of(store, evaluation.run, store.run(run.id))
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
        from octarine.workflows.replay import ReplayedModel

        assert choice.guard is not None
        replayed = ReplayedModel(
            model, evaluation.run, store, repeats=job.repeats, started=_was_started(evaluation)
        )
        self.model = GuardedModel(replayed, choice.guard, choice.policies, one_at_a_time=True)
        self.policy = choice.guard.policy.id
        self.plain = evaluation
        self.job = job
        self.store = store
        self.panel = panel

    async def carried_out(self, on_progress: Callable[[Progress], None] | None) -> Run:
        """The guarded run.

        Raises:
            InputError: nothing can be compared.
        """
        samples, refused = self._comparable()
        if not samples:
            raise InputError("; ".join(["no answer can be compared", *refused]))
        more = {"policy": self.policy, "not_compared": refused}
        run = define_run(self.job, self.model, samples, self.panel, beside=self.plain.run.id, more=more)
        if len(self.store.done(run.id)) < len(samples) * self.job.repeats:
            await asyncio.to_thread(self._warm)
        await run_samples(
            run,
            self.model,
            samples,
            self.store,
            panel=self.panel,
            repeats=self.job.repeats,
            limits=replace(self.job.stops, spent_s=self.plain.progress.seconds.get("run", 0.0)),
            on_progress=on_progress,
        )
        return run

    def _warm(self) -> None:
        """One look at either side, so that none that is timed has to load or compile anything."""
        self.model.guard.check_input("Hello.")
        self.model.guard.check_output("Hello.")

    def _comparable(self) -> tuple[list[Sample], list[str]]:
        """The samples that the plain run has an answer to and that a judge of another lineage marks; and why
        others are left out."""
        done = {key for key, _ in self.store.done(self.plain.run.id)}
        chosen = self.job.benchmark.select(self.job.selection, self.model.capabilities)
        samples = [sample for sample in generated_samples(chosen) if sample.key in done]
        return not_compared(self.panel, samples, self.model.identity)


def not_compared(
    panel: JudgePanel, samples: Sequence[Sample], system: ModelIdentity
) -> tuple[list[Sample], list[str]]:
    """The samples whose judge may mark a guarded model, and a sentence on each judge that may not."""
    refused = _refusals(panel, samples, system)
    counts = Counter(sample.expectation.judge for sample in samples)
    notes = [f"{counts[judge]} samples are not compared: {why}." for judge, why in refused.items()]
    return [sample for sample in samples if sample.expectation.judge not in refused], notes


def _refusals(panel: JudgePanel, samples: Sequence[Sample], system: ModelIdentity) -> dict[str, str]:
    """Judge → why it may not mark the samples of a guarded model that name it."""
    by_judge: dict[str, list[Sample]] = {}
    for sample in samples:
        by_judge.setdefault(sample.expectation.judge, []).append(sample)
    found = {}
    for judge, asked in sorted(by_judge.items()):
        try:
            panel.refuse_shared_lineage(asked, system)
        except InputError as error:
            found[judge] = error.message
    return found


def stored_effect(store: Store, plain: Run) -> GuardEffect | None:
    """What the store holds of a guard around the model of a run: of several that were tried, the last; of a
    model that is behind a guard itself, what that did; None where there was no guard."""
    found = store.runs(beside=plain.id, limit=1)
    if found:
        return effect_of(store, plain, found[0])
    return alone(store, plain, BEHIND_ALREADY) if plain.model.name.startswith(SCHEME) else None


def alone(store: Store, run: Run, reason: str) -> GuardEffect:
    """Why a run has nothing to be compared with; and what a guard inside its model did, if there is one."""
    looks = _looks(store, run) if run.model.name.startswith(SCHEME) else []
    return GuardEffect(
        reason=reason, inputs=_summarised(looks, Side.INPUT), outputs=_summarised(looks, Side.OUTPUT)
    )


def effect_of(store: Store, plain: Run, guarded: RunRecord) -> GuardEffect:
    """A run and the guarded run beside it, compared as far as the store holds them."""
    run = guarded.run
    policy, notes = str(run.plan.get("policy", "")), tuple(_notes(guarded))
    try:
        compared = compare(store, run, plain)
    except InputError:
        return GuardEffect(policy, reason="nothing that both runs have was judged", notes=notes)
    looks = _looks(store, run)
    return GuardEffect(
        policy=policy,
        run=run,
        shared=compared.shared,
        dimensions=dimension_changes(store, plain, run),
        objectives=tuple(
            ObjectiveChange(row.objective, Change(row.second, row.first, row.difference), row.p)
            for row in compared.differences
        ),
        inputs=_summarised(looks, Side.INPUT),
        outputs=_summarised(looks, Side.OUTPUT),
        notes=notes,
    )


def _notes(guarded: RunRecord) -> Iterator[str]:
    """What a reader must know of a guarded run, from the record alone."""
    plan = guarded.run.plan
    yield from shared_lineage_notes(guarded.run)
    yield from plan.get("not_compared", ())
    planned = plan["samples"] * plan["repeats"]
    failed = guarded.counts.get(Outcome.ERROR, 0)
    if failed:
        yield f"Not compared, without a judged answer behind the guard: {failed} of {planned} samples."
    missing = planned - guarded.results
    if missing > 0:
        why = str(guarded.totals.get("stopped", "")) or "the run behind the guard was interrupted"
        yield f"Not yet behind the guard: {missing} of {planned} samples ({why}). The same command goes on."


class _Look(NamedTuple):
    """A check, in which repeat it was made, and whether the sample is to be answered."""

    check: GuardCheck
    repeat: int
    to_answer: bool


def _looks(store: Store, run: Run) -> list[_Look]:
    """Every look of the guard in a run; an answer that several samples share counts once."""
    found = {result.completion_key: result for result in store.results(run.id)}
    return [
        _Look(check, result.repeat, result.sample.expectation.behaviour is not Behaviour.DEFLECT)
        for result in found.values()
        for check in result.completion.checks
    ]


def _summarised(looks: Sequence[_Look], side: Side) -> Checks | None:
    here = [look for look in looks if look.check.side is side]
    if not here:
        return None
    checks = [look.check for look in here]
    # The guard remembers what it has seen: a later repeat takes it no time.
    times = [look.check.ms for look in here if look.repeat == 0] or [check.ms for check in checks]
    p50, p99 = np.quantile(times, (0.5, 0.99))
    done = Counter(check.action for check in checks)
    would = Counter(check.shadow or check.action for check in checks)
    decided = Counter(check.found[0] for check in checks if check.found)
    made = Checks(
        checked=len(checks),
        blocked=done[Action.BLOCK],
        masked=done[Action.MASK] + done[Action.REPLACE],
        p50_ms=float(p50),
        p99_ms=float(p99),
        timed=len(times),
        most_ms=max(times),
        flagged=done[Action.FLAG],
        watched=sum(check.shadow is not None for check in checks),
        would_block=would[Action.BLOCK],
        would_mask=would[Action.MASK] + would[Action.REPLACE],
        found=dict(decided.most_common()),
    )
    stopped = [look for look in here if _told(look.check, made.only_watched) is Action.BLOCK]
    return replace(made, to_answer=sum(look.to_answer for look in stopped))


def _told(check: GuardCheck, only_watched: bool) -> Action | None:
    return check.shadow if only_watched else check.action


def _was_started(evaluation: Evaluation) -> bool:
    """``evaluate`` leaves the seconds of the start, beside those of the run, where it started the model."""
    return bool(evaluation.progress.seconds.keys() - {"run"})


def _said(error: Exception) -> str:
    """An error in one line."""
    known = isinstance(error, OctarineError)
    return " ".join((str(error) if known else f"{type(error).__name__}: {error}").split())
