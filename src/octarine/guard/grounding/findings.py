"""What the grounding check finds in an answer, as spans."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from octarine.core.results import Span

if TYPE_CHECKING:
    from octarine.guard.grounding.evidence import Evidence
    from octarine.guard.scan.scanner import Reading

UNGROUNDED = "ungrounded"
"""The category: a policy says under it what is done about sentences that the documents do not bear out.
Scores are 1 − support."""


def find_ungrounded(reading: Reading, evidence: Evidence) -> None:
    """Every sentence of an answer that claims something."""
    from octarine.guard.grounding.check import support

    started = time.perf_counter()
    reading.spans += [
        Span(one.start, one.end, UNGROUNDED, UNGROUNDED, 1.0 - one.support)
        for one in support(reading.text, evidence, reading.language)
        if one.support < 1.0
    ]
    reading.seconds[UNGROUNDED] = time.perf_counter() - started
