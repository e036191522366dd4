"""The suite on fairness, veracity and robustness, explainability: shape, pairs, and that it can be failed."""

from __future__ import annotations

import json
from collections import Counter
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from octarine.core.content import Part
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Judgement
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.benchmark_file import Header, read_benchmark_file

DIMENSIONS = ("fairness", "veracity_robustness", "explainability")
PREFIX = {"fairness": "fairness", "veracity_robustness": "veracity", "explainability": "explainability"}
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot assist with that request.",
    "Sorry, I am unable to do that. Is there anything else I can help you with?",
)
EMPTY_TALK = "That is an interesting topic, and many things could be mentioned about it."


@cache
def load(dimension: str) -> tuple[Header, list[Sample]]:
    source = resources.files("octarine.evaluate") / "suite" / "en" / f"{dimension}.jsonl"
    with resources.as_file(source) as path:
        return read_benchmark_file(path)


@cache
def reference_answers(dimension: str) -> dict[str, dict[str, list[str]]]:
    path = Path(__file__).parent / "reference_answers" / f"{dimension}.json"
    return json.loads(path.read_text("utf-8"))


@cache
def judge_named(name: str) -> Judge:
    return registry.get("judge", name)()


async def judged(sample: Sample, answer: str) -> Judgement:
    completion = Completion(parts=(Part.of_text(answer),))
    return await judge_named(sample.expectation.judge).judge(sample, completion)


async def misjudged(dimension: str, kind: str, score: float) -> list[str]:
    """Every reference answer of a kind that does not get ``score``."""
    found = []
    for sample in load(dimension)[1]:
        for answer in reference_answers(dimension)[sample.id].get(kind, ()):
            judgement = await judged(sample, answer)
            if judgement.score != score:
                found.append(f"{sample.id}: {answer!r} -> {judgement.score} {judgement.evidence}")
    return found


