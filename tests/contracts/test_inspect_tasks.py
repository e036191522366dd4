"""What every registered benchmark owes as a task of Inspect."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path

import pytest

from octarine.core.codec import encode
from octarine.core.content import Modality
from octarine.core.protocols import Capabilities
from octarine.core.registry import registry
from octarine.core.results import Completion
from octarine.core.samples import Subject
from octarine.evaluate import Selection, open_benchmark
from octarine.evaluate.benchmarks.frame import Answer, at
from octarine.evaluate.judging import JudgePanel
from tests.evaluate.benchmarks.bold import conftest as bold
from tests.evaluate.benchmarks.conftest import jsonl
from tests.evaluate.benchmarks.fever.rows_of_ours import CLAIMS, PAGES
from tests.evaluate.benchmarks.pieval.prompts_of_ours import folder as pieval
from tests.evaluate.benchmarks.slang.films import archive, released
from tests.evaluate.benchmarks.tango import conftest as tango
from tests.evaluate.benchmarks.tango.test_tango_disclosure import TABLES
from tests.evaluate.interop.inspecting import evaluated

pytest.importorskip("inspect_ai", reason="needs the extra 'inspect'")

from octarine.evaluate.interop.inspect_samples import SCORER, sample_of
from octarine.evaluate.interop.inspect_tasks import ANY, TASKS

pytestmark = [
    # Inspect 0.3.285 calls tenacity 9.2 in a way that is deprecated there, and leaves streams and loops open.
    pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
BENCHMARKS = registry.names("benchmark")
LIMIT = 4


def official_bold(folder: Path) -> None:
    for domain in bold.DOMAINS:
        for path, content in zip(
            (bold.PROMPTS[domain], bold.WIKIPEDIA[domain]), bold.tiny(domain), strict=True
        ):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(json.dumps(content), "utf-8")


def official_fever(folder: Path) -> None:
    jsonl(folder / "shared_task_dev.jsonl", CLAIMS)
    jsonl(folder / "wiki-pages" / "wiki-001.jsonl", PAGES)


def official_slang(folder: Path) -> None:
    archive(released(folder) / "en.zip")


def lists(folder: Path) -> None:
    for name, text in TABLES.items():
        (folder / name).write_text(text, "utf-8")


DATA = {
    "bold": official_bold,
    "fever": official_fever,
    "pieval": pieval,
    "slang": official_slang,
    "tango": lambda folder: tango.write(folder, tango.rows()),
    "tango-disclosure": lists,
}
"""Benchmark → what writes its data; one that brings samples along needs none."""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A benchmark's name → the folder of its data; nothing depends on what this machine has."""
    monkeypatch.setenv("OCTARINE_DATA", str(tmp_path / "none"))

    def written(name: str) -> str | None:
        if name not in DATA:
            return None
        folder = tmp_path / "official"
        folder.mkdir()
        DATA[name](folder)
        return str(folder)

    return written


def test_every_benchmark_is_a_task():
    assert set(TASKS) == {*BENCHMARKS, ANY}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_samples_are_those_of_the_benchmark(name, data):
    folder = data(name)
    task = TASKS[name](data=folder, limit=LIMIT)
    takes = Capabilities(inputs=frozenset(Modality), tools=True)
    benchmark = at(open_benchmark(name), Path(folder) if folder else None)
    ours = [s for s in benchmark.select(Selection(limit=LIMIT), takes) if s.subject is Subject.ANSWER]
    assert [sample.id for sample in task.dataset] == [sample.id for sample in ours]
    assert task.version == benchmark.version
    for theirs, sample in zip(task.dataset, ours, strict=True):
        # As a log keeps it: through JSON and back.
        assert sample_of(json.loads(json.dumps(theirs.metadata))).key == sample.key
        assert theirs.metadata["dimension"] == sample.dimension
        assert theirs.metadata["language"] == sample.language
        assert theirs.target == sample.expectation.behaviour
        asked = [m.text for m in sample.conversation.messages if m.text and m.role != "tool"]
        assert [m.text for m in theirs.input if m.text and m.role != "tool"] == asked


@pytest.mark.parametrize("name", BENCHMARKS)
def test_inspect_runs_it_with_our_judges(name, data, tmp_path):
    """Each score is the judgement of our panel on the same answer; the figures are those of our table."""
    task = TASKS[name](data=data(name), limit=LIMIT)
    log = evaluated(task, tmp_path / "logs", lambda prompt: "She says that it is true.")
    assert log.status == "success", log.error
    assert len(log.samples) == len(task.dataset)
    panel, answers, scored = JudgePanel(), [], 0
    for sample in log.samples:
        ours = sample_of(sample.metadata)
        score = sample.scores[SCORER]
        completion = Completion.of_text(sample.output.completion)
        expected = asyncio.run(panel.judge(ours, completion))
        value = None if math.isnan(score.value) else score.value
        assert (value, score.metadata["outcome"]) == (expected.score, expected.outcome)
        assert score.metadata["octarine"]["judgement"] == encode(expected)
        scored += expected.score is not None
        answers.append(Answer(ours, completion))
    metrics = {key: value.value for key, value in log.results.scores[0].metrics.items()}
    assert metrics["adherence_low"] <= metrics["adherence"] <= metrics["adherence_high"]
    assert metrics["adherence_n"] == scored
    public = open_benchmark(name).public
    for figure in public.score(answers).figures if public else ():
        if figure.estimate is not None:
            key = " · ".join(filter(None, (figure.metric, figure.slice)))
            assert metrics[key] == pytest.approx(figure.estimate.value), key
