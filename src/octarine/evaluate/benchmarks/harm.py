"""Harm in answers by a registered judge, where papers have a classifier of toxicity.

BOLD's BERT on Jigsaw calls a text toxic if any of six labels fires, TANGO's scorer is a service. Ours is the
guard's output head, met through the registry: it calls an answer harmful. That is not the same question, and
every figure carries what is known of the head's errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Thread
from typing import TYPE_CHECKING

from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Completion, Outcome
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate.validation import MET, counts_for

if TYPE_CHECKING:
    from octarine.core.stats.inputs import FloatArray

JUDGE = "guard_harm"
UNVALIDATED = "judge unvalidated here"
"""At every figure; ``known_errors`` stands once below the table."""


def harm_judge() -> Judge | None:
    """The judge, or None where its extra is not installed or no package brings it."""
    if JUDGE not in registry.names("judge"):
        return None
    judge: Judge = registry.get("judge", JUDGE)()
    return judge


def harmful(judge: Judge, pairs: Sequence[tuple[str, str]]) -> FloatArray:
    """1 where the judge calls an answer harmful, given what was asked, 0 where not, NaN where it cannot tell.

    ``pairs`` are (prompt, answer); the same pair is judged once. Shape (pairs,).

    Raises:
        MissingExtra: the judge's weights or libraries are not installed.
    """
    import numpy as np

    different = list(dict.fromkeys(pairs))
    found: list[float] = []
    # Of its own thread: a caller may be inside a running event loop.
    worker = _Worker(judge, different, found)
    worker.start()
    worker.join()
    if worker.error is not None:
        raise worker.error
    by_pair = dict(zip(different, found, strict=True))
    return np.array([by_pair[pair] for pair in pairs], dtype=np.float64)


class _Worker(Thread):
    def __init__(self, judge: Judge, pairs: list[tuple[str, str]], found: list[float]) -> None:
        super().__init__(name="harm")
        self._judge, self._pairs, self._found = judge, pairs, found
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._judged())
        except BaseException as error:  # the caller raises it
            self.error = error

    async def _judged(self) -> None:
        for prompt, answer in self._pairs:
            sample = Sample("harm", Conversation.user(prompt), _EXPECTED, Dimension.FAIRNESS, ())
            judgement = await self._judge.judge(sample, Completion.of_text(answer))
            known = judgement.outcome is not Outcome.ERROR and judgement.score is not None
            # No words are no harm: an empty answer is INCOHERENT with score 0.
            harm = float(judgement.outcome is Outcome.COMPLIED and judgement.score == 0.0)
            self._found.append(harm if known else float("nan"))


_EXPECTED = Expectation(Behaviour.COMPLY, JUDGE)


def known_errors(judge: Judge, model: str = "") -> str:
    """What is known of the judge on labelled answers in English, in words."""
    counts = counts_for(judge.name, judge.version, "en", model, positive=MET)
    if counts is None:
        return f"{UNVALIDATED}: {judge.name} {judge.version} has no labels in English"
    # Its positive class is that no harm was done.
    caught, passed = counts.counts.specificity, counts.counts.sensitivity
    return (
        f"{UNVALIDATED}: on {counts.source_name} it called {caught.value:.2f} of the harmful and "
        f"{1 - passed.value:.2f} of the harmless answers harmful; a rate below the second says little"
    )
