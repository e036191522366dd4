"""Our runs as logs of Inspect, with Inspect's reader as the oracle; and such logs brought in again."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace

import pytest

from octarine.core.content import Conversation, Message, Modality, Part, Role, ToolCall
from octarine.core.errors import DataError, InputError, ModelError, OctarineError
from octarine.core.results import Completion, Exchange, Finish, Outcome, TokenLogprob, Usage
from octarine.core.samples import Provenance
from octarine.evaluate.interop.figures import imported_figures
from octarine.evaluate.interop.imported import keep
from octarine.evaluate.interop.sources import read_logs
from octarine.evaluate.session import Job, evaluate
from tests.evaluate.conftest import Answering, benchmark, fact, right, twins
from tests.evaluate.interop.test_imported import ABOUT

inspect_ai = pytest.importorskip("inspect_ai", reason="needs the extra 'inspect'")

from inspect_ai.log import read_eval_log, write_eval_log  # noqa: E402
from inspect_ai.scorer import Score  # noqa: E402

from octarine.evaluate.interop.inspect_log import eval_log, write_log  # noqa: E402

SECRET = "sk-0123456789abcdefghij"


class Telling(Answering):
    """Answers sums, refuses harm, fails once, says all that a completion can hold."""

    async def generate(self, conversation, settings):
        prompt = conversation.prompt
        if "harm number 2" in prompt:
            raise ModelError(f"the endpoint is odd: Bearer {SECRET}")
        text = right(prompt) if prompt.startswith("What") else f"I cannot help with that. {SECRET}"
        return Completion(
            parts=(Part.of_text(text),),
            tool_calls=(ToolCall("ring", '{"n":1}', "c1"), ToolCall("ring", "no json", "c2")),
            finish=Finish.LENGTH,
            usage=Usage(11, 4),
            latency_s=0.5,
            logprobs=(TokenLogprob("a", -0.5, {"a": -0.5, "b": -1.5}),),
        )


@pytest.fixture
async def record(store):
    samples = [fact(1), fact(2), *twins(1), *twins(2)]
    run = (await evaluate(Telling(right), Job(benchmark(samples), repeats=2), store)).run
    return store.run(run.id)


def test_every_sample_comes_back_through_inspects_reader(store, record, tmp_path):
    path = tmp_path / "run.eval"
    assert write_log(store, record, path) == 12
    log = read_eval_log(str(path))
    results = {(r.sample.id, r.repeat): r for r in store.results(record.run.id)}
    assert {(s.id, s.epoch - 1) for s in log.samples} == set(results)
    for sample in log.samples:
        result = results[sample.id, sample.epoch - 1]
        score = sample.scores["judgement"]
        assert [m.text for m in sample.input] == [m.text for m in result.sample.conversation.messages]
        assert score.metadata["outcome"] == result.judgement.outcome
        assert score.metadata["judge_version"] == result.judgement.version
        assert sample.metadata["dimension"] == result.sample.dimension
        if result.completion.error:
            assert math.isnan(score.value)
            continue
        assert score.value == result.judgement.score
        assert sample.messages[-1].text == score.answer == result.completion.text.replace(SECRET, "***")
        assert sample.output.stop_reason == "max_tokens"
        assert sample.output.choices[0].logprobs.content[0].logprob == -0.5
        assert [call.function for call in sample.messages[-1].tool_calls] == ["ring", "ring"]
        assert sample.messages[-1].tool_calls[1].parse_error
        assert sample.model_usage["test:model"].total_tokens == 15
    assert (log.status, log.eval.run_id, log.eval.model) == ("success", record.run.id, "test:model")
    assert (log.eval.config.epochs, log.plan.config.max_tokens) == (2, 256)
    assert log.stats.model_usage["test:model"].input_tokens == 11 * 10


def test_metrics_are_our_estimates(store, record):
    metrics = eval_log(store, record).results.scores[0]
    assert (metrics.scored_samples, metrics.unscored_samples) == (10, 2)
    found = {name: metric.value for name, metric in metrics.metrics.items()}
    scores = [row for row in store.scores(record.run.id) if row.score is not None]
    from octarine.evaluate.tallies import Values

    values = Values()
    for row in scores:
        values.add(row.score, row.cluster)
    ours = values.estimate(0)
    assert [found[f"adherence{end}"] for end in ("", "_low", "_high", "_n")] == [
        ours.value,
        ours.low,
        ours.high,
        ours.n,
    ]
    assert sum(found[name] for name in ("complied", "partial", "deflected", "incoherent")) == pytest.approx(1)
    assert found["safety_n"] + found["veracity_robustness_n"] == 10


def test_no_secret_is_written(store, record, tmp_path):
    path = tmp_path / "run.json"
    write_eval_log(eval_log(store, record), str(path))
    text = path.read_text("utf-8")
    assert SECRET not in text
    assert "***" in text


def test_a_file_that_cannot_be_written_leaves_nothing(store, record, tmp_path):
    with pytest.raises(InputError, match="was not written"):
        write_log(store, record, tmp_path / "nowhere" / "run.eval")
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "run.eval").mkdir()
    with pytest.raises(InputError, match="was not written"):
        write_log(store, record, folder / "run.eval")
    assert [entry.name for entry in folder.iterdir()] == ["run.eval"]


def test_what_others_may_not_read_is_withheld(store, tmp_path):
    private = replace(fact(3), tags=("access:embargo",), provenance=Provenance(techniques=("persona",)))
    run = asyncio.run(evaluate(Answering(right), Job(benchmark([fact(1), private])), store)).run
    path = tmp_path / "run.json"
    write_eval_log(eval_log(store, store.run(run.id)), str(path))
    text = path.read_text("utf-8")
    assert "1 plus 1" in text
    assert "3 plus 3" not in text
    assert "That makes 6" not in text


def test_pictures_go_along(store, tmp_path):
    part = Part.of_bytes(Modality.IMAGE, b"\x89PNG", "image/png")
    asked = Conversation((Message(Role.USER, (Part.of_text("What is 1 plus 1?"), part)),))
    model = Answering(right)
    model.capabilities = replace(model.capabilities, inputs=frozenset({Modality.TEXT, Modality.IMAGE}))
    job = Job(benchmark([replace(fact(1), conversation=asked)]))
    run = asyncio.run(evaluate(model, job, store)).run
    log = eval_log(store, store.run(run.id))
    assert log.samples[0].input[0].content[1].image == "data:image/png;base64,iVBORw=="


def test_our_log_comes_in_as_another_tools_with_the_same_figures(store, record, tmp_path):
    path = tmp_path / "run.eval"
    write_log(store, record, path)
    kept = keep(store, read_logs([path])[0], ABOUT)
    assert kept.run.benchmark == "import:inspect:octarine/test"
    assert kept.run.id != record.run.id
    ours = {(r.sample.id, r.repeat): r.judgement for r in store.results(record.run.id)}
    for result in store.results(kept.run.id):
        judgement, own = result.judgement, ours[result.sample.id, result.repeat]
        assert (judgement.judge, judgement.score) == ("inspect:judgement", None)
        assert (judgement.outcome, judgement.number) == (own.outcome, own.score)
    adherence = eval_log(store, record).results.scores[0].metrics
    found = imported_figures(store, store.run(kept.run.id)).samples[0]
    assert found.estimate.low == adherence["adherence_low"].value
    assert (found.scored, found.unscored) == (10, 2)
    assert not keep(store, read_logs([path])[0], ABOUT).new


@pytest.fixture
async def log(store):
    """A log as others write them: without anything of ours in its metadata."""
    run = (await evaluate(Answering(right), Job(benchmark([fact(1), fact(2)])), store)).run
    made = eval_log(store, store.run(run.id))
    made.eval.task = "gsm8k"
    made.samples.sort(key=lambda sample: sample.id)
    for sample in made.samples:
        sample.metadata = {}
        sample.scores = {"match": Score(value="C")}
    return made


def read(log, path):
    write_eval_log(log, str(path))
    return read_logs([path])[0]


@pytest.mark.parametrize("name", ["run.eval", "run.json"])
def test_letters_numbers_and_mappings_are_read(log, name, tmp_path):
    several = Score(value={"a": 0.5, "b": 37})
    log.samples[1].scores = {"match": Score(value="I", explanation="no"), "f1": several}
    found = read(log, tmp_path / name)
    scores = [{s.metric: s.number for s in answer.scores} for answer in found.answers]
    assert scores == [{"match": 1.0}, {"match": 0.0, "f1.a": 0.5, "f1.b": 37.0}]
    assert {s.outcome for answer in found.answers for s in answer.scores} == {Outcome.SCORED}
    assert found.answers[1].scores[0].note == "no"
    assert found.answers[0].conversation.prompt == "What is 1 plus 1?"
    assert found.answers[0].completion.text == "That makes 2."


def test_a_score_nobody_can_read_is_refused_by_name(log, tmp_path):
    log.samples[0].scores = {"grade": Score(value="B+"), "list": Score(value=[1, 2])}
    with pytest.raises(DataError, match=r"run.eval: scores that are no numbers: 'grade' gives 'B\+', 'list'"):
        read(log, tmp_path / "run.eval")


def test_what_was_not_scored_is_no_zero(log, tmp_path):
    log.samples[0].scores = {"match": Score.unscored(reason="grader_failed")}
    log.samples[1].scores = None
    found = read(log, tmp_path / "run.eval")
    first, second = (answer.scores[0] for answer in found.answers)
    assert (first.number, first.outcome, first.note) == (None, Outcome.ERROR, "grader_failed")
    assert (second.number, second.metric, second.note) == (None, "match", "the log holds no score")


def test_reported_metrics_with_their_standard_error(log, tmp_path):
    from inspect_ai.log import EvalMetric

    metrics = {"accuracy": 0.5, "stderr": 0.2, "perplexity": 37.5}
    score = log.results.scores[0]
    score.name, score.scored_samples = "match", 2
    score.metrics = {name: EvalMetric(name=name, value=value) for name, value in metrics.items()}
    found = read(log, tmp_path / "run.eval")
    assert [(r.metric, r.value, r.stderr, r.n) for r in found.reported] == [
        ("match/accuracy", 0.5, 0.2, 2),
        ("match/perplexity", 37.5, None, 2),
    ]


def test_secrets_of_a_log_are_masked(store, log, tmp_path):
    log.eval.model_args = {"api_key": "plain-but-secret", "base_url": "https://me:pw@host/v1"}
    log.samples[0].messages[0].content = f"my key is {SECRET}"
    run = keep(store, read(log, tmp_path / "run.eval"), ABOUT).run
    assert run.plan["imported"]["model_args"] == {"api_key": "***", "base_url": "https://***@host/v1"}
    assert "my key is ***" in {result.sample.conversation.prompt for result in store.results(run.id)}


@pytest.mark.parametrize("spoil", ["cut", "empty", "text"])
def test_a_broken_log_is_one_error_that_names_it(log, spoil, tmp_path):
    path = tmp_path / "run.eval"
    write_eval_log(log, str(path))
    data = {"cut": path.read_bytes()[:-200], "empty": b"", "text": b"no zip"}[spoil]
    path.write_bytes(data)
    with pytest.raises(OctarineError, match=r"run.eval: cannot be read as a log of Inspect"):
        read_logs([path])


def test_a_newer_format_is_refused(log, tmp_path):
    path = tmp_path / "run.json"
    write_eval_log(log, str(path))
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"version": 99}), "utf-8")
    with pytest.raises(DataError, match=r"run.json: .*99"):
        read_logs([path])


async def test_asyncio_is_left_as_it_is_where_a_loop_runs(store, record, tmp_path):
    """Inspect would replace it for the whole process."""
    before = (asyncio.run, asyncio.Task)
    path = tmp_path / "run.eval"
    write_log(store, record, path)
    read_logs([path])
    assert (asyncio.run, asyncio.Task) == before
    assert not hasattr(asyncio, "_nest_patched")


def test_no_secret_of_a_turn_or_an_expectation_is_written(store, tmp_path):
    class Probing(Answering):
        async def generate(self, conversation, settings):
            turn = Message(Role.USER, (Part.of_text(f"use {SECRET}"),))
            return Completion.of_text("2", exchange=Exchange((turn,), 2, "probe"))

    asked = fact(1)
    asked = replace(asked, expectation=replace(asked.expectation, args={"correct": ["2", SECRET]}))
    run = asyncio.run(evaluate(Probing(right), Job(benchmark([asked])), store)).run
    text = eval_log(store, store.run(run.id)).model_dump_json()
    assert "use ***" in text
    assert SECRET not in text


def test_another_tools_numbers_go_out_as_they_came(store, log, tmp_path):
    log.samples[0].scores = {"match": Score(value=37.5)}
    kept = keep(store, read(log, tmp_path / "run.eval"), ABOUT)
    made = eval_log(store, store.run(kept.run.id))
    assert sorted(sample.scores["judgement"].value for sample in made.samples) == [1.0, 37.5]
    assert {sample.scores["judgement"].reason for sample in made.samples} == {None}
    assert made.results.scores[0].metrics == {}


def test_a_label_of_ours_that_nobody_knows_is_one_error(store, record, tmp_path):
    made = eval_log(store, record)
    made.samples[0].scores["judgement"].metadata["outcome"] = "dreamt"
    with pytest.raises(DataError, match="'outcome' gives 'dreamt'"):
        read(made, tmp_path / "run.eval")
