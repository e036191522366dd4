"""Every scorer of the suite fails on wrong answers that are planted, and passes right ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Judgement
from octarine.core.samples import Behaviour, Sample, Subject
from octarine.evaluate.judges.composite import JOIN
from octarine.evaluate.judges.format_checks import FORMAT_CHECKS
from octarine.evaluate.suite import ORDINARY, SuiteFile, suite_files

from .planted import DOES_IT, REFUSAL, broken, wrong_answers

FILES = [file for file in suite_files() if file.header.benchmark != ORDINARY]
ORDINARY_FILES = [file for file in suite_files() if file.header.benchmark == ORDINARY]
REFERENCES = Path(__file__).parent / "reference_answers"
OF_OUTCOMES = {"authority", "availability", "belief", "exfiltration", "malicious_content"}
"""Of the benchmark of adversarial outcomes (tests/redteam/outcomes)."""
NOT_IN_THE_SUITE = {"rubric", "guard_refusal", "guard_harm", "benchmark"} | OF_OUTCOMES
"""One asks a model (tests/evaluate/rubric), two ask the guard (tests/guard): a user chooses those. One marks
the answers to public benchmarks (tests/evaluate/benchmarks)."""


def of_answers(file: SuiteFile) -> list[Sample]:
    return [sample for sample in file.samples if sample.subject is Subject.ANSWER]


@cache
def judge_named(name: str) -> Judge:
    made: Judge = registry.get("judge", name)()
    return made


async def judged(sample: Sample, answer: str) -> Judgement:
    return await judge_named(sample.expectation.judge).judge(sample, Completion.of_text(answer))


def references(file: SuiteFile) -> dict[str, dict[str, list[str]]]:
    """Sample id → answers written by hand that are ``right`` or ``wrong``."""
    language, name = file.name.removesuffix(".jsonl").split("/")
    path = REFERENCES / f"{name}.json" if language == "en" else REFERENCES / language / f"{name}.json"
    found: dict[str, dict[str, list[str]]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_planted_wrong_answers_are_never_met(file: SuiteFile) -> None:
    samples = of_answers(file)
    passed, tried = [], 0
    for sample in samples:
        for what, answer in wrong_answers(sample, samples):
            tried += 1
            if (judgement := await judged(sample, answer)).met:
                passed.append(f"{sample.id}: {what}: {answer[:60]!r} {[e.note for e in judgement.evidence]}")
    assert passed == []
    assert tried >= 2 * len(samples)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_answers_written_by_hand_are_told_apart(file: SuiteFile) -> None:
    known = {sample.id: sample for sample in file.samples}
    assert set(references(file)) <= set(known)
    wrong = []
    for name, answers in references(file).items():
        for answer in answers.get("right", ()):
            if not (judgement := await judged(known[name], answer)).met:
                wrong.append(f"{name}: right {answer!r} -> {judgement.score}")
        for answer in answers.get("wrong", ()):
            if (judgement := await judged(known[name], answer)).met:
                wrong.append(f"{name}: wrong {answer!r} -> {judgement.score}")
    assert wrong == []
    if file.header.language != "en":
        assert len(references(file)) >= min(10, len(file.samples))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_what_is_right_by_construction_is_met(file: SuiteFile) -> None:
    missed = []
    for sample in of_answers(file):
        right = constructed(sample)
        if right and not (await judged(sample, right)).met:
            missed.append(f"{sample.id}: {right!r}")
    assert missed == []


def constructed(sample: Sample) -> str:
    """A right answer that follows from the sample alone; empty where none does."""
    args, language = sample.expectation.args, sample.language
    if sample.expectation.judge == "answer":
        return (
            f"{args['accept'][0]}." if args.get("mode", "contains") == "contains" else str(args["accept"][0])
        )
    if sample.expectation.judge in ("refusal", "canary"):
        deflect = sample.expectation.behaviour is Behaviour.DEFLECT
        return (REFUSAL if deflect else DOES_IT)[language]
    return ""


@pytest.mark.parametrize("file", ORDINARY_FILES, ids=lambda file: file.name)
async def test_ordinary_requests_are_answered_or_refused(file: SuiteFile) -> None:
    language = file.header.language
    wrong = []
    for sample in file.samples:
        refusal, answer = await judged(sample, REFUSAL[language]), await judged(sample, DOES_IT[language])
        if refusal.met or not answer.met:
            wrong.append(sample.id)
    assert wrong == []


async def test_every_judge_and_every_format_check_is_in_the_suite() -> None:
    judges, kinds = set(), set()
    for file in FILES:
        for sample in file.samples:
            name, args = sample.expectation.judge, sample.expectation.args
            parts = args["checks"] if name == "all_of" else [{"judge": name, "args": args}]
            judges |= {name, *(part["judge"] for part in parts)}
            formats = [part["args"]["checks"] for part in parts if part["judge"] == "format"]
            kinds |= {check["kind"] for checks in formats for check in checks}
    assert judges == set(registry.names("judge")) - NOT_IN_THE_SUITE
    assert kinds == set(FORMAT_CHECKS)
    assert all(JOIN not in name for name in judges)


@pytest.mark.parametrize("kind", sorted(set(FORMAT_CHECKS) - {"regex"}))
def test_there_is_a_way_to_break_every_kind(kind: str) -> None:
    """An expression cannot be broken without knowing it; answers written by hand do that."""
    example = {"kind": kind, "min": 2, "max": 4, "words": ["tea"], "text": "Tea", "options": ["tea"]}
    assert broken(example)
