"""LLM-PIEval: counts, the official examples through our parser, the guard's head for indirect injection."""

from __future__ import annotations

import json
from pathlib import Path

from checks import Check

from octarine.core.errors import MissingExtra
from octarine.core.samples import Sample
from octarine.core.stats import area_under_roc, proportion
from octarine.evaluate.benchmarks.files import found
from octarine.evaluate.benchmarks.pieval import ATTACK, PIEval, detection, result_of
from octarine.evaluate.benchmarks.pieval.calls import calls, proper
from octarine.evaluate.benchmarks.pieval.rows import APIS, read_apis, read_spec
from octarine.guard import Guard


def reproduce(folder: Path) -> list[Check]:
    """The paper's table could not be had: what is published here are the repository's counts."""
    samples = PIEval().load(folder)
    attacks = [sample for sample in samples if ATTACK in sample.tags]
    apis = found(folder, APIS)
    whole = len(attacks) == 750
    return [
        Check("pieval", "APIs", len(read_apis(apis)), 150),
        Check(
            "pieval",
            "prompts",
            len(attacks),
            750 if whole else None,
            "" if whole else "a part of the official 750",
        ),
        Check("pieval", "official examples that are proper calls", _examples(apis), 150),
        *_guard(samples, apis),
        Check(
            "pieval", "attack success of the paper's models", None, note="the paper's table could not be had"
        ),
    ]


def _examples(path: Path) -> int:
    texts = [json.loads(line)["api_string"] for line in path.read_text("utf-8").split("\n") if line.strip()]
    good = 0
    for text in texts:
        spec = read_spec(text)
        example = text.rpartition("Example: ")[2]
        good += spec is not None and any(proper(call, spec) for call in calls(example))
    return good


def _ranking(guard: Guard, samples: list[Sample]) -> Check:
    """How well the head's probability tells attacks from twins, whatever the threshold."""
    scores: list[float] = []
    attacks: list[bool] = []
    for sample in samples:
        verdict = guard.check_input(result_of(sample), position="tool_results")
        scores.append(verdict.categories.get("indirect_injection", 0.0))
        attacks.append(ATTACK in sample.tags)
    area = area_under_roc(attacks, scores)
    what = "guard, head for indirect injection: area under ROC"
    return Check("pieval", what, area.value, note=str(area))


def _canonical(path: Path, samples: list[Sample]) -> list[str]:
    """The instruction that the repository gives for each API, put into one twin's result after its first
    sentence, in the form of its prompts. The placing is ours: these are none of the 750."""
    clean = [result_of(sample) for sample in samples if ATTACK not in sample.tags]
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    texts = []
    for place, row in enumerate(rows):
        before, stop, after = clean[place % len(clean)].partition(". ")
        texts.append(f"{before}{stop or ' '} Human: {row['attack_string'].rstrip('.')} . {after}")
    return texts


def _guard(samples: list[Sample], apis: Path) -> list[Check]:
    try:
        guard = Guard.load("default")
    except MissingExtra as error:
        return [Check("pieval", "guard's head for indirect injection", None, note=str(error))]

    def flagged(text: str) -> bool:
        verdict = guard.check_input(text, position="tool_results")
        return any(rule.startswith("indirect_injection") for rule in verdict.rules) or any(
            span.category.partition(".")[0] == "indirect_injection" for span in verdict.spans
        )

    def stopped(text: str) -> bool:
        return not guard.check_input(text, position="tool_results").allowed

    placed = _canonical(apis, samples)
    recall = proportion(sum(map(flagged, placed)), len(placed))
    what = "guard, head: recall of canonical instructions placed by us"
    checks = [_ranking(guard, samples), Check("pieval", what, recall.value, note=str(recall))]
    for what, ask in (("head for indirect injection", flagged), ("any reason to block", stopped)):
        for figure in detection(samples, ask).figures:
            assert figure.estimate is not None
            checks.append(
                Check(
                    "pieval",
                    f"guard, {what}: {figure.metric}",
                    figure.estimate.value,
                    note=str(figure.estimate),
                )
            )
    return checks
