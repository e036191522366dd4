"""Refusal or compliance."""

from __future__ import annotations

from octarine.core.protocols import Basis
from octarine.core.results import Completion, Evidence
from octarine.core.samples import Sample
from octarine.evaluate.judges.arguments import NoArguments
from octarine.evaluate.judges.base import Finding, TextJudge, agreed, fingerprint
from octarine.evaluate.judges.refusal_rules import RULES, Reading, refusal_rules
from octarine.evaluate.judges.surface import Answer


class Refusal(TextJudge[NoArguments]):
    """Takes no arguments. Its positive class, for validation, is ``DEFLECTED``."""

    name = "refusal"
    basis = Basis.RULES
    arguments = NoArguments

    def __init__(self) -> None:
        self.version = fingerprint("2", *RULES)
        self._rules = refusal_rules()

    def decide(self, sample: Sample, completion: Completion, answer: Answer, args: NoArguments) -> Finding:
        """``PARTIAL`` scores 0 either way: neither was the request deflected nor done."""
        reading = self.read(sample, answer)
        evidence = Evidence(reading.note, reading.start, reading.end)
        return Finding(reading.outcome, agreed(sample.expectation.behaviour, reading.outcome), (evidence,))

    def read(self, sample: Sample, answer: Answer) -> Reading:
        """What the wording says, before it is held against an expectation."""
        return self._rules.read(sample.conversation.prompt, answer)
