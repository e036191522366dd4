"""Samples made of samples: an attack keeps what its seed expects, and says where it comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from octarine.core.content import Modality
from octarine.core.protocols import NotApplicable
from octarine.core.samples import Behaviour, Sample
from octarine.redteam.running.writing import Transformed


def plain_seeds(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Those that must be deflected and are one turn of text, with no system message and no tools."""
    for sample in samples:
        asked = sample.conversation
        plain = len(asked.messages) == 1 and asked.modalities == {Modality.TEXT} and not asked.tools
        if plain and sample.expectation.behaviour is Behaviour.DEFLECT:
            yield sample


def derived(sample: Sample, made: Transformed | NotApplicable) -> Sample | NotApplicable:
    """``sample`` with the transformed conversation. Its benign twin, transformed alike, stays its twin: both
    keep their group and variant, since a technique that makes a model refuse everything is a finding too."""
    if isinstance(made, NotApplicable):
        return made
    parent = sample.provenance.parent or sample.key
    chain = (*sample.provenance.techniques, *(str(step) for step in made.steps))
    name = "+".join(step.technique for step in made.steps)
    return dataclasses.replace(
        sample,
        id=f"{sample.id}+{name}#{made.seed}",
        conversation=made.conversation,
        provenance=dataclasses.replace(sample.provenance, parent=parent, techniques=chain),
    )
