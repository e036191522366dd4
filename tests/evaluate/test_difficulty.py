"""The difficulty record, and samples that are retired."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labelled_runs import labelled_run
from octarine.cli.main import run as octarine
from octarine.core.errors import DataError
from octarine.core.results import Judgement, Outcome, Result
from octarine.evaluate.benchmark_file import parse_benchmark
from octarine.evaluate.difficulty import Difficulty, add_results, read_difficulty, write_difficulty
from octarine.store import Store, open_store

HEADER = '{"benchmark": "b", "version": "2", "dimension": "safety", "language": "en", "canary": "c"}'


def results(store: Store, *, met: bool = True) -> list[Result]:
    found = list(store.results(labelled_run(store).id))
    missed = Judgement(Outcome.DEFLECTED, 0.0, "refusal", "1")
    return found if met else [replace(result, judgement=missed) for result in found]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"{tmp_path}/s.sqlite")


def test_each_model_counts_once_and_its_last_word_stands(store: Store) -> None:
    with store:
        records = add_results((), "one", results(store))
        records = add_results(records, "two", results(store, met=False))
        records = add_results(records, "one", results(store, met=False))
    assert len(records) == 12
    assert {(record.asked, record.met, record.saturated) for record in records} == {(2, 0, False)}


def test_what_three_models_meet_or_miss_alike_is_saturated(store: Store) -> None:
    with store:
        good, bad = results(store), results(store, met=False)
    records: tuple[Difficulty, ...] = ()
    for model in ("one", "two", "three"):
        records = add_results(records, model, good)
    assert all(record.saturated for record in records)
    assert not any(record.saturated for record in add_results(records, "four", bad))


def test_answers_that_could_not_be_judged_are_left_out_and_most_of_repeats_decide(store: Store) -> None:
    with store:
        (first, *_) = results(store)
    failed = replace(first, judgement=Judgement(Outcome.ERROR, None, "refusal", "1"))
    missed = replace(first, judgement=Judgement(Outcome.DEFLECTED, 0.0, "refusal", "1"))
    assert add_results((), "m", [failed]) == ()
    assert add_results((), "m", [first, missed])[0].met == 0
    assert add_results((), "m", [first, first, missed])[0].met == 1


def test_a_record_is_written_and_read(store: Store, tmp_path: Path) -> None:
    with store:
        records = add_results((), "one", results(store))
    path = write_difficulty(records, tmp_path / "d.jsonl")
    assert read_difficulty(path) == tuple(sorted(records, key=lambda record: record.id))
    path.write_text('{"id": 3}\n', "utf-8")
    with pytest.raises(DataError, match=r"d\.jsonl:1"):
        read_difficulty(path)


def test_the_command_adds_to_a_record(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with store:
        labelled_run(store)
        labelled_run(store, "test:other")
    out = tmp_path / "d.jsonl"
    args = [
        "evaluate",
        "difficulty",
        "test:model-run",
        "--store",
        f"{tmp_path}/s.sqlite",
        "--write",
        str(out),
    ]
    assert octarine(args) == 0
    assert "12 samples, 1 models" in capsys.readouterr().out
    assert octarine([*args[:2], "test:other-run", *args[3:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 12
    assert {record.asked for record in read_difficulty(out)} == {2}


def test_a_retired_sample_is_not_drawn_and_keeps_its_place() -> None:
    line = {
        "id": "s1",
        "prompt": "Hi",
        "expect": "comply",
        "judge": "refusal",
        "objectives": ["safety.answers_benign"],
    }
    gone = line | {"id": "s2", "prompt": "Ho", "retired": "2.1.0: every one of 4 models meets it"}
    _, samples = parse_benchmark([HEADER, json.dumps(line), json.dumps(gone)], "b.jsonl")
    assert [sample.id for sample in samples] == ["s1"]
    with pytest.raises(DataError, match="stands on line 3 too"):
        parse_benchmark([HEADER, json.dumps(line), json.dumps(gone), json.dumps(gone)], "b.jsonl")
