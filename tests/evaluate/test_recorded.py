"""Scoring answers from a file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from octarine.core.errors import DataError, ModelError
from octarine.core.results import Settings
from octarine.evaluate import evaluate
from octarine.evaluate.recorded import RecordedAnswers

from .conftest import benchmark, fact

ASKED = "What is 1 plus 1?"


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
        ([{"answer": "2"}], ":1: .*neither 'id' nor 'prompt'"),
        ([{"prompt": "What is two?", "answer": "2"}], ":1: the benchmark does not ask 'What is two"),
        ([{"prompt": ASKED, "answer": "2"}, {"prompt": ASKED, "answer": "3"}], ":2: 1 samples ask this"),
        ([{"id": "sum-1", "answer": "2"}, {"prompt": ASKED, "answer": "2"}], ":2: a second answer"),
        ([], "no answer in the file"),
    ],
)
def test_bad_files_are_named(tmp_path, records, message):
    path = lines(tmp_path / "answers.jsonl", records)
    with pytest.raises(DataError, match=message):
        RecordedAnswers.job(benchmark([fact(1)]), path)


def same_prompt(*wanted: str):
    """Samples that ask the same and want other answers, as BOLD has them."""
    one = fact(1)
    return [
        replace(one, id=f"s{n}", expectation=replace(one.expectation, args={"accept": [answer]}))
        for n, answer in enumerate(wanted)
    ]


@pytest.mark.parametrize("key", ["id", "prompt"])
async def test_samples_that_ask_the_same_keep_their_own_answers(store, tmp_path, key):
    samples = same_prompt(*map(str, range(30)))
    names = [sample.id if key == "id" else ASKED for sample in samples]
    path = lines(tmp_path / "a.jsonl", [{key: name, "answer": str(n)} for n, name in enumerate(names)])
    model, job = RecordedAnswers.job(benchmark(samples), path)
    found = await evaluate(model, job, store)
    assert found.scorecard.objective("veracity_robustness.accurate").estimate.value == 1.0
    said = {one.sample.id: one.completion.text for one in store.results(found.run.id)}
    assert said == {f"s{n}": str(n) for n in range(30)}


def test_fewer_answers_than_samples_with_a_prompt_are_an_error_that_names_the_line(tmp_path):
    path = lines(tmp_path / "a.jsonl", [{"id": "other", "answer": "2"}, {"prompt": ASKED, "answer": "2"}])
    samples = [*same_prompt("2", "3"), replace(fact(2), id="other")]
    with pytest.raises(DataError, match=r"a\.jsonl:2: 2 samples ask this and it has 1 answers"):
        RecordedAnswers.job(benchmark(samples), path)


def test_an_answer_without_a_sample_at_hand_is_an_error_of_the_model(tmp_path):
    path = lines(tmp_path / "a.jsonl", [{"id": "sum-1", "answer": "2"}])
    model, _ = RecordedAnswers.job(benchmark([fact(1)]), path)
    with pytest.raises(ModelError, match="no answer was recorded"):
        asyncio.run(model.generate(fact(1).conversation, Settings()))
