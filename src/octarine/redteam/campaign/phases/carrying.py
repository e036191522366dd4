"""Samples through a model into the store, once: what every phase of a campaign does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from octarine.core.protocols import Judge, Model
from octarine.core.results import Outcome, Result, Run, RunStatus
from octarine.core.samples import Sample
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.runner import Limits, Progress, run_samples
from octarine.redteam.campaign.design import phase_run
from octarine.redteam.campaign.phases.attacks import Attempt, attack_of
from octarine.redteam.campaign.planned import Phase
from octarine.store import Store

OnSuccess = Callable[[Result, Phase, Run], None]
"""Told of an attack's success as soon as it is judged."""
OnProgress = Callable[[str, Progress], None]
"""Told how far a part of a campaign is, by its name."""


@dataclass(frozen=True)
class Parties:
    """Who takes part. ``model`` fills open turns itself (``Played``); all have been started.

    Attributes:
        drivers: id of a strategy → the model that plays it on the target.
        second: the judge that looks at successes again; None where there is none.
    """

    model: Model
    store: Store
    panel: JudgePanel
    writer: Model | None = None
    drivers: dict[str, Model] = field(default_factory=dict)
    second: Judge | None = None
    concurrency: int | None = None
    on_success: OnSuccess | None = None
    on_progress: OnProgress | None = None


class Carrier:
    """Carries out the parts of one campaign and counts their calls.

    A part that was completed is not touched again, so that what failed in it stays failed: the same command
    gives the same numbers. A part that was stopped goes on.
    """

    def __init__(self, parties: Parties, main: Run, budget: int) -> None:
        self.parties = parties
        self.main = main
        self.budget = budget
        self.spent = 0
        self.runs: list[str] = []
        self.attempts: dict[str, Attempt] = {}
        """Key of a sample → what made it."""
        store = parties.store
        records = [*store.runs(beside=main.id), *store.runs(benchmark=main.benchmark)]
        self.complete = {r.run.id for r in records if r.status is RunStatus.COMPLETE}
        self.begun = any(record.run.id == main.id for record in records)

    @property
    def left(self) -> int:
        """Calls that may still be made."""
        return self.budget - self.spent

    async def attempts_of(
        self, name: str, phase: Phase, attempts: Sequence[Attempt], *, repeats: int = 1, model: Model
    ) -> Run:
        """Carry out attacks; see ``samples_of``."""
        self.attempts |= {attempt.sample.key: attempt for attempt in attempts}
        calls = sum(attempt.calls for attempt in attempts) * repeats
        samples = [attempt.sample for attempt in attempts]
        return await self.samples_of(name, phase, samples, calls, repeats=repeats, model=model)

    async def samples_of(
        self,
        name: str,
        phase: Phase,
        samples: Sequence[Sample],
        calls: int,
        *,
        repeats: int = 1,
        model: Model | None = None,
        main: bool = False,
    ) -> Run:
        """Bring every sample to a result, in a run of its own (or the main one), at ``calls`` calls."""
        asked = model or self.parties.model
        judges = self.parties.panel.versions(samples)
        run = (
            self.main if main else phase_run(self.main, name, phase, asked.identity, samples, repeats, judges)
        )
        if samples and run.id not in self.complete:
            await run_samples(
                run,
                asked,
                samples,
                self.parties.store,
                panel=self.parties.panel,
                repeats=repeats,
                limits=Limits(concurrency=self.parties.concurrency, max_errors=self.budget),
                on_progress=self._progress(name),
                on_result=self._watch(phase, run),
            )
            self.complete.add(run.id)
        if samples:
            self.runs.append(run.id)
        self.spent += calls
        return run

    def outcomes(self, run: Run) -> dict[str, Outcome]:
        """Key of a sample → its outcome, of a run with one repeat."""
        return {row.sample_key: row.outcome for row in self.parties.store.scores(run.id)}

    def _progress(self, name: str) -> Callable[[Progress], None] | None:
        tell = self.parties.on_progress
        return None if tell is None else lambda progress: tell(name, progress)

    def _watch(self, phase: Phase, run: Run) -> Callable[[Result], None] | None:
        tell = self.parties.on_success
        if tell is None or phase not in (Phase.SEARCH, Phase.REPORT):
            return None
        return lambda result: tell(result, phase, run) if is_hit(result) else None


def is_hit(result: Result) -> bool:
    """Whether an attack succeeded."""
    return result.judgement.outcome is Outcome.COMPLIED and bool(attack_of(result.sample))


def calls_spent(results: Iterable[Result], most: int) -> int:
    """Calls that answers took; of one that failed, ``most``."""
    return sum(
        result.completion.exchange.calls
        if result.completion.exchange
        else (most if result.judgement.outcome is Outcome.ERROR else 1)
        for result in results
    )
