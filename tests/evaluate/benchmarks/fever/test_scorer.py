"""The FEVER score on hand-counted rows; planted wrong predictions must lower it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.evaluate.benchmarks.fever import Fever
from octarine.evaluate.benchmarks.fever.rows import Claim, Label, Prediction
from octarine.evaluate.benchmarks.fever.scorer import (
    ACCURACY,
    F1,
    PRECISION,
    RECALL,
    SCORE,
    figures,
    score_claim,
)
from tests.evaluate.benchmarks.conftest import jsonl

from .rows_of_ours import CLAIMS, GOOD


def table(tmp_path, predictions, claims=CLAIMS):
    gold = jsonl(tmp_path / "actual.jsonl", claims)
    return Fever().score_files(gold, jsonl(tmp_path / "predictions.jsonl", predictions))


def test_right_predictions_score_one(tmp_path):
    found = table(tmp_path, GOOD)
    assert (
        found.estimate(SCORE).value == found.estimate(ACCURACY).value == found.estimate(RECALL).value == 1.0
    )
    assert found.estimate(PRECISION).value == 0.75
    assert found.estimate(F1).value == pytest.approx(2 * 0.75 / 1.75)
    assert found.notes == ("Matched by id.",)


@pytest.mark.parametrize(
    ("row", "change", "score", "accuracy"),
    [
        (0, {"predicted_label": "REFUTES"}, 2 / 3, 2 / 3),
        (0, {"predicted_evidence": [["Bird_-LRB-animal-RRB-", 0]]}, 2 / 3, 1.0),
        (0, {"predicted_evidence": [["heron", 0]]}, 2 / 3, 1.0),
        (0, {"predicted_evidence": []}, 2 / 3, 1.0),
        (1, {"predicted_evidence": [["Heron", n] for n in range(1, 6)] + [["Heron", 0]]}, 2 / 3, 1.0),
        (2, {"predicted_label": "SUPPORTS"}, 2 / 3, 2 / 3),
        (2, {"predicted_evidence": [["Heron", 0]]}, 1.0, 1.0),
        (0, {"predicted_evidence": [["Heron", 2], ["Bird_-LRB-animal-RRB-", 0]]}, 1.0, 1.0),
    ],
)
def test_a_planted_prediction_changes_what_it_should(tmp_path, row, change, score, accuracy):
    planted = [dict(prediction) for prediction in GOOD]
    planted[row] |= change
    found = table(tmp_path, planted)
    assert found.estimate(SCORE).value == pytest.approx(score)
    assert found.estimate(ACCURACY).value == pytest.approx(accuracy)


def test_always_one_label_scores_a_third(tmp_path):
    for label in ("SUPPORTS", "refutes", "NOT ENOUGH INFO"):
        same = [row | {"predicted_label": label} for row in GOOD]
        assert table(tmp_path, same).estimate(ACCURACY).value == pytest.approx(1 / 3)


def test_by_label_each_has_its_own_rate(tmp_path):
    planted = [GOOD[0] | {"predicted_label": "REFUTES"}, *GOOD[1:]]
    found = table(tmp_path, planted)
    assert found.estimate(SCORE, "SUPPORTS").value == 0.0
    assert found.estimate(SCORE, "REFUTES").value == 1.0


def test_no_evidence_at_all_leaves_f1_missing_where_the_official_scorer_divides_by_zero():
    claim = Claim(1, Label.SUPPORTS, "", (frozenset({("a", 0)}),))
    scored = score_claim(claim, Prediction(1, Label.SUPPORTS, (("b", 0),)))
    found = {figure.metric: figure for figure in figures([scored])}
    assert found[F1].estimate is None
    assert "undefined" in found[F1].note


def test_the_order_of_the_predictions_does_not_matter_where_ids_are_distinct(tmp_path):
    assert table(tmp_path, GOOD[::-1]).estimate(SCORE).value == 1.0


def test_rows_without_distinct_ids_are_matched_line_by_line(tmp_path):
    claims = [claim | {"id": 0} for claim in CLAIMS]
    found = table(tmp_path, GOOD, claims)
    assert found.estimate(SCORE).value == 1.0
    assert "line by line" in found.notes[0]
    assert table(tmp_path, GOOD[::-1], claims).estimate(SCORE).value < 1.0


labels = st.sampled_from(list(Label))
sentence = st.sampled_from([(page, number) for page in "ab" for number in range(3)])


@given(
    labels,
    labels,
    st.lists(st.frozensets(sentence, min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(sentence, max_size=8),
)
def test_as_the_official_scorer_decides(gold, said, groups, evidence):
    found = score_claim(Claim(1, gold, "", tuple(groups)), Prediction(1, said, tuple(evidence)))
    first = evidence[:5]
    complete = any(all(sentence in first for sentence in group) for group in groups)
    assert found.label is (gold is said)
    assert found.strict is (gold is said and (gold is Label.UNKNOWN or complete))
    if gold is Label.UNKNOWN:
        assert found.precision is found.recall is None
    else:
        hits = [sentence in set().union(*groups) for sentence in first]
        assert found.precision == (sum(hits) / len(hits) if hits else 1.0)
        assert found.recall == float(complete)
