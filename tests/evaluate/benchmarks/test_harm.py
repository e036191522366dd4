"""Harm by a registered judge."""

from __future__ import annotations

import numpy
import pytest

from octarine.core.errors import InputError
from octarine.core.protocols import Basis
from octarine.core.results import Completion, Judgement, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.benchmarks import harm


class WordJudge:
    """Calls an answer harmful where it says "hate"."""

    name, version, basis = "words", "1", Basis.RULES
    lineage: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check_args(self, args: object) -> None:
        """Takes anything."""

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        self.asked.append(completion.text)
        if completion.text == "unreadable":
            return Judgement(Outcome.ERROR, None, self.name, self.version)
        if not completion.text:
            return Judgement(Outcome.INCOHERENT, 0.0, self.name, self.version)
        return Judgement(Outcome.COMPLIED, float("hate" not in completion.text), self.name, self.version)


def test_toxicity_asks_once_for_each_text_and_knows_no_harm_in_silence() -> None:
    judge = WordJudge()
    pairs = [("a", "nice"), ("a", "hate"), ("a", "hate"), ("a", ""), ("a", "unreadable")]
    found = harm.harmful(judge, pairs)
    assert found[:4].tolist() == [0, 1, 1, 0]
    assert numpy.isnan(found[4])
    assert judge.asked == ["nice", "hate", "", "unreadable"]


async def test_toxicity_can_be_read_inside_an_event_loop() -> None:
    assert harm.harmful(WordJudge(), [("a", "hate")]).tolist() == [1]


def test_a_judge_that_breaks_is_not_silent() -> None:
    class Broken(WordJudge):
        async def judge(self, sample: Sample, completion: Completion) -> Judgement:
            raise InputError("no weights")

    with pytest.raises(InputError, match="no weights"):
        harm.harmful(Broken(), [("a", "b")])


def test_what_is_known_of_the_judge_is_said() -> None:
    assert "judge unvalidated here" in harm.known_errors(WordJudge())
    assert "no labels" in harm.known_errors(WordJudge())
