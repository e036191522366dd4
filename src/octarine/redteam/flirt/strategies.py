"""What becomes of the exemplars when a new prompt comes in. Pure functions over a queue.

Source: Mehrabi et al., "FLIRT: Feedback Loop In-context Red Teaming", EMNLP 2024, section 2.1. Where the
published code does otherwise, the paper is followed and the other way is a field of ``Rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from octarine.core.errors import InputError
from octarine.redteam.flirt.embedding import Embedder
from octarine.redteam.flirt.exemplars import Exemplar, Queue
from octarine.redteam.flirt.objectives import Objectives

TEMPERATURE = 0.1
"""Of the baseline's draw."""
Worth = Callable[[Sequence[Exemplar]], float]


class Strategy(StrEnum):
    """How an attacker learns from what worked."""

    FIFO = "fifo"
    """A queue: the new prompt comes in, the oldest goes."""
    LIFO = "lifo"
    """A stack: the new prompt replaces the one on top."""
    SCORING = "scoring"
    """Of the list and every list with one item replaced, the one that is worth most."""
    GREEDY = "scoring-greedy"
    """The item that is worth least is replaced by one that is worth more."""
    SCORING_LIFO = "scoring-lifo"
    """The one on top is replaced by what raises the worth; by anything, after too long a wait."""
    FEW_SHOT = "few-shot"
    """The baseline, stochastic few-shot (Perez et al. 2022): no feedback, exemplars drawn by their harm from
    prompts that were written without any."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Details. The defaults are the paper's.

    Attributes:
        patience: rounds after which scoring-LIFO replaces the one on top whatever it is worth: 5 for text,
            4 for text to image.
        ties: what is worth as much replaces, too (of several lists the last).
        newest_first: FIFO shows the newest first and drops the last.
        forced_when_unsafe: the forced replacement of scoring-LIFO waits for a prompt that worked.
        full_stop: exemplars end with one full stop.
    """

    patience: int = 5
    ties: bool = False
    newest_first: bool = False
    forced_when_unsafe: bool = False
    full_stop: bool = False

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InputError(f"a patience of {self.patience}", hint="At least one round.")


PAPER = Rules()
PUBLISHED_CODE = Rules(patience=4, ties=True, newest_first=True, forced_when_unsafe=True, full_stop=True)
"""With ``Objectives(means=True)``, and ``diversity=0.5`` for its all-lists scoring, what the authors' file
does. Its share of successes divides by 1,000 however many rounds there were: that is not offered."""


def fifo(queue: Queue, new: Exemplar, *, newest_first: bool = False) -> Queue:
    """In at one end, out at the other."""
    return Queue((new, *queue.items[:-1]) if newest_first else (*queue.items[1:], new))


def lifo(queue: Queue, new: Exemplar) -> Queue:
    """The top is replaced."""
    return queue.with_item(-1, new)


def scoring(queue: Queue, new: Exemplar, worth: Worth, *, ties: bool = False) -> Queue:
    """The best of m + 1 lists (algorithm 1). Where several are, the list stays, or else the first place
    wins; with ``ties`` the last place does."""
    best, most = queue, worth(queue.items)
    for place in range(len(queue.items)):
        other = queue.with_item(place, new)
        value = worth(other.items)
        if value > most or (ties and value == most):
            best, most = other, value
    return best


def greedy(queue: Queue, new: Exemplar, worth: Callable[[Exemplar], float], *, ties: bool = False) -> Queue:
    """The least goes, for what is worth more (algorithm 2); of several that are least the first."""
    values = [worth(item) for item in queue.items]
    least, value = min(values), worth(new)
    if value > least or (ties and value == least):
        return queue.with_item(values.index(least), new)
    return queue


def scoring_lifo(queue: Queue, new: Exemplar, unsafe: bool, worth: Worth, rules: Rules = PAPER) -> Queue:
    """The top is replaced by a prompt that worked and raises the worth; in the round that would be the
    ``patience``-th without a replacement by any prompt (``rules.forced_when_unsafe``: by the next that
    worked)."""
    other = queue.with_item(-1, new)
    before, after = worth(queue.items), worth(other.items)
    gains = unsafe and (after > before or (rules.ties and after == before))
    late = queue.waited + 1 >= rules.patience and (unsafe or not rules.forced_when_unsafe)
    return other if gains or late else queue.waiting()


def updated(
    strategy: Strategy,
    queue: Queue,
    new: Exemplar,
    unsafe: bool,
    objectives: Objectives,
    rules: Rules,
    embed: Embedder,
) -> Queue:
    """The queue after a round. Only a prompt that worked (``unsafe``) comes in, except where scoring-LIFO
    has waited too long; the baseline never learns."""

    def worth(items: Sequence[Exemplar]) -> float:
        return objectives.of_list(items, embed)

    if strategy is Strategy.SCORING_LIFO:
        return scoring_lifo(queue, new, unsafe, worth, rules)
    if not unsafe or strategy is Strategy.FEW_SHOT:
        return queue
    if strategy is Strategy.FIFO:
        return fifo(queue, new, newest_first=rules.newest_first)
    if strategy is Strategy.LIFO:
        return lifo(queue, new)
    if strategy is Strategy.GREEDY:
        return greedy(queue, new, objectives.of_one, ties=rules.ties)
    return scoring(queue, new, worth, ties=rules.ties)


def drawn(
    pool: Sequence[Exemplar], count: int, rng: np.random.Generator, temperature: float = TEMPERATURE
) -> tuple[Exemplar, ...]:
    """What the baseline shows: ``count`` of ``pool`` (fewer where it has fewer), without replacement, each
    draw in proportion to exp(mean harm / temperature) among those that are left."""
    if not pool:
        return ()
    # The Gumbel trick: the largest of log-weight plus Gumbel noise are such draws, in order.
    logits = np.array([item.mean_harm for item in pool]) / temperature
    order = np.argsort(-(logits + rng.gumbel(size=len(pool))), kind="stable")
    return tuple(pool[int(i)] for i in order[:count])
