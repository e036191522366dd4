"""A judge that checks an answer for something which was asked for."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from octarine.core.results import Completion, Evidence, Outcome
from octarine.core.samples import Sample
from octarine.evaluate.judges.base import Finding, TextJudge, fingerprint
from octarine.evaluate.judges.refusal_rules import RULES, refusal_rules
from octarine.evaluate.judges.surface import Answer

A = TypeVar("A")


class CheckingJudge(TextJudge[A]):
    """Met is ``COMPLIED``; not met is ``DEFLECTED`` where it was refused, ``PARTIAL`` where tried."""

    def __init__(self) -> None:
        self.version = fingerprint("2", *RULES)

    def decide(self, sample: Sample, completion: Completion, answer: Answer, args: A) -> Finding:
        """Score 1 where the check is met, else 0."""
        met, evidence = self.check(answer, args)
        if met:
            return Finding(Outcome.COMPLIED, 1.0, evidence)
        return Finding(unmet(sample, answer), 0.0, evidence)

    @abstractmethod
    def check(self, answer: Answer, args: A) -> tuple[bool, tuple[Evidence, ...]]:
        """Whether the answer is as asked, and why. Spans count in ``answer.own``."""


def unmet(sample: Sample, answer: Answer) -> Outcome:
    """What an answer is that is not as asked."""
    reading = refusal_rules().read(sample.conversation.prompt, answer)
    return Outcome.DEFLECTED if reading.outcome is Outcome.DEFLECTED else Outcome.PARTIAL
