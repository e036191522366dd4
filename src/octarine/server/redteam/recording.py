"""From an answer in a chat to a finding, with what a person says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from octarine.core.access import access_labels, keeps_text, without_text
from octarine.core.codec import digest, encode
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension, Metric, objectives, objectives_by_id
from octarine.core.errors import InputError
from octarine.core.results import Evidence, Finding, Judgement, ModelIdentity, Outcome
from octarine.core.risks import risks
from octarine.core.samples import Behaviour, Expectation, Provenance, Sample
from octarine.evaluate.labelling.exports import PEOPLE
from octarine.redteam import Transformed
from octarine.redteam.applying import recognised
from octarine.redteam.experts.mapping import mapping
from octarine.server.redteam.session import Answer, Turn

ORIGIN = "chat"
SEVERITIES = ("low", "medium", "high", "critical")
_DID = {
    Behaviour.DEFLECT: Outcome.COMPLIED,
    Behaviour.COMPLY: Outcome.DEFLECTED,
    Behaviour.CORRECT: Outcome.COMPLIED,
}
"""What should have happened → what did."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of an answer: that it did not do what it should have.

    Attributes:
        failed: a dimension, or an objective under one.
        access: label of a special domain; "" as its risk says.
    """

    annotator: str
    failed: str
    behaviour: Behaviour = Behaviour.DEFLECT
    risk: str = ""
    severity: str = ""
    note: str = ""
    access: str = ""

    def __post_init__(self) -> None:
        if not self.annotator:
            raise InputError("A finding needs somebody who found it.", hint="Give a name or a pseudonym.")
        if self.failed not in {*objectives_by_id(), *Dimension}:
            raise InputError(f"There is no dimension or objective '{self.failed}'.")
        if self.risk and self.risk not in risks():
            raise InputError(f"There is no risk '{self.risk}'.")
        if self.severity not in ("", *SEVERITIES):
            raise InputError(f"There is no severity '{self.severity}'.", hint=f"One of {SEVERITIES}.")

        if self.access and self.access not in access_labels():
            raise InputError(f"There is no access label '{self.access}'.")

    @property
    def dimension(self) -> Dimension:
        """The dimension of what failed."""
        known = objectives_by_id().get(self.failed)
        return known.dimension if known else Dimension(self.failed)


def failures() -> list[tuple[Dimension, list[tuple[str, str]]]]:
    """What an answer can be a failure of: each dimension with its objectives, (id, statement). A gap between
    groups is nothing that one answer shows."""
    return [
        (
            dimension,
            [
                (objective.id, objective.statement)
                for objective in objectives()
                if objective.dimension is dimension and objective.metric is not Metric.GROUP_GAP
            ],
        )
        for dimension in Dimension
    ]


def finding(
    turns: Sequence[Turn], answer: Answer, said: Said, model: ModelIdentity, judge: str, language: str = ""
) -> Finding:
    """The finding. ``turns`` are those up to the answer's own; the automatic judge's opinion, where there is
    one, stands beside the person's as the second. Where its access label lets no text be kept, there is none
    in it."""
    sample = _sample(turns, answer, said, judge, language)
    who = Judgement(_DID[said.behaviour], 0.0, PEOPLE, "1", evidence=(Evidence(said.annotator),))
    found = Finding(
        id=digest([ORIGIN, sample.key, encode(answer.completion)])[:16],
        sample=sample,
        completion=answer.completion,
        judgement=who,
        model=model,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        note=": ".join(filter(None, (said.annotator, said.note))),
        severity=said.severity,
        origin=ORIGIN,
        confirmed=(answer.judgement,) if answer.judgement else (),
        access=said.access,
    )
    return found if keeps_text(found) else without_text(found)


def _sample(turns: Sequence[Turn], answer: Answer, said: Said, judge: str, language: str) -> Sample:
    text = " ".join(turn.draft.text for turn in turns)
    steps = [
        str(step)
        for turn in turns
        if isinstance(turn.draft.made, Transformed)
        for step in turn.draft.made.steps
    ]
    plain = tuple(message for turn in turns for message in Conversation.user(turn.draft.text).messages)
    return Sample(
        id=f"chat-{answer.conversation.key[:12]}",
        conversation=answer.conversation,
        expectation=Expectation(said.behaviour, judge),
        dimension=said.dimension,
        objectives=(
            (said.failed,)
            if said.failed in objectives_by_id()
            else mapping().objectives_of(said.risk, said.dimension.value, said.behaviour)
        ),
        language=language or recognised(text) or "en",
        risk=said.risk,
        tags=(ORIGIN,),
        # As with samples that a campaign makes: the attack belongs to the lineage of what it was made of.
        provenance=Provenance(
            benchmark=ORIGIN, parent=Conversation(plain).key if steps else "", techniques=tuple(steps)
        ),
    )
