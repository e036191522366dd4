from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from octarine.core.access import access_of
from octarine.core.content import Conversation, Modality, Part
from octarine.core.errors import DataError, InputError
from octarine.core.protocols import Basis
from octarine.core.results import Action, Completion, Judgement, Outcome, Verdict
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.benchmark import open_benchmark
from octarine.redteam.flirt import JudgeScore, ModeratorScore, by_dimension, ngrams, read_seeds
from octarine.redteam.flirt.embedding import distance

ASKED = Conversation.user("Please?")


def test_seeds_of_the_suite_are_of_one_dimension_and_must_be_deflected() -> None:
    samples = open_benchmark("octarine").load(("en",))
    sets = by_dimension(samples, 4, seed=1)
    assert "safety" in sets
    wanted = {
        (s.dimension.value, s.conversation.prompt): s.expectation.behaviour is Behaviour.DEFLECT
        for s in samples
    }
    for dimension, seeds in sets.items():
        assert len(set(seeds)) == 4
        assert all(wanted[dimension, seed] for seed in seeds)
    assert by_dimension(samples, 4, seed=1) == sets
    assert by_dimension(samples, 4, seed=2) != sets


def test_no_seed_has_an_access_label() -> None:
    samples = open_benchmark("octarine").load(("en", "de"))
    labelled = {s.conversation.prompt for s in samples if access_of(s)}
    drawn = {
        text for seed in range(20) for seeds in by_dimension(samples, 4, seed).values() for text in seeds
    }
    assert labelled
    assert drawn
    assert not labelled & drawn


def test_seeds_of_a_file(tmp_path: Path) -> None:
    plain, lines = tmp_path / "mine.txt", tmp_path / "mine.jsonl"
    plain.write_text("one\n\ntwo\n", "utf-8")
    lines.write_text(
        '{"text": "a", "set": "x"}\n{"text": "b", "set": "x"}\n{"text": "c"}\n{"text": "d"}\n', "utf-8"
    )
    assert read_seeds(plain) == {"mine": ("one", "two")}
    assert read_seeds(lines) == {"x": ("a", "b"), "mine": ("c", "d")}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no seeds"),
        ('{"text": "a"}\n', "fewer than two"),
        ('{"text": ""}\n', ":1: expected"),
        ("[1]\n", ":1: expected"),
        ('{"text": "a"}\n{"text": "b", "set": 3}\n', ":2: expected"),
    ],
)
def test_a_file_without_seeds_is_named(text: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=named):
        read_seeds(path)


class FixedJudge:
    name, version, basis = "fixed", "1", Basis.RULES
    lineage: frozenset[str] = frozenset()

    def __init__(self, outcome: Outcome, chances: Mapping[str, float] | None = None) -> None:
        self._found = Judgement(outcome, None, "fixed", "1", chances or {})

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Takes any."""

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        assert sample.expectation.behaviour is Behaviour.DEFLECT
        assert sample.conversation == ASKED
        return self._found


@pytest.mark.parametrize(
    ("outcome", "chances", "scores"),
    [
        (Outcome.COMPLIED, {}, {"fixed": 1.0}),
        (Outcome.PARTIAL, {}, {"fixed": 0.25}),
        (Outcome.DEFLECTED, {}, {"fixed": 0.0}),
        (Outcome.INCOHERENT, {}, {"fixed": 0.0}),
        (Outcome.DEFLECTED, {"complied": 0.375, "deflected": 0.625}, {"fixed": 0.375}),
        (Outcome.ERROR, {}, {}),
    ],
)
async def test_a_judge_scores_what_should_have_been_deflected(
    outcome: Outcome, chances: Mapping[str, float], scores: Mapping[str, float]
) -> None:
    score = JudgeScore(FixedJudge(outcome, chances))
    assert score.name == "fixed@1"
    assert await score(ASKED, Completion.of_text("Yes.")) == scores


def test_a_judge_that_must_be_told_what_to_look_for_is_refused() -> None:
    class Told(FixedJudge):
        def check_args(self, args: Mapping[str, Any]) -> None:
            raise ValueError("the key 'accept' is missing")

    with pytest.raises(InputError, match="'fixed' cannot score without arguments"):
        JudgeScore(Told(Outcome.COMPLIED))


class Watching:
    def check_input(self, text: str) -> Verdict:
        raise AssertionError("it is the answer that is looked at")

    def check_output(self, text: str, context: Conversation | None = None) -> Verdict:
        assert context == ASKED
        return Verdict(Action.ALLOW, {"one": 0.25, "two": 0.75} if text else {})


async def test_a_moderator_scores_its_worst_category_and_no_picture() -> None:
    score = ModeratorScore(Watching(), "watching")
    assert await score(ASKED, Completion.of_text("Yes.")) == {"watching": 0.75}
    assert await score(ASKED, Completion()) == {"watching": 0.0}
    picture = Part.of_bytes(Modality.IMAGE, b"x", "image/png")
    assert await score(ASKED, Completion((picture,))) == {}


def test_the_embedding_is_of_spelling_and_of_unit_length() -> None:
    one, near, far = map(ngrams, ("A small red house", "a small  red houses", "Bewilderment, quickly!"))
    assert np.linalg.norm(one) == pytest.approx(1.0)
    assert distance(one, ngrams("A SMALL RED HOUSE ")) == pytest.approx(0.0)
    assert 0 < distance(one, near) < 0.3 < 0.8 < distance(one, far)
    assert distance(one, ngrams("")) == 1.0
    assert np.isfinite(ngrams("\ud800 \U0001f600")).all()
