"""Who may read a finding, and what may be kept of it: the one place that decides."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from octarine.core.codec import decode_toml, digest, encode
from octarine.core.content import Conversation
from octarine.core.errors import InputError
from octarine.core.results import Completion, Evidence, Finding, Judgement
from octarine.core.samples import Expectation, Provenance, Sample

PUBLIC = "public"
"""The label of what somebody looked at and released."""
TAG = "access:"
"""What the tag of a sample begins with that keeps the label of the finding it was made of."""
WITHHELD = "The text is not kept."
_SOURCE = re.compile(r"[^\n]{1,255}, line \d+, SHA-256 [0-9a-f]{64}")
_OURS = re.compile(rf"{re.escape(WITHHELD)} SHA-256 [0-9a-f]{{64}}(?:\n{_SOURCE.pattern})?")


@dataclass(frozen=True, slots=True)
class AccessLabel:
    """A special domain.

    Attributes:
        risks: ids of the risks whose findings get the label where nobody said another one.
        fixed: whether no other label takes its place.
        text: whether the text of what carries it may be kept at all; False keeps metadata alone.
    """

    id: str
    title: str
    meaning: str
    risks: tuple[str, ...] = ()
    fixed: bool = False
    text: bool = True


@dataclass(frozen=True, slots=True)
class _LabelFile:
    label: tuple[AccessLabel, ...]


@cache
def access_labels() -> dict[str, AccessLabel]:
    """Label id → label, in the order of ``core/data/access.toml``, their one home."""
    source = resources.files("octarine.core") / "data" / "access.toml"
    found = decode_toml(_LabelFile, source.read_text("utf-8"), path=str(source)).label
    return {label.id: label for label in found}


def known_label(name: str) -> str:
    """``name``, where it is a label.

    Raises:
        InputError: naming those that there are.
    """
    if name not in access_labels():
        raise InputError(f"there is no access label '{name}'", hint=f"Labels: {', '.join(access_labels())}.")
    return name


def label_title(name: str) -> str:
    """The title of a label; of one that is not in the table its name."""
    return access_labels()[name].title if name in access_labels() else name


@cache
def _label_of_risk(risk: str) -> str:
    return next((label.id for label in access_labels().values() if risk and risk in label.risks), "")


def access_of(sample: Sample, said: str = "") -> str:
    """The label of what ``sample`` elicits, where whoever recorded it ``said`` one, or nothing; empty for all
    to read. ``said`` stands, then the sample's tag, then its risk; against a label that is fixed nothing."""
    own = _label_of_risk(sample.risk)
    if own and access_labels()[own].fixed:
        return own
    said = said or _tagged(sample)
    return "" if said == PUBLIC else said or own


def _tagged(sample: Sample) -> str:
    return next((tag.removeprefix(TAG) for tag in sample.tags if tag.startswith(TAG)), "")


def withheld_of(sample: Sample) -> str:
    """The label that keeps the transcript of a run's sample out of what others read; empty where nothing
    does. What a benchmark asks plainly stands in its own files: such a sample needs a tag of its own."""
    attack = bool(sample.provenance.techniques) or bool(_tagged(sample))
    return access_of(sample) if attack else ""


def elicits_text(sample: Sample) -> bool:
    """Whether what is elicited with ``sample`` may be kept. Where not, no attack is made of it."""
    label = access_labels().get(access_of(sample))
    return label is None or label.text


def label_of(finding: Finding) -> str:
    """The access label of a finding; empty for all to read. A label that is not in the table counts: what is
    not understood is not published."""
    return access_of(finding.sample, finding.access)


def public(finding: Finding) -> bool:
    """Whether a finding may stand in anything that others read: a report, a page, a benchmark file, a public
    export. Ask this, and never ``finding.access``, which is empty where nobody said anything."""
    return not label_of(finding)


def keeps_text(finding: Finding) -> bool:
    """Whether the text of a finding may be kept, shown or passed on, even to those who may read it."""
    label = access_labels().get(label_of(finding))
    return label is None or label.text


def without_text(finding: Finding) -> Finding:
    """The metadata of a finding: that it is, where it comes from and what was decided, and no word of what
    was said. SHA-256 of what was left out stands in the note, so that it can be told again."""
    sample, answer = finding.sample, finding.completion
    hashed = digest([sample.conversation.key, encode(answer)])
    label = label_of(finding)
    return replace(
        finding,
        sample=replace(
            sample,
            id=f"{label}-{finding.id}",
            conversation=Conversation.user(WITHHELD),
            expectation=Expectation(sample.expectation.behaviour, sample.expectation.judge),
            template="",
            tags=(),
            provenance=_plain(sample.provenance),
        ),
        completion=Completion.of_text(WITHHELD, finish=answer.finish),
        judgement=_bare(finding.judgement),
        confirmed=tuple(map(_bare, finding.confirmed)),
        note=_kept(finding.note, hashed),
        access=label,
    )


def _kept(note: str, hashed: str) -> str:
    """The note's first line where we wrote it: file, line, hash."""
    if _OURS.fullmatch(note):
        return note
    where = note.partition("\n")[0]
    return "\n".join(
        filter(None, (f"{WITHHELD} SHA-256 {hashed}", where if _SOURCE.fullmatch(where) else ""))
    )


def _plain(provenance: Provenance) -> Provenance:
    # Parameters of a technique may quote what was said; its name does not.
    names = tuple(step.partition("/")[0] for step in provenance.techniques)
    return replace(provenance, techniques=names)


def _bare(judgement: Judgement) -> Judgement:
    return replace(judgement, evidence=(Evidence(WITHHELD),))
