"""Thresholds of several heads, held together to a share of ordinary traffic."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.guard.classifier.card import STRENGTHS
from octarine.guard.training.traffic import ENOUGH, SLACK, Fired, allowed, kept_to_share

BASE = {"one": dict.fromkeys(STRENGTHS, 0.5), "two": dict.fromkeys(STRENGTHS, 0.5)}
N = 220


def head(key: str, chances: np.ndarray, positive: np.ndarray) -> Fired:
    return Fired(chances.astype(np.float32), np.array([key] * len(chances)), positive)


def stopped(
    heads: list[Fired], found: Mapping[str, Mapping[str, float]], strength: str, mine: np.ndarray
) -> int:
    levels = {key: found[key][strength] for key in found}
    return int((mine & np.any([one.at(levels) for one in heads], axis=0)).sum())


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Fired], np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    traffic = np.array(["a"] * N + ["b"] * N + [""] * 100)
    positive = traffic == ""
    tail = draw(st.floats(0.0, 0.08))
    made = []
    for key in ("one", "two"):
        chances = rng.random(len(traffic)) * np.where(rng.random(len(traffic)) < tail, 1.0, 0.5)
        chances[positive] = rng.random(100)
        made.append(head(key, chances, positive))
    return made, traffic


@settings(max_examples=10, deadline=None)
@given(cases())
def test_every_set_keeps_to_its_share_and_nothing_is_lowered(case: tuple[list[Fired], np.ndarray]) -> None:
    heads, traffic = case
    found = kept_to_share(BASE, heads, traffic)
    for strength, share in STRENGTHS.items():
        for name in ("a", "b"):
            assert stopped(heads, found, strength, traffic == name) <= allowed(share, N)
        assert all(found[key][strength] >= 0.5 for key in found)
    for levels in found.values():
        assert levels["low"] >= levels["medium"] >= levels["high"]


@settings(max_examples=10, deadline=None)
@given(cases())
def test_no_threshold_could_be_lowered_alone(case: tuple[list[Fired], np.ndarray]) -> None:
    heads, traffic = case
    found = kept_to_share(BASE, heads, traffic)
    for strength, share in STRENGTHS.items():
        for one in heads:
            key = str(one.keys[0])
            level = found[key][strength]
            below = one.chances[(traffic != "") & (one.chances < level) & (one.chances >= 0.5)]
            looser = {"low": "medium", "medium": "high"}.get(strength)
            bound = found[key][looser] if looser else 0.5
            if level > bound and len(below) and below.max() >= bound:
                lower = {**found, key: {**found[key], strength: float(below.max())}}
                over = [
                    stopped(heads, lower, strength, traffic == name) > allowed(share, N)
                    for name in ("a", "b")
                ]
                assert any(over)


def test_the_head_that_costs_least_gives_way() -> None:
    traffic = np.array(["a"] * N + [""] * 100)
    positive = traffic == ""
    dear, cheap = np.zeros(N + 100), np.zeros(N + 100)
    dear[:30] = cheap[:30] = 0.6  # the same rows fire on both heads: both have to rise
    dear[positive], cheap[positive] = 0.9, 0.9
    both = kept_to_share(BASE, [head("one", dear, positive), head("two", cheap, positive)], traffic)
    assert both["one"]["medium"] > 0.6
    assert both["two"]["medium"] > 0.6
    dear[:30], dear[positive] = 0.0, 0.55
    alone = kept_to_share(BASE, [head("one", dear, positive), head("two", cheap, positive)], traffic)
    assert alone["one"]["medium"] == 0.5
    assert 0.6 < alone["two"]["medium"] < 0.61


def test_a_head_of_which_nothing_is_known_stays() -> None:
    traffic = np.array(["a"] * N + [""] * 100)
    chances = np.where(traffic == "a", 0.8, 0.0)
    known, unknown = traffic == "", np.zeros(N + 100, dtype=bool)
    found = kept_to_share(BASE, [head("one", chances, unknown), head("two", chances * 0, known)], traffic)
    assert found == BASE


def test_a_small_set_has_no_say() -> None:
    traffic = np.array(["a"] * (ENOUGH - 1) + [""] * 100)
    chances = np.where(traffic == "a", 0.8, 0.9)
    assert kept_to_share(BASE, [head("one", chances, traffic == "")], traffic)["one"]["medium"] == 0.5


def test_what_a_set_may_let_fire_holds_for_traffic_like_it() -> None:
    rng = np.random.default_rng(0)
    assert allowed(0.01, 269) == 1
    for rows in (200, 300, 600, 3000):
        most = allowed(0.01, rows)
        assert most <= 0.01 * rows
        # A set whose true share is over twice the strength's is let through one time in twenty at most.
        passed = rng.binomial(rows, SLACK * 0.01, 4000) <= most
        assert passed.mean() < 0.06 or most == 0
