from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.redteam.campaign.phases.policy import Halving, ranked
from tests.redteam.campaign.world import rng


def names(count: int) -> list[tuple[str, ...]]:
    return [(f"t{n}",) for n in range(count)]


def played(policy: Halving, calls: int, rates: dict[str, float], seed: int = 0) -> dict[str, int]:
    """Attempts of each attack, with results drawn at its rate."""
    draws, tried = rng(seed), {}
    while calls > 0 and (batch := policy.propose(calls, rng())):
        for (name,) in batch:
            tried[name] = tried.get(name, 0) + 1
            policy.learn((name,), int(draws.random() < rates.get(name, 0.0)), 1)
        calls -= len(batch)
    return tried


def test_the_first_pass_tries_all_alike_and_the_rest_goes_to_the_better() -> None:
    policy = Halving(names(20), keep=3, most=50)
    first = policy.propose(200, rng())
    assert len(first) == 100
    assert all(first.count(name) == 5 for name in names(20))
    tried = played(Halving(names(20), keep=3, most=50), 200, {"t3": 0.9, "t7": 0.9})
    assert sum(tried.values()) == 200
    assert {"t3", "t7"} <= {name for name, n in tried.items() if n >= 15}
    assert min(tried.values()) == 5


def test_with_few_calls_a_beginning_is_tried_and_some_are_tried_again() -> None:
    tried = played(Halving(names(100), keep=5, most=50), 40, {"t3": 1.0})
    assert len(tried) == 30
    assert tried["t3"] > 1
    assert sum(tried.values()) == 40


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 10), st.integers(0, 300), st.integers(0, 5))
def test_calls_and_seeds_are_never_exceeded(
    attacks: int, keep: int, most: int, calls: int, seed: int
) -> None:
    tried = played(Halving(names(attacks), keep, most), calls, {"t0": 0.5, "t1": 0.2}, seed)
    assert sum(tried.values()) <= calls
    assert all(n <= most for n in tried.values())


def test_what_has_nothing_to_say_is_dropped() -> None:
    policy = Halving(names(3), keep=3, most=4)
    policy.propose(9, rng())
    policy.drop(("t1",), "says nothing")
    assert ("t1",) not in policy.propose(9, rng())


def test_one_lucky_attempt_does_not_outrank_many_good_ones() -> None:
    counts = {("lucky",): (1, 1), ("good",): (18, 20), ("bad",): (0, 40)}
    assert ranked(counts) == [("good",), ("lucky",), ("bad",)]
    assert ranked({}) == []
