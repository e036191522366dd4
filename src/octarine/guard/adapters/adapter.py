"""The protocol of adapters, what they answer, and a conversation as they see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.errors import InputError, Unsupported
from octarine.core.results import ModelIdentity, Usage
from octarine.guard.adapters.labels import Label, Side, Table, categories


@dataclass(frozen=True, slots=True)
class Moderation:
    """What an adapter says of the last message of a conversation.

    Attributes:
        flagged: whether the model itself would stop it, by its own rule or threshold.
        side: ``output`` where the last message is an assistant's, else ``input``.
        categories: policy category → probability, 0 to 1, or None where the model found it and gives no
            probability. With a probability, what was looked for and not found is in it, too.
        found: the categories among them that the model found.
        hazards: risks of ``core.risks`` behind what was found.
        labels: what it said in its own words.
        calls: requests that it took; ``usage``: tokens, where the endpoint counts them.
        seconds: wall time.
    """

    flagged: bool
    side: Side
    categories: Mapping[str, float | None] = field(default_factory=dict)
    found: frozenset[str] = frozenset()
    hazards: frozenset[str] = frozenset()
    labels: tuple[Label, ...] = ()
    calls: int = 1
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0

    @staticmethod
    def of(
        table: Table, labels: Iterable[Label], side: Side, *, calls: int = 1, usage: Usage, seconds: float
    ) -> Moderation:
        """From a model's own labels, which ``table`` must know."""
        labels = tuple(labels)
        chances, found = categories(table, labels, side)
        flagged = [label.name for label in labels if label.flagged]
        return Moderation(
            flagged=any(not table.label[name].harmless for name in flagged),
            side=side,
            categories=chances,
            found=found,
            hazards=frozenset(risk for name in flagged for risk in table.label[name].hazards),
            labels=labels,
            calls=calls,
            usage=usage,
            seconds=seconds,
        )


@runtime_checkable
class Adapter(Protocol):
    """A moderation model or service. Used within one event loop; safe to call concurrently there."""

    @property
    def name(self) -> str:
        """As it stands before the colon: ``llama-guard-3``."""
        ...

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers; its revision is known once ``start`` has returned."""
        ...

    @property
    def covers(self) -> Mapping[str, tuple[str, ...]]:
        """``input`` and ``output`` → the policy categories, and all below them, that it judges."""
        ...

    async def start(self) -> None:
        """Make ready.

        Raises:
            MissingExtra: a library is not installed.
            InputError, ModelError: there is no key, no such model …
        """
        ...

    async def moderate(self, conversation: Conversation) -> Moderation:
        """Judge the last message, in the light of those before it where the model takes them.

        Raises:
            InputError: there is no message.
            Unsupported: the last message holds what the model cannot look at. Nothing passes unseen.
            BadResponse: the model answered with something else than its format.
            ModelError: as ``core.protocols.Model.generate``.
        """
        ...

    async def aclose(self) -> None:
        """Release what ``start`` took. May be called twice."""
        ...


def side_of(conversation: Conversation) -> Side:
    """Where the last message stands."""
    return "output" if last_message(conversation).role is Role.ASSISTANT else "input"


def last_message(conversation: Conversation) -> Message:
    """The one that is judged.

    Raises:
        InputError: there is none.
    """
    if not conversation.messages:
        raise InputError("there is no message to moderate", hint="Give a conversation with one message.")
    return conversation.messages[-1]


def message_text(message: Message) -> str:
    """All that it says: its text, and the calls of tools with their arguments as they were written."""
    calls = [f"{call.name}({call.arguments})" for call in message.tool_calls]
    return "\n".join(filter(None, [message.text, *calls]))


def judged_text(conversation: Conversation, who: str) -> str:
    """The text of the last message, for models that take nothing else.

    Raises:
        Unsupported: there is more in it than text.
    """
    message = last_message(conversation)
    _text_only(message, who)
    return message_text(message)


def dialogue(conversation: Conversation, who: str, *, pictures: bool = False) -> tuple[Message, ...]:
    """The conversation as the templates of moderation models take it: user and assistant in turn, the user
    first.

    System messages are the operator's own and left out, unless there is nothing else. What a tool brought
    back was written by others, as a user's text was, so it stands as one; neighbours of one role are joined.
    A conversation that begins with an answer gets an empty request before it.

    Raises:
        InputError: there is no message.
        Unsupported: a message holds more than text (``pictures``: and pictures).
    """
    last_message(conversation)
    spoken = [message for message in conversation.messages if message.role is not Role.SYSTEM]
    turns: list[Message] = []
    for message in spoken or conversation.messages:
        _text_only(message, who, pictures=pictures)
        role = Role.ASSISTANT if message.role is Role.ASSISTANT else Role.USER
        parts = (Part.of_text(message_text(message)), *_pictures(message))
        if turns and turns[-1].role is role:
            parts = _joined(turns.pop().parts, parts)
        turns.append(Message(role, parts))
    if turns[0].role is Role.ASSISTANT:
        turns.insert(0, Message(Role.USER, (Part.of_text(""),)))
    return tuple(turns)


def _joined(first: tuple[Part, ...], second: tuple[Part, ...]) -> tuple[Part, ...]:
    text = "\n\n".join(filter(None, [first[0].text, second[0].text]))
    return (Part.of_text(text), *first[1:], *second[1:])


def _pictures(message: Message) -> tuple[Part, ...]:
    return tuple(part for part in message.parts if part.modality is Modality.IMAGE)


def _text_only(message: Message, who: str, *, pictures: bool = False) -> None:
    taken = {Modality.TEXT, Modality.IMAGE} if pictures else {Modality.TEXT}
    others = sorted({part.modality for part in message.parts} - taken)
    if others:
        kinds = "text and pictures" if pictures else "text"
        raise Unsupported(
            f"{who} looks at {kinds} only, and the message holds: {', '.join(others)}",
            hint="Send the text alone, or use an adapter that looks at it.",
        )
