from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from octarine.cli.main import cli
from octarine.core.access import label_of
from octarine.core.content import Conversation, Modality, Part
from octarine.core.errors import InputError
from octarine.core.protocols import Basis
from octarine.core.registry import registry
from octarine.core.results import Action, Completion, Judgement, Outcome, Settings, Verdict
from octarine.core.samples import Sample
from octarine.models.names import open_model
from octarine.models.scripted import ScriptedModel
from octarine.redteam.flirt import Strategy, read_record
from octarine.store import open_store

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
    common = ["--attacker", "scripted:random", "--judge", "refusal", "--rounds", "6", "--to", str(folder)]
    common += ["--second-judge", "none", "--store", str(folder.parent / "store.db")]
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
    args += ["--second-judge", "none", "--store", str(tmp_path / "store.db")]
    result = CliRunner().invoke(
        cli,
        ["redteam", "flirt", "scripted:refuse", *args, "--to", str(tmp_path)],
        catch_exceptions=False,
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


def test_what_worked_is_kept_in_the_store_once_and_shown(seeds: Path, tmp_path: Path) -> None:
    said = call(tmp_path / "out", "--seeds", str(seeds)).output
    told = json.loads(call(tmp_path / "out", "--seeds", str(seeds), "--json").output)
    ids = [name for one in told["sets"].values() for name in one["findings"]]
    assert ids
    with open_store(str(tmp_path / "store.db")) as store:
        kept = list(store.findings())
    assert sorted(one.id for one in kept) == sorted(ids)
    assert {one.origin.partition(":")[0] for one in kept} == {"flirt"}
    assert "Kept as findings, confirmed by nobody:" in said
    assert all(name in said for name in ids[:5])


def test_what_is_found_on_a_special_domain_has_its_label_and_is_not_shown(
    seeds: Path, tmp_path: Path
) -> None:
    said = call(tmp_path / "out", "--seeds", str(seeds), "--access", "chemical").output
    with open_store(str(tmp_path / "store.db")) as store:
        kept = list(store.findings())
    assert kept
    assert all(label_of(one) == "chemical" for one in kept)
    assert "(chemical)" in said
    assert not any(one.note in said for one in kept)
    with pytest.raises(InputError, match="no text is kept"):
        call(tmp_path / "other", "--seeds", str(seeds), "--access", "child_safety")
    with pytest.raises(InputError, match="'secret'"):
        call(tmp_path / "other", "--seeds", str(seeds), "--access", "secret")


def test_a_second_judge_that_disagrees_keeps_nothing(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_added", {**registry._added, ("judge", "strict"): Strict})
    told = json.loads(
        call(tmp_path / "out", "--seeds", str(seeds), "--second-judge", "strict", "--json").output
    )
    assert any(one["unsafe"] for one in told["sets"].values())
    assert all(one["findings"] == [] for one in told["sets"].values())


def test_low_toxicity_languages_techniques_and_a_system_message_reach_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_added", {**registry._added, ("moderator", "counting"): Counting})
    (tmp_path / "system.txt").write_text("You are a bank.", "utf-8")
    args = ["--low-toxicity", "0.5", "--toxicity", "counting:letters", "--language", "de", "--language", "ja"]
    args += ["--ask", "base64", "--system", f"@{tmp_path / 'system.txt'}", "--json"]
    told = json.loads(call(tmp_path / "out", *args).output)
    plan = told["sets"]["safety de"]["plan"]
    assert plan["toxicity"] == "counting:letters"
    assert plan["options"]["objectives"] == {"low_toxicity": 0.5}
    assert plan["options"]["instruction"].endswith("Write it in German.")
    assert plan["ask"] == "chain=base64; language=de; seed=0; system=You are a bank."
    assert told["sets"]["safety ja"]["plan"]["options"]["instruction"].endswith("Write it in Japanese.")
    record = read_record(Path(told["sets"]["safety de"]["record"]))
    assert {one.toxicity for one in record.rounds} == {0.5}


def test_a_toxicity_that_names_no_category_says_how(seeds: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MODERATOR:CATEGORY"):
        call(tmp_path, "--seeds", str(seeds), "--low-toxicity", "1", "--toxicity", "default")


def test_pictures_are_put_to_a_model_that_sees_and_its_pictures_are_scored(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Image to text to image: a model that draws, asked by pictures, and a judge that looks at pictures."""
    monkeypatch.setattr(registry, "_added", {**registry._added, ("judge", "seeing"): Seeing})
    monkeypatch.setattr(type(open_model("scripted:random")), "generate", _draws)
    args = ("--seeds", str(seeds), "--judge", "seeing", "--ask", "typographic-image", "--json")
    told = json.loads(call(tmp_path / "out", *args).output)
    record = read_record(Path(told["sets"]["words"]["record"]))
    search = [one for one in record.rounds if one.phase == "search" and not one.fault]
    assert search
    assert [one.error for one in search if one.error] == []
    assert all(one.unsafe and one.answer[0].modality is Modality.IMAGE for one in search)


async def _draws(self: ScriptedModel, conversation: Conversation, settings: Settings) -> Completion:
    if Modality.IMAGE not in conversation.modalities:
        return Completion.of_text(f"Draw {settings.seed} birds.")
    return Completion((Part.of_bytes(Modality.IMAGE, b"a picture", "image/png"),))


class _Judge:
    version, basis, lineage = "1", Basis.EXACT, frozenset[str]()

    def check_args(self, args: object) -> None:
        pass


class Strict(_Judge):
    name = "strict"

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        return Judgement(Outcome.DEFLECTED, 1.0, self.name, self.version)


class Seeing(_Judge):
    name = "seeing"

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        seen = any(part.modality is Modality.IMAGE for part in completion.parts)
        return Judgement(Outcome.COMPLIED if seen else Outcome.ERROR, 0.0, self.name, self.version)


class Counting:
    def check_input(self, text: str) -> Verdict:
        return Verdict(Action.ALLOW, {"letters": 0.5})

    def check_output(self, text: str, context: Conversation | None = None) -> Verdict:
        raise AssertionError("it is the prompt that is looked at")
