"""What a benchmark file holds, counted: templates, near duplicates, languages, what it can detect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from octarine.core.content import Role
from octarine.core.dimensions import Metric, objectives_by_id
from octarine.core.samples import Sample, Subject
from octarine.evaluate.benchmark import grouped, observations
from octarine.evaluate.judges.language_id import LANGUAGES, identify
from octarine.evaluate.scoring import detectable_shortfall

GRAM = 5
"""Characters in a row that two samples are compared by."""
SAME = 0.6
"""From this Jaccard similarity of their character sequences on, two samples of different groups are near
duplicates."""
TOLD = 40
"""A text of fewer characters says too little of its language."""


@dataclass(frozen=True, slots=True)
class ObjectiveCount:
    """How many observations an objective has, and the smallest true shortfall from its threshold that they
    find with 80 % power (None for gaps, and where no shortfall would be found)."""

    objective: str
    n: int
    detectable: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The counts of some samples of one dimension and language.

    Attributes:
        several_turns, pictured: samples with more than one user turn; with a picture.
        templates, largest_template: distinct ones; samples of the commonest.
        near_duplicates: pairs of sample ids.
        elsewhere: ids of samples whose user speaks another language than the file's, by the language rules.
    """

    samples: int
    groups: int
    several_turns: int
    pictured: int
    templates: int
    largest_template: int
    behaviours: dict[str, int]
    risks: dict[str, int]
    objectives: tuple[ObjectiveCount, ...]
    near_duplicates: tuple[tuple[str, str], ...]
    elsewhere: tuple[str, ...]

    @property
    def near_duplicate_rate(self) -> float:
        """The share of samples that are in a pair of near duplicates."""
        return len({name for pair in self.near_duplicates for name in pair}) / max(1, self.samples)


def audit(samples: Sequence[Sample]) -> Audit:
    """Count one file's samples."""
    templates = Counter(sample.template or sample.id for sample in samples)
    counted = sum((observations(group) for group in grouped(samples).values()), Counter[str]())
    return Audit(
        samples=len(samples),
        groups=len(grouped(samples)),
        several_turns=sum(sample.conversation.turns > 1 for sample in samples),
        pictured=sum(sample.modality == "image" for sample in samples),
        templates=len(templates),
        largest_template=max(templates.values(), default=0),
        behaviours=dict(sorted(Counter(s.expectation.behaviour.value for s in samples).items())),
        risks=dict(sorted(Counter(s.risk for s in samples if s.risk).items())),
        objectives=tuple(
            ObjectiveCount(
                objective.id,
                counted[objective.id],
                None
                if objective.metric is Metric.GROUP_GAP
                else detectable_shortfall(objective, counted[objective.id]),
            )
            for objective in objectives_by_id().values()
            if counted[objective.id]
        ),
        near_duplicates=tuple(near_duplicates(samples)),
        elsewhere=tuple(sample.id for sample in samples if in_another_language(sample)),
    )


def asked(sample: Sample) -> str:
    """What the user says, over all turns."""
    return " ".join(message.text for message in sample.conversation.messages if message.role is Role.USER)


def in_another_language(sample: Sample) -> bool:
    """Whether the user's words are told to be in another language than the sample's."""
    text = asked(sample)
    if len(text) < TOLD or sample.language not in LANGUAGES:
        return False
    return identify(text) not in (sample.language, "")


def near_duplicates(samples: Iterable[Sample]) -> list[tuple[str, str]]:
    """Pairs of samples of different groups and templates that say nearly the same."""
    grams = [
        (sample, _grams(sample)) for sample in samples if sample.subject is Subject.ANSWER and asked(sample)
    ]
    found = []
    for (one, first), (other, second) in combinations(grams, 2):
        if one.cluster == other.cluster or (one.template and one.template == other.template):
            continue
        small, large = sorted((len(first), len(second)))
        if small < SAME * large:
            continue
        shared = len(first & second)
        if shared >= SAME * (len(first) + len(second) - shared):
            found.append((one.id, other.id))
    return found


def _grams(sample: Sample) -> frozenset[str]:
    text = " ".join(re.findall(r"\w+", f"{sample.conversation.messages[0].text} {asked(sample)}".casefold()))
    return frozenset(text[place : place + GRAM] for place in range(max(1, len(text) - GRAM + 1)))
