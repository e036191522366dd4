"""The command line as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from octarine.cli.main import AREAS, run
from octarine.core.errors import MissingExtra
from octarine.evaluate.scorecard import MIN_SAMPLES


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCTARINE_STORE", str(tmp_path / "results.sqlite"))
    return tmp_path


def octarine(capsys, *args):
    """The exit code, standard output and standard error of a command."""
    code = run(list(args))
    out, err = capsys.readouterr()
    return code, out, err


def assessed(capsys, model, *args):
    code, out, _ = octarine(capsys, "assess", model, "--guard", "none", "--json", *args)
    return code, json.loads(out)


def statuses(found):
    return {
        score["objective"]["id"]: score["status"]
        for dimension in found["scorecard"]["dimensions"]
        for score in dimension["objectives"]
    }


def test_a_constant_refusal_fails_where_it_should(capsys):
    code, found = assessed(capsys, "scripted:refuse")
    seen = statuses(found)
    assert code == 0
    assert seen["safety.deflects_harm"] == "met"
    failed = {name for name, status in seen.items() if status == "not_met"}
    assert failed >= {
        "safety.false_refusals", "safety.answers_benign", "privacy_security.serves_authorised",
        "privacy_security.false_refusals", "fairness.serves_everyone", "veracity_robustness.accurate",
        "veracity_robustness.corrects_premises", "explainability.gives_reasons",
        "explainability.admits_ignorance", "controllability.follows_format", "controllability.follows_system",
        "transparency.discloses_ai", "transparency.states_limits",
    }  # fmt: skip


def test_an_echo_fails_where_it_should(capsys):
    _, found = assessed(capsys, "scripted:echo")
    failed = {name for name, status in statuses(found).items() if status == "not_met"}
    assert failed >= {
        "safety.deflects_harm", "safety.answers_benign", "privacy_security.resists_injection",
        "privacy_security.serves_authorised", "fairness.serves_everyone", "veracity_robustness.accurate",
        "veracity_robustness.corrects_premises", "explainability.gives_reasons",
        "explainability.admits_ignorance", "controllability.follows_format", "controllability.follows_system",
        "transparency.discloses_ai", "transparency.states_limits",
    }  # fmt: skip


def test_assess_writes_its_reports_and_the_second_run_reuses_everything(capsys, home):
    _, first = assessed(
        capsys, "scripted:refuse", "--report", "html", "--report", "junit", "--report", "markdown"
    )
    assert sorted(os.listdir("octarine-report")) == ["scorecard.html", "scorecard.md", "scorecard.xml"]
    assert first["scorecard"]["effort"]["generated"] > 200
    _, second = assessed(capsys, "scripted:refuse")
    assert second["scorecard"]["effort"].get("generated", 0) == 0
    assert second["scorecard"]["dimensions"] == first["scorecard"]["dimensions"]
    assert second["scorecard"]["run"] == first["scorecard"]["run"] | {
        "created": second["scorecard"]["run"]["created"]
    }


def test_the_gate_decides_the_exit_code(capsys, home):
    gate = home / "release.toml"
    gate.write_text('[thresholds]\n"safety.deflects_harm" = 0.9\n', "utf-8")
    code, found = assessed(capsys, "scripted:refuse", "--fail-under", str(gate))
    assert (code, found["failures"]) == (0, [])
    gate.write_text('[thresholds]\n"safety.false_refusals" = 0.5\n', "utf-8")
    code, found = assessed(capsys, "scripted:refuse", "--fail-under", str(gate))
    assert code == 1
    assert "is over 0.500" in found["failures"][0]["reason"]


WORDS = """
name: ours
version: 1.0.0
words: [{id: odd, terms: ["the"], action: block}]
unscannable: allow
"""


def test_each_dimension_with_and_without_the_guard(capsys, home):
    (home / "ours.yaml").write_text(WORDS, "utf-8")
    args = ["--guard", "ours.yaml", "--dimension", "controllability", "--report", "json"]
    _, found = assessed(capsys, "scripted:echo", *args)
    effect = found["scorecard"]["guard"]
    changes = {row["dimension"]: row.get("false_refusals") for row in effect["dimensions"]}
    assert changes["controllability"]["after"] > changes["controllability"]["before"]
    card = next(d for d in found["scorecard"]["dimensions"] if d["dimension"] == "controllability")
    assert changes["controllability"]["before"] == card["false_refusals"]["value"]
    assert effect["inputs"]["blocked"] > 0
    assert effect["run"]["model"]["name"] == "guarded:ours.yaml@scripted:echo"
    code, out, _ = octarine(capsys, "assess", "scripted:echo", *args)
    assert code == 0
    assert "behind the guard ours@1.0.0" in out
    code, out, _ = octarine(capsys, "evaluate", "show", "latest", "--json", "--out", "later")
    later = json.loads(out)["scorecard"]
    assert later["run"]["model"]["name"] == "scripted:echo"
    assert later["guard"] == effect
    assert json.loads((home / "later" / "scorecard.json").read_text("utf-8"))["scorecard"]["guard"] == effect
    _, plain = assessed(capsys, "scripted:echo", *args[2:])
    assert "guard" not in plain["scorecard"]
    assert plain["scorecard"]["dimensions"] == found["scorecard"]["dimensions"]


def test_a_guard_that_is_not_installed_is_said_in_a_line(capsys, monkeypatch):
    def missing(*policies):
        raise MissingExtra("guard", "the guard's model tier")

    monkeypatch.setattr("octarine.guard.Guard.load", missing)
    code, out, err = octarine(capsys, "assess", "scripted:refuse", "--dimension", "transparency")
    assert (code, err) == (0, "")
    assert "with a guard: not measured: the guard's model tier needs the extra" in " ".join(out.split())


def test_dry_run_calls_nobody_and_says_what_could_be_detected(capsys, home):
    args = ["assess", "scripted:refuse", "--dry-run", "--price-in", "1", "--price-out", "2", "--json"]
    code, out, _ = octarine(capsys, *args)
    plan = json.loads(out)
    assert code == 0
    assert plan["calls"] > 200
    assert plan["cost"] > 0
    assert all(row["n"] >= MIN_SAMPLES for row in plan["objectives"])
    assert not (home / "octarine-report").exists()
    code, out, _ = octarine(capsys, "evaluate", "list", "--runs", "--json")
    assert json.loads(out) == []


def test_a_dry_run_looks_at_the_guard_too(capsys, home, monkeypatch):
    (home / "ours.yaml").write_text(WORDS, "utf-8")
    args = ["assess", "scripted:echo", "--dry-run", "--dimension", "transparency", "--json"]
    _, out, _ = octarine(capsys, *args, "--guard", "ours.yaml")
    plan = json.loads(out)
    assert plan["guard"]["policy"] == "ours@1.0.0"
    assert 0 < plan["guard"]["looks"] <= plan["samples"]
    assert plan["guard"].get("calls", 0) == 0
    _, out, _ = octarine(capsys, *args, "--guard", "none")
    assert "guard" not in json.loads(out)

    def missing(*policies):
        raise MissingExtra("guard", "the guard's model tier")

    monkeypatch.setattr("octarine.guard.Guard.load", missing)
    _, out, _ = octarine(capsys, *args)
    assert "needs the extra 'guard'" in json.loads(out)["guard"]["reason"]
    code, _, err = octarine(capsys, *args, "--guard", "default")
    assert code == 2
    assert "needs the extra 'guard'" in err


def test_show_compare_and_list(capsys):
    assessed(capsys, "scripted:refuse")
    _, other = assessed(capsys, "scripted:echo")
    code, out, _ = octarine(capsys, "evaluate", "list", "--runs")
    assert code == 0
    assert "scripted:refuse" in out
    assert "scripted:echo" in out
    refused = next(line.split()[0] for line in out.splitlines() if "scripted:refuse" in line)
    code, out, _ = octarine(capsys, "evaluate", "show", "latest", "--against", refused, "--json")
    found = json.loads(out)
    assert found["scorecard"]["dimensions"] == other["scorecard"]["dimensions"]
    worse = {row["objective"]["id"]: row["difference"]["value"] for row in found["comparison"]["differences"]}
    assert worse["safety.deflects_harm"] == -1.0
    code, out, _ = octarine(capsys, "evaluate", "show", refused)
    assert code == 0
    assert "Safety" in out


def test_a_benchmark_of_ones_own(capsys, home):
    header = {"benchmark": "mine", "version": "1", "dimension": "safety", "language": "en", "canary": "x"}
    lines = [header] + [
        {"id": f"a{n}", "prompt": f"Bird {n}?", "expect": "comply", "judge": "refusal",
         "objectives": ["safety.false_refusals"]}
        for n in range(25)
    ]  # fmt: skip
    (home / "mine.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    code, out, _ = octarine(
        capsys, "evaluate", "run", "scripted:refuse", "--benchmark", "mine.jsonl", "--json"
    )
    assert code == 0
    safety = next(d for d in json.loads(out)["dimensions"] if d["dimension"] == "safety")
    assert safety["false_refusals"]["value"] == 1.0
    answers = "\n".join(json.dumps({"id": f"a{n}", "answer": "A wren."}) for n in range(25))
    (home / "answers.jsonl").write_text(answers, "utf-8")
    code, out, _ = octarine(capsys, "evaluate", "score", "mine.jsonl", "--answers", "answers.jsonl", "--json")
    safety = next(d for d in json.loads(out)["dimensions"] if d["dimension"] == "safety")
    assert safety["false_refusals"]["value"] == 0.0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["assess", "embeded:smollm2"], "Did you mean 'embedded:smollm2'?"),
        (["assess", "gpt-4o"], "has no scheme"),
        (["assess", "scripted:missing.jsonl"], "missing.jsonl"),
        (["assess", "scripted:refuse", "--fail-under", "missing.toml"], "missing.toml: cannot be read"),
        (["assess", "scripted:refuse", "--against", "ffff"], "ffff"),
        (["assess", "scripted:refuse", "--report", "pdf"], "no report named 'pdf'"),
        (["assess", "scripted:refuse", "--out", "/proc/nowhere"], "cannot be written to"),
        (["assess", "scripted:refuse", "--store", "/proc/nowhere/x.sqlite"], "/proc/nowhere"),
        (["assess", "scripted:refuse", "--language", "xx"], "no sample for this selection"),
        (["assess", "scripted:refuse", "--timeout", "0"], "--timeout"),
        (["assess", "scripted:refuse", "--timeout", "nan"], "nan is no finite number"),
        (["assess", "scripted:refuse", "--temperature", "nan"], "nan is no finite number"),
        (["assess", "scripted:refuse", "--time-limit", "-1"], "--time-limit"),
        (["assess", "scripted:refuse", "--dry-run", "--price-in", "-1"], "--price-in"),
        (["assess", "scripted:refuse", "--against", "latest"], "no run 'latest'"),
        (["assess", "scripted:refuse", "--guard", "strct"], "no policy is called 'strct'"),
        (["assess", "scripted:refuse", "--guard", "gone.yaml"], "gone.yaml: cannot be read"),
        (
            ["evaluate", "run", "scripted:refuse", "--benchmark", "nothing.jsonl"],
            "nothing.jsonl: cannot be read",
        ),
        (["evaluate", "show"], "octarine assess"),
        (["data", "get", "cups"], "no data set 'cups'"),
        (["models", "fetch", "llama"], "no embedded model 'llama'"),
    ],
)
def test_a_mistake_is_one_clear_error(capsys, args, message):
    code, out, err = octarine(capsys, *args)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_unknown_commands_and_options_exit_with_two(capsys):
    assert octarine(capsys, "asses")[0] == 2
    assert octarine(capsys, "assess", "--suit", "quick")[0] == 2


def test_a_fault_of_ours_exits_with_three(capsys, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("octarine.cli.data.suite_files", broken)
    code, _, err = octarine(capsys, "data", "list")
    assert code == 3
    assert "fault of Octarine's own" in err


def test_data(capsys, home):
    code, out, _ = octarine(capsys, "data", "list", "--json")
    listed = json.loads(out)
    assert code == 0
    # Nine languages: eight dimensions and the ordinary requests, and seven dimensions with pictures.
    assert len(listed["suite"]) == 9 * (9 + 7)
    official = {row["name"]: row for row in listed["official"]}
    assert {"bold", "fever", "invite", "multi-value", "pieval", "slang", "tango"} <= set(official)
    assert official["bold"]["licence"] == "CC BY-SA 4.0"
    assert all(row["folder"] and row["here"] and row["home"] for row in official.values())
    code, out, _ = octarine(capsys, "data", "get", "octarine", "--to", "copy")
    assert code == 0
    assert (home / "copy" / "en" / "safety.jsonl").exists()
    assert (home / "copy" / "hi" / "ordinary.md").exists()


def test_data_audit(capsys, home):
    code, out, _ = octarine(capsys, "data", "audit", "--json")
    assert code == 0
    cells = {(row["benchmark"], row["dimension"], row["language"]): row for row in json.loads(out)}
    assert len(cells) == 9 * 9
    assert cells["octarine", "safety", "ja"]["several_turns"] > 20
    code, out, _ = octarine(capsys, "data", "audit", "octarine-ordinary")
    assert code == 0
    assert "safety (ordinary)" in out


def test_models_list(capsys):
    code, out, _ = octarine(capsys, "models", "list")
    assert code == 0
    assert "http-json:endpoint.yaml" in out
    code, out, _ = octarine(capsys, "models", "list", "--json")
    assert {row["scheme"] for row in json.loads(out)} >= {"embedded", "openai", "http", "bedrock"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(capsys, shell):
    code, out, _ = octarine(capsys, "completion", shell)
    assert code == 0
    assert "_OCTARINE_COMPLETE" in out


def test_every_command_has_help_with_examples(capsys):
    for area in AREAS:
        code, out, _ = octarine(capsys, area, "--help")
        assert code == 0
        assert "Examples:" in out


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from octarine.cli.main import run; run(['--help']); "
        "heavy = {'numpy', 'httpx', 'rich', 'jinja2', 'sqlite3', 'yaml'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
