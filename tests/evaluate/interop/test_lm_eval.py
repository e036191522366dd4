"""Results of lm-eval: read as they were written, and refused where they are not understood."""

from __future__ import annotations

import json
import math

import pytest

from octarine.core.content import Role
from octarine.core.errors import DataError, InputError
from octarine.core.results import Outcome
from octarine.evaluate.interop.sources import read_logs
from tests.evaluate.interop.conftest import changed, changed_row, results_of, samples_of


def by_task(folder):
    return {log.task: log for log in read_logs([folder])}


def test_a_folder_gives_every_task_and_every_group(output):
    found = by_task(output)
    assert list(found) == ["birds", "sums", "animals"]
    birds, animals = found["birds"], found["animals"]
    assert (birds.tool_version, birds.task_version) == ("0.4.13", "1.0")
    assert birds.model == "lm-eval:dummy/org/dummy"
    assert [file.name for file in birds.files] == [results_of(output).name, samples_of(output, "birds").name]
    assert birds.created == "2026-11-29T22:44:10+00:00"
    assert birds.details["model_args"] == {"pretrained": "org/dummy"}
    assert birds.details["n_shot"] == 0
    assert not animals.answers
    assert [(item.metric, item.value, item.n) for item in animals.reported] == [("acc", 0.5, 4)]


def test_reported_figures_are_those_of_the_file(output):
    data = json.loads(results_of(output).read_text("utf-8"))["results"]["sums"]
    found = {item.metric: item for item in by_task(output)["sums"].reported}
    assert set(found) == {"exact_match,strict-match", "bleu,strict-match", "exact_match,loose", "bleu,loose"}
    exact = found["exact_match,loose"]
    assert exact.value == data["exact_match,loose"]
    assert exact.stderr == data["exact_match_stderr,loose"]
    assert (exact.n, exact.higher_is_better) == (3, True)


def test_samples_give_the_figures_that_lm_eval_reports(output):
    """The oracle is lm-eval's own aggregate: its mean of the same rows."""
    for log in by_task(output).values():
        for item in log.reported:
            numbers = [s.number for a in log.answers for s in a.scores if s.metric == item.metric]
            if "bleu" not in item.metric and numbers:
                assert sum(numbers) / len(numbers) == pytest.approx(item.value)


def test_a_choice_keeps_every_continuation_with_its_likelihood(output):
    answer = by_task(output)["birds"].answers[0]
    assert answer.conversation.prompt == "Which bird hoots?"
    assert answer.target == "0"
    said = json.loads(answer.completion.text)
    assert [entry["continuation"] for entry in said] == [" owl", " wren", " swan"]
    assert said[0] == {"continuation": " owl", "log_likelihood": "-0.10905784593110368", "greedy": False}
    assert [score.metric for score in answer.scores] == ["acc", "acc_norm"]


def test_generated_text_and_how_it_was_generated(output):
    log = by_task(output)["sums"]
    assert [answer.completion.text for answer in log.answers] == ["lol"] * 3
    assert (log.settings.max_tokens, log.settings.stop) == (8, ("\n",))
    numbers = {(s.metric, s.number) for s in log.answers[2].scores}
    assert ("exact_match,strict-match", 1.0) in numbers
    bleu = next(s for s in log.answers[2].scores if s.metric == "bleu,loose")
    assert bleu.number is None
    assert "corpus" in bleu.note


def test_numbers_beyond_one_stay_numbers(output):
    changed_row(samples_of(output, "sums"), 1, bleu=37.25)
    first = by_task(output)["sums"].answers[0]
    assert {s.metric: s.number for s in first.scores}["bleu,strict-match"] == 37.25


def test_a_number_that_is_none_is_a_failure_and_no_zero(output):
    changed_row(samples_of(output, "birds"), 2, acc=math.nan)
    score = by_task(output)["birds"].answers[1].scores[0]
    assert (score.number, score.outcome) == (None, Outcome.ERROR)


@pytest.mark.parametrize("value", ["good", {"f1": 0.5}, None])
def test_a_score_that_is_no_number_is_refused_by_name(output, value):
    changed_row(samples_of(output, "birds"), 3, acc=value)
    with pytest.raises(DataError, match=r"samples_birds.*:3: the metric 'acc' of 'birds' is no number"):
        read_logs([output])


def test_a_reported_figure_that_is_no_number_is_refused_by_name(output):
    data = json.loads(results_of(output).read_text("utf-8"))
    data["results"]["birds"]["acc,none"] = [0.5]
    changed(results_of(output), results=data["results"])
    with pytest.raises(DataError, match=r"the metric 'acc,none' of 'birds' is no number"):
        read_logs([output])


def test_a_missing_metric_is_refused(output):
    changed_row(samples_of(output, "birds"), 1, metrics=["acc", "f1"])
    with pytest.raises(DataError, match="'f1' of 'birds' has no value"):
        read_logs([output])


def test_a_second_row_of_a_document_is_refused_by_line(output):
    path = samples_of(output, "sums")
    path.write_text(path.read_text("utf-8") + path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    with pytest.raises(DataError, match=r"samples_sums.*jsonl:7: a second '.*' of the document 0"):
        read_logs([output])


def test_rows_that_name_no_metrics_have_those_of_the_results(output):
    """Before 0.4.5 a row did not list its metrics."""
    for line in range(1, 5):
        changed_row(samples_of(output, "birds"), line, metrics=[])
    assert [s.metric for s in by_task(output)["birds"].answers[0].scores] == ["acc", "acc_norm"]


@pytest.mark.parametrize("fields", [{"lm_eval_version": "0.5.0"}, {"configs": None, "lm_eval_version": None}])
def test_another_version_is_one_error(output, fields):
    changed(results_of(output), **fields)
    with pytest.raises(DataError, match=r"results_.*: results of lm-eval (0.5.0|before 0.4)"):
        read_logs([output])


def test_a_cut_file_is_one_error_that_names_it(output):
    path = results_of(output)
    path.write_text(path.read_text("utf-8")[:1500], "utf-8")
    for named in (path, output):
        with pytest.raises(DataError, match=r"results_.*json:\d+: not JSON, or cut"):
            read_logs([named])


def test_a_cut_row_names_its_line(output):
    path = samples_of(output, "birds")
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")
    with pytest.raises(DataError, match=r"samples_birds.*jsonl:4: not JSON"):
        read_logs([output])


def test_what_is_no_log_is_refused_when_named_and_passed_over_in_a_folder(output):
    other = output / "notes.json"
    other.write_text('{"a": 1}', "utf-8")
    assert len(read_logs([output])) == 3
    with pytest.raises(DataError, match=r"notes.json: neither a log of Inspect nor results of lm-eval"):
        read_logs([other])
    empty = output / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="there is no log in the folder"):
        read_logs([empty])
    with pytest.raises(InputError, match="there is no file or folder"):
        read_logs([output / "nothing.eval"])


def test_messages_under_a_chat_template_are_turns(output):
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "1 + 1 ="}]
    for line in (1, 4):
        arguments = {"gen_args_0": {"arg_0": [json.dumps(turns)], "arg_1": {}}}
        changed_row(samples_of(output, "sums"), line, arguments=arguments)
    found = by_task(output)["sums"].answers[0].conversation
    assert [(message.role, message.text) for message in found.messages] == [
        (Role.SYSTEM, "Be brief."),
        (Role.USER, "1 + 1 ="),
    ]
