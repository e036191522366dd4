"""From a finding to a sample that stands by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from octarine.core.access import TAG
from octarine.core.codec import canonical, digest, encode
from octarine.core.content import Conversation, Message, Modality, Part
from octarine.core.dimensions import objectives_by_id
from octarine.core.errors import OctarineError
from octarine.core.protocols import Judge
from octarine.core.registry import registry
from octarine.core.results import Finding
from octarine.core.risks import risks
from octarine.core.samples import CARRIED_OVER, Provenance, Sample, Subject
from octarine.redteam.catalogue import techniques
from octarine.redteam.chain import RULE, TARGET, Step
from octarine.redteam.running.asking import ENVIRONMENTS, driver_of
from octarine.redteam.seed import AWAITED
from octarine.redteam.technique import LANGUAGES

PLAYED = "played"
"""The step of what was played and is static now."""
PLAIN = "plain"
"""The category of a sample without a technique."""
STRATEGY = "strategy"
"""The category of what the catalogue does not hold: a strategy over turns, an attacker of one's own."""
FOREIGN = "another tool's"
"""The category of a technique that another tool names (``pyrit:…``) and we do not know."""
TWIN = "twin"
"""The tag of what stands beside an attack so that refusing everything is no way to meet the benchmark."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding, and the sample that it becomes: self-contained, with the seed that its lineage rests on."""

    finding: Finding
    sample: Sample

    @property
    def order(self) -> tuple[int, str, str]:
        """Which of two that are alike is kept: the one confirmed more often; then by hash, so that the order
        of the store decides nothing."""
        return -len(self.finding.confirmed), self.sample.id, digest(self.finding.id)


def category_of(sample: Sample) -> str:
    """The category of the technique family; ``plain`` where there is none, and where the catalogue does not
    know it ``strategy``, or whose it is."""
    family = sample.family
    if not family:
        return PLAIN
    if family in techniques:
        return techniques[family].category.value
    return FOREIGN if ":" in family else STRATEGY


def played(finding: Finding) -> Sample:
    """The finding's sample as a static one: with the conversation as it was played, where a driver wrote
    turns or the model filled open ones. The step ``played`` in its provenance says so.

    Raises:
        ValueError: its turns are open and nobody recorded what filled them.
    """
    sample, exchange = finding.sample, finding.completion.exchange
    if exchange is None or driver_of(finding) in ENVIRONMENTS:
        if AWAITED in sample.conversation.messages:
            raise ValueError("has open turns, and what filled them was not recorded")
        return sample
    step = str(Step(PLAYED, {"calls": exchange.calls, "driver": exchange.driver}, RULE))
    origin = replace(sample.provenance, techniques=(*sample.provenance.techniques, step))
    conversation = Conversation(exchange.turns, sample.conversation.tools)
    # ``seed`` is kept: without a parent or a group it would be that of another conversation.
    return replace(sample, conversation=conversation, provenance=replace(origin, seed=sample.seed))


def is_played(sample: Sample) -> bool:
    """Whether its conversation was played by a driver and stands still now."""
    return any(step.partition("/")[0] == PLAYED for step in sample.provenance.techniques)


def frozen(sample: Sample, name: str, number: int, *, group: str = "", access: str = "") -> Sample:
    """``sample`` as it stands in version ``number`` of the benchmark ``name``. Its lineage stays.

    The id is made of what is asked and expected, so that the same attack has the same id in every version;
    the group of the seed, the unit of intervals.
    """
    language = _language(sample)
    asked = [sample.conversation.key, encode(sample.expectation)]
    tags = (*sample.tags, *([TAG + access] if access else []))
    origin = Provenance(
        name, str(number), sample.provenance.parent, sample.provenance.techniques, sample.seed
    )
    expectation = replace(sample.expectation, args=json.loads(canonical(encode(sample.expectation.args))))
    return replace(
        sample,
        expectation=expectation,
        id=f"{sample.dimension}-{language}-{digest(asked)[:12]}",
        language=language,
        group=group or digest(sample.seed)[:12],
        tags=tuple(dict.fromkeys(tags)),
        provenance=origin,
    )


def _language(sample: Sample) -> str:
    """That of the sample, or the one that it was last translated into."""
    language = sample.language
    for text in sample.provenance.techniques:
        if text.partition("/")[0] in CARRIED_OVER:
            to = Step.read(text).parameters.get(TARGET)
            language = to if to in LANGUAGES else language
    return language


def problem(sample: Sample) -> str:
    """Why a sample can stand in no benchmark, or nothing."""
    if sample.subject is not Subject.ANSWER:
        return "is about the model's files"
    if not sample.objectives:
        return "counts towards no objective"
    unknown = [name for name in sample.objectives if name not in objectives_by_id()]
    if unknown:
        return f"counts towards '{unknown[0]}', which is no objective"
    if sample.risk and sample.risk not in risks():
        return f"has the risk '{sample.risk}', which is not known"
    try:
        judge: Judge = registry.get("judge", sample.expectation.judge)()
        judge.check_args(sample.expectation.args)
        canonical(encode(sample)).encode("utf-8")
    except (OctarineError, UnicodeEncodeError, ValueError) as error:
        return f"cannot be judged or written: {error}"
    return ""


def bytes_of(samples: Iterable[Sample]) -> Mapping[str, Part]:
    """SHA-256 → part, of every part that carries bytes."""
    messages: list[Message] = [message for sample in samples for message in sample.conversation.messages]
    return {part.sha256: part for message in messages for part in message.parts if part.sha256}


def is_text(sample: Sample) -> bool:
    """Whether it holds nothing but text."""
    parts = (part for message in sample.conversation.messages for part in message.parts)
    return all(part.modality is Modality.TEXT and not part.drawing for part in parts)
