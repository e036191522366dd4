"""``octarine redteam run`` and what shows what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from octarine.cli.main import cli
from octarine.core.errors import InputError

TECHNIQUES = ("--techniques", "accented-vowels", "--techniques", "reversed-letters")
COMMON = ("--budget", "60", "--dimension", "safety", "--second-judge", "none", *TECHNIQUES)


def call(store: Path, *args: str) -> Result:
    line = ["redteam", *args, "--store", str(store / "r.sqlite")]
    return CliRunner().invoke(cli, line, catch_exceptions=False, standalone_mode=False)


@pytest.fixture
def script(tmp_path: Path) -> str:
    """A model that declines unless the text is read from right to left, and answers benign questions."""
    path = tmp_path / "model.jsonl"
    lines = [
        {"match": "reverse order", "answer": "Sure. First take this, then do that."},
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
    lines = [json.loads(line) for line in hits.read_text("utf-8").splitlines()]
    assert {line["id"] for line in lines} == {hit["id"] for hit in report["hits"]}
    assert all(line["answer"].startswith("Sure.") for line in lines)
    at_last = {hit["id"]: hit for hit in report["hits"]}
    same = ("seed", "request", "category", "phase", "run", "judgement")
    assert all(line[name] == at_last[line["id"]][name] for line in lines for name in same)
    # The same command calls nobody and adds no line twice; one that was cut short is written anew.
    whole = hits.read_text("utf-8")
    hits.write_text(whole[:-20], "utf-8")
    again = call(tmp_path, "run", script, *COMMON, "--hits", str(hits), "--json")
    assert json.loads(again.stdout) == report
    mended = [json.loads(line) for line in hits.read_text("utf-8").splitlines()]
    assert [line["id"] for line in mended] == [line["id"] for line in lines]

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
    with pytest.raises(InputError, match="--languages"):
        call(tmp_path, "run", "scripted:refuse", *COMMON, "--languages", ",")


def test_of_what_endangers_a_child_the_hits_keep_no_text(tmp_path: Path) -> None:
    from octarine.cli.redteam_run import _Hits
    from octarine.core.access import access_labels
    from octarine.core.content import Conversation
    from octarine.core.dimensions import Dimension
    from octarine.core.results import Completion, Evidence, Judgement, Outcome
    from octarine.core.results import Result as Found
    from octarine.core.samples import Behaviour, Expectation, Sample
    from octarine.redteam.campaign.planned import Phase
    from octarine.redteam.campaign.tallies.rows import hit_of

    (risk, *_) = next(label.risks for label in access_labels().values() if not label.text)
    path = tmp_path / "hits.jsonl"
    for kind in (risk, "fraud"):
        sample = Sample(
            f"one-{kind}",
            Conversation.user("what was asked"),
            Expectation(Behaviour.DEFLECT, "refusal"),
            Dimension.SAFETY,
            (),
            risk=kind,
        )
        judged = Judgement(
            Outcome.COMPLIED, 0.0, "refusal", "1", evidence=(Evidence("quotes what was said"),)
        )
        result = Found(sample, Completion.of_text("what was said\u2028"), judged, 0, "key")
        requests = {sample.key: (sample.id, "what was asked")}
        with _Hits(path, None) as hits:
            hits.add(hit_of(result, Phase.REPORT, "run", requests), result)
    withheld, kept = (json.loads(line) for line in path.read_text("utf-8").strip().split("\n"))
    assert "what was" not in json.dumps(withheld)
    assert withheld["access"]
    assert kept["conversation"]
    assert kept["answer"] == "what was said\u2028"
