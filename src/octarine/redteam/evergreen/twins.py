"""Beside every attack something that should be done: attacks alone reward refusing everything.

The best twin is the benign member of the attack's group after the same techniques: it is made again from the
record of the chain, where that record gives the attack again to the letter. Where it does not (a model wrote
the text, a strategy played it), the benign member stands as it is. Where there is no group (what people bring
in), a benign request of the same language, and if there is one of the same dimension, stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from octarine.core.codec import digest
from octarine.core.content import Conversation
from octarine.core.errors import OctarineError
from octarine.core.protocols import NotApplicable
from octarine.core.results import Finding
from octarine.core.samples import Behaviour, Sample, Subject
from octarine.redteam.catalogue import techniques
from octarine.redteam.chain import RULE, Chain, Step

Seeds = Callable[[str], Sequence[Sample]]
"""The samples of a benchmark by name; none where it is not known here."""
STANDING_IN = "octarine"
"""The benchmark that stand-ins are of."""


class TwinKind(StrEnum):
    """How near a twin is to its attack."""

    TRANSFORMED = "transformed"
    """The benign member of the group, after the same techniques."""
    PLAIN = "plain"
    """The benign member of the group, as it is."""
    STAND_IN = "stand-in"
    """Another benign request."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What stands beside an attack."""

    sample: Sample
    kind: TwinKind


class Twins:
    """Finds twins.

    Args:
        seeds: asked for each benchmark once.
        held: keys of conversations that stand in the benchmark already: no stand-in twice.
    """

    def __init__(self, seeds: Seeds, held: Iterable[str] = ()) -> None:
        self._seeds = seeds
        self._groups: dict[str, Mapping[str, list[Sample]]] = {}
        self._benign: list[Sample] | None = None
        self._taken = set(held)

    def of(self, finding: Finding, attack: Sample) -> Twin | None:
        """The twin of a finding that must be deflected; None where it needs none, or nothing is there.

        ``attack`` is the finding's sample as it will stand in the benchmark.
        """
        if finding.sample.expectation.behaviour is not Behaviour.DEFLECT:
            return None
        members = self._members(finding.sample)
        benign = next((one for one in members if one.expectation.behaviour is Behaviour.COMPLY), None)
        if benign is None:
            return self._stand_in(attack)
        made = replayed(finding.sample, members, benign)
        return Twin(made, TwinKind.TRANSFORMED) if made else Twin(benign, TwinKind.PLAIN)

    def transformed(self, sample: Sample) -> Sample | None:
        """The benign member of a sample's group after the same techniques; None where it cannot be made."""
        members = self._members(sample)
        benign = next((one for one in members if one.expectation.behaviour is Behaviour.COMPLY), None)
        return replayed(sample, members, benign) if benign else None

    def _members(self, sample: Sample) -> list[Sample]:
        name = benchmark_of(sample)
        if not sample.group or not name:
            return []
        if name not in self._groups:
            groups: dict[str, list[Sample]] = {}
            for one in self._seeds(name):
                groups.setdefault(one.group, []).append(one)
            self._groups[name] = groups
        return sorted(self._groups[name].get(sample.group, []), key=lambda one: one.id)

    def _stand_in(self, attack: Sample) -> Twin | None:
        if self._benign is None:
            self._benign = [one for one in self._seeds(STANDING_IN) if _is_plain(one)]
        found = [
            one
            for one in self._benign
            if one.language == attack.language and one.conversation.key not in self._taken
        ]
        near = [one for one in found if one.dimension == attack.dimension] or found
        if not near:
            return None
        chosen = min(near, key=lambda one: digest([attack.id, one.id]))
        self._taken.add(chosen.conversation.key)
        return Twin(chosen, TwinKind.STAND_IN)


def benchmark_of(sample: Sample) -> str:
    """The benchmark whose seed a sample grew from; empty where none is known. A group that what was brought
    in has is that of the suite's seed that was recognised in it."""
    if sample.provenance.found:
        return STANDING_IN if sample.group else ""
    return sample.provenance.benchmark


def _is_plain(sample: Sample) -> bool:
    return (
        sample.expectation.behaviour is Behaviour.COMPLY
        and sample.subject is Subject.ANSWER
        and sample.variant in ("", "benign")
        and sample.modality == "text"
        and not sample.conversation.tools
    )


def replayed(attack: Sample, members: Iterable[Sample], benign: Sample) -> Sample | None:
    """``benign`` after the chain that made ``attack``; None where the record of the chain does not give
    ``attack`` again from a member of its group."""
    chain, seed = _recorded(attack.provenance.techniques)
    if chain is None:
        return None
    for member in members:
        if attack.provenance.parent not in (member.key, ""):
            continue
        for language in (attack.language, ""):
            if _applied(chain, member.conversation, seed, language) == attack.conversation:
                made = _applied(chain, benign.conversation, seed, language)
                return None if made is None else _derived(benign, made, attack.provenance.techniques)
    return None


def _recorded(steps: Sequence[str]) -> tuple[Chain | None, int]:
    """The chain that a provenance holds, and the seed of its generator; no chain where a model wrote a step,
    or where the catalogue does not know it."""
    try:
        read = [Step.read(step) for step in steps]
        if not read or any(step.path != RULE or step.technique not in techniques for step in read):
            return None, 0
        made = tuple(techniques[step.technique].set(**_set(step)) for step in read)
        return Chain(made), int(read[0].parameters.get("seed", 0))
    except (OctarineError, ValueError, TypeError):
        return None, 0


def _set(step: Step) -> dict[str, object]:
    """Its parameters without those that the generator draws."""
    values = step.parameters.items()
    return {name: value for name, value in values if name != "seed" and value is not None}


def _applied(chain: Chain, conversation: Conversation, seed: int, language: str) -> Conversation | None:
    made = chain(conversation, np.random.default_rng(seed), language=language)
    return None if isinstance(made, NotApplicable) else made


def _derived(benign: Sample, made: Conversation, steps: tuple[str, ...]) -> Sample:
    parent = benign.provenance.parent or benign.key
    origin = replace(benign.provenance, parent=parent, techniques=steps)
    return replace(benign, conversation=made, provenance=origin)
