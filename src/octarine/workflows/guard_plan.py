"""What measuring behind a guard would add to a run, before anything is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from octarine.core.protocols import Model
from octarine.core.results import Action, completion_key
from octarine.core.samples import Sample
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.pictures import drawn
from octarine.evaluate.plan import GuardPlan, price_of
from octarine.evaluate.session import Job, generated_samples
from octarine.store import Store
from octarine.workflows.guard_effect import GuardChoice, not_compared

if TYPE_CHECKING:
    from octarine.guard import Guard

_COVERS = (Action.MASK, Action.REPLACE)


def plan_guard(
    choice: GuardChoice,
    model: Model,
    job: Job,
    store: Store,
    *,
    panel: JudgePanel,
    price_in: float | None = None,
    price_out: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> GuardPlan:
    """Count looks, calls, tokens and rough cost; nothing is generated and nothing recorded.

    Where the policy covers anything in what goes in, the guard looks at every conversation, which takes it
    milliseconds each: only those that it changes would be put to the model again.

    Args:
        on_progress: told (done, total) of these looks.
    """
    if choice.guard is None:
        return GuardPlan(reason=choice.reason)
    from octarine.guard.guarded import GuardedModel

    identity = GuardedModel(model, choice.guard, choice.policies).identity
    samples = generated_samples(job.benchmark.select(job.selection, model.capabilities))
    compared, notes = not_compared(panel, samples, identity)
    keys = {
        completion_key(sample.conversation, identity, job.generation, repeat): sample
        for sample in compared
        for repeat in range(job.repeats)
    }
    stored = store.answered(list(keys))
    changed = _changed(choice.guard, compared, on_progress)
    todo = [sample for key, sample in keys.items() if key not in stored and sample.key in changed]
    tokens_in, tokens_out, cost = price_of(todo, job, price_in=price_in, price_out=price_out)
    sizes = (len(keys), len(stored), len(todo), tokens_in, tokens_out)
    return GuardPlan(choice.guard.policy.id, *sizes, cost, notes=tuple(notes))


def _changed(
    guard: Guard, samples: Sequence[Sample], on_progress: Callable[[int, int], None] | None
) -> set[str]:
    """The keys of those of which the guard would pass something else on than what came in."""
    if not _covers(guard):
        return set()
    found = set()
    for number, sample in enumerate(samples, 1):
        conversation = drawn(sample.conversation)
        screened = guard.screen(conversation)
        if screened.blocked is None and screened.conversation != conversation:
            found.add(sample.key)
        if on_progress is not None:
            on_progress(number, len(samples))
    return found


def _covers(guard: Guard) -> bool:
    """Whether the policy covers anything in force, or what cannot be scanned, before it goes in."""
    actions = [
        rule.action for rule in guard.policy.rules.values() if not rule.shadow and rule.positions - {"output"}
    ]
    return any(action in _COVERS for action in (*actions, *guard.policy.unscannable.values()))
