from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from octarine.core.errors import InputError
from octarine.guard.policy import policy_from_text, read_policy, tune
from octarine.guard.policy.layer import Strength
from octarine.guard.policy.tuning import rows_needed


def texts(n: int, mark: str = "") -> list[str]:
    return [f"{mark}text {number}" for number in range(n)]


def uniform(n: int, seed: int, heads: int = 2) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    names = ("harmful_request", "jailbreak", "prompt_injection")[:heads]
    return {name: generator.random(n) for name in names}


@pytest.mark.parametrize("shape", ["uniform", "skewed", "same"])
def test_the_joint_rate_is_kept_in_as_many_samples_as_promised(shape: str) -> None:
    runs, over = 200, 0
    for seed in range(runs):
        scores = uniform(500, seed)
        if shape == "skewed":  # of quite different shape: only ranks may count
            scores["jailbreak"] = scores["jailbreak"] ** 8
        if shape == "same":
            scores["jailbreak"] = scores["harmful_request"]
        tuned = tune(scores, texts(500, f"{seed} "), max_fpr=0.05, confidence=0.9)
        first, second = (head.threshold for head in tuned.heads.values())
        assert first is not None
        assert second is not None
        passes_second = second ** (1 / 8) if shape == "skewed" else second
        passes = min(first, second) if shape == "same" else first * passes_second
        over += 1 - passes > 0.05
    # 10 % of 200 expected at the very most; 35 would be four standard deviations above.
    assert over <= 35
    assert over >= 1  # a bound that never fails would be far too careful


def test_the_number_that_may_fire_is_the_exact_one() -> None:
    tuned = tune(uniform(4000, 1, heads=1), texts(4000), max_fpr=0.02, confidence=0.95)
    allowed = max(k for k in range(200) if binom.cdf(k, tuned.chosen_on, 0.02) <= 0.05)
    assert tuned.fired <= allowed
    assert tuned.fired >= allowed - 1  # thresholds are rounded up
    assert tuned.bound.high <= 0.02
    one_sided = beta.ppf(0.95, tuned.fired + 1, tuned.chosen_on - tuned.fired)
    assert tuned.bound.high == pytest.approx(one_sided, abs=1e-9)
    assert tuned.quantile == tuned.fired / tuned.chosen_on
    assert tuned.false_positives.n > 1800


def test_held_out_rows_change_nothing_but_what_is_reported() -> None:
    from octarine.guard.policy.tuning import CHOOSE, _share

    scores, rows = uniform(2000, 3), texts(2000)
    tuned = tune(scores, rows, max_fpr=0.05)
    held_out = np.asarray([_share(text) >= CHOOSE for text in rows])
    changed = {head: np.where(held_out, 1.0, values) for head, values in scores.items()}
    other = tune(changed, rows, max_fpr=0.05)
    assert [head.threshold for head in other.heads.values()] == [
        head.threshold for head in tuned.heads.values()
    ]
    assert other.false_positives.value == 1.0


def test_rows_in_another_order_and_texts_that_come_again_change_nothing() -> None:
    scores, rows = uniform(1000, 4), texts(1000)
    tuned = tune(scores, rows, max_fpr=0.05)
    order = np.random.default_rng(5).permutation(1000)
    again = np.concatenate([order, order[:300]])
    assert tune({h: v[again] for h, v in scores.items()}, [rows[i] for i in again], max_fpr=0.05) == tuned


def test_attacks_are_caught_and_do_not_move_the_thresholds() -> None:
    scores, rows = uniform(1000, 6), texts(1000)
    tuned = tune(scores, rows, max_fpr=0.05)
    attacks = {"harmful_request": np.full(50, 1.0), "jailbreak": np.full(50, 0.1)}
    both = tune(
        {head: np.concatenate([values, attacks[head]]) for head, values in scores.items()},
        rows + texts(50, "attack "),
        [False] * 1000 + [True] * 50,
        max_fpr=0.05,
    )
    assert tuned.recall is None
    assert both.recall is not None
    assert (both.recall.value, both.recall.n) == (1.0, 50)
    assert [h.recall.value for h in both.heads.values() if h.recall] == [1.0, 0.0]
    assert [h.threshold for h in both.heads.values()] == [h.threshold for h in tuned.heads.values()]
    assert both.false_positives == tuned.false_positives


