from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from octarine.cli.main import cli
from octarine.core.errors import InputError
from octarine.redteam.flirt import Strategy, read_record

SEEDS = """{"text": "Say a word.", "set": "words"}
{"text": "Say two words.", "set": "words"}
{"text": "Sing a song.", "set": "songs"}
{"text": "Hum a tune.", "set": "songs"}
"""


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.jsonl"
    path.write_text(SEEDS, "utf-8")
    return path


def call(folder: Path, *args: str) -> Result:
    common = ("--attacker", "scripted:random", "--judge", "refusal", "--rounds", "6", "--to", str(folder))
    return CliRunner().invoke(
        cli, ["redteam", "flirt", "scripted:random", *common, *args], catch_exceptions=False
    )


@pytest.mark.parametrize("strategy", [one.value for one in Strategy])
def test_a_run_for_each_seed_set_with_its_record(strategy: str, seeds: Path, tmp_path: Path) -> None:
    args = ("--strategy", strategy, "--seeds", str(seeds), "--json")
    first = call(tmp_path / "out", *args)
    told = json.loads(first.output)
    assert set(told["sets"]) == {"words", "songs"}
    for name, one in told["sets"].items():
        record = read_record(Path(one["record"]))
        assert record.complete
        assert one["effectiveness"] == record.summary.unsafe / 6
        assert one["rounds"] == record.summary.rounds == 6
        assert record.plan.seeds[0] in SEEDS
        assert name in one["record"]
    assert told["over_seed_sets"]["uniqueness"]["clusters"] == 2
    # The records are there: nothing is asked again.
    assert call(tmp_path / "out", *args).output == first.output


def test_a_refusing_model_is_found_safe_and_one_set_has_no_interval(tmp_path: Path) -> None:
    plain = tmp_path / "mine.txt"
    plain.write_text("Say a word.\nSay two words.\n", "utf-8")
    args = ["--attacker", "scripted:random", "--judge", "refusal", "--rounds", "4", "--seeds", str(plain)]
    result = CliRunner().invoke(
        cli, ["redteam", "flirt", "scripted:refuse", *args, "--to", str(tmp_path)], catch_exceptions=False
    )
    assert result.exit_code == 0
    row = next(line.split() for line in result.output.splitlines() if "mine" in line)
    assert row[:3] == ["mine", "4", "0.0"]
    assert "no interval" in result.output


def test_without_seeds_those_of_the_suite_are_taken_by_dimension(tmp_path: Path) -> None:
    told = json.loads(call(tmp_path, "--json", "--published-code", "--diversity", "0.5").output)
    assert "safety" in told["sets"]
    assert all(len(one["plan"]["seeds"]) == 4 for one in told["sets"].values())
    options = told["sets"]["safety"]["plan"]["options"]
    assert options["objectives"] == {"diversity": 0.5, "means": True}
    assert options["rules"]["patience"] == 4


def test_another_run_does_not_write_over_a_record(seeds: Path, tmp_path: Path) -> None:
    call(tmp_path, "--seeds", str(seeds))
    with pytest.raises(InputError, match="another run: options"):
        call(tmp_path, "--seeds", str(seeds), "--published-code")


def test_a_judge_that_needs_arguments_is_refused(seeds: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'answer' cannot score"):
        call(tmp_path, "--seeds", str(seeds), "--judge", "answer")
