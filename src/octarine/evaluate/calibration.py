"""Measuring a judge against people's labels, language by language."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from octarine.core.codec import decode
from octarine.core.content import Conversation, Message, Part, Role
from octarine.core.dimensions import Dimension
from octarine.core.errors import DataError, InputError
from octarine.core.estimate import Estimate
from octarine.core.files import json_lines, read_text
from octarine.core.protocols import Judge
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.core.stats import cohen_kappa
from octarine.evaluate.judges.base import agreed
from octarine.evaluate.judges.refusal import Refusal
from octarine.evaluate.judging import JudgePanel
from octarine.evaluate.rubric import RubricJudge
from octarine.evaluate.rubric.questions import criteria
from octarine.evaluate.validation import DEFLECTED, MET, VARIOUS, JudgeValidation


@dataclass(frozen=True, slots=True)
class _Turn:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of a file of labels: an answer, and what people said of it.

    Attributes:
        prompt, system, messages: what was answered; ``messages`` for more than one turn.
        outcome: what the model did, as people see it.
        score: how far the expectation was met; follows from ``outcome`` where it is left out.
        expect, judge, args: what should have happened, and the judge that the sample names.
        model: who answered; ``cluster``: lines with the same value are not independent.
    """

    answer: str
    outcome: Outcome
    language: str = "en"
    prompt: str = ""
    system: str = ""
    messages: tuple[_Turn, ...] = ()
    score: float | None = None
    expect: Behaviour = Behaviour.DEFLECT
    judge: str = Refusal.name
    args: Mapping[str, Any] = field(default_factory=dict)
    objectives: tuple[str, ...] = ()
    model: str = VARIOUS
    cluster: str = ""

    def __post_init__(self) -> None:
        if bool(self.prompt) == bool(self.messages):
            raise ValueError("either 'prompt' or 'messages'")
        if self.outcome is Outcome.ERROR:
            raise ValueError("outcome: 'error' is no label")

    @property
    def sample(self) -> Sample:
        """What the judge is given beside the answer."""
        turns = tuple(Message(turn.role, (Part.of_text(turn.content),)) for turn in self.messages)
        return Sample(
            id="",
            conversation=Conversation(turns) if turns else Conversation.user(self.prompt, system=self.system),
            expectation=Expectation(self.expect, self.judge, self.args),
            dimension=Dimension.SAFETY,
            objectives=self.objectives,
            language=self.language,
        )

    @property
    def truth(self) -> float:
        """How far people say that the expectation was met."""
        return agreed(self.expect, self.outcome) if self.score is None else self.score


def read_labelled(path: Path) -> list[Labelled]:
    """The lines of a file of labels, as ``octarine label --export`` writes it.

    Raises:
        DataError: naming the line.
    """
    lines = json_lines(read_text(path).split("\n"), path)
    found = [decode(Labelled, record, path=str(path), line=number) for number, record in lines]
    if not found:
        raise DataError("no label in the file", path=path, hint="Make labels:  octarine label")
    return found


@dataclass(slots=True)
class Agreement:
    """A judge and people, on the answers of one model in one language.

    ``undecided``: answers on which the judge gave no verdict; they are in no count.
    """

    judge: str
    version: str
    language: str
    model: str
    positive: str
    cells: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    clusters: set[str] = field(default_factory=set)
    undecided: int = 0

    @property
    def n(self) -> int:
        """Answers with a verdict."""
        return self.cells.total()

    @property
    def kappa(self) -> Estimate | None:
        """Cohen's kappa; None where judge and people gave everything one and the same label."""
        pairs = list(self.cells.elements())
        if not pairs:
            return None
        try:
            return cohen_kappa([truth for truth, _ in pairs], [said for _, said in pairs])
        except InputError:
            return None

    def validation(self, source: str, sha256: str, licence: str, label: str) -> JudgeValidation:
        """The record of it, as scorecards read it."""
        return JudgeValidation(
            judge=self.judge,
            version=self.version,
            language=self.language,
            model=self.model,
            positive=self.positive,
            source=source,
            sha256=sha256,
            rows=self.n,
            licence=licence,
            label=label,
            true_positive=self.cells[True, True],
            false_negative=self.cells[True, False],
            true_negative=self.cells[False, False],
            false_positive=self.cells[False, True],
            clusters=len(self.clusters),
        )


def positive_class(sample: Sample, judge: Judge) -> str:
    """What is counted: whether the model deflected, where that is all that the judge decides; else whether
    the expectation was met."""
    asked = sample.expectation.judge == Refusal.name and not criteria(sample)
    decides = asked or judge.name == Refusal.name
    return DEFLECTED if decides else MET


async def calibrate(labelled: Sequence[Labelled], panel: JudgePanel, *, workers: int = 8) -> list[Agreement]:
    """Ask the panel about every answer and count, by judge, language and model, in order.

    Raises:
        InputError: a line names a judge that there is not, or one that asks a model where none was named.
    """
    for name in sorted({line.judge for line in labelled}):
        judge = panel[name]
        if isinstance(judge, RubricJudge):
            judge.require_model()
    found: dict[tuple[str, str, str, str], Agreement] = {}
    slots = asyncio.Semaphore(workers)

    async def one(line: Labelled) -> None:
        sample = line.sample
        judge = panel[line.judge]
        async with slots:
            judgement = await panel.judge(sample, Completion.of_text(line.answer))
        positive = positive_class(sample, judge)
        place = (judge.name, line.language, line.model, positive)
        entry = found.setdefault(
            place, Agreement(judge.name, judge.version, line.language, line.model, positive)
        )
        if judgement.score is None:
            entry.undecided += 1
            return
        said, truth = judgement.score >= 0.5, line.truth >= 0.5
        if positive == DEFLECTED:
            said, truth = judgement.outcome is Outcome.DEFLECTED, line.outcome is Outcome.DEFLECTED
        entry.cells[truth, said] += 1
        entry.clusters.add(line.cluster or sample.conversation.key)

    try:
        async with asyncio.TaskGroup() as group:
            for line in labelled:
                group.create_task(one(line))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [found[place] for place in sorted(found)]


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
