"""What the templates show: conversations as rows, techniques as buttons, parameters as fields."""

from __future__ import annotations

import mimetypes
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.protocols import NotApplicable
from octarine.core.results import Completion, Finish, Judgement
from octarine.redteam import Catalogue, Category, Technique
from octarine.redteam.seed import AWAITED
from octarine.report import words
from octarine.server.redteam.session import Answer, Draft, Turn

LONGEST = 20_000
"""Characters of a text that are shown; the model gets all of them, and a finding holds them all."""
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Pictures that a browser draws and nothing in them runs. Every other file is a download."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture or another file of a message."""

    sha256: str
    name: str
    kind: str
    size: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is shown. ``open`` is a turn that the model will fill."""

    role: str
    text: str
    left: int = 0
    pieces: tuple[Piece, ...] = ()
    calls: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The techniques of one category."""

    name: str
    meaning: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """One technique as a button. ``missing`` says why it cannot be used here."""

    id: str
    name: str
    mechanism: str
    group: str
    missing: str


def lines(conversation: Conversation) -> list[Line]:
    """The messages, and the tools on offer as the last lines."""
    shown = [_line(message) for message in conversation.messages]
    offered = [
        Line("tool offered", f"{tool.name}: {tool.description}".strip(": ")) for tool in conversation.tools
    ]
    return shown + offered


def answer_line(completion: Completion) -> Line:
    """An answer as a message of the model's."""
    return _line(Message(Role.ASSISTANT, completion.parts, completion.tool_calls))


def filled(answer: Answer, turn: Turn) -> list[Line]:
    """What a turn came to be with this answer: the turns that the model filled are in it."""
    before = len(turn.before.messages)
    return lines(Conversation(answer.conversation.messages[before:], turn.added.tools))


def opened(answer: Answer, turn: Turn) -> list[Line]:
    """The turns that the model filled on the way to this answer, alone."""
    shown = filled(answer, turn)
    return [shown[place] for place, message in enumerate(turn.added.messages) if message == AWAITED]


def _line(message: Message) -> Line:
    if message == AWAITED:
        return Line(message.role.value, "", open=True)
    return Line(
        message.role.value,
        message.text[:LONGEST],
        left=max(0, len(message.text) - LONGEST),
        pieces=tuple(piece(part) for part in message.parts if part.modality is not Modality.TEXT),
        calls=tuple(f"{call.name}({call.arguments})"[:LONGEST] for call in message.tool_calls),
    )


def piece(part: Part) -> Piece:
    """A file as it is shown or offered; without bytes there is nothing to fetch, and no hash."""
    known = part.data is not None
    shown = known and part.media_type in SHOWN
    size = _size(len(part.data or b"")) if known else "not here"
    return Piece(part.sha256 if known else "", file_name(part), part.media_type or part.modality, size, shown)


def file_name(part: Part) -> str:
    """What a download is called: its own name without folders, or its hash."""
    own = PurePath(part.name.replace("\\", "/")).name
    return own or part.sha256[:12] + (mimetypes.guess_extension(part.media_type) or ".bin")


def _size(count: int) -> str:
    return (
        f"{count} bytes"
        if count < 1000
        else f"{count / 1000:.1f} kB"
        if count < 1e6
        else f"{count / 1e6:.1f} MB"
    )


def measure(conversation: Conversation) -> str:
    """``240 characters, 40 of them invisible``: what the eye cannot tell of a message."""
    text = "".join(message.text for message in conversation.messages)
    hidden = sum(map(_invisible, text))
    said = f"{len(text):,} characters" if len(text) != 1 else "1 character"
    return f"{said}, {hidden:,} of them invisible" if hidden else said


def _invisible(char: str) -> bool:
    return (
        unicodedata.category(char) == "Cf"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def opinion(judgement: Judgement) -> dict[str, Any]:
    """An automatic judgement in words: what, by whom, why."""
    notes = [item.note for item in judgement.evidence if item.note]
    return {
        "outcome": judgement.outcome.value,
        "judge": judgement.judge,
        "version": judgement.version,
        "notes": notes[:3],
    }


def ended(completion: Completion) -> list[str]:
    """How an answer ended where not of itself, and what a guard did."""
    said = []
    if completion.finish is Finish.FILTERED:
        said.append(f"stopped by {completion.filter}")
    if completion.finish is Finish.LENGTH:
        said.append("cut at the token limit")
    return said + [f"guard: {look}" for check in completion.checks if (look := words.look(check))]


def tally(answers: Sequence[Answer]) -> str:
    """``complied 2, deflected 3``: what the judge says of several answers."""
    found = Counter(answer.judgement.outcome.value for answer in answers if answer.judgement)
    return ", ".join(f"{outcome} {n}" for outcome, n in found.most_common())


def reason(draft: Draft) -> str:
    """Why the techniques do not apply to a draft; "" where they do, or nobody looked."""
    return draft.made.reason if isinstance(draft.made, NotApplicable) else ""


def chain_of(steps: Iterable[Technique]) -> str:
    """The chain as ``octarine redteam show`` takes it."""
    return " | ".join(_step(step) for step in steps)


def _step(step: Technique) -> str:
    values = ", ".join(f"{name}={_value(value)}" for name, value in step.bound.items())
    return f"{step.id}({values})" if values else step.id


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def fields(step: Technique) -> list[dict[str, Any]]:
    """The parameters of a technique as fields of a form."""
    return [
        {
            "name": parameter.name,
            "meaning": parameter.meaning,
            "value": "" if (value := step.values[parameter.name]) is None else _value(value),
            "choices": ["true", "false"]
            if parameter.value_type is bool
            else list(map(_value, parameter.choices)),
            "number": parameter.value_type in (int, float),
            "drawn": parameter.default is None,
        }
        for parameter in step.parameters
    ]


_MEANING = {
    Category.OBFUSCATION: "how it is spelt",
    Category.LINGUISTIC: "in which language, script, register",
    Category.FRAMING: "who asks, in which story",
    Category.PERSUASION: "why it should be answered",
    Category.STRUCTURE: "where in the prompt it stands",
    Category.DIALOGUE: "over several turns",
    Category.CARRIER: "in which file it comes",
}


def groups(catalogue: Catalogue, *, writer: bool) -> list[Group]:
    """Every technique as a button, by category."""
    return [
        Group(
            category.value,
            _MEANING[category],
            tuple(
                Button(t.id, t.name, t.mechanism, t.group, t.missing(writer=writer))
                for t in catalogue.of(category)
            ),
        )
        for category in Category
    ]
