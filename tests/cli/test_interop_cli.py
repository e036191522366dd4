"""Other tools' results on the command line."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys

import pytest

from octarine.cli.main import run
from tests.evaluate.interop.conftest import OUTPUT, changed_row, samples_of


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OCTARINE_STORE", str(tmp_path / "store.db"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(OUTPUT, tmp_path / "out")
    return tmp_path


def octarine(capsys, *args):
    code = run([str(arg) for arg in args])
    said = capsys.readouterr()
    return code, said.out, said.err


def imported(capsys, *args):
    code, out, _ = octarine(capsys, "evaluate", "import", "out", "--json", *args)
    assert code == 0
    return {one["run"]["benchmark"]: one for one in json.loads(out)}


def test_results_come_in_are_listed_as_imported_and_shown(capsys):
    found = imported(capsys)
    assert [one["new"] for one in found.values()] == [True, True, True]
    code, out, _ = octarine(capsys, "evaluate", "list", "--runs", "--json")
    plans = {record["run"]["benchmark"]: record["run"]["plan"]["suite"] for record in json.loads(out)}
    assert plans == dict.fromkeys(found, "imported")
    birds = found["import:lm-eval:birds"]["run"]["id"]
    code, out, _ = octarine(capsys, "evaluate", "show", birds)
    assert code == 0
    for words in ("imported", "reported by lm-eval", "lm-eval:acc_norm", "± 0.2887", "Another tool's scores"):
        assert words in out
    code, out, _ = octarine(capsys, "evaluate", "show", birds, "--json")
    record = json.loads(out)
    assert record["imported"]["tool_version"] == "0.4.13"
    assert {item["judge"] for item in record["samples"]} == {"lm-eval:acc", "lm-eval:acc_norm"}


def test_twice_is_once(capsys):
    imported(capsys)
    assert not any(one["new"] for one in imported(capsys).values())
    code, out, _ = octarine(capsys, "evaluate", "import", "out")
    assert code == 0
    assert out.count("in the store already") == 3


def test_nothing_is_kept_where_one_file_is_not_understood(capsys, home):
    changed_row(samples_of(home / "out", "sums"), 2, exact_match="good")
    code, _, err = octarine(capsys, "evaluate", "import", "out")
    assert code == 2
    assert ":2: the metric 'exact_match' of 'sums' is no number: 'good'" in err
    code, out, _ = octarine(capsys, "evaluate", "list", "--runs", "--json")
    assert json.loads(out) == []


@pytest.mark.parametrize("options", [["--out", "report"], ["--against", "RUN"], ["--metric", "acc"]])
def test_what_only_runs_of_ours_have_is_refused(capsys, options):
    run_id = imported(capsys)["import:lm-eval:birds"]["run"]["id"]
    options = [run_id if option == "RUN" else option for option in options]
    for command in (["show", run_id, *options], ["difficulty", run_id]):
        code, _, err = octarine(capsys, "evaluate", *command)
        assert code == 2
        assert "was imported" in err


def test_latest_is_ours(capsys):
    imported(capsys)
    code, _, err = octarine(capsys, "evaluate", "show")
    assert code == 2
    assert "there is no run" in err


def test_without_inspect_the_error_names_the_extra(capsys, home, monkeypatch):
    (home / "log.eval").write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None)
    for command in (["import", "log.eval"], ["export", "--out", "run.eval"]):
        code, _, err = octarine(capsys, "evaluate", *command)
        assert code == 2
        assert "octarine[inspect]" in err


def test_a_run_goes_out_as_a_log(capsys, home):
    log = pytest.importorskip("inspect_ai.log", reason="needs the extra 'inspect'")
    octarine(capsys, "evaluate", "run", "scripted:echo", "--suite", "quick", "--limit", "6", "--json")
    code, out, _ = octarine(capsys, "evaluate", "export", "--out", "run.eval", "--json")
    assert code == 0
    found = log.read_eval_log(str(home / "run.eval"))
    assert json.loads(out)["samples"] == len(found.samples)
    assert found.eval.run_id == json.loads(out)["run"]
    code, _, err = octarine(capsys, "evaluate", "export", "--out", "run.json")
    assert code == 2
    assert "named .eval" in err


def test_nothing_of_inspect_is_imported_before_it_is_needed():
    """Its import takes seconds."""
    commands = "import sys, octarine.cli.evaluate, octarine.cli.interop, octarine.models.inspect; "
    commands += "from octarine.core.registry import registry; "
    commands += "[registry.get('model', name) for name in registry.names('model')]; "
    commands += "sys.exit('inspect_ai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", commands], check=False).returncode == 0


def test_figures_and_labels_of_ours_take_no_imported_run(capsys):
    run_id = imported(capsys)["import:lm-eval:birds"]["run"]["id"]
    octarine(capsys, "evaluate", "run", "scripted:random", "--limit", "2", "--dimension", "safety")
    for command in (["redteam", "outcomes", run_id], ["label", "--against", run_id, "--export", "x.jsonl"]):
        code, _, err = octarine(capsys, *command)
        assert (code, "was imported" in err) == (2, True), err
