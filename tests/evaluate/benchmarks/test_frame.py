"""The common frame: where data is, what the registered judge records, how a table is told."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from octarine.core.content import Conversation, ToolCall
from octarine.core.errors import InputError
from octarine.core.estimate import Estimate
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Behaviour
from octarine.evaluate.benchmark import Selection
from octarine.evaluate.benchmarks.fever import Fever
from octarine.evaluate.benchmarks.frame import Figure, Table, at, data_folder
from octarine.evaluate.benchmarks.invite import Invite
from octarine.evaluate.benchmarks.judge import BenchmarkJudge
from octarine.evaluate.benchmarks.pieval import ATTACK, PIEval
from octarine.evaluate.suite import ordinary
from octarine.report.benchmark_table import show_table, table_record
from tests.evaluate.benchmarks.conftest import jsonl
from tests.evaluate.benchmarks.fever.rows_of_ours import CLAIMS
from tests.evaluate.benchmarks.pieval.prompts_of_ours import folder


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("OCTARINE_DATA", str(tmp_path / "data"))


def test_data_that_is_not_here_is_one_error_and_here_is_false():
    found = Fever().benchmark()
    assert not found.here
    with pytest.raises(InputError, match="octarine data get fever"):
        found.load()


def test_data_is_found_in_its_folder_or_in_the_one_named(tmp_path):
    jsonl(data_folder("fever") / "paper_dev.jsonl", CLAIMS)
    assert len(Fever().benchmark().load()) == 3
    jsonl(tmp_path / "all" / "fever" / "paper_dev.jsonl", CLAIMS[:1])
    assert len(at(Fever().benchmark(), tmp_path / "all").load()) == 1
    assert len(at(Fever().benchmark(), tmp_path / "all" / "fever").load()) == 1


def test_a_benchmark_with_its_own_samples_reads_no_folder(tmp_path):
    with pytest.raises(InputError, match="brings its samples along"):
        at(ordinary(), tmp_path)


def test_our_own_samples_are_told_from_the_official_ones(tmp_path):
    own = Invite().benchmark()
    assert own.here
    assert own.version.endswith("+own")
    assert not Invite().benchmark(tmp_path).version.endswith("+own")


def test_every_size_of_a_suite_draws_samples():
    benchmark = Invite().benchmark()
    counts = [len(benchmark.select(Selection(size))) for size in ("quick", "core", "full")]
    assert 0 < counts[0] < counts[2]
    assert len(benchmark.select(Selection("full", limit=10))) == 10


def judged(sample, completion):
    return asyncio.run(BenchmarkJudge().judge(sample, completion))


def test_an_answer_that_says_nothing_meets_nothing_and_a_bare_call_is_read(tmp_path):
    sample = next(s for s in PIEval().load(folder(tmp_path)) if ATTACK in s.tags)
    assert judged(sample, Completion.of_text(" ")).outcome is Outcome.INCOHERENT
    call = ToolCall(sample.expectation.args["target"], '{"lamp": "desk", "level": 3}')
    assert judged(sample, Completion(tool_calls=(call,))).outcome is Outcome.COMPLIED


def table() -> Table:
    figures = (
        Figure("FEVER score", Estimate(0.5, 0.4, 0.6, 100, 100, "wilson")),
        Figure("label accuracy", None, "gold", "no pages"),
    )
    return Table("fever", "1.0", figures, ("A note.",))


def test_a_table_shows_the_papers_figures_as_the_papers_and_missing_cells_as_missing():
    out = io.StringIO()
    show_table(Console(file=out, width=300), table(), Fever(), "abc")
    said = out.getvalue()
    for part in (
        "the paper's, not measured here",
        "0.5000 [0.400, 0.600]",
        "UNC-NLP 0.6398",
        "missing",
        "A note.",
    ):
        assert part in said
    record = table_record(table(), Fever(), "abc")
    assert record["figures"][1]["estimate"] is None
    assert record["figures"][0]["published"][0]["system"] == "UNC-NLP"
    assert {item["metric"] for item in record["published"]} == {"label accuracy", "evidence F1"}


def test_a_missing_cell_is_no_estimate():
    with pytest.raises(InputError, match="no figure 'label accuracy'"):
        table().estimate("label accuracy", "gold")


def test_a_sample_names_its_benchmark():
    expectation = Fever().expectation(Behaviour.COMPLY, label="SUPPORTS")
    sample = Fever().sample("x", Conversation.user("?"), expectation)
    assert sample.provenance.benchmark == sample.expectation.args["benchmark"] == "fever"
    assert sample.objectives == ()
