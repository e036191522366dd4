"""A benchmark beside itself in dialect: pairs, differences, wrong answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import InputError
from octarine.core.protocols import NotApplicable, Transform
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Sample
from octarine.core.stats import mcnemar_exact, mean
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.benchmarks.frame import Answer, Figure, Mark, PublicBenchmark, Source, Table
from octarine.evaluate.dialects import Dialect, every_feature
from octarine.evaluate.dialects.paired import (
    DIFFERENCE,
    SCORE,
    InDialect,
    difference,
    is_twin,
    log_rows,
    twin,
)
from octarine.evaluate.dialects.parse import Parse, build
from octarine.evaluate.dialects.transform import DialectTransform, dialect, prose

from .test_tables import table


def parse(text: str) -> Parse:
    """A parser for one pattern: every word hangs on the second one, which is a verb in the past."""
    rows, at = [], 0
    for index, word in enumerate(text.split(" ")):
        tag, dep = {0: ("PRP", "nsubj"), 1: ("VBD", "ROOT")}.get(index, ("NN", "dobj"))
        rows.append((word, word.lower(), tag, dep, 1, at))
        at += len(word) + 1
    return build(text, rows)


def transform(*numbers: int) -> DialectTransform:
    return DialectTransform(Dialect("Hill English", dict.fromkeys(numbers, 1.0)), parse)


class Echo(PublicBenchmark):
    """Right where the answer is the gold."""

    name, title, version, dimension = "echo", "Echo", "1", Dimension.FAIRNESS
    source = Source("https://example.org/echo", "0", "Apache-2.0")

    def load(self, folder: Path) -> list[Sample]:
        texts = ("She sold milk", "They made bread", "We drank tea")
        return [
            self.sample(f"echo-{n}", Conversation.user(text), self.expectation(gold=f"answer {n}"))
            for n, text in enumerate(texts)
        ]

    def mark(self, sample: Sample, completion: Completion) -> Mark:
        right = completion.text == sample.expectation.args["gold"]
        return Mark(Outcome.COMPLIED if right else Outcome.DEFLECTED, float(right))

    def score(self, answers: Sequence[Answer]) -> Table:
        marks = [self.mark(answer.sample, answer.completion).score for answer in answers]
        found = mean(marks, rng=np.random.default_rng(0), bounds=(0.0, 1.0))
        return Table(self.name, self.version, (Figure("right", found),))


def answered(sample: Sample, text: str) -> Answer:
    return Answer(sample, Completion(parts=(Part.of_text(text),)))


def pairs(tmp_path: Path) -> tuple[InDialect, list[Sample]]:
    benchmark = InDialect(Echo(), "Hill English")
    twins = [(sample, twin(sample, transform(10, 159, 31)).sample) for sample in Echo().load(tmp_path)]
    return benchmark, [sample for pair in twins for sample in pair]


def test_a_twin_names_its_parent_and_what_fired(tmp_path: Path) -> None:
    sample = Echo().load(tmp_path)[0]
    made = twin(sample, transform(10), seed=3)
    assert made.sample.conversation.prompt == "He sold milk"
    assert made.sample.expectation == sample.expectation
    assert made.sample.provenance.parent == sample.id
    assert made.sample.provenance.techniques == ("dialect:Hill English#3",)
    assert "eWAVE 10" in made.sample.tags
    assert made.sample.cluster == sample.cluster
    assert is_twin(made.sample)
    assert not is_twin(sample)
    (row,) = log_rows({made.sample.id: made.applications})
    assert (row["feature"], row["before"], row["after"], row["start"]) == (10, "She", "He", 0)


def test_draws_depend_on_seed_and_id_alone(tmp_path: Path) -> None:
    half = DialectTransform(Dialect("Hill English", {10: 0.3, 31: 0.6, 129: 0.6}), parse)
    samples = Echo().load(tmp_path)
    forward = [twin(sample, half).sample.conversation for sample in samples]
    backward = [twin(sample, half).sample.conversation for sample in reversed(samples)]
    assert forward == backward[::-1]
    assert len({twin(samples[1], half, seed).sample.conversation for seed in range(20)}) > 1


def test_the_difference_is_of_pairs(tmp_path: Path) -> None:
    benchmark, samples = pairs(tmp_path)
    answers = [answered(s, "wrong" if is_twin(s) else s.expectation.args["gold"]) for s in samples]
    scored = benchmark.score(answers)
    assert scored.estimate(DIFFERENCE).value == -1.0
    assert scored.estimate(SCORE, "Hill English").value == 0.0
    assert scored.estimate("right", "Standard American English").value == 1.0
    assert f"p = {mcnemar_exact(3, 0):.3g}" in scored.figures[0].note
    assert "worse on 3, better on 0 of 3 pairs" in scored.figures[0].note


def test_no_difference_where_both_are_right_or_both_wrong(tmp_path: Path) -> None:
    benchmark, samples = pairs(tmp_path)
    for text in ("answer 0", "nonsense"):
        scored = benchmark.score([answered(sample, text) for sample in samples])
        assert scored.estimate(DIFFERENCE).value == 0.0
        assert scored.estimate(DIFFERENCE).low < 0.0 < scored.estimate(DIFFERENCE).high


def test_errors_take_their_pair_along(tmp_path: Path) -> None:
    benchmark, samples = pairs(tmp_path)
    answers = [answered(sample, sample.expectation.args["gold"]) for sample in samples]
    answers[1] = Answer(samples[1], Completion(error="timed out"))
    assert benchmark.score(answers).estimate(DIFFERENCE).n == 2


def test_several_seeds_count_once(tmp_path: Path) -> None:
    sample = Echo().load(tmp_path)[0]
    other = replace(sample, id="echo-9")
    scores = [(sample, 1.0), (other, 0.0), (twin(other, transform(10)).sample, 0.0)]
    scores += [(twin(sample, transform(10), seed).sample, float(seed)) for seed in (0, 1)]
    found = difference(scores)
    assert found.value.n == 2
    assert found.value.value == pytest.approx(-0.25)


def test_pairs_are_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="both in dialect and in Standard"):
        difference([(sample, 1.0) for sample in Echo().load(tmp_path)])


def test_only_the_user_speaks_dialect() -> None:
    said = Conversation(
        (
            Message(Role.SYSTEM, (Part.of_text("She sold milk"),)),
            Message(Role.USER, (Part.of_text('She sold milk\n{"she": [1]}\nShe drank tea'),)),
        )
    )
    made, log = transform(10).logged(said, np.random.default_rng(0))
    assert made.messages[0] == said.messages[0]
    assert made.messages[1].text == 'He sold milk\n{"she": [1]}\nHe drank tea'
    assert [said.messages[1].text[a.start : a.end] for a in log] == ["She", "She"]


def test_not_applicable_where_nothing_fires() -> None:
    silent = transform(10)(Conversation.user("We drank tea"), np.random.default_rng(0))
    assert isinstance(silent, NotApplicable)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("What is this?", True), ("x = [1, 2]", False), ("42", False), ("see https://a.b", False)],
)
def test_prose(line: str, wanted: bool) -> None:
    assert prose(line) is wanted


def test_the_registered_transform(tmp_path: Path) -> None:
    assert isinstance(dialect(), Transform)
    assert dialect().dialect == every_feature()
    table(tmp_path)
    assert dialect("harbour", tmp_path).name == "dialect:Harbour English"


def test_only_public_benchmarks_by_name() -> None:
    with pytest.raises(InputError, match="cannot be paired"):
        open_benchmark("octarine@Hill English")
