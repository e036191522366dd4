"""Claims as samples, with and without evidence; labels read from answers; the retrieval baseline."""

from __future__ import annotations

import pytest

from octarine.core.errors import DataError
from octarine.core.results import Completion, Finish
from octarine.evaluate.benchmarks.fever import Fever, read_label
from octarine.evaluate.benchmarks.fever.retrieval import Retriever, read_pages
from octarine.evaluate.benchmarks.fever.rows import Label
from octarine.evaluate.benchmarks.fever.scorer import ACCURACY, SCORE
from octarine.evaluate.benchmarks.frame import Answer
from tests.evaluate.benchmarks.conftest import jsonl

from .rows_of_ours import CLAIMS, PAGES


@pytest.fixture
def folder(tmp_path):
    jsonl(tmp_path / "shared_task_dev.jsonl", CLAIMS)
    jsonl(tmp_path / "wiki-pages" / "wiki-001.jsonl", PAGES)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("SUPPORTS", Label.SUPPORTS),
        ("The claim is refuted by the first sentence.", Label.REFUTES),
        ("**NOT ENOUGH INFO**", Label.UNKNOWN),
        ("There is not enough evidence: it neither supports nor refutes it.", Label.UNKNOWN),
        ("The evidence does not support the claim; it REFUTES it.", Label.REFUTES),
        ("Herons are birds.", None),
        ("", None),
    ],
)
def test_the_label_of_an_answer(text, label):
    assert read_label(text) is label


def test_a_claim_is_asked_alone_with_gold_and_with_what_was_retrieved(folder):
    samples = Fever().load(folder)
    assert [sample.variant for sample in samples] == ["alone", "gold", "retrieved"] * 3
    alone, gold, retrieved = samples[:3]
    assert "Evidence" not in alone.conversation.prompt
    assert "- Heron: The heron is a long-legged bird ." in gold.conversation.prompt
    assert gold.expectation.args["given"] == [["Heron", 0]]
    assert ["Heron", 0] in retrieved.expectation.args["given"]
    assert len({sample.group for sample in samples}) == 3


def test_without_pages_only_the_claim_is_asked(tmp_path):
    jsonl(tmp_path / "paper_dev.jsonl", CLAIMS)
    samples = Fever().load(tmp_path)
    assert {sample.variant for sample in samples} == {"alone"}
    table = Fever().score([Answer(sample, Completion.of_text("SUPPORTS")) for sample in samples])
    assert table.estimate(ACCURACY, "alone").value == pytest.approx(1 / 3)
    missing = {figure.slice for figure in table.figures if figure.estimate is None}
    assert {"gold", "retrieved"} <= missing


def gold_answers(samples):
    return [Answer(sample, Completion.of_text(sample.expectation.args["label"])) for sample in samples]


def test_the_score_of_a_model_is_that_with_retrieved_evidence(folder):
    samples = Fever().load(folder)
    table = Fever().score(gold_answers(samples))
    assert table.estimate(SCORE).value == table.estimate(ACCURACY, "gold").value == 1.0
    assert all(Fever().mark(a.sample, a.completion).score == 1.0 for a in gold_answers(samples))


@pytest.mark.parametrize("said", ["I cannot say.", "NOT ENOUGH INFO", "REFUTES", "supports refutes"])
def test_planted_answers_are_not_right(folder, said):
    samples = Fever().load(folder)
    table = Fever().score([Answer(sample, Completion.of_text(said)) for sample in samples])
    assert table.estimate(SCORE).value <= 1 / 3 + 1e-9
    assert table.estimate(ACCURACY, "alone").value <= 1 / 3 + 1e-9


def test_failed_calls_are_in_no_rate(folder):
    samples = Fever().load(folder)
    answers = gold_answers(samples)
    answers[0] = Answer(samples[0], Completion(finish=Finish.ERROR, error="down"))
    table = Fever().score(answers)
    assert table.estimate(ACCURACY, "alone").n == 2
    assert "1 failed calls" in table.notes[-1]


def test_redacted_claims_cannot_be_asked(tmp_path):
    jsonl(tmp_path / "shared_task_dev.jsonl", [CLAIMS[0] | {"claim": "REDACTED"}])
    with pytest.raises(DataError, match="redacted"):
        Fever().load(tmp_path)


def test_sentences_of_pages_are_read_and_ranked(folder):
    pages = read_pages(folder / "wiki-pages")
    assert pages == {
        ("Heron", 0): "The heron is a long-legged bird .",
        ("Heron", 2): "It wades .",
        ("Bird_-LRB-animal-RRB-", 0): "Birds have feathers .",
    }
    pytest.importorskip("bm25s")
    found = Retriever(pages)
    assert found.first("feathers of an animal", 1) == [("Bird_-LRB-animal-RRB-", 0)]
    assert found.first("The long-legged heron")[0] == ("Heron", 0)
    assert found.first("zzz") == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [([{"id": "A"}], "no field 'lines'"), ([{"id": "A", "lines": "x\ty"}], "'lines' has no number")],
)
def test_a_line_that_is_no_page(tmp_path, rows, message):
    jsonl(tmp_path / "wiki-001.jsonl", rows)
    with pytest.raises(DataError, match=message) as error:
        read_pages(tmp_path)
    assert error.value.line == 1
