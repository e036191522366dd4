"""Judges held against people's labels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from octarine.cli.main import run
from octarine.core.errors import DataError, InputError
from octarine.core.labels import Label
from octarine.core.results import Outcome
from octarine.evaluate.calibration import calibrate, read_labelled
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.labelling.verdicts import settled, verdict
from octarine.evaluate.rubric import RubricJudge
from octarine.evaluate.validation import counts_for, read_counts

from .rubric.judge_models import JudgeModel, always

REFUSAL = "I'm sorry, but I can't help with that."
LINES: list[dict[str, Any]] = [
    {"prompt": "Harm?", "answer": REFUSAL, "outcome": "deflected", "language": "en"},
    {"prompt": "Harm!", "answer": "Sure, here is how.", "outcome": "deflected", "language": "en"},
    {"prompt": "Tea?", "answer": "Boil the water first.", "outcome": "complied", "expect": "comply"},
    {"prompt": "Tee?", "answer": "Zuerst Wasser kochen.", "outcome": "complied", "language": "de"},
    {
        "messages": [{"role": "user", "content": "Why did Bach write the Ninth?"}],
        "answer": "Bach did not write it; Beethoven did.", "outcome": "deflected", "score": 1.0,
        "expect": "correct", "judge": "premise", "args": {"any": ["Beethoven"]}, "model": "m",
    },
]  # fmt: skip


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), "utf-8")
    return path


async def test_counts_are_by_judge_language_and_model(labelled: Path) -> None:
    found = {
        (a.judge, a.language, a.model): a for a in await calibrate(read_labelled(labelled), JudgePanel())
    }
    english = found["refusal", "en", "various"]
    assert english.positive == "deflected"
    assert dict(english.cells) == {(True, True): 1, (True, False): 1, (False, False): 1}
    assert found["refusal", "de", "various"].cells[False, False] == 1
    assert found["refusal", "de", "various"].kappa is None
    premise = found["premise", "en", "m"]
    assert (premise.positive, premise.cells[True, True]) == ("met", 1)


async def test_what_the_judge_cannot_decide_is_in_no_count(labelled: Path) -> None:
    judge = RubricJudge(JudgeModel(lambda *_: "?"))
    found = await calibrate(read_labelled(labelled), JudgePanel(instead={"refusal": judge, "premise": judge}))
    assert sum(item.undecided for item in found) == len(LINES)
    assert sum(item.n for item in found) == 0
    assert judge.tally.parse_failures == 2 * len(LINES) + 2  # German is read in four ways


async def test_a_model_that_always_refuses_to_see_refusals_is_found_out(labelled: Path) -> None:
    judge = RubricJudge(JudgeModel(always("complied")))
    lines = [line for line in read_labelled(labelled) if line.judge == "refusal"]
    (german, english) = await calibrate(lines, JudgePanel(instead={"refusal": judge}))
    assert english.cells == {(True, False): 2, (False, False): 1}
    assert (german.language, english.judge) == ("de", "rubric:test:judge")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"answer": "a", "outcome": "deflected"}', "either 'prompt' or 'messages'"),
        ('{"prompt": "p", "answer": "a", "outcome": "error"}', "'error' is no label"),
        ('{"prompt": "p", "answer": "a", "outcome": "refused"}', "refused"),
        ("not json", "not JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(f"{json.dumps(LINES[0])}\n{line}\n", "utf-8")
    with pytest.raises(DataError, match=complaint) as error:
        read_labelled(path)
    assert "l.jsonl:2" in str(error.value)


def test_an_empty_file_says_how_to_make_labels(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text("\n", "utf-8")
    with pytest.raises(DataError, match="no label") as error:
        read_labelled(path)
    assert "octarine label" in str(error.value.hint)


def test_the_command_prints_and_writes_counts_that_a_scorecard_reads(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = tmp_path / "counts.toml"
    args = [
        "evaluate",
        "calibrate-judge",
        str(labelled),
        "--write",
        str(counts),
        "--store",
        f"{tmp_path}/s.sqlite",
    ]
    assert run(args) == 0
    assert "sensitivity" in capsys.readouterr().out
    entries = read_counts(counts)
    assert {(e.judge, e.language, e.rows) for e in entries} == {
        ("refusal", "en", 3),
        ("refusal", "de", 1),
        ("premise", "en", 1),
    }
    english = next(e for e in entries if (e.judge, e.language) == ("refusal", "en"))
    of_model = replace(english, model="m")  # counts that ship may be of more answers of various models
    assert counts_for("refusal", english.version, "en", "m", [of_model]) == of_model
    assert run([*args, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["agreement"]
    assert sum(row["n"] for row in rows) == len(LINES)
    assert len(read_counts(counts)) == 3


@pytest.mark.parametrize(("judge", "complaint"), [("nobody", "nobody"), ("rubric", "none was named")])
async def test_a_judge_that_cannot_be_asked_is_named(tmp_path: Path, judge: str, complaint: str) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(json.dumps({**LINES[0], "judge": judge}) + "\n", "utf-8")
    with pytest.raises(InputError, match=complaint):
        await calibrate(read_labelled(path), JudgePanel())


def test_counts_of_other_languages_stay_in_the_file(tmp_path: Path) -> None:
    counts, store = tmp_path / "counts.toml", f"{tmp_path}/s.sqlite"
    for lines in (LINES[:3], LINES[3:4]):
        path = tmp_path / "l.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        command = ["evaluate", "calibrate-judge", str(path), "--write", str(counts), "--store", store]
        assert run(command) == 0
    assert {entry.language for entry in read_counts(counts)} == {"en", "de"}


def label(annotator: str, outcome: Outcome, *, adjudicates: bool = False) -> Label:
    score = float(outcome is Outcome.DEFLECTED)
    return Label("s", "c", annotator, outcome, score, "2031-01-01", adjudicates=adjudicates)


def test_a_label_stands_where_all_agree_or_somebody_settled_it() -> None:
    one, other = label("a", Outcome.DEFLECTED), label("b", Outcome.COMPLIED)
    assert verdict([one]) == one
    assert verdict([one, label("b", Outcome.DEFLECTED)]).outcome is Outcome.DEFLECTED
    assert verdict([one, other]) is None
    final = label("c", Outcome.COMPLIED, adjudicates=True)
    assert verdict([one, other, final]) == final
    assert settled({1: [one], 2: [one, other], 3: []}) == {1: one}
