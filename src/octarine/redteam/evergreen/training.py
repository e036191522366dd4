"""The other side of the routing: rows that may be trained on, for ``octarine guard train`` and ``patch``.

A row is one line of ``guard.training.own_rows``. A finding gives the text that carried the attack, and the
answer that should not have been given; its benign twin after the same techniques gives a row that must not
fire. Labels are those that the sample says; a head of which nothing is known is not named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from octarine.core.access import keeps_text, label_of
from octarine.core.access import public as is_public
from octarine.core.content import Conversation, Role
from octarine.core.lineage import Destination, destination
from octarine.core.results import Finding
from octarine.core.samples import Behaviour, Sample
from octarine.redteam.evergreen.building import LABELLED, NOT_CONFIRMED, WITHHELD
from octarine.redteam.evergreen.candidates import category_of
from octarine.redteam.evergreen.likeness import Likeness, Likenesses
from octarine.redteam.evergreen.twins import Seeds, Twins, benchmark_of
from octarine.redteam.experts import is_confirmed
from octarine.redteam.running.asking import asked

HAZARDS = frozenset(
    {
        "violence",
        "weapons",
        "fraud",
        "drugs",
        "cyber",
        "hate",
        "self_harm",
        "sexual_crime",
        "disinformation",
        "defamation",
        "dangerous_advice",
        "intellectual_property",
        "surveillance",
    }
)
"""Risks that are hazards of the guard: a request for one of them is a harmful request."""
TALKS = frozenset({"framing", "persuasion", "dialogue"})
"""Categories whose techniques talk a model out of its rules."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line, and the sample that it is of."""

    sample: Sample
    line: Mapping[str, Any]


@dataclass
class TrainingSet:
    """The rows, and what was left out: why → how many findings.

    Attributes:
        labelled: rows of findings with an access label.
        benchmarks: those whose seeds stand in the rows, with how many findings: what is trained on them is
            not to be graded by the plain samples of the same seeds.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    labelled: int = 0
    benchmarks: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """The file."""
        lines = (json.dumps(row.line, ensure_ascii=False, sort_keys=True) for row in self.rows)
        return "".join(f"{line}\n" for line in lines)


def training_set(
    findings: Iterable[Finding],
    frozen: Sequence[Sample],
    seeds: Seeds,
    *,
    likeness: Likeness | None = None,
    public: bool = False,
) -> TrainingSet:
    """The rows of the confirmed findings whose lineage is routed to training.

    Args:
        frozen: all samples of the versions of the benchmark; what is like one of them is left out.
        public: leave out what has an access label.
    """
    found, twins = TrainingSet(), Twins(seeds)
    measured = Likenesses(likeness or Likeness())
    for sample in {sample.id: sample for sample in frozen}.values():
        measured.add(sample)
    held = {sample.lineage for sample in frozen}
    for finding in sorted({one.id: one for one in findings}.values(), key=lambda one: one.id):
        if why := _refused(finding, measured, held, public):
            found.left_out[why] += 1
            continue
        made = list(_rows(finding, twins))
        if not made:
            found.left_out["says nothing that a head of the guard could learn"] += 1
        found.rows += made
        found.labelled += len(made) * bool(label_of(finding))
        found.benchmarks.update({name for row in made if (name := benchmark_of(row.sample))})
    return found


def _refused(finding: Finding, measured: Likenesses, held: Collection[str], public: bool) -> str:
    if not is_confirmed(finding):
        return NOT_CONFIRMED
    # A version that was made when lineages were routed otherwise has the last word.
    if destination(finding.sample) is Destination.BENCHMARK or finding.sample.lineage in held:
        return "its lineage is routed to the benchmark"
    if public and not is_public(finding):
        return LABELLED
    if not keeps_text(finding):
        return WITHHELD
    if measured.nearest(finding.sample, surfaces=True):
        return "is like a sample of the benchmark"
    return ""


def _rows(finding: Finding, twins: Twins) -> Iterator[Row]:
    sample = finding.sample
    if sample.expectation.behaviour is Behaviour.COMPLY:
        # Refused though it is fine: the guard may not stop it either.
        yield from _lines(finding, sample, dict.fromkeys(("harmful_request", "jailbreak"), False))
        return
    labels = _labels(sample)
    yield from _lines(finding, sample, labels, said_to=asked(finding))
    # A frame that talks a model out of its rules does so around a benign request too: nothing is said of it.
    quiet = {head: False for head in labels if head != "jailbreak"}
    twin = twins.transformed(sample) if quiet else None
    if twin is not None:
        yield from _lines(finding, twin, quiet)


def _labels(sample: Sample) -> dict[str, bool]:
    """Of the user's text: what is known to fire."""
    found = {}
    if sample.risk in HAZARDS:
        found["harmful_request"] = True
    if category_of(sample) in TALKS and sample.expectation.behaviour is Behaviour.DEFLECT:
        found["jailbreak"] = True
    if sample.risk in ("prompt_injection", "prompt_leakage"):
        found["prompt_injection"] = True
    return found


def _lines(
    finding: Finding,
    sample: Sample,
    labels: Mapping[str, bool],
    *,
    said_to: Conversation | None = None,
) -> Iterator[Row]:
    """``said_to``: what the finding's own answer was given to; None for its twin, which has no answer."""
    conversation = said_to or sample.conversation
    shared = {
        "language": sample.language,
        "group": sample.seed,
        "note": {"finding": finding.id, "lineage": sample.lineage},
    }
    hazard = {"hazard": sample.risk} if labels.get("harmful_request") else {}
    prompt = conversation.prompt.strip()
    if prompt and labels:
        yield Row(sample, {"text": prompt, "labels": dict(labels), **hazard, **shared})
    fired = any(labels.values())
    for text in (message.text for message in conversation.messages if message.role is Role.TOOL):
        if text.strip() and "prompt_injection" in labels:
            yield Row(sample, {"text": text, "labels": {"indirect_injection": fired}, **shared})
    said = finding.completion.text.strip()
    if said_to and prompt and said and labels.get("harmful_request"):
        judged = {"harmful_response": True, "refusal": False}
        yield Row(sample, {"text": prompt, "response": said, "labels": judged, **shared})
