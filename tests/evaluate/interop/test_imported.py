"""Imported runs in the store: whole, once, apart from ours, and without secrets."""

from __future__ import annotations

import pytest

from octarine.core.codec import encode
from octarine.core.content import Message, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError, InputError
from octarine.core.results import Completion, Exchange, Outcome, RunStatus, TokenLogprob
from octarine.evaluate.benchmark_file import parse_benchmark
from octarine.evaluate.comparison import compare
from octarine.evaluate.interop.cleaning import clean_completion, clean_json
from octarine.evaluate.interop.figures import imported_figures
from octarine.evaluate.interop.imported import keep
from octarine.evaluate.interop.sources import read_logs
from octarine.evaluate.session import Job, evaluate
from tests.evaluate.conftest import Answering, benchmark, fact, right
from tests.evaluate.interop.conftest import changed, changed_row, results_of, samples_of

ABOUT = Dimension.VERACITY_ROBUSTNESS


def kept(store, folder):
    return {one.run.benchmark: one for one in (keep(store, log, ABOUT) for log in read_logs([folder]))}


def test_a_log_becomes_runs_with_the_tools_own_scores(store, output):
    found = kept(store, output)
    run = found["import:lm-eval:sums"].run
    assert (run.imported, run.version, run.model.name) == (True, "2.0", "lm-eval:dummy/org/dummy")
    results = list(store.results(run.id))
    assert len(results) == 3 * 4
    assert {result.judgement.judge for result in results} == {
        "lm-eval:exact_match,strict-match",
        "lm-eval:bleu,strict-match",
        "lm-eval:exact_match,loose",
        "lm-eval:bleu,loose",
    }
    assert {result.judgement.version for result in results} == {"0.4.13"}
    assert {result.judgement.outcome for result in results} == {Outcome.SCORED}
    assert {result.sample.cluster for result in results} == {"0", "1", "2"}
    assert {result.completion.text for result in results} == {"lol"}


def test_provenance_is_whole(store, output):
    source = kept(store, output)["import:lm-eval:birds"].run.plan["imported"]
    assert (source["tool"], source["tool_version"], source["task"]) == ("lm-eval", "0.4.13", "birds")
    assert source["model_args"] == {"pretrained": "org/dummy"}
    assert [len(file["sha256"]) for file in source["files"]] == [64, 64]


def test_the_same_files_again_add_nothing(store, output):
    first = kept(store, output)
    events = {name: len(store.events(one.run.id)) for name, one in first.items()}
    again = kept(store, output)
    assert all(one.new for one in first.values())
    assert not any(one.new for one in again.values())
    assert {name: one.run.id for name, one in again.items()} == {n: one.run.id for n, one in first.items()}
    assert {name: len(store.events(one.run.id)) for name, one in again.items()} == events
    assert len(store.runs()) == 3


def test_an_import_that_was_killed_is_finished(store, output, monkeypatch):
    log = read_logs([output])[0]

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            keep(store, log, ABOUT)
    again = keep(store, log, ABOUT)
    assert again.new
    record = store.run(again.run.id)
    assert (record.status, record.results) == (RunStatus.COMPLETE, 8)


def test_figures_are_the_reported_ones_and_the_mean_of_samples(store, output):
    changed_row(samples_of(output, "sums"), 1, bleu=37.25)
    changed_row(samples_of(output, "sums"), 2, bleu=12.0)
    found = imported_figures(store, store.run(kept(store, output)["import:lm-eval:sums"].run.id))
    own = {item.judge: item for item in found.samples}
    exact = own["lm-eval:exact_match,loose"]
    assert (exact.estimate.n, exact.estimate.method) == (3, "wilson")
    bleu = own["lm-eval:bleu,strict-match"]
    assert (bleu.estimate.value, bleu.scored, bleu.unscored) == (24.625, 2, 1)
    assert own["lm-eval:bleu,loose"].estimate is None
    assert {item.metric: item.n for item in found.reported}["bleu,loose"] == 3


async def test_ours_stay_apart(store, output):
    model = Answering(right)
    ours = (await evaluate(model, Job(benchmark([fact(n) for n in range(4)])), store)).run
    imported = kept(store, output)["import:lm-eval:birds"].run
    assert store.run("latest").run == ours
    assert store.run(imported.id[:8]).run.id == imported.id
    with pytest.raises(InputError, match="was imported"):
        compare(store, ours, imported)
    # In no sum of scores, whatever the number is.
    assert all(row.scored == 0 for row in store.summary(imported.id))
    assert all(row.score is None for row in store.scores(imported.id))


def test_a_store_of_imported_runs_has_no_latest(store, output):
    kept(store, output)
    with pytest.raises(InputError, match="there is no run"):
        store.run("latest")


def test_no_answer_of_theirs_is_reused(store, output):
    """Under our own key of the same conversation and model there is nothing."""
    from octarine.core.results import completion_key

    run = kept(store, output)["import:lm-eval:sums"].run
    sample = next(store.results(run.id)).sample
    assert not store.answered([completion_key(sample.conversation, run.model, run.settings)])


def test_no_benchmark_of_ours_may_be_called_so():
    header = (
        '{"benchmark": "import:mine", "version": "1", "dimension": "safety", "language": "en", "canary": "x"}'
    )
    with pytest.raises(DataError, match="names what was imported"):
        parse_benchmark([header], "mine.jsonl")


def test_secrets_are_masked(store, output, tmp_path):
    secret = "sk-0123456789abcdefghij"
    changed(
        results_of(output),
        config={
            "model_args": {"api_key": "plain-but-secret", "header": f"Bearer {secret}"},
        },
        model_name=f"org/{secret}",
    )
    changed_row(samples_of(output, "sums"), 1, resps=[[f"my key is {secret}"]], target=secret)
    found = kept(store, output)
    assert found["import:lm-eval:sums"].run.plan["imported"]["model_args"] == {
        "api_key": "***",
        "header": "Bearer ***",
    }
    for file in tmp_path.glob("results.sqlite*"):
        assert secret.encode() not in file.read_bytes()
        assert b"plain-but-secret" not in file.read_bytes()


def test_cleaning_leaves_everything_else():
    value = {"a": [1, None, True, "text"], "b": {"tokens": "many"}}
    assert clean_json(value) == value
    assert encode(clean_json(["https://me:pw@host/x"])) == ["https://***@host/x"]


def test_turns_and_spelt_out_tokens_hold_no_secret_either():
    secret = "sk-0123456789abcdefghij"
    turn = Message(Role.USER, (Part.of_text(f"my key is {secret}"),))
    spelt = tuple(TokenLogprob(token, -0.1) for token in ("sk", "-", "0123456789", "abcdefghij"))
    kept = tuple(TokenLogprob(token, -0.1) for token in ("a", "b"))
    found = clean_completion(Completion.of_text("", exchange=Exchange((turn,), 2), logprobs=spelt))
    assert found.exchange.turns[0].parts[0].text == "my key is ***"
    assert (found.exchange.calls, found.logprobs) == (2, ())
    assert clean_completion(Completion.of_text("ab", logprobs=kept)).logprobs == kept
