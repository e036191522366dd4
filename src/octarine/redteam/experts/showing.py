"""A finding as a person reads it: nothing secret, nothing that a terminal would act on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from octarine.core.access import WITHHELD, keeps_text, label_of, without_text
from octarine.core.codec import Json
from octarine.core.content import Message, Modality, Part
from octarine.core.redact import redact
from octarine.core.results import Finding
from octarine.redteam.experts.replaying import attack_of
from octarine.redteam.experts.verdicts import is_confirmed, stands

WIDTH = 72
"""Characters of a first line."""
_ENOUGH = 4_000


def visible(text: str) -> str:
    """``text`` without secrets, and with every character that is not printed as its escape: control
    sequences, marks of direction, what cannot be seen."""
    shown = redact(text)
    return "".join(char if char.isprintable() or char in "\n\t" else _escape(char) for char in shown)


def all_visible(value: Json) -> Any:
    """A JSON value with every string of it made visible; keys stay."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [all_visible(one) for one in value]
    return {key: all_visible(one) for key, one in value.items()} if isinstance(value, dict) else value


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def standing(finding: Finding) -> str:
    """``confirmed``, ``stands`` (one judge says so), ``disputed`` (ours does not) or ``not judged``."""
    if is_confirmed(finding):
        return "confirmed"
    if stands(finding):
        return "stands"
    return "not judged" if finding.judgement.score is None else "disputed"


def first_line(finding: Finding, width: int = WIDTH) -> str:
    """The beginning of what was put to the model, cut; of what has an access label, the label alone."""
    label = label_of(finding)
    if label:
        return f"({label})"
    lines = attack_of(finding).prompt.split("\n")
    # Far more than is shown: what is cut off must not keep a secret from being recognised.
    first = next((one for one in lines if one.strip()), "").strip()[:_ENOUGH]
    line = " ".join(visible(first).split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def row(finding: Finding) -> dict[str, Json]:
    """What a list of findings shows of one."""
    told = {
        "id": finding.id,
        "dimension": finding.sample.dimension.value,
        "risk": finding.sample.risk,
        "origin": finding.origin,
        "model": finding.model.name,
        "standing": standing(finding),
        "access": label_of(finding),
        "first_line": first_line(finding),
    }
    return dict(all_visible(told))


def transcript(finding: Finding) -> Iterator[tuple[str, str]]:
    """Who said what, the answer last."""
    if not keeps_text(finding):
        yield "", WITHHELD
        return
    conversation = attack_of(finding)
    for message in conversation.messages:
        yield message.role.value, _said(message)
    for tool in conversation.tools:
        yield "tool offered", visible(f"{tool.name}: {tool.description}")
    answer = finding.completion
    calls = [f"<calls {call.name}({call.arguments})>" for call in answer.tool_calls]
    yield "answer", visible("\n".join([*map(_shown, answer.parts), *calls])) or f"({answer.finish.value})"


def _said(message: Message) -> str:
    calls = [f"<calls {call.name}({call.arguments})>" for call in message.tool_calls]
    return visible("\n".join([*map(_shown, message.parts), *calls]))


def _shown(part: Part) -> str:
    if part.modality is Modality.TEXT:
        return part.text
    return f"<{part.modality.value} {part.media_type} {part.sha256[:12]}>"


def replay_command(finding: Finding) -> str:
    """What to type to put the attack to the same model again; nothing where no text is kept to put."""
    if not keeps_text(finding):
        return ""
    return f"octarine redteam replay {shlex.quote(finding.id)} {shlex.quote(finding.model.name)}"


def whole(finding: Finding) -> dict[str, Json]:
    """Everything that is shown of one finding."""
    if not keeps_text(finding):
        # Whoever recorded it may have kept what should not be.
        finding = without_text(finding)
    judgements = (finding.judgement, *finding.confirmed)
    told = {
        **row(finding),
        "severity": finding.severity,
        "created": finding.created,
        "language": finding.sample.language,
        "parent": finding.sample.provenance.parent,
        "techniques": list(finding.sample.provenance.techniques),
        "transcript": [{"who": who, "text": text} for who, text in transcript(finding)],
        "judgements": [
            {
                "judge": one.judge,
                "version": one.version,
                "outcome": one.outcome.value,
                "score": one.score,
                "evidence": [item.note for item in one.evidence],
            }
            for one in judgements
        ],
        "note": finding.note,
        "replay": replay_command(finding),
    }
    return dict(all_visible(told))
