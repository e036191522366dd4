"""A sample: a conversation and what should happen."""

from __future__ import annotations

import re
import unicodedata
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
    """Where a sample comes from. ``techniques`` is the chain that made it out of ``parent``, oldest first;
    ``seed`` is what ``Sample.seed`` was before the sample was frozen into another benchmark."""

    benchmark: str = ""
    version: str = ""
    parent: str = ""
    techniques: tuple[str, ...] = ()
    seed: str = ""

    @property
    def found(self) -> bool:
        """Whether ``benchmark`` names who found the sample (``import:garak``, ``chat``), and no benchmark."""
        return self.benchmark.partition(":")[0] in ORIGINS


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
        slices: the benchmark's own axes that results are told apart by → where the sample lies on each;
            ``group`` is its main one (``{"group": "race/Asian_Americans", "domain": "race"}``).
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
    slices: Mapping[str, str] = field(default_factory=dict)
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
    def seed(self) -> str:
        """What the sample grew from, the same for all that must not be told apart when it is routed: twins,
        translations, and everything that techniques made of them.

        The group, without the language that its name may hold (``safety-en-g001`` and ``safety-de-g001``),
        whichever benchmark names it so; of a sample of a benchmark without a group its id; of any other
        derivation the parent; where nothing is known, what is said, whatever its case and spacing.
        """
        origin = self.provenance
        if origin.seed:
            return origin.seed
        standing = origin.benchmark and not origin.found and not origin.parent
        if name := self.group or (self.id if standing else ""):
            return f"{GROUP}{_without_language(name, self.language)}"
        if origin.parent:
            return f"parent {origin.parent}"
        return f"text {digest(plain(said(self.conversation)))}"

    @property
    def family(self) -> str:
        """The technique family: the id of the first technique that does more than carry the text over; empty
        where there is none."""
        names = (_STEP.match(step) for step in self.provenance.techniques)
        return next((name[0] for name in names if name and name[0] not in CARRIED_OVER), "")

    @property
    def lineage(self) -> str:
        """SHA-256 of the seed and the technique family: to training or to benchmark, never to both
        (``core.lineage``)."""
        return digest([self.seed, self.family])


ORIGINS = frozenset({"campaign", "chat", "flirt", "import"})
"""The kinds of ``Finding.origin``."""
GROUP = "group "
"""What a seed begins with that is the group of a benchmark's samples."""
CARRIED_OVER = frozenset(
    {
        "back-translation",
        "played",
        "translation",
        "translation-classical",
        "translation-constructed",
        "translation-low-resource",
        "translation-mid-resource",
    }
)
"""Steps that leave what is asked as it is, in another language or as it was played: no family of their own,
or a seed and its translation would be two lineages."""
_STEP = re.compile(r"[^/(|\s]*")
_LANGUAGES = "ar|de|en|es|fr|hi|it|ja|pt"


def _without_language(name: str, language: str) -> str:
    languages = f"{_LANGUAGES}|{re.escape(language)}" if language else _LANGUAGES
    return re.sub(rf"(?<![^\W_])(?:{languages})(?![^\W_])", "", name)


def said(conversation: Conversation) -> str:
    """All that a conversation says, in the order of its messages, and the hashes of what else it holds."""
    pieces = []
    for message in conversation.messages:
        pieces += [part.text or part.sha256 or part.drawing for part in message.parts]
        pieces += [f"{call.name} {call.arguments}" for call in message.tool_calls]
    pieces += [f"{tool.name} {tool.description}" for tool in conversation.tools]
    return "\n".join(pieces)


def plain(text: str) -> str:
    """``text`` whatever its case, spacing and width: NFKC, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
