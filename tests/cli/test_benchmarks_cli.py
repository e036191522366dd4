"""Public benchmarks on the command line."""

from __future__ import annotations

import json

import pytest

from octarine.cli.main import run
from tests.evaluate.benchmarks.conftest import jsonl
from tests.evaluate.benchmarks.fever.rows_of_ours import CLAIMS, GOOD
from tests.evaluate.benchmarks.pieval.prompts_of_ours import folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OCTARINE_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("OCTARINE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def octarine(capsys, *args):
    code = run([str(arg) for arg in args])
    said = capsys.readouterr()
    return code, said.out, said.err


def figure(record, metric, slice=""):
    return next(f for f in record["figures"] if (f["metric"], f["slice"]) == (metric, slice))


def test_official_predictions_are_scored_with_the_papers_figures_beside(capsys, home):
    gold, said = jsonl(home / "a.jsonl", CLAIMS), jsonl(home / "p.jsonl", GOOD)
    code, out, _ = octarine(
        capsys, "evaluate", "score", "fever", "--gold", gold, "--predictions", said, "--json"
    )
    found = figure(json.loads(out), "FEVER score")
    assert code == 0
    assert found["estimate"]["value"] == 1.0
    assert {item["system"]: item["value"] for item in found["published"]}["baseline"] == 0.2771
    code, out, _ = octarine(capsys, "evaluate", "score", "fever", "--gold", gold, "--predictions", said)
    assert code == 0
    assert "not measured here" in out
    assert "1.0000" in out


def test_a_broken_file_is_one_error_and_exit_code_two(capsys, home):
    gold = jsonl(home / "a.jsonl", CLAIMS)
    (home / "p.jsonl").write_text('{"id": 1, "predicted_la')
    code, out, err = octarine(
        capsys, "evaluate", "score", "fever", "--gold", gold, "--predictions", "p.jsonl"
    )
    assert (code, out) == (2, "")
    assert "p.jsonl:1: not JSON" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("fever",), "give either --answers, or --gold and --predictions"),
        (("fever", "--gold", "a.jsonl"), "give either --answers"),
        (("octarine", "--gold", "a.jsonl", "--predictions", "p.jsonl"), "no public benchmark"),
        (("pieval", "--gold", "a.jsonl", "--predictions", "p.jsonl"), "no official format of predictions"),
        (("pieval", "--answers", "p.jsonl"), "octarine data get pieval"),
    ],
)
def test_a_mistake_is_one_clear_error(capsys, home, args, message):
    jsonl(home / "a.jsonl", CLAIMS)
    jsonl(home / "p.jsonl", GOOD)
    code, _, err = octarine(capsys, "evaluate", "score", *args)
    assert code == 2
    assert message in err


def test_data_is_got_from_a_copy_then_listed_run_and_shown(capsys, home):
    official = folder(home / "copy")
    code, _, err = octarine(capsys, "data", "get", "pieval", "--from", official)
    assert code == 2
    assert "SHA-256 differs" in err
    folder(home / "data" / "pieval")
    _, out, _ = octarine(capsys, "evaluate", "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["pieval"]["samples"] == 4
    assert (rows["fever"]["samples"], rows["fever"]["problem"]) == (None, "octarine data get fever")
    code, out, _ = octarine(
        capsys, "evaluate", "run", "python:builtins:str", "--benchmark", "pieval", "--json"
    )
    assert code == 0
    ran = json.loads(out)
    assert figure(ran, "attack success, strict")["estimate"]["n"] == 2
    code, out, _ = octarine(capsys, "evaluate", "show", ran["run"])
    assert code == 0
    assert "LLM-PIEval" in out
    _, out, _ = octarine(capsys, "evaluate", "show", ran["run"], "--json")
    assert json.loads(out)["table"]["figures"] == ran["figures"]


def test_several_benchmarks_run_one_after_the_other(capsys, home):
    root = home / "all"
    folder(root / "pieval")
    jsonl(root / "fever" / "paper_dev.jsonl", CLAIMS)
    args = (
        "evaluate",
        "run",
        "python:builtins:repr",
        "--benchmark",
        "fever,pieval",
        "--data",
        root,
        "--json",
    )
    code, out, _ = octarine(capsys, *args)
    assert code == 0
    assert [record["benchmark"] for record in json.loads(out)] == ["fever", "pieval"]
    code, _, err = octarine(capsys, "evaluate", "run", "python:builtins:repr", "--benchmark", "fever,nosuch")
    assert code == 2
    assert "nosuch" in err


def test_invite_ships_samples_and_scores_recorded_answers(capsys, home):
    path = jsonl(home / "answers.jsonl", [{"id": "invite-author_0-invalid", "answer": "In 1911."}])
    code, out, _ = octarine(capsys, "evaluate", "score", "invite", "--answers", path, "--json")
    assert code == 0
    assert figure(json.loads(out), "hallucination rate")["estimate"]["value"] == 1.0
    assert json.loads(out)["errors"] > 100


def test_a_run_is_told_apart_along_axes(capsys, home):
    path = jsonl(home / "answers.jsonl", [{"id": "invite-author_0-invalid", "answer": "In 1911."}])
    _, out, _ = octarine(capsys, "evaluate", "score", "invite", "--answers", path, "--json")
    run_id = json.loads(out)["run"]
    show = ("evaluate", "show", run_id, "--by")
    code, out, _ = octarine(capsys, *show, "group,premise", "--by", "turns", "--json")
    assert code == 0
    crossed, turns = json.loads(out)["table"]["sliced"]
    places = {tuple(cell["place"].values()): cell["estimate"] for cell in crossed["cells"]}
    assert places["author", "invalid"]["value"] == 0.0
    assert places["author", "valid"] is None
    assert turns["axes"] == ["turns"]
    code, out, _ = octarine(capsys, *show, "group", "--metric", "hallucination rate")
    assert code == 0
    assert "hallucination rate by group" in out
    assert "missing" in out
    code, _, err = octarine(capsys, *show, "group", "--metric", "nosuch")
    assert (code, "no figure 'nosuch'" in err, "hallucination rate" in err) == (2, True, True)
    code, _, err = octarine(capsys, "evaluate", "show", run_id, "--metric", "x")
    assert (code, "--by" in err) == (2, True)
    code, _, _ = octarine(capsys, *show, "group", "--out", "r", "--report", "markdown", "--report", "html")
    assert code == 0
    assert "## score by group" in (home / "r" / "scorecard.md").read_text("utf-8")
    assert "Score by group" in (home / "r" / "scorecard.html").read_text("utf-8")


def test_the_own_suite_shows_what_it_has_not_tested(capsys, home):
    code, out, _ = octarine(
        capsys, "evaluate", "run", "python:builtins:repr", "--dimension", "controllability", "--suite",
        "quick", "--limit", "12", "--json",
    )  # fmt: skip
    assert code == 0, out
    code, out, _ = octarine(capsys, "evaluate", "show", "--by", "dimension,language", "--json")
    assert code == 0
    (table,) = json.loads(out)["scorecard"]["sliced"]
    assert len(table["levels"][0]) == 8
    there = {tuple(cell["place"].values()) for cell in table["cells"] if cell["estimate"]}
    assert there == {("controllability", "en")}
    with_metric = octarine(capsys, "evaluate", "show", "--by", "language", "--metric", "x")
    assert with_metric[0] == 2
