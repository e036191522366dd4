"""The scorecard as JSON: the record that other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from octarine.core.codec import encode
from octarine.core.results import Result
from octarine.evaluate.scorecard import Scorecard

FORMAT = 1
"""Raised when a key changes its meaning or goes away; never when one is added."""


def write(scorecard: Scorecard, results: Iterable[Result]) -> str:
    """The scorecard, and for every sample its id, outcome and score. Texts stay in the store and the HTML."""
    samples = [
        {
            "id": result.sample.id,
            "dimension": result.sample.dimension.value,
            "language": result.sample.language,
            "repeat": result.repeat,
            "outcome": result.judgement.outcome.value,
            "score": result.judgement.score,
            "completion": result.completion_key,
        }
        for result in results
    ]
    record = {"format": FORMAT, "scorecard": encode(scorecard), "samples": samples}
    return json.dumps(record, ensure_ascii=True, indent=1)
