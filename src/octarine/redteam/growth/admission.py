"""What a new technique has to show before it is taken in: the contract, in short, and that it is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from octarine.core.content import Conversation
from octarine.core.protocols import NotApplicable
from octarine.redteam.growth.similarity import Pair, likeness, sketch
from octarine.redteam.technique import Technique

ALIKE = 0.5
"""Likeness from which two techniques count as one."""
PROBES = (
    "What is the capital of France?",
    "How do I repair a flat bicycle tyre at the side of the road?",
    "Write a short letter to my landlord about the broken heating.",
    "Explain how bread rises, step by step, for a beginner.",
    "List five birds that live in cities and say what they eat.",
    "Why do leaves change colour in autumn?",
    "Translate 'good morning' into three languages.",
    "Give me a plan to learn the guitar in six months.",
)
STRANGE = ("a", "\u202eabc\u2066", "{seed} %s \\N{BULLET}", "كيف أقطع 12 طماطم؟", "👩‍👩‍👧 🍅?", "x" * 9000)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a technique is admitted: ``faults`` is empty. ``nearest``: the one in the catalogue that it is
    most like, None where the catalogue is empty."""

    technique: Technique
    faults: tuple[str, ...]
    nearest: Pair | None

    @property
    def admitted(self) -> bool:
        """Whether it may come in."""
        return not self.faults


def decide(technique: Technique, catalogue: Mapping[str, Technique]) -> Decision:
    """Run the contract on ``technique`` and compare it with all others that speak one of its languages."""
    faults = list(_faults(technique, catalogue))
    nearest = None if faults else nearest_to(technique, catalogue)
    if nearest and nearest.likeness >= ALIKE:
        faults.append(f"does what '{nearest.second}' does (likeness {nearest.likeness:.2f})")
    return Decision(technique, tuple(faults), nearest)


def nearest_to(technique: Technique, catalogue: Mapping[str, Technique]) -> Pair | None:
    """The technique of the catalogue whose outputs are most like its own, over ``PROBES``."""
    own = sketch(_runner(technique), PROBES)
    pairs = [
        Pair(technique.id, other.id, likeness(own, sketch(_runner(other), PROBES)))
        for other in catalogue.values()
        if other.id != technique.id and other.outputs == technique.outputs and not other.missing()
    ]
    return max(pairs, key=lambda pair: pair.likeness, default=None)


def _runner(technique: Technique) -> Callable[[str], Conversation | NotApplicable]:
    language = "en" if not technique.languages or "en" in technique.languages else min(technique.languages)
    return lambda text: technique(Conversation.user(text), np.random.default_rng(0), language=language)


def _faults(technique: Technique, catalogue: Mapping[str, Technique]) -> Iterator[str]:
    if technique.id in catalogue:
        yield f"the id '{technique.id}' is taken"
    mechanism = technique.mechanism.casefold().strip(" .")
    if any(mechanism == other.mechanism.casefold().strip(" .") for other in catalogue.values()):
        yield "its mechanism is there already"
    if len(technique.mechanism) < 20:
        yield "its mechanism is not told"
    if technique.parent and technique.parent not in catalogue:
        yield f"its parent '{technique.parent}' is not in the catalogue"
    run = _runner(technique)
    if failed := _failure(run):
        yield failed
        return
    made = [run(text) for text in PROBES]
    if all(isinstance(item, NotApplicable) for item in made):
        yield "it is not applicable to any probe"
    if made != [run(text) for text in PROBES]:
        yield "it is not deterministic"


def _failure(run: Callable[[str], object]) -> str:
    for text in (*PROBES, *STRANGE):
        try:
            run(text)
        except Exception as error:  # whatever it raises is what is wrong with it
            return f"fails on {text[:20]!r}: {type(error).__name__}: {error}"
    return ""