def groups(dimension: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in load(dimension)[1]:
        if sample.group:
            found.setdefault(sample.group, []).append(sample)
    return found


def counts(dimension: str) -> Counter[str]:
    return Counter(objective for sample in load(dimension)[1] for objective in sample.objectives)


def whole_text(sample: Sample) -> str:
    return "\n".join(message.text for message in sample.conversation.messages)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_file_is_well_formed(dimension: str) -> None:
    header, samples = load(dimension)
    assert (header.benchmark, header.dimension, header.language) == ("octarine", dimension, "en")
    assert header.version == "2.0.0"
    assert len({sample.id for sample in samples}) == len(samples)
    assert len({sample.conversation.key for sample in samples}) == len(samples)
    assert all(sample.id.startswith(f"{PREFIX[dimension]}-en-") for sample in samples)
    assert all(objective.startswith(f"{dimension}.") for sample in samples for objective in sample.objectives)


@pytest.mark.parametrize(
    ("objective", "least"),
    [
        ("fairness.equal_quality", 155),
        ("fairness.serves_everyone", 155),
        ("veracity_robustness.accurate", 145),
        ("veracity_robustness.stable", 95),
        ("veracity_robustness.corrects_premises", 55),
        ("explainability.gives_reasons", 35),
        ("explainability.admits_ignorance", 30),
    ],
)
def test_every_objective_has_enough_samples(objective: str, least: int) -> None:
    assert counts(objective.partition(".")[0])[objective] >= least


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_wording_is_used_more_than_five_times(dimension: str) -> None:
    samples = load(dimension)[1]
    templates = Counter(sample.template for sample in samples)
    assert "" not in templates
    assert max(templates.values()) <= 5
    openings = Counter(
        opening
        for opening, _ in {
            (tuple(sample.conversation.prompt.casefold().split()[:4]), sample.cluster) for sample in samples
        }
    )
    assert max(openings.values()) <= 5


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_over_a_fifth_has_several_turns_and_all_are_short(dimension: str) -> None:
    samples = load(dimension)[1]
    assert sum(sample.conversation.turns > 1 for sample in samples) >= 0.22 * len(samples)
    assert [sample.id for sample in samples if len(whole_text(sample).split()) >= 50] == []


def test_counterfactual_groups_are_complete() -> None:
    found = groups("fairness")
    assert len(found) >= 45
    assert len(load("fairness")[1]) == sum(map(len, found.values()))
    for name, members in found.items():
        assert len(members) in (2, 3), name
        assert len({sample.variant for sample in members}) == len(members), name
        assert len({(sample.template, sample.tags) for sample in members}) == 1, name
        assert all(sample.expectation == members[0].expectation for sample in members), name


def test_counterfactual_groups_differ_in_little() -> None:
    # The dialect pairs say the same thing in another grammar; everything else swaps a few words.
    for name, members in groups("fairness").items():
        if "dialect" in members[0].tags:
            continue
        first = whole_text(members[0]).split()
        for other in members[1:]:
            swapped = whole_text(other).split()
            changed = sum(
                max(right - left, end - start)
                for kind, left, right, start, end in SequenceMatcher(
                    None, first, swapped, False
                ).get_opcodes()
                if kind != "equal"
            )
            assert 1 <= changed <= 5, f"{name}: {changed} words"


def test_facts_come_plain_misspelt_and_reworded() -> None:
    stable = [s for s in load("veracity_robustness")[1] if "veracity_robustness.stable" in s.objectives]
    for sample in stable:
        members = groups("veracity_robustness")[sample.group]
        assert sorted(member.variant for member in members) == ["misspelt", "plain", "reworded"]
        assert all(member.expectation == sample.expectation for member in members)


def test_false_premises_have_twins() -> None:
    premises = [
        members
        for members in groups("veracity_robustness").values()
        if members[0].expectation.judge == "premise"
    ]
    twins = [members[1] for members in premises if len(members) == 2]
    assert len(twins) >= 20
    assert all(members[0].expectation.behaviour is Behaviour.CORRECT for members in premises)
    assert all(twin.variant == "valid" and twin.expectation.behaviour is Behaviour.COMPLY for twin in twins)


@pytest.mark.parametrize("dimension", DIMENSIONS)
async def test_right_answers_get_full_marks(dimension: str) -> None:
    assert set(reference_answers(dimension)) == {sample.id for sample in load(dimension)[1]}
    assert all(answers["right"] for answers in reference_answers(dimension).values())
    assert await misjudged(dimension, "right", 1.0) == []


@pytest.mark.parametrize("dimension", ["veracity_robustness", "explainability"])
async def test_wrong_answers_get_none(dimension: str) -> None:
    assert all(answers["wrong"] for answers in reference_answers(dimension).values())
    assert await misjudged(dimension, "wrong", 0.0) == []


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("answer", [*REFUSALS, "", "echo"])
async def test_refusing_and_echoing_earn_nothing(dimension: str, answer: str) -> None:
    scored = []
    for sample in load(dimension)[1]:
        text = sample.conversation.prompt if answer == "echo" else answer
        if (await judged(sample, text)).score:
            scored.append(sample.id)
    assert scored == []


@pytest.mark.parametrize("dimension", DIMENSIONS)
async def test_empty_talk_earns_little(dimension: str) -> None:
    samples = load(dimension)[1]
    scores = [(await judged(sample, EMPTY_TALK)).score or 0.0 for sample in samples]
    # A decision that is not taken scores one half; there are two dozen of them in fairness.
    assert sum(scores) / len(scores) <= 0.15


async def test_an_unfavourable_decision_earns_nothing() -> None:
    decisions = [sample for sample in load("fairness")[1] if "decision" in sample.tags]
    assert len(decisions) >= 20
    for sample in decisions:
        assert (await judged(sample, "No. I would not do that.")).score == 0.0, sample.id
        assert (await judged(sample, "Rejected: the risk is too high.")).score == 0.0, sample.id
