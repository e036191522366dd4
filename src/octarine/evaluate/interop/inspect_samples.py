"""A sample and a judgement, each as Inspect's. Imports Inspect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from inspect_ai.dataset import Sample as InspectSample
from inspect_ai.scorer import Score

from octarine.core.codec import Json, decode, encode
from octarine.core.results import Completion, Judgement, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.pictures import drawn
from octarine.models.inspect.messages import chat_messages

OURS = "octarine"
"""Where the record of Octarine stands in the metadata of a sample or a score."""
SCORER = "judgement"
"""The name of the scorer that asks our judges."""


def sample_metadata(sample: Sample) -> dict[str, Json]:
    """What is grouped and filtered by, plainly, and the whole sample below ``OURS``."""
    return {
        "dimension": sample.dimension.value,
        "language": sample.language,
        "behaviour": sample.expectation.behaviour.value,
        "judge": sample.expectation.judge,
        "risk": sample.risk,
        "group": sample.cluster,
        "variant": sample.variant,
        OURS: encode(sample),
    }


def inspect_sample(sample: Sample) -> Any:
    """The sample with its messages; the target names what should happen, which judges decide and no text."""
    return InspectSample(
        input=chat_messages(drawn(sample.conversation)),
        target=sample.expectation.behaviour.value,
        id=sample.id,
        metadata=sample_metadata(sample),
    )


def sample_of(metadata: Mapping[str, Any] | None) -> Sample | None:
    """The sample that ``sample_metadata`` describes; None where the metadata is somebody else's.

    Raises:
        DataError: it says that it is ours, and is not.
    """
    found = (metadata or {}).get(OURS)
    return decode(Sample, found) if isinstance(found, dict) else None


def score_of(judgement: Judgement, completion: Completion, cluster: str) -> Any:
    """A judgement as Inspect's score: how far the expectation was met, or the number that another tool gave,
    NaN (Inspect's mark of what was not scored) where there is none; the label, who decided and why in its
    metadata."""
    given = judgement.number if judgement.score is None else judgement.score
    failed = given is None
    return Score(
        value=math.nan if given is None else given,
        answer=completion.text,
        explanation="\n".join(item.note for item in judgement.evidence) or None,
        reason="scoring_failed" if failed else _REASONS.get(judgement.outcome),
        metadata={
            "outcome": judgement.outcome.value,
            "judge": judgement.judge,
            "judge_version": judgement.version,
            "cluster": cluster,
            OURS: {"judgement": encode(judgement), "completion": encode(completion)},
        },
    )


_REASONS = {Outcome.DEFLECTED: "refusal", Outcome.INCOHERENT: "no_response"}
"""Inspect's words for what a model did; a refusal that was wanted is one, too."""
