"""What may be passed on of a finding: metadata alone where its text may not be kept, no secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from octarine.core.access import label_of
from octarine.core.codec import Json, decode, digest, encode
from octarine.core.content import Conversation
from octarine.core.redact import redact
from octarine.core.results import Completion, Evidence, Finding, Judgement
from octarine.core.samples import Expectation, Provenance

WITHHELD = "The text is not kept."


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
    if note.startswith(WITHHELD):
        return note
    where = note.partition("\n")[0]
    return "\n".join(filter(None, (f"{WITHHELD} SHA-256 {hashed}", where if ", SHA-256 " in where else "")))


def _plain(provenance: Provenance) -> Provenance:
    # Parameters of a technique may quote what was said; its name does not.
    names = tuple(step.partition("/")[0] for step in provenance.techniques)
    return replace(provenance, techniques=names)


def _bare(judgement: Judgement) -> Judgement:
    return replace(judgement, evidence=(Evidence(WITHHELD),))


def without_secrets(finding: Finding, secrets: Iterable[str] = ()) -> Finding:
    """``finding`` with everything that looks like a credential masked, wherever it stands. Bytes are as they
    were; log-probabilities, which spell the answer in pieces, are left out."""
    bare = replace(finding, completion=replace(finding.completion, logprobs=()))
    return decode(Finding, redacted(encode(bare), tuple(secrets)))


def redacted(value: Json, secrets: tuple[str, ...] = ()) -> Any:
    """A JSON value with every string of it redacted; keys stay."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redacted(one, secrets) for one in value]
    if isinstance(value, dict):
        return {key: redacted(one, secrets) for key, one in value.items()}
    return value
