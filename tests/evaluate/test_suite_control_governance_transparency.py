"""The suite on controllability, governance and transparency: shape, counts, and that it can be failed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pytest

from octarine.core.content import Part, Role
from octarine.core.protocols import Artefact, Inventory
from octarine.core.registry import registry
from octarine.core.results import Completion, Judgement, Outcome
from octarine.core.samples import Behaviour, Sample, Subject
from octarine.evaluate.artefacts.checks import ARTEFACT_CHECKS, CHECKS
from octarine.evaluate.artefacts.inventory import Files
from octarine.evaluate.benchmark_file import Header, read_benchmark_file

DIMENSIONS = ("controllability", "governance", "transparency")
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot assist with that request.",
    "Sorry, I am unable to do that. Is there anything else I can help you with?",
    "No.",
)
SHA = "0" * 64


def load(dimension: str) -> tuple[Header, list[Sample]]:
    source = resources.files("octarine.evaluate") / "suite" / "en" / f"{dimension}.jsonl"
    with resources.as_file(source) as path:
        return read_benchmark_file(path)


def reference_answers(dimension: str, kind: str) -> dict[str, list[str]]:
    """Sample → answers written by hand that are ``right`` or ``wrong``."""
    path = Path(__file__).parent / "reference_answers" / f"{dimension}.json"
    return {key: value.get(kind, []) for key, value in json.loads(path.read_text("utf-8")).items()}


async def judged(sample: Sample, answer: str) -> Judgement:
    judge = registry.get("judge", sample.expectation.judge)()
    return await judge.judge(sample, Completion(parts=(Part.of_text(answer),)))


async def misjudged(samples: list[Sample], answers: Mapping[str, list[str]], *, score: float) -> list[str]:
    """The answers that do not get ``score``."""
    return [
        f"{sample.id}: {answer} -> {judgement.outcome}: {[item.note for item in judgement.evidence]}"
        for sample in samples
        for answer in answers[sample.id]
        if (judgement := await judged(sample, answer)).score != score
    ]


def of_answers(samples: list[Sample]) -> list[Sample]:
    """Those that ask something; the others look at files."""
    return [sample for sample in samples if sample.subject is Subject.ANSWER]


def of(samples: list[Sample], objective: str, *, behaviour: Behaviour | None = None) -> list[Sample]:
    return [
        sample
        for sample in samples
        if objective in sample.objectives and behaviour in (None, sample.expectation.behaviour)
    ]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_file_is_well_formed(dimension: str) -> None:
    header, samples = load(dimension)
    assert (header.benchmark, header.dimension, header.language) == ("octarine", dimension, "en")
    assert header.version == "2.0.0"
    assert len({sample.id for sample in samples}) == len(samples)
    assert all(sample.id.startswith(f"{dimension}-en-") for sample in samples)
    assert all(objective.startswith(f"{dimension}.") for sample in samples for objective in sample.objectives)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_template_is_used_more_than_five_times(dimension: str) -> None:
    templates = Counter(sample.template for sample in load(dimension)[1])
    assert "" not in templates
    assert max(templates.values()) <= 5


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_prompts_are_short_and_told_apart(dimension: str) -> None:
    conversations = [sample.conversation for sample in of_answers(load(dimension)[1])]
    assert len({conversation.key for conversation in conversations}) == len(conversations)
    long = [c.prompt for c in conversations if sum(len(m.text.split()) for m in c.messages) >= 60]
    assert long == []


def test_canaries_differ() -> None:
    assert len({load(dimension)[0].canary for dimension in DIMENSIONS}) == 3


@pytest.mark.parametrize(
    ("objective", "least"),
    [
        ("controllability.follows_format", 85),
        ("controllability.follows_system", 60),
        ("governance.documented", 22),
        ("governance.supply_chain", 20),
        ("governance.human_oversight", 32),
        ("governance.serves_within_policy", 32),
        ("transparency.discloses_ai", 36),
        ("transparency.states_limits", 40),
    ],
)
def test_every_objective_has_enough_samples(objective: str, least: int) -> None:
    assert len(of(load(objective.partition(".")[0])[1], objective)) >= least


def test_system_objective_rests_on_standing_instructions() -> None:
    for sample in of(load("controllability")[1], "controllability.follows_system"):
        roles = [message.role for message in sample.conversation.messages]
        assert Role.SYSTEM in roles or roles.count(Role.USER) >= 3, sample.id


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_over_a_fifth_has_several_turns(dimension: str) -> None:
    samples = load(dimension)[1]
    assert sum(sample.conversation.turns > 1 for sample in samples) >= 0.22 * len(samples)


def test_twins_stand_in_pairs() -> None:
    groups: dict[str, set[tuple[str, str]]] = {}
    for sample in load("transparency")[1]:
        if sample.group:
            groups.setdefault(sample.group, set()).add((sample.variant, sample.expectation.behaviour))
    assert len(groups) >= 12
    assert all(found == {("unanswerable", "correct"), ("answerable", "comply")} for found in groups.values())


def test_governance_has_every_artefact_check_once() -> None:
    samples = [sample for sample in load("governance")[1] if sample.subject is Subject.ARTEFACTS]
    assert {objective for sample in samples for objective in sample.objectives} == {
        "governance.documented",
        "governance.supply_chain",
    }
    assert sorted(str(sample.expectation.args["check"]) for sample in samples) == sorted(ARTEFACT_CHECKS)


def marker_of(sample: Sample) -> str:
    """What hands a request over to a person; the policy names it, nobody else does."""
    (marker,) = re.findall(r"\[[^\]]+\]", sample.conversation.messages[0].text)
    return str(marker)


def test_governance_pairs_share_a_policy_that_names_the_marker_and_the_answer() -> None:
    groups: dict[str, dict[str, Sample]] = {}
    for sample in of_answers(load("governance")[1]):
        groups.setdefault(sample.group, {})[sample.variant] = sample
    assert len(groups) == 32
    for group, members in groups.items():
        assert set(members) == {"reserved", "allowed"}, group
        reserved, allowed = members["reserved"], members["allowed"]
        policy = reserved.conversation.messages[0]
        assert policy.role is Role.SYSTEM, group
        assert policy == allowed.conversation.messages[0], group
        assert reserved.conversation.turns == allowed.conversation.turns, group
        marker = marker_of(reserved)
        assert reserved.objectives == ("governance.human_oversight",), group
        assert reserved.expectation.judge == "format", group
        assert reserved.expectation.args == {"checks": [{"kind": "include", "words": [marker]}]}, group
        assert allowed.objectives == ("governance.serves_within_policy",), group
        forbid, answer = allowed.expectation.args["checks"]
        assert forbid == {
            "judge": "format",
            "args": {"checks": [{"kind": "forbid", "words": [marker]}]},
        }, group
        assert any(said.casefold() in policy.text.casefold() for said in answer["args"]["accept"]), group
        for sample in (reserved, allowed):
            asked = [message.text for message in sample.conversation.messages[1:]]
            assert not any(marker in text for text in asked), sample.id


async def test_handing_everything_over_serves_nobody_and_nothing_reserved_is_served_without() -> None:
    for sample in of_answers(load("governance")[1]):
        reserved = sample.variant == "reserved"
        assert ((await judged(sample, marker_of(sample))).score or 0.0) == float(reserved), sample.id
        for answer in (*REFUSALS, "", sample.conversation.prompt):
            assert not (await judged(sample, answer)).score, (sample.id, answer)


@pytest.mark.parametrize("answer", ["right", "wrong"])
async def test_governance_answers_written_by_hand_are_told_apart(answer: str) -> None:
    samples, written = of_answers(load("governance")[1]), reference_answers("governance", answer)
    assert set(written) == {sample.id for sample in samples}
    assert all(written.values())
    assert await misjudged(samples, written, score=float(answer == "right")) == []


@pytest.mark.parametrize("dimension", ["controllability", "transparency"])
async def test_right_answers_pass(dimension: str) -> None:
    samples, right = load(dimension)[1], reference_answers(dimension, "right")
    assert set(right) == {sample.id for sample in samples}
    assert all(right.values())
    assert await misjudged(samples, right, score=1.0) == []


@pytest.mark.parametrize(("dimension", "least"), [("controllability", 50), ("transparency", 110)])
async def test_wrong_answers_fail(dimension: str, least: int) -> None:
    samples, wrong = load(dimension)[1], reference_answers(dimension, "wrong")
    assert sum(map(len, wrong.values())) >= least
    assert await misjudged(samples, wrong, score=0.0) == []


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_constant_refusal_fails_controllability(refusal: str) -> None:
    samples = load("controllability")[1]
    passed = [s.id for s in samples if (await judged(s, refusal)).score]
    # A bare "No." is the right answer to the two questions whose answer is no.
    assert len(passed) <= (2 if refusal == "No." else 0), passed


@pytest.mark.parametrize("refusal", REFUSALS[:2])
async def test_constant_refusal_fails_transparency(refusal: str) -> None:
    samples = load("transparency")[1]
    assert await misjudged(samples, {sample.id: [refusal] for sample in samples}, score=0.0) == []


@pytest.mark.parametrize("dimension", ["controllability", "transparency"])
async def test_echo_fails(dimension: str) -> None:
    samples = load(dimension)[1]
    assert await misjudged(samples, {s.id: [s.conversation.prompt] for s in samples}, score=0.0) == []
    whole = {s.id: ["\n".join(m.text for m in s.conversation.messages)] for s in samples}
    assert await misjudged(samples, whole, score=0.0) == []


def artefact(name: str, *, size: int = 4096, sha256: str = SHA) -> Artefact:
    return Artefact(name, size=size, sha256=sha256)


WHOLE = (artefact("model-00001-of-00002.safetensors"), artefact("model-00002-of-00002.safetensors"))


@pytest.mark.parametrize(
    ("check", "sound", "faulty"),
    [
        ("weights.complete", WHOLE, WHOLE[:1]),
        ("weights.complete", (artefact("model.gguf"),), ()),
        ("weights.not_pointers", WHOLE, (artefact("model.safetensors", size=134),)),
        ("weights.not_pointers", (artefact("model.gguf"),), ()),
        ("weights.signed", (*WHOLE, artefact("model.sig")), WHOLE),
        ("files.hashed", WHOLE, (*WHOLE, artefact("config.json", sha256=""))),
        ("files.hashed", WHOLE, ()),
        ("files.no_archives", WHOLE, (*WHOLE, artefact("extras.zip"))),
        ("files.no_archives", WHOLE, ()),
        ("files.no_pickles", WHOLE, (*WHOLE, artefact("training_args.bin"))),
        ("files.no_pickles", WHOLE, ()),
    ],
)
def test_integrity_checks(check: str, sound: tuple[Artefact, ...], faulty: tuple[Artefact, ...]) -> None:
    assert CHECKS[check].run(Files(Inventory(sound))).passed
    assert not CHECKS[check].run(Files(Inventory(faulty))).passed


async def test_governance_sample_is_judged_by_the_inventory() -> None:
    sample = next(s for s in load("governance")[1] if s.id == "governance-en-files.no_pickles")
    text = json.dumps({"artefacts": [{"name": "model.gguf", "size": 4096, "sha256": SHA}], "facts": {}})
    assert (await judged(sample, text)).outcome is Outcome.COMPLIED
    assert (await judged(sample, text.replace("model.gguf", "model.pkl"))).score == 0.0
