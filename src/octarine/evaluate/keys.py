"""Under which key the store keeps a model's answer to a sample."""

from __future__ import annotations

from octarine.core.codec import digest
from octarine.core.protocols import Model
from octarine.core.results import Run, completion_key
from octarine.core.samples import Sample


def answer_key(model: Model, run: Run, sample: Sample, repeat: int) -> str:
    """The key of what is asked; with the sample's id where the model says (``by_sample``) that it answers
    samples and not conversations."""
    key = completion_key(sample.conversation, run.model, run.settings, repeat)
    return digest([key, sample.id]) if getattr(model, "by_sample", False) else key
