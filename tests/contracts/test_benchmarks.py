"""What every registered benchmark owes, whoever wrote it."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from octarine.core.content import Conversation
from octarine.core.dimensions import objectives_by_id
from octarine.core.registry import registry
from octarine.core.risks import risks
from octarine.core.samples import Subject
from octarine.evaluate import Benchmark, Selection, open_benchmark
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.suite import suite_files

BENCHMARKS = registry.names("benchmark")


@pytest.fixture(params=BENCHMARKS)
def benchmark(request, monkeypatch, tmp_path) -> Benchmark:
    # What a public benchmark's data holds is tested beside it; here nothing depends on what this machine has.
    monkeypatch.setenv("OCTARINE_DATA", str(tmp_path))
    found = open_benchmark(request.param)
    assert found.name == request.param
    if not found.here and request.node.originalname != "test_it_says_where_it_is_from":
        pytest.skip("its data does not ship")
    return found


def test_it_says_where_it_is_from(benchmark):
    assert benchmark.title.strip()
    assert benchmark.licence.strip()
    assert benchmark.version == benchmark.version.strip() != ""


def test_samples_are_unique_and_come_in_one_order(benchmark):
    samples = list(benchmark.load())
    assert samples
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({sample.key for sample in samples}) == len(samples)
    assert [sample.key for sample in benchmark.load()] == [sample.key for sample in samples]


def test_samples_count_towards_objectives_of_their_own_dimension(benchmark):
    known = objectives_by_id()
    for sample in benchmark.load():
        assert bool(sample.objectives) is (benchmark.public is None), sample.id
        assert len(set(sample.objectives)) == len(sample.objectives), sample.id
        for name in sample.objectives:
            assert known[name].dimension is sample.dimension, sample.id


def test_judges_take_the_arguments(benchmark):
    panel = JudgePanel()
    for sample in benchmark.load():
        panel[sample.expectation.judge].check_args(sample.expectation.args)


def test_risks_are_known_and_provenance_is_told(benchmark):
    for sample in benchmark.load():
        assert not sample.risk or sample.risk in risks(), sample.id
        assert sample.provenance.benchmark, sample.id
        assert sample.provenance.version, sample.id


def test_only_checks_of_files_ask_nothing(benchmark):
    for sample in benchmark.load():
        asks = sample.conversation != Conversation()
        assert asks or sample.subject is Subject.ARTEFACTS, sample.id


def test_a_group_lies_in_one_dimension_and_language_and_has_distinct_members(benchmark):
    places = defaultdict(set)
    members = Counter()
    for sample in benchmark.load():
        if sample.group:
            places[sample.group].add((sample.dimension, sample.language))
            members[sample.group, sample.conversation.key, sample.expectation.args.get("check")] += 1
    assert {group for group, found in places.items() if len(found) > 1} == set()
    assert {group for (group, *_), n in members.items() if n > 1} == set()


def test_a_selection_is_the_same_every_time(benchmark):
    for size in ("quick", "core", "full"):
        first = [sample.key for sample in benchmark.select(Selection(size))]
        assert first == [sample.key for sample in open_benchmark(benchmark.name).select(Selection(size))]


def test_every_file_of_the_suite_carries_its_own_canary():
    """A random string that no sample quotes: a model that completes it has been trained on the file."""
    canaries = [file.header.canary for file in suite_files()]
    assert len(set(canaries)) == len(canaries)
    for file in suite_files():
        assert len(file.header.canary) >= 16, file.name
        for sample in file.samples:
            assert all(file.header.canary not in message.text for message in sample.conversation.messages)
            assert sample.provenance.version == file.header.version
