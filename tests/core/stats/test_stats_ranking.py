import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.stats import area_under_roc, average_precision, calibration_error, recall_at

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


@given(scored)
def test_the_area_is_the_share_of_pairs_in_order(rows: list[tuple[bool, int]]) -> None:
    up = [score for label, score in rows if label]
    down = [score for label, score in rows if not label]
    pairs = [(a > b) + (a == b) / 2 for a in up for b in down]
    found = area_under_roc([label for label, _ in rows], [score for _, score in rows])
    assert found.value == pytest.approx(np.mean(pairs))


def test_the_area_is_that_of_the_rank_test() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(1)
    labels, scores = rng.random(200) < 0.3, np.round(rng.normal(size=200), 1)
    expected = stats.mannwhitneyu(scores[labels], scores[~labels]).statistic / (
        labels.sum() * (~labels).sum()
    )
    assert area_under_roc(labels, scores).value == pytest.approx(expected)


@given(scored)
def test_precision_is_averaged_over_the_thresholds(rows: list[tuple[bool, int]]) -> None:
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    total, before = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        fired = scores >= threshold
        recall = labels[fired].sum() / labels.sum()
        total += (recall - before) * labels[fired].mean()
        before = recall
    assert average_precision(labels, scores).value == pytest.approx(total)


@given(scored, st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_recall_is_at_the_lowest_threshold_that_keeps_the_rate(
    rows: list[tuple[bool, int]], rate: float
) -> None:
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    kept = [t for t in (*scores.tolist(), 99) if (scores[~labels] >= t).mean() <= rate]
    assert recall_at(labels, scores, rate).value == pytest.approx((scores[labels] >= min(kept)).mean())


def test_calibration_is_the_distance_of_confidence_and_frequency() -> None:
    labels = [1, 0, 0, 0] * 25
    assert calibration_error(labels, [0.25] * 100).value == pytest.approx(0)
    assert calibration_error(labels, [0.75] * 100).value == pytest.approx(0.5)


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(rng.random(40) < 0.5, 10)
    scores = np.repeat(rng.normal(size=40), 10) + labels
    clusters = [str(index // 10) for index in range(400)]
    alone, together = area_under_roc(labels, scores), area_under_roc(labels, scores, clusters)
    assert together.clusters == 40
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_one_class_alone_ranks_nothing() -> None:
    with pytest.raises(InputError, match="some labels are 1"):
        area_under_roc([1, 1], [0.1, 0.2])
