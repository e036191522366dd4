"""What the bandit proposes: chains that fit, no two alike, and in the end those that work."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.redteam import Catalogue, Technique
from octarine.redteam.combining import ChainBandit
from tests.redteam.fakes import CODE, DRAWN, GREY, LIVE, MADE_UP, PICTURED, UPPER, WRAP, technique

FAKES = {t.id: t for t in (CODE, DRAWN, GREY, LIVE, MADE_UP, PICTURED, UPPER, WRAP)}
Told = list[tuple[tuple[str, ...], int, int]]


def catalogue(**techniques: Technique) -> Catalogue:
    """One that reads chains."""
    made = Catalogue()
    made._known, made._read = dict(techniques), set(made.plugins.names("technique"))
    return made


KNOWN = catalogue(**FAKES)


def fits(chain: tuple[str, ...]) -> bool:
    """As the catalogue itself reads a chain."""
    try:
        KNOWN.chain(" | ".join(chain))
    except InputError:
        return False
    return True


def told() -> st.SearchStrategy[Told]:
    """Results of some chains that fit."""
    members = st.lists(st.sampled_from(sorted(FAKES)), min_size=1, max_size=3, unique=True)
    names = members.map(tuple).filter(fits)
    counts = st.integers(0, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return st.lists(st.tuples(names, counts).map(lambda row: (row[0], *row[1])), max_size=12)


def taught(results: Told, **options: object) -> ChainBandit:
    """A bandit that was told."""
    bandit = ChainBandit(FAKES, **options)  # type: ignore[arg-type]
    for result in results:
        bandit.learn(*result)
    return bandit


@settings(max_examples=25, deadline=None)
@given(told(), st.sampled_from([(2,), (3,), (2, 3)]), st.integers(0, 12), st.integers(0, 9))
def test_a_batch_holds_no_chain_twice_and_none_that_does_not_fit(
    results: Told, lengths: tuple[int, ...], count: int, seed: int
) -> None:
    bandit = taught(results, lengths=lengths)
    batch = bandit.propose(count, np.random.default_rng(seed))
    assert len(set(batch)) == len(batch) <= count
    assert all(fits(chain) and len(chain) in lengths for chain in batch)


@settings(max_examples=20, deadline=None)
@given(told(), st.integers(0, 9))
def test_told_the_same_in_another_order_it_proposes_the_same(results: Told, seed: int) -> None:
    first, second = [taught(told, lengths=(2, 3)) for told in (results, results[::-1])]
    for chain in (("code", "wrap"), ("wrap", "code")):
        first.drop(chain, "no")
    for chain in (("wrap", "code"), ("code", "wrap")):
        second.drop(chain, "no")
    batches = [bandit.propose(9, np.random.default_rng(seed)) for bandit in (first, second)]
    assert batches[0] == batches[1]


def test_asked_for_more_than_there_is_it_gives_every_pair_that_fits_once() -> None:
    every = {(a, b) for a in FAKES for b in FAKES if a != b and fits((a, b))}
    found = ChainBandit(FAKES).propose(1000, np.random.default_rng(0))
    assert {frozenset(chain) for chain in found} == {frozenset(chain) for chain in every}
    bandit = ChainBandit(FAKES)
    for chain in found:
        bandit.learn(chain, 0, 1)
    assert {*found, *bandit.propose(1000, np.random.default_rng(0))} == every


def test_what_does_not_apply_is_dropped_with_its_reason_and_says_nothing_of_its_members() -> None:
    bandit = ChainBandit(FAKES)
    before = bandit.propose(1000, np.random.default_rng(0))
    chain = before[0]
    bandit.drop(chain, "wrap: works on Arabic letters alone")
    bandit.drop(chain, "another reason")
    assert bandit.dropped == {chain: "wrap: works on Arabic letters alone"}
    after = bandit.propose(1000, np.random.default_rng(0))
    assert chain not in after
    bandit.learn(chain, 1, 1)
    assert bandit.ranked() == []


def test_a_chain_whose_seeds_are_used_up_is_not_proposed_again() -> None:
    bandit = taught([(("wrap", "code"), 9, 9)], most=10)
    rng = np.random.default_rng(0)
    assert ("wrap", "code") in bandit.propose(3, rng)
    bandit.learn(("wrap", "code"), 1, 1)
    assert ("wrap", "code") not in bandit.propose(1000, rng)
    assert bandit.ranked(1)[0][0] == ("wrap", "code")


def test_results_of_several_calls_add_up_and_no_attempts_say_nothing() -> None:
    once, often = (
        taught([(("wrap",), 2, 5)]),
        taught([(("wrap",), 2, 3), (("wrap",), 0, 2), (("code",), 0, 0)]),
    )
    batches = [bandit.propose(5, np.random.default_rng(3)) for bandit in (once, often)]
    assert batches[0] == batches[1]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: ChainBandit(FAKES).learn(("code", "upper"), 0, 2), "alters letters"),
        (lambda: ChainBandit({"wrap": WRAP}), "1 techniques"),
        (lambda: ChainBandit(FAKES, lengths=(4,)), "lengths"),
        (lambda: ChainBandit(FAKES, explore=1.5), "explore=1.5"),
        (lambda: ChainBandit(FAKES).learn(("wrap",), 3, 2), "3 successes in 2"),
        (lambda: ChainBandit(FAKES).learn(("wrap", "nothing"), 0, 2), "nothing"),
        (lambda: ChainBandit(FAKES).learn(("wrap", "wrap"), 0, 2), "different"),
        (lambda: ChainBandit(FAKES).drop((), "why"), "no chain"),
    ],
)
def test_what_is_wrong_is_named(call: Callable[[], object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        call()


MANY = {f"t{i:02}": technique(f"t{i:02}") for i in range(40)}
GOOD = ("t07", "t31")


def attempts_to_find(rng: np.random.Generator) -> int:
    """Attempts on pairs, five each, until the planted one is proposed."""
    bandit = ChainBandit(MANY)
    for name in MANY:
        bandit.learn((name,), int(rng.binomial(8, 0.3 if name in GOOD else 0.03)), 8)
    for spent in range(0, 2000, 25):
        for place, chain in enumerate(bandit.propose(5, rng)):
            if set(chain) == set(GOOD):
                return spent + 5 * place
            bandit.learn(chain, int(rng.binomial(5, 0.3 if set(chain) & set(GOOD) else 0.03)), 5)
    return 2000


def attempts_by_chance(rng: np.random.Generator) -> int:
    """The same for pairs drawn uniformly, each once."""
    pairs = list(combinations(MANY, 2))
    return 5 * [pairs[int(place)] for place in rng.permutation(len(pairs))].index(GOOD)


def test_a_planted_pair_is_found_sooner_than_by_chance() -> None:
    found = [attempts_to_find(np.random.default_rng(n)) for n in range(5)]
    chance = [attempts_by_chance(np.random.default_rng(n)) for n in range(500)]
    assert max(found) < 250
    assert np.quantile(chance, 0.1) > 250


def test_what_works_is_proposed_again_and_ranked_first() -> None:
    rng = np.random.default_rng(2)
    bandit = ChainBandit(MANY)
    shares = []
    for _ in range(12):
        batch = bandit.propose(5, rng)
        shares.append(sum(set(chain) == set(GOOD) for chain in batch))
        for chain in batch:
            rate = 0.9 if set(chain) == set(GOOD) else 0.3 if set(chain) & set(GOOD) else 0.03
            bandit.learn(chain, int(rng.binomial(5, rate)), 5)
    name, rate = bandit.ranked(1)[0]
    assert set(name) == set(GOOD)
    assert rate > 0.6
    assert sum(shares[-6:]) >= 5


def test_a_triple_is_grown_from_a_pair_that_works() -> None:
    rng = np.random.default_rng(4)
    bandit = ChainBandit(MANY, lengths=(2, 3))
    best = {*GOOD, "t20"}
    for _ in range(25):
        for chain in bandit.propose(5, rng):
            rate = {0: 0.03, 1: 0.15, 2: 0.5, 3: 0.97}[len(best & set(chain))]
            bandit.learn(chain, int(rng.binomial(5, rate)), 5)
    assert set(bandit.ranked(1)[0][0]) == best
