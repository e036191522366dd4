"""Where the official scorer crashes or miscounts, one error with file and line."""

from __future__ import annotations

import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.fever import Fever
from octarine.evaluate.benchmarks.fever.rows import read_claims, read_predictions
from tests.evaluate.benchmarks.conftest import jsonl

from .rows_of_ours import CLAIMS, GOOD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicted_label": None}, "'predicted_label' must be text"),
        ({"predicted_label": "TRUE"}, "'TRUE' is no label"),
        ({"predicted_evidence": None}, "must be a list"),
        ({"predicted_evidence": ["Heron", 0]}, r"a list of \[page, number\]"),
        ({"predicted_evidence": [["Heron", 0, 1]]}, r"a list of \[page, number\]"),
        ({"predicted_evidence": [["Heron", "0"]]}, r"a sentence is \[page, number\]"),
        ({"predicted_evidence": [[0, "Heron"]]}, r"a sentence is \[page, number\]"),
        ({"predicted_evidence": [["Heron", True]]}, r"a sentence is \[page, number\]"),
    ],
)
def test_a_malformed_prediction_names_its_line(tmp_path, change, message):
    path = jsonl(tmp_path / "p.jsonl", [GOOD[0], GOOD[1] | change])
    with pytest.raises(DataError, match=message) as error:
        read_predictions(path)
    assert (error.value.path, error.value.line) == (str(path), 2)


@pytest.mark.parametrize("field", ["predicted_label", "predicted_evidence"])
def test_a_missing_field_names_its_line(tmp_path, field):
    row = {name: value for name, value in GOOD[1].items() if name != field}
    with pytest.raises(DataError, match=f"no field '{field}'") as error:
        read_predictions(jsonl(tmp_path / "p.jsonl", [GOOD[0], row]))
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "MAYBE"}, "is no label"),
        ({"evidence": [[]]}, "without a sentence"),
        ({"evidence": [[[9, 9, None, None]]]}, "without a sentence"),
        ({"evidence": [[[9, 9, "Heron"]]]}, "four fields"),
        ({"evidence": {"a": 1}}, "must be a list"),
        ({"claim": 3}, "'claim' must be text"),
    ],
)
def test_malformed_gold_names_its_line(tmp_path, change, message):
    path = jsonl(tmp_path / "a.jsonl", [CLAIMS[2], CLAIMS[0] | change])
    with pytest.raises(DataError, match=message) as error:
        read_claims(path)
    assert error.value.line == 2


def test_the_blind_test_set_and_swapped_files_are_told(tmp_path):
    blind = jsonl(tmp_path / "test.jsonl", [{"id": 1, "claim": "x"}])
    with pytest.raises(DataError, match="without a label"):
        read_claims(blind)
    with pytest.raises(DataError, match="Give it as --predictions"):
        read_claims(jsonl(tmp_path / "p.jsonl", GOOD))


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        (GOOD[:2], "no prediction of 1 claims"),
        ([*GOOD, GOOD[0]], "a second prediction of claim 1"),
        ([*GOOD[:2], GOOD[2] | {"id": 77}], "there is no claim 77"),
        ([{k: v for k, v in row.items() if k != "id"} for row in GOOD[:2]], "2 predictions for 3 claims"),
    ],
)
def test_predictions_that_do_not_fit_the_claims(tmp_path, predictions, message):
    gold = jsonl(tmp_path / "a.jsonl", CLAIMS)
    path = jsonl(tmp_path / "p.jsonl", predictions)
    with pytest.raises(DataError, match=message) as error:
        Fever().score_files(gold, path)
    assert error.value.path == str(path)
