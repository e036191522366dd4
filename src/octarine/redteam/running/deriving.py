"""Samples made of samples: an attack keeps what its seed expects, and says where it comes from."""

from __future__ import annotations

import dataclasses

from octarine.core.protocols import NotApplicable
from octarine.core.samples import Sample
from octarine.redteam.running.writing import Transformed


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
