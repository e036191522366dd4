"""Several judges, of whom the majority decides."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from octarine.core.codec import digest
from octarine.core.errors import InputError, ModelError, OctarineError
from octarine.core.protocols import Basis, Judge
from octarine.core.results import Completion, Evidence, Judgement, Outcome
from octarine.core.samples import Sample


def stops_the_run(error: BaseException) -> bool:
    """Whether every further judgement will fail alike: a model that is not there or not allowed, an extra
    that is not installed, a mistake of the user's."""
    if isinstance(error, ModelError):
        return error.fatal
    return isinstance(error, OctarineError)


class MajorityJudge:
    """Asks every judge; the outcome that more than half of them give stands.

    A judge that fails has no vote but counts as one: a panel of three of which one failed needs the other
    two. Without a majority the judgement is an error and enters no rate. The score is the median of those who
    voted with the majority, and ``probabilities`` are the shares of the votes.

    Source: Verga et al. 2024, "Replacing judges with juries" (section 2.2: max voting).
    """

    basis = Basis.MODEL

    def __init__(self, judges: Sequence[Judge]) -> None:
        if len(judges) < 2 or len({judge.name for judge in judges}) < len(judges):
            raise InputError("a panel needs two judges or more, all different", hint="Give --judge again.")
        self.judges = tuple(judges)
        self.name = f"majority({', '.join(judge.name for judge in judges)})"

    @property
    def version(self) -> str:
        """Changes with any member's."""
        return f"1+{digest([judge.version for judge in self.judges])[:8]}"

    @property
    def lineage(self) -> frozenset[str]:
        """That of every member."""
        return frozenset[str]().union(*(judge.lineage for judge in self.judges))

    def check_args(self, args: Mapping[str, Any]) -> None:
        """Raise ``ValueError`` where a member does."""
        for judge in self.judges:
            judge.check_args(args)

    async def judge(self, sample: Sample, completion: Completion) -> Judgement:
        """The majority's; evidence names each member's vote."""
        found = await asyncio.gather(
            *(judge.judge(sample, completion) for judge in self.judges), return_exceptions=True
        )
        judgements, notes = [], []
        for judge, given in zip(self.judges, found, strict=True):
            if isinstance(given, BaseException) and stops_the_run(given):
                raise given
            if isinstance(given, Exception):
                notes.append(Evidence(f"{judge.name}: {type(given).__name__}: {given}"))
            elif isinstance(given, BaseException):
                raise given
            else:
                judgements.append(given)
                notes.append(Evidence(f"{judge.name}: {given.outcome}"))
        voted = [given for given in judgements if given.outcome is not Outcome.ERROR]
        votes = Counter(given.outcome for given in voted)
        outcome, most = votes.most_common(1)[0] if votes else (Outcome.ERROR, 0)
        if 2 * most <= len(self.judges):
            return Judgement(Outcome.ERROR, None, self.name, self.version, evidence=tuple(notes))
        scores = [given.score for given in voted if given.outcome is outcome and given.score is not None]
        return Judgement(
            outcome,
            median(scores) if scores else None,
            self.name,
            self.version,
            probabilities={name.value: n / len(voted) for name, n in votes.items()},
            evidence=tuple(notes),
        )

    async def aclose(self) -> None:
        """Release every member's model."""
        for judge in self.judges:
            close = getattr(judge, "aclose", None)
            if close is not None:
                await close()
