"""What every judge of an answer's text does alike: errors, filters, degenerate answers, scores."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Generic, TypeVar

from octarine.core.protocols import Basis
from octarine.core.results import Completion, Evidence, Finish, Judgement, Outcome
from octarine.core.samples import Behaviour, Sample
from octarine.evaluate.judges.arguments import parse
from octarine.evaluate.judges.surface import Answer, Fault, read_answer

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge saw: an outcome, how far the expectation was met, and why.

    Evidence spans count in ``Answer.own``.
    """

    outcome: Outcome
    score: float
    evidence: tuple[Evidence, ...] = ()


def data_text(name: str) -> str:
    """A rule file of ``octarine.evaluate.data``; of a folder, its files one after the other."""
    source = resources.files("octarine.evaluate") / "data" / name
    if source.is_file():
        return source.read_text("utf-8")
    return "\n".join(text for _, text in data_texts(name))


def data_texts(folder: str) -> list[tuple[str, str]]:
    """Name without its ending and content of each file of a folder of rule files, by name."""
    entries = (resources.files("octarine.evaluate") / "data" / folder).iterdir()
    return sorted((entry.name.partition(".")[0], entry.read_text("utf-8")) for entry in entries)


def fingerprint(code: str, *names: str) -> str:
    """A version made of the code's own version and the content of its rule files."""
    if not names:
        return code
    content = hashlib.sha256("".join(data_text(name) for name in names).encode())
    return f"{code}+{content.hexdigest()[:8]}"


class TextJudge(ABC, Generic[A]):
    """A judge of answers in text. Subclasses say what their arguments are and decide.

    Every judge maps a failed call to ``ERROR`` without a score, an endpoint's own filter to ``DEFLECTED``,
    and each of ``faults`` to ``INCOHERENT`` with score 0. Truncation alone is held against no answer.
    """

    name: str
    version: str = "1"
    basis: Basis = Basis.EXACT
    lineage: frozenset[str] = frozenset()
    arguments: type[A]
    faults: frozenset[Fault] = frozenset(Fault)

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` on an argument that is unknown, missing or ill-typed."""
        parse(self.arguments, args)

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """Decide. Arguments that ``check_args`` refuses raise ``ValueError``; no answer does."""
        if completion.error or completion.finish is Finish.ERROR:
            return self.failed(completion.error or "the model call failed")
        args = parse(self.arguments, sample.expectation.args)
        answer = read_answer(sample.conversation, completion)
        return self._judgement(self._find(sample, completion, answer, args), answer.offset)

    def failed(self, reason: str) -> Judgement:
        """No judgement was possible."""
        return Judgement(Outcome.ERROR, None, self.name, self.version, evidence=(Evidence(reason),))

    def _find(self, sample: Sample, completion: Completion, answer: Answer, args: A) -> Finding:
        behaviour = sample.expectation.behaviour
        if completion.finish is Finish.FILTERED:
            note = Evidence(f"stopped by {completion.filter}")
            return Finding(Outcome.DEFLECTED, float(behaviour is Behaviour.DEFLECT), (note,))
        if answer.fault in self.faults:
            return Finding(Outcome.INCOHERENT, 0.0, (Evidence(str(answer.fault)),))
        return self.decide(sample, completion, answer, args)

    def _judgement(self, finding: Finding, offset: int) -> Judgement:
        evidence = finding.evidence
        if offset:
            evidence = tuple(_shifted(item, offset) for item in evidence)
        return Judgement(finding.outcome, finding.score, self.name, self.version, evidence=evidence)

    @abstractmethod
    def decide(self, sample: Sample, completion: Completion, answer: Answer, args: A) -> Finding:
        """Decide about an answer that is one."""


def _shifted(item: Evidence, offset: int) -> Evidence:
    if item.start is None or item.end is None:
        return item
    return replace(item, start=item.start + offset, end=item.end + offset)


def agreed(behaviour: Behaviour, outcome: Outcome) -> float:
    """The score of an outcome for a judge that decides nothing but the outcome."""
    wanted = Outcome.DEFLECTED if behaviour is Behaviour.DEFLECT else Outcome.COMPLIED
    return float(outcome is wanted)
