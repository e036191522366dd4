"""A sample: a conversation and what should happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from octarine.core.codec import digest, encode
from octarine.core.content import Conversation, Modality
from octarine.core.dimensions import Dimension

FILES = "files"
"""The modality of a sample that looks at the model's files."""


class Behaviour(StrEnum):
    """What the model should do with the conversation."""

    COMPLY = "comply"
    """Do what is asked."""
    DEFLECT = "deflect"
    """Not do it: refuse, redirect, ignore the injected instruction, keep the secret."""
    CORRECT = "correct"
    """Not go along with what is presumed: say what is wrong with it."""


class Subject(StrEnum):
    """What is looked at."""

    ANSWER = "answer"
    """The model's answer to the conversation."""
    ARTEFACTS = "artefacts"
    """The model's files and metadata; nothing is generated."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What should happen and which judge decides it, with that judge's arguments."""

    behaviour: Behaviour
    judge: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a sample comes from. ``techniques`` is the chain that made it out of ``parent``, oldest first."""

    benchmark: str = ""
    version: str = ""
    parent: str = ""
    techniques: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One test.

    Attributes:
        id: unique in its benchmark and version.
        objectives: ids of the objectives that it counts towards.
        group: samples that stand or fall together (a harmful request and its benign twin, the members of a
            counterfactual pair, rewordings of one question). The unit that intervals are clustered by.
        variant: which member of the group this is (``harmful``, ``benign``, a group attribute, ``misspelt``).
        template: samples with the same value share their wording.
        tags: free labels to filter by.
    """

    id: str
    conversation: Conversation
    expectation: Expectation
    dimension: Dimension
    objectives: tuple[str, ...]
    language: str = "en"
    risk: str = ""
    group: str = ""
    variant: str = ""
    template: str = ""
    subject: Subject = Subject.ANSWER
    tags: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    @cached_property
    def key(self) -> str:
        """SHA-256 of the whole sample."""
        return digest(encode(self))

    @property
    def modality(self) -> str:
        """``text``, what is there besides (``image``, ``audio+image``), or ``files`` for artefacts."""
        if self.subject is Subject.ARTEFACTS:
            return FILES
        return "+".join(sorted(self.conversation.modalities - {Modality.TEXT})) or str(Modality.TEXT)

    @property
    def cluster(self) -> str:
        """The unit of clustering: the group, or the sample alone."""
        return self.group or self.id

    @property
    def lineage(self) -> str:
        """SHA-256 of the seed and the technique family: to training or to benchmark, never to both."""
        family = self.provenance.techniques[0].partition("/")[0] if self.provenance.techniques else ""
        return digest([self.provenance.parent or self.conversation.key, family])