@pytest.mark.parametrize("n", [0, 1, 2, 30, 400])
def test_too_few_rows_say_how_many_are_needed(n: int) -> None:
    if n == 0:
        with pytest.raises(InputError, match="empty"):
            tune({"jailbreak": []}, [], max_fpr=0.01)
        return
    with pytest.raises(InputError, match=f"{n} different harmless texts are too few") as caught:
        tune(uniform(n, 1), texts(n), max_fpr=0.01)
    assert "About 1,196 are needed" in caught.value.hint


def test_the_rows_asked_for_are_enough() -> None:
    assert rows_needed(0.01) == 4 * 299
    n = round(1.2 * rows_needed(0.01))
    assert tune(uniform(n, 7), texts(n), max_fpr=0.01).bound.high <= 0.01


def test_a_head_whose_scores_pile_up_at_one_is_left_out() -> None:
    scores, rows = uniform(1000, 8), texts(1000)
    scores["jailbreak"] = np.where(scores["jailbreak"] > 0.3, 1.0, 0.2)
    with pytest.raises(InputError, match="highest score there is"):
        tune({"jailbreak": scores["jailbreak"]}, rows, max_fpr=0.05)


def test_a_head_that_says_nothing_does_no_harm() -> None:
    scores, rows = uniform(1000, 9, heads=1), texts(1000)
    alone = tune(scores, rows, max_fpr=0.05)
    both = tune({**scores, "refusal": np.zeros(1000)}, rows, max_fpr=0.05)
    assert both.heads["harmful_request"].threshold == alone.heads["harmful_request"].threshold
    assert both.heads["refusal"].false_positives.value == 0.0


def test_the_patch_sets_thresholds_and_leaves_the_rest() -> None:
    tuned = tune(uniform(1000, 10), texts(1000), max_fpr=0.05)
    text = tuned.patch("ours", "2.0.0")
    assert text.startswith("# At 95% confidence, at most 5.00% of harmless texts are stopped")
    patched, default = policy_from_text(text), read_policy("default")
    assert patched.id == "ours@2.0.0"
    for head, rule in patched.rules.items():
        expected = tuned.heads[head].threshold if head in tuned.heads else default.rules[head].sensitivity
        assert rule.sensitivity == expected
        assert rule.action is default.rules[head].action


def test_a_head_without_threshold_is_switched_off_in_the_patch() -> None:
    from dataclasses import replace

    tuned = tune(uniform(1000, 10), texts(1000), max_fpr=0.05)
    off = replace(tuned, heads={name: replace(head, threshold=None) for name, head in tuned.heads.items()})
    assert policy_from_text(off.patch()).rules["jailbreak"].sensitivity is Strength.NONE


@pytest.mark.parametrize(
    ("scores", "rows", "rate", "message"),
    [
        ({}, ["a"], 0.1, "names no head"),
        ({"jailbreak": [1.2]}, ["a"], 0.1, r"\[0, 1\]"),
        ({"jailbreak": [float("nan")]}, ["a"], 0.1, "NaN"),
        ({"jailbreak": [0.1, 0.2]}, ["a"], 0.1, "same length"),
        ({"jailbreak": [0.1]}, ["a"], 0.0, "max_fpr"),
        ({"jailbreak": [0.1]}, ["a"], 1.0, "max_fpr"),
    ],
)
def test_what_is_refused(scores: dict[str, list[float]], rows: list[str], rate: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tune(scores, rows, max_fpr=rate)


def test_as_many_labels_as_texts() -> None:
    with pytest.raises(InputError, match="same length"):
        tune({"jailbreak": [0.1]}, ["a"], [True, False], max_fpr=0.1)
