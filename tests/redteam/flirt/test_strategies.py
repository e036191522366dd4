"""Each strategy against a slow reference that is written otherwise."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.redteam.flirt import PAPER, PUBLISHED_CODE, Exemplar, Objectives, Queue, Rules, Strategy
from octarine.redteam.flirt.strategies import drawn, updated

# Eighths and one-hot embeddings: every sum below is exact, so that ties are ties on both sides.
eighths = st.integers(0, 8).map(lambda n: n / 8)
exemplars = st.builds(
    Exemplar,
    text=st.sampled_from("abcdefg"),
    harms=st.lists(eighths, min_size=2, max_size=2).map(tuple),
    toxicity=eighths,
)
weights = st.sampled_from([0.0, 0.5, 1.0, 2.0])
objectives = st.builds(Objectives, effectiveness=weights, diversity=weights, low_toxicity=weights)
lists = st.lists(exemplars, min_size=4, max_size=4)
HARM = Objectives()
arrivals = st.lists(st.tuples(exemplars, st.booleans()), max_size=12)


def one_hot(text: str) -> np.ndarray:
    return np.eye(7)["abcdefg".index(text)]


def worth(items: list[Exemplar], aims: Objectives) -> float:
    """The formulas of section 2.2, in full; unlike texts are 1 apart."""
    total = 0.0
    for i, one in enumerate(items):
        total += aims.effectiveness * (one.harms[0] + one.harms[1])
        total += aims.low_toxicity * (1 - one.toxicity)
        for other in items[:i]:
            total += aims.diversity * (one.text != other.text)
    return total


def run(
    strategy: Strategy,
    start: list[Exemplar],
    coming: list[tuple[Exemplar, bool]],
    aims: Objectives = HARM,
    rules: Rules = PAPER,
) -> list[list[Exemplar]]:
    queue, seen = Queue(tuple(start)), []
    for new, unsafe in coming:
        queue = updated(strategy, queue, new, unsafe, aims, rules, one_hot)
        seen.append(list(queue.items))
    return seen


@given(lists, arrivals)
def test_fifo_is_a_bounded_queue(start: list[Exemplar], coming: list[tuple[Exemplar, bool]]) -> None:
    slow, seen = deque(start, maxlen=4), []
    for new, unsafe in coming:
        if unsafe:
            slow.append(new)
        seen.append(list(slow))
    assert run(Strategy.FIFO, start, coming) == seen


@given(lists, arrivals)
def test_fifo_of_the_published_code_shows_the_newest_first(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]]
) -> None:
    slow, seen = deque(start, maxlen=4), []
    for new, unsafe in coming:
        if unsafe:
            slow.appendleft(new)
        seen.append(list(slow))
    assert run(Strategy.FIFO, start, coming, rules=PUBLISHED_CODE) == seen


@given(lists, arrivals)
def test_lifo_is_a_stack_of_which_the_top_is_replaced(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]]
) -> None:
    slow, seen = list(start), []
    for new, unsafe in coming:
        if unsafe:
            slow.pop()
            slow.append(new)
        seen.append(list(slow))
    assert run(Strategy.LIFO, start, coming) == seen


@given(lists, arrivals, objectives)
def test_scoring_takes_the_best_of_all_lists(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]], aims: Objectives
) -> None:
    slow, seen = list(start), []
    for new, unsafe in coming:
        every = [slow] + [[*slow[:i], new, *slow[i + 1 :]] for i in range(4)]
        if unsafe:
            slow = max(every, key=lambda items: worth(items, aims))
        seen.append(slow)
    assert run(Strategy.SCORING, start, coming, aims) == seen


@given(lists, arrivals, objectives)
def test_greedy_is_worth_as_much_as_all_lists_where_worth_is_of_items(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]], aims: Objectives
) -> None:
    aims = Objectives(aims.effectiveness, 0.0, aims.low_toxicity)
    every = run(Strategy.SCORING, start, coming, aims)
    least = run(Strategy.GREEDY, start, coming, aims)
    assert [worth(items, aims) for items in least] == [worth(items, aims) for items in every]


@given(lists, arrivals)
def test_greedy_replaces_the_least_if_it_is_less(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]]
) -> None:
    slow, seen = list(start), []
    for new, unsafe in coming:
        place = min(range(4), key=lambda i: sum(slow[i].harms))
        if unsafe and sum(slow[place].harms) < sum(new.harms):
            slow = [new if i == place else item for i, item in enumerate(slow)]
        seen.append(slow)
    assert run(Strategy.GREEDY, start, coming) == seen


@given(lists, arrivals, objectives, st.integers(1, 5), st.booleans())
def test_scoring_lifo_waits_no_longer_than_its_patience(
    start: list[Exemplar],
    coming: list[tuple[Exemplar, bool]],
    aims: Objectives,
    patience: int,
    only_unsafe: bool,
) -> None:
    slow, seen, last = list(start), [], -1
    for number, (new, unsafe) in enumerate(coming):
        tried = [*slow[:3], new]
        better = unsafe and worth(tried, aims) > worth(slow, aims)
        overdue = number - last >= patience and (unsafe or not only_unsafe)
        if better or overdue:
            slow, last = tried, number
        seen.append(slow)
    rules = Rules(patience=patience, forced_when_unsafe=only_unsafe)
    assert run(Strategy.SCORING_LIFO, start, coming, aims, rules) == seen


@given(lists, arrivals, objectives)
def test_a_safe_answer_teaches_nothing(
    start: list[Exemplar], coming: list[tuple[Exemplar, bool]], aims: Objectives
) -> None:
    safe = [(new, False) for new, _ in coming]
    for strategy in (Strategy.FIFO, Strategy.LIFO, Strategy.SCORING, Strategy.FEW_SHOT):
        assert run(strategy, start, safe, aims) == [start] * len(safe)


@pytest.mark.parametrize("strategy", [Strategy.GREEDY, Strategy.SCORING, Strategy.SCORING_LIFO])
def test_what_is_worth_as_much_replaces_in_the_published_code_alone(strategy: Strategy) -> None:
    start, new = [Exemplar(text, (0.5,)) for text in "abcd"], Exemplar("e", (0.5,))
    assert run(strategy, start, [(new, True)]) == [start]
    (after,) = run(strategy, start, [(new, True)], rules=PUBLISHED_CODE)
    # The first of the least; the last of the lists; the one on top.
    assert after.index(new) == (0 if strategy is Strategy.GREEDY else 3)


def test_diversity_keeps_an_unlike_prompt_that_harm_alone_would_drop() -> None:
    start = [Exemplar("a", (0.5,)), Exemplar("a", (0.5,)), Exemplar("b", (0.375,)), Exemplar("c", (0.75,))]
    coming = [(Exemplar("a", (0.75,)), True)]
    (harm,) = run(Strategy.SCORING, start, coming)
    (both,) = run(Strategy.SCORING, start, coming, Objectives(diversity=1.0))
    assert "b" not in [item.text for item in harm]
    assert "b" in [item.text for item in both]


def test_the_objectives_of_the_published_code_are_means() -> None:
    items = [Exemplar("a", (0.5, 1.0)), Exemplar("b", (0.0, 0.5)), Exemplar("b", (1.0, 1.0))]
    value = Objectives(diversity=0.5, means=True).of_list(items, one_hot)
    assert value == pytest.approx((0.75 + 0.25 + 1.0) / 3 + 0.5 * (1 + 1 + 0) / 3)


def test_a_weight_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="diversity"):
        Objectives(diversity=-1.0)


def test_the_baseline_draws_by_the_exponential_of_harm_without_replacement() -> None:
    pool = [Exemplar("a", (0.0, 0.0)), Exemplar("b", (0.1, 0.1)), Exemplar("c", (0.3, 0.1))]
    rng, times = np.random.default_rng(5), 20_000
    pairs = [tuple(item.text for item in drawn(pool, 2, rng)) for _ in range(times)]
    odds = {"a": 1.0, "b": np.exp(1.0), "c": np.exp(2.0)}
    for first, odd in odds.items():
        for second in odds.keys() - {first}:
            total = sum(odds.values())
            chance = odd / total * odds[second] / (total - odd)
            # Five standard errors of a share of 20,000.
            spread = 5 * np.sqrt(chance * (1 - chance) / times)
            assert abs(pairs.count((first, second)) / times - chance) < spread


def test_the_baseline_draws_all_of_a_small_pool_and_nothing_of_none() -> None:
    rng = np.random.default_rng(0)
    assert {item.text for item in drawn([Exemplar("a"), Exemplar("b")], 4, rng)} == {"a", "b"}
    assert drawn([], 4, rng) == ()
