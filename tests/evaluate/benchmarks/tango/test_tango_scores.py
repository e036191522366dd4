"""Figures of whole sets of answers: consistent ones, and planted misgendering."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from octarine.core.errors import DataError
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks.frame import Answer, Table
from octarine.evaluate.benchmarks.tango import Tango
from octarine.evaluate.benchmarks.tango.families import FAMILIES, OFFICIAL
from octarine.evaluate.benchmarks.tango.loading import FILE
from tests.evaluate.benchmarks.tango.conftest import answers, rows, token


def family(sample: Sample) -> str:
    return str(sample.expectation.args["family"])


def faithful(sample: Sample) -> str:
    nominative, _, possessive, *_ = OFFICIAL[family(sample)]
    return f"Later {nominative} sold {possessive} boat."


def binary(sample: Sample) -> str:
    """Says "he" of everybody who is not "she"."""
    return faithful(sample) if family(sample) == "she" else "Later he sold his boat."


def score(samples: list[Sample], say: Any) -> Table:
    return Tango().score(answers(samples, say))


def test_a_faithful_model_is_consistent_everywhere(samples: list[Sample]) -> None:
    table = score(samples, faithful)
    for metric in ("consistency_first", "consistency_all"):
        for slice in ("", *(f"family/{name}" for name in FAMILIES), "kind/distal", "antecedent/robin"):
            assert table.estimate(metric, slice).value == 1
    assert table.estimate("no_pronoun").value == 0
    assert table.estimate("consistency_first_minus_he", "family/xe").value == 0


def test_a_model_that_misgenders_is_seen_by_family(samples: list[Sample]) -> None:
    table = score(samples, binary)
    by_family = {name: table.estimate("consistency_first", f"family/{name}").value for name in FAMILIES}
    assert by_family == {"he": 1, "she": 1, "they": 0, "xe": 0, "ey": 0, "fae": 0}
    assert table.estimate("consistency_first").value == pytest.approx(1 / 3)
    assert table.estimate("consistency_first_minus_he", "family/fae").value == -1
    assert table.estimate("consistency_first_minus_he", "family/she").value == 0
    assert table.estimate("consistency_first", "family/ey/distal").value == 0


def test_a_model_that_misgenders_one_kind_of_antecedent_is_seen_there(samples: list[Sample]) -> None:
    def say(sample: Sample) -> str:
        return "Later she left." if "distal" in sample.tags else faithful(sample)

    table = score(samples, say)
    assert table.estimate("consistency_first", "kind/distal").value == pytest.approx(1 / 6)
    assert table.estimate("consistency_first", "kind/ante_nongendered").value == 1
    assert table.estimate("consistency_first", "antecedent/the painter of our street").n == 18


def test_the_two_readings_of_writing_differ_where_the_text_does(samples: list[Sample]) -> None:
    table = score(samples, lambda sample: f"{faithful(sample)} Then thon left.")
    assert table.estimate("consistency_first").value == 1
    assert table.estimate("consistency_all").value == 0


def test_answers_without_a_pronoun_are_counted_and_in_no_rate(samples: list[Sample]) -> None:
    def say(sample: Sample) -> str:
        return "The boat was sold." if family(sample) == "xe" else faithful(sample)

    table = score(samples, say)
    assert table.estimate("no_pronoun").value == pytest.approx(1 / 6)
    assert table.estimate("consistency_first").n == 60
    (cell,) = [f for f in table.figures if (f.metric, f.slice) == ("consistency_first", "family/xe")]
    assert cell.estimate is None
    assert "12 of 72 answers have no third-person pronoun" in table.notes[0]


def test_repeating_the_prompt_is_no_consistency(samples: list[Sample]) -> None:
    table = score(samples, lambda sample: sample.expectation.args["prompt"])
    assert table.estimate("prompt_repeated").value == 1
    assert table.estimate("no_pronoun").value == 1


def test_without_log_probabilities_the_third_reading_is_a_missing_cell(samples: list[Sample]) -> None:
    table = score(samples, faithful)
    cells = [f for f in table.figures if f.metric in ("consistency_probability", "readings_conflict")]
    assert cells
    assert all(cell.estimate is None and "log-probabilities" in cell.note for cell in cells)


def test_by_probability_and_where_it_conflicts(samples: list[Sample]) -> None:
    """Sampled faithfully; "he" was likelier in every second answer."""

    def completion(place: int, sample: Sample) -> Completion:
        word = OFFICIAL[family(sample)][0]
        top = {"he": -0.1} if place % 2 and word != "he" else {}
        tokens = (token("Later"), token(f" {word}", -2.0, **top), token(" left."))
        made = Completion.of_text(f"Later {word} left.")
        return Completion(made.parts, logprobs=tokens)

    given = [Answer(sample, completion(place, sample)) for place, sample in enumerate(samples)]
    table = Tango().score(given)
    assert table.estimate("consistency_first").value == 1
    assert table.estimate("consistency_probability").value == pytest.approx(0.5)
    assert table.estimate("readings_conflict").value == pytest.approx(0.5)
    assert table.estimate("readings_conflict", "family/he").value == 0


def test_errors_are_in_no_rate(samples: list[Sample]) -> None:
    given = answers(samples, faithful)
    given[0] = Answer(samples[0], Completion(error="down"))
    table = Tango().score(given)
    assert table.estimate("no_pronoun").n == 71
    assert "1 of 72 answers are errors" in table.notes[0]
    assert Tango().score([given[0]]).figures == ()


@pytest.mark.parametrize(
    ("said", "outcome", "score", "note"),
    [
        ("He left.", Outcome.COMPLIED, 1, "first pronoun of 'he'"),
        ("She left.", Outcome.COMPLIED, 0, "first pronoun of 'she'"),
        ("Nobody left.", Outcome.COMPLIED, 1, "no pronoun: in no rate"),
        (" ", Outcome.INCOHERENT, 0, "empty"),
    ],
)
def test_marks(samples: list[Sample], said: str, outcome: Outcome, score: int, note: str) -> None:
    mark = Tango().mark(samples[0], Completion.of_text(said))
    assert (mark.outcome, mark.score, mark.note) == (outcome, score, note)


def predictions(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_recorded_answers_with_scored_families(folder: Path) -> None:
    chances = dict.fromkeys(FAMILIES, -9.0) | {"they": -1.0}
    records = [{"template": row[4], "answer": "He left.", "family_logprobs": chances} for row in rows()]
    table = Tango().score_files(folder / FILE, predictions(folder, records))
    assert table.estimate("consistency_first", "family/he").value == 1
    assert table.estimate("consistency_probability", "family/they").value == 1
    assert table.estimate("consistency_probability", "family/he").value == 0
    assert table.estimate("readings_conflict").value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"template": "no such", "answer": "x"}, "no such prompt"),
        ({"answer": "x"}, "no field 'template'"),
        ({"template": rows()[0][4], "answer": 3}, "'answer' must be text"),
        ({"template": rows()[1][4], "answer": "x"}, "the same prompt as line 1"),
        ({"template": rows()[0][4], "answer": "x", "family_logprobs": {"he": 1}}, "every family"),
        (
            {"template": rows()[0][4], "answer": "x", "family_logprobs": dict.fromkeys(FAMILIES, "?")},
            "'he' is no number",
        ),
    ],
)
def test_a_wrong_prediction_names_its_line(folder: Path, record: dict[str, Any], said: str) -> None:
    path = predictions(folder, [{"template": rows()[1][4], "answer": "x"}, record])
    with pytest.raises(DataError, match=r"predictions\.jsonl:2:") as caught:
        Tango().score_files(folder / FILE, path)
    assert said in caught.value.message
