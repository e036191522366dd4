"""Scoring answers from a file."""

from __future__ import annotations

import json

import pytest

from octarine.core.errors import DataError
from octarine.evaluate import evaluate
from octarine.evaluate.recorded import RecordedAnswers

from .conftest import benchmark, fact


def lines(path, records):
    path.write_text("\n".join(json.dumps(record) for record in records), "utf-8")
    return path


async def test_recorded_answers_are_scored_and_gaps_are_counted(store, tmp_path):
    samples = [fact(n) for n in range(30)]
    path = lines(tmp_path / "answers.jsonl", [{"id": f"sum-{n}", "answer": str(2 * n)} for n in range(25)])
    model, job = RecordedAnswers.job(benchmark(samples), path)
    found = await evaluate(model, job, store)
    score = found.scorecard.objective("veracity_robustness.accurate")
    assert (score.n, score.errors, score.estimate.value) == (25, 5, 1.0)


def test_an_answer_may_hold_what_other_programs_end_a_line_with(tmp_path):
    path = tmp_path / "answers.jsonl"
    answer = "two\u2028lines\u0085here"
    path.write_text(json.dumps({"id": "sum-1", "answer": answer}, ensure_ascii=False) + "\r\n", "utf-8")
    model, _ = RecordedAnswers.job(benchmark([fact(1)]), path)
    assert answer in model._answers.values()


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (
            [{"id": "sum-1", "answer": "2"}, {"id": "nobody", "answer": "2"}],
            ":2: the benchmark has no sample",
        ),
        ([{"id": "sum-1", "answer": "2"}, {"id": "sum-1", "answer": "3"}], ":2: a second, different answer"),
        ([{"id": "sum-1"}], ":1: the key 'answer' is missing"),
        ([], "no answer in the file"),
    ],
)
def test_bad_files_are_named(tmp_path, records, message):
    path = lines(tmp_path / "answers.jsonl", records)
    with pytest.raises(DataError, match=message):
        RecordedAnswers.job(benchmark([fact(1)]), path)
