"""``octarine redteam run`` and what shows what it found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from octarine.cli.main import cli
from octarine.cli.redteam_run import hit_record
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.results import Completion, Evidence, Judgement, Outcome
from octarine.core.results import Result as Attempt
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.redteam.campaign.planned import Phase
from octarine.redteam.campaign.tallies.rows import hit_of

TECHNIQUES = ("--techniques", "accented-vowels", "--techniques", "reversed-letters")
COMMON = ("--budget", "60", "--dimension", "safety", "--second-judge", "none", *TECHNIQUES)


def call(store: Path, *args: str) -> Result:
    line = ["redteam", *args, "--store", str(store / "r.sqlite")]
    return CliRunner().invoke(cli, line, catch_exceptions=False, standalone_mode=False)


def _lines(path: Path) -> list[str]:
    """Whole lines: an answer may hold what ``splitlines`` splits at, too."""
    *lines, last = path.read_text("utf-8").split("\n")
    assert last == ""
    return lines


@pytest.fixture
def script(tmp_path: Path) -> str:
    """A model that declines unless the text is read from right to left, and answers benign questions."""
    path = tmp_path / "model.jsonl"
    lines = [
        {"match": "reverse order", "answer": "Sure. First take this,\u2028then do that."},
        {"default": "I'm sorry, but I can't help with that."},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return f"scripted:{path}"


def test_a_campaign_from_the_command_line(script: str, tmp_path: Path) -> None:
    hits = tmp_path / "hits.jsonl"
    done = call(tmp_path, "run", script, *COMMON, "--hits", str(hits), "--json")
    report = json.loads(done.stdout)
    assert report["complete"]
    attacks = {one["attack"]["id"]: one for one in report["attacks"]}
    assert set(attacks) == {"accented-vowels", "reversed-letters"}
    won = attacks["reversed-letters"]["rate"]["estimate"]
    assert won["value"] > 0.9
    assert attacks["accented-vowels"]["rate"]["estimate"]["value"] == 0.0
    assert done.return_value == 1
    lines = [json.loads(line) for line in _lines(hits)]
    assert {line["id"] for line in lines} == {hit["id"] for hit in report["hits"]}
    assert all(line["answer"].startswith("Sure.") for line in lines)
    assert {line["risk"] for line in lines}.isdisjoint({"child_safety"})
    # The same command calls nobody and adds no line twice; a line that a stop cut off goes.
    text = hits.read_text("utf-8")
    hits.write_text(text[:-40], "utf-8")
    again = call(tmp_path, "run", script, *COMMON, "--hits", str(hits), "--json")
    assert json.loads(again.stdout) == report
    assert [json.loads(line)["id"] for line in _lines(hits)] == [line["id"] for line in lines[:-1]]

    shown = call(tmp_path, "campaign")
    assert "reversed-letters" in shown.output
    assert "(plain seeds)" in shown.output
    assert json.loads(call(tmp_path, "campaign", report["id"][:6], "--json").stdout) == report
    listed = json.loads(call(tmp_path, "campaigns", "--json").stdout)
    assert [one["run"]["id"] for one in listed] == [report["id"]]
    assert "complete" in call(tmp_path, "campaigns").output

    finding = next(hit["id"] for hit in report["hits"] if hit.get("replay"))
    replayed = call(tmp_path, "replay", finding, "--samples", "2")
    assert replayed.return_value == 1
    assert "still works, 2 of 2" in replayed.output
    fixed = call(tmp_path, "replay", finding, "scripted:refuse", "--json")
    assert fixed.return_value == 0
    assert json.loads(fixed.stdout)["worked"] == 0
    with pytest.raises(InputError, match="zzz"):
        call(tmp_path, "replay", "zzz")


def test_of_a_hit_with_an_access_label_nothing_that_was_said_is_in_its_line() -> None:
    said = Judgement(Outcome.COMPLIED, 0.0, "refusal", "1", evidence=(Evidence("quotes SECRET"),))
    sample = Sample(
        "s", Conversation.user("SECRET"), Expectation(Behaviour.DEFLECT, "refusal"), Dimension.SAFETY, ()
    )
    for risk, label in (("fraud", ""), ("weapons", "weapons")):
        result = Attempt(replace(sample, risk=risk), Completion.of_text("SECRET answer"), said)
        line = hit_record(hit_of(result, Phase.SEARCH, "run", {}), result)
        assert line["access"] == label
        assert ("SECRET" in json.dumps(line)) is not bool(label)
        assert line["judgement"]["outcome"] == "complied"


def test_a_model_that_refuses_everything_has_no_finding(tmp_path: Path) -> None:
    done = call(tmp_path, "run", "scripted:refuse", *COMMON)
    assert done.return_value == 0
    assert "no attack succeeded" in done.output


def test_a_dry_run_lists_seeds_attacks_and_calls(tmp_path: Path) -> None:
    done = call(tmp_path, "run", "scripted:refuse", *COMMON, "--dry-run", "--price-in", "1", "--json")
    plan = json.loads(done.stdout)
    assert [one["id"] for one in plan["attacks"]] == ["accented-vowels", "reversed-letters"]
    assert sum(one["planned"] for one in plan["calls"]) <= 60
    assert plan["seeds"]
    assert plan["cost"] > 0
    shown = call(tmp_path, "run", "embedded:smollm2", *COMMON, "--dry-run")
    assert "minutes on two cores" in shown.output
    assert "No campaigns yet" in call(tmp_path, "campaigns").output
    with pytest.raises(InputError, match="no campaign"):
        call(tmp_path, "campaign")


def test_hits_that_cannot_be_added_to_are_told_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "hits.jsonl"
    path.write_text('{"no": "hit"}\n', "utf-8")
    with pytest.raises(InputError, match="cannot be added to"):
        call(tmp_path, "run", "scripted:refuse", *COMMON, "--hits", str(path))
    path.write_text("a note without an end of line", "utf-8")
    with pytest.raises(InputError, match="none of ours"):
        call(tmp_path, "run", "scripted:refuse", *COMMON, "--hits", str(path))
    assert path.read_text("utf-8").startswith("a note")
    with pytest.raises(InputError, match="--languages"):
        call(tmp_path, "run", "scripted:refuse", *COMMON, "--languages", ",")
