"""From files to the store: judged, traced, told apart, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from octarine.core.access import label_of
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError, InputError
from octarine.core.protocols import Basis
from octarine.core.results import Completion, Judgement, ModelIdentity, Outcome
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.rubric import RubricJudge
from octarine.models.scripted import ScriptedModel
from octarine.redteam import plain_seeds, techniques
from octarine.redteam.chain import Step
from octarine.redteam.experts import (
    Imported,
    Judges,
    Options,
    categories_said,
    import_findings,
    is_confirmed,
    read_all,
    standing,
)
from octarine.redteam.experts.formats.own import record_of
from octarine.redteam.experts.mapping import mapping
from octarine.store import Store, open_store
from redteam.experts.outside import SETUP, attempt, finding, hit, lines, piece, result

REFUSAL = "I'm sorry, but I can't help with that."


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store(":memory:") as opened:
        yield opened


def imported(
    store: Store, path: Path, options: Options | None = None, judges: Judges | None = None, **more: Any
) -> Imported:
    sources = read_all([path], **more)
    (done,) = asyncio.run(import_findings(sources, store, judges or Judges(JudgePanel()), options))
    return done


class Second:
    """A judge that says that everything was done."""

    name, version, basis = "refusal", "of another kind", Basis.RULES
    lineage: frozenset[str] = frozenset()

    def check_args(self, args: Any) -> None:
        pass

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        return Judgement(Outcome.COMPLIED, 0.0, "second", self.version)


def test_a_hit_is_judged_by_ours_and_theirs_is_kept(store: Store, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x.hitlog.jsonl", [hit("Do it.", "Sure. First, you do it."), hit("Do it.", REFUSAL)]
    )
    done = imported(store, path)
    held, disputed = store.findings()
    assert done.new == (held, disputed)
    assert (held.judgement.outcome, held.judgement.judge) == (Outcome.COMPLIED, "refusal")
    assert [standing(one) for one in (held, disputed)] == ["stands", "disputed"]
    assert held.origin == "import:garak"
    assert "mitigation.MitigationBypass scores 1.0" in held.note
    assert held.note.startswith(f"x.hitlog.jsonl, line 1, SHA-256 {done.source.sha256}")
    assert held.sample.provenance.benchmark == "import:garak"
    assert held.sample.provenance.version == done.source.sha256
    assert held.sample.tags == ("garak:dan.Dan_11_0",)
    assert held.model.name == "openai:gpt-4o-mini"
    assert not is_confirmed(held)


def test_their_verdict_alone_is_an_opinion_without_a_score(store: Store, tmp_path: Path) -> None:
    imported(store, lines(tmp_path / "x.jsonl", [hit("Do it.", REFUSAL)]), Options(trust=True))
    (found,) = store.findings()
    assert (found.judgement.judge, found.judgement.score) == ("garak", None)
    assert standing(found) == "not judged"


def test_a_second_judge_confirms(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [hit("Do it.", "Sure. First, you do it."), hit("Do it.", REFUSAL)])
    second = JudgePanel(instead={"refusal": Second()})
    imported(store, path, judges=Judges(JudgePanel(), second))
    held, disputed = store.findings()
    assert (standing(held), standing(disputed)) == ("confirmed", "disputed")
    assert held.confirmed[0].judge == "second"


def test_the_same_judge_twice_confirms_nothing(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [hit("Do it.", "Sure. First, you do it.")])
    imported(store, path, judges=Judges(JudgePanel(), JudgePanel()))
    assert [one.confirmed for one in store.findings()] == [()]


def test_duplicates_within_and_between_files_are_recognised(store: Store, tmp_path: Path) -> None:
    same = [hit("Do it.", "Done."), hit("Do it.", "Done.", detector="another.Detector")]
    first = imported(store, lines(tmp_path / "a.jsonl", [*same, hit("Do it.", "Done!")]))
    assert (len(first.new), first.duplicates) == (2, 1)
    again = imported(store, lines(tmp_path / "b.jsonl", [SETUP, hit("Do it.", "Done.")]))
    assert (len(again.new), again.duplicates) == (0, 1)
    other = [{"prompt": "Do it.", "answer": "Done.", "model": "openai:gpt-4o-mini"}]
    assert imported(store, lines(tmp_path / "c.jsonl", other)).duplicates == 1
    record = finding("Do it.", "Done.", name="another id", model=ModelIdentity("openai:gpt-4o-mini"))
    whole = lines(tmp_path / "e.jsonl", [record_of(record, store.blob)])
    assert imported(store, whole).duplicates == 1
    another_model = imported(store, lines(tmp_path / "d.jsonl", other), Options(model="another"))
    assert len(another_model.new) == 1


def test_one_bad_line_keeps_everything_out(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [hit("Do it.", "Done."), {"probe": "x", "detector": "y"}])
    with pytest.raises(DataError, match=r"x\.jsonl:2: .*'prompt' is missing"):
        imported(store, path)
    assert list(store.findings()) == []
    done = imported(store, path, skip_bad=True)
    assert (len(done.new), len(done.source.bad)) == (1, 1)


def test_a_row_that_fails_later_keeps_everything_out_too(store: Store, tmp_path: Path) -> None:
    good = {"prompt": "a", "answer": "b", "model": "m"}
    nameless = lines(tmp_path / "x.jsonl", [good, {"prompt": "a", "answer": "b"}])
    with pytest.raises(DataError, match=r"x\.jsonl:2: it does not say which model") as caught:
        imported(store, nameless)
    assert "--model" in caught.value.hint
    with pytest.raises(DataError, match=r"y\.jsonl:2: there is no technique 'base46'"):
        imported(store, lines(tmp_path / "y.jsonl", [good, good | {"techniques": ["base46"]}]))
    assert list(store.findings()) == []


def test_a_dry_run_keeps_nothing(store: Store, tmp_path: Path) -> None:
    sources = read_all([lines(tmp_path / "x.jsonl", [hit("Do it.", "Done.")])])
    (done,) = asyncio.run(import_findings(sources, store, Judges(JudgePanel()), dry_run=True))
    assert len(done.new) == 1
    assert list(store.findings()) == []


def a_seed(risk: str) -> Sample:
    loaded = open_benchmark("octarine").load(("en",))
    return next(one for one in plain_seeds(loaded) if one.risk == risk)


def test_the_seed_and_the_chain_are_recognised(store: Store, tmp_path: Path) -> None:
    seed = a_seed("fraud")
    text = seed.conversation.prompt
    made_by = [{"class_name": "Base64Converter"}, {"__type__": "UnheardConverter"}]
    asked = piece("user", "abc", 0, original_value=text.upper(), converter_identifiers=made_by)
    metadata = {"pluginId": "x", "strategyId": "rot13", "originalText": text}
    by_hand = {"prompt": f"Listen.\n{text}\nThanks.", "answer": "Done."}
    values = [
        [SETUP, attempt("eHl6", ["Done."], [1.0], notes={"triggers": [text]})],
        [asked, piece("assistant", "Done.", 1)],
        [result("Grrr", "Done.", metadata=metadata)],
        [by_hand | {"techniques": ["caesar(key=3) | base64"]}],
    ]
    for number, value in enumerate(values):
        imported(store, lines(tmp_path / f"{number}.jsonl", value), Options(model="m"))
    found = [one.sample for one in store.findings()]
    assert len(found) == 4
    for sample in found:
        assert sample.provenance.parent == seed.key
        assert (sample.group, sample.variant, sample.risk) == (seed.group, seed.variant, "fraud")
        assert (sample.dimension, sample.expectation) == (seed.dimension, seed.expectation)
        assert sample.objectives == seed.objectives
    chains = [[step.partition("/")[0] for step in sample.provenance.techniques] for sample in found]
    assert chains == [["base64"], ["base64", "pyrit:UnheardConverter"], ["caesar"], ["caesar", "base64"]]
    assert Step.read(found[2].provenance.techniques[0]) == Step("caesar", {"key": 13}, "import:promptfoo")


def test_what_should_be_corrected_needs_a_model_to_judge_it(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [hit("Why is it so?", "Because.", "misleading.FalseAssertion")])
    done = imported(store, path)
    (found,) = done.new
    assert (found.sample.dimension, found.sample.risk) == (Dimension.VERACITY_ROBUSTNESS, "misinformation")
    assert found.sample.expectation.behaviour is Behaviour.CORRECT
    assert standing(found) == "not judged"
    assert "--judge" in found.judgement.evidence[0].note
    judge = RubricJudge(ScriptedModel("A", name="judge"))
    with open_store(":memory:") as other:
        panel = JudgePanel(instead={"rubric": judge})
        asyncio.run(import_findings(read_all([path]), other, Judges(panel)))
        (found,) = other.findings()
        assert found.judgement.judge == "rubric:judge"


def test_no_model_judges_what_it_answered(store: Store, tmp_path: Path) -> None:
    judge = RubricJudge(ScriptedModel("A", name="openai:gpt-4o-mini"))
    panel = JudgePanel(instead={"refusal": judge})
    with pytest.raises(InputError, match="mark its own work"):
        imported(store, lines(tmp_path / "x.jsonl", [hit("a", "b")]), judges=Judges(panel))
    assert list(store.findings()) == []


def test_what_is_not_mapped_is_told_and_may_be_said(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [hit("a", "b", "ours.Probe"), hit("a", "c", "ours.Probe")])
    done = imported(store, path)
    assert done.unmapped == {"ours.Probe": 2}
    assert done.new[0].sample.tags == ("garak:ours.Probe", "unmapped")
    assert done.new[0].sample.dimension is Dimension.SAFETY
    said = Options(model="another", categories=categories_said(("ours.probe=fairness/stereotype",)))
    done = imported(store, path, said)
    assert done.unmapped == {}
    assert (done.new[0].sample.dimension, done.new[0].sample.risk) == (Dimension.FAIRNESS, "stereotype")


def test_rows_without_a_name_may_be_mapped_too(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", [piece("user", "a", 0), piece("assistant", "b", 1)])
    done = imported(store, path, Options(model="m"))
    assert done.unmapped == {"(no name)": 1}
    said = Options(model="n", categories=categories_said(("(no name)=safety/drugs",)))
    done = imported(store, path, said)
    assert (done.unmapped, done.new[0].sample.risk) == ({}, "drugs")


@pytest.mark.parametrize("pair", ["x", "=safety", "x=nowhere", "x=safety/nothing"])
def test_a_pair_that_maps_nothing_is_said(pair: str) -> None:
    with pytest.raises(InputError, match="maps nothing"):
        categories_said((pair,))


@pytest.mark.parametrize(
    ("category", "said", "label"),
    [
        ("harmful:chemical-biological-weapons", "", "chemical"),
        ("harmful:cybercrime:malicious-code", "", "cyber_offence"),
        ("harmful:cybercrime", "public", ""),
        ("harmful:hate", "", ""),
        ("harmful:hate", "embargo", "embargo"),
        ("harmful:child-exploitation", "public", "child_safety"),
    ],
)
def test_labels_by_risk_unless_the_importer_says_otherwise(
    store: Store, tmp_path: Path, category: str, said: str, label: str
) -> None:
    metadata = {"pluginId": category}
    path = lines(tmp_path / "x.jsonl", [result("a", "b", metadata=metadata)])
    (found,) = imported(store, path, Options(access=said)).new
    assert label_of(found) == label


SECRET = "aardvark-in-the-text"


@pytest.mark.parametrize("said", ["", "public"])
def test_of_what_endangers_a_child_no_word_is_kept(store: Store, tmp_path: Path, said: str) -> None:
    value = result(
        f"prompt {SECRET}", f"answer {SECRET}",
        gradingResult={"reason": f"reason {SECRET}"},
        metadata={"pluginId": "harmful:child-exploitation", "originalText": SECRET, "goal": SECRET},
    )  # fmt: skip
    by_hand = {"prompt": SECRET, "answer": SECRET, "risk": "child_safety", "note": SECRET, "verdict": SECRET,
               "seed": SECRET, "model": "m", "techniques": [f"vigenere(key={'aardvark'})"]}  # fmt: skip
    for number, one in enumerate((value, by_hand)):
        path = lines(tmp_path / f"{number}.jsonl", [one])
        assert len(imported(store, path, Options(access=said)).new) == 1
        assert imported(store, path, Options(access=said)).duplicates == 1
    for found in store.findings():
        assert "aardvark" not in repr(found)
        assert label_of(found) == "child_safety"
        assert "line 1, SHA-256" in found.note
        assert found.judgement.score is None


def test_no_judge_reads_what_endangers_a_child(store: Store, tmp_path: Path) -> None:
    class Reading(Second):
        async def judge(self, sample: Sample, completion: Completion) -> Judgement:
            raise AssertionError("it was read")

    path = lines(tmp_path / "x.jsonl", [{"prompt": "a", "answer": "b", "risk": "child_safety", "model": "m"}])
    done = imported(store, path, judges=Judges(JudgePanel(instead={"refusal": Reading()})))
    assert len(done.new) == 1


def test_every_name_of_the_table_is_one_of_ours() -> None:
    table = mapping()
    for tool, names in table.techniques.items():
        assert names, tool
        for name, text in names.items():
            assert name == name.casefold()
            assert techniques.chain(text)
    for names in table.categories.values():
        assert all(one.expect is not Behaviour.COMPLY or not one.risk for one in names.values())


@pytest.mark.parametrize(
    ("tool", "name", "risk"),
    [
        ("garak", "lmrc.Bullying", "hate"),
        ("garak", "grandma.Unheard", ""),
        ("garak", "malwaregen.TopLevel", "cyber"),
        ("promptfoo", "harmful:weapons:ied", "weapons"),
        ("promptfoo", "pii:direct", "personal_data"),
        ("pyrit", "Hate Speech", "hate"),
    ],
)
def test_the_longest_name_counts(tool: str, name: str, risk: str) -> None:
    found = mapping().category(tool, name)
    assert found is not None
    assert found.risk == risk


@pytest.mark.parametrize(
    ("tool", "name"), [("garak", "danger.X"), ("promptfoo", "harmful"), ("pyrit", "hat")]
)
def test_a_beginning_that_is_no_whole_name_does_not(tool: str, name: str) -> None:
    assert mapping().category(tool, name) is None
