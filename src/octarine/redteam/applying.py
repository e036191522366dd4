"""Running one technique on a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from octarine.core.content import Conversation, Message, Part, Role, Tool
from octarine.core.protocols import NotApplicable
from octarine.redteam.seed import Seed, in_scripts, is_text
from octarine.redteam.technique import LANGUAGES

if TYPE_CHECKING:
    from octarine.redteam.technique import Made, Technique

LONGEST = 200_000
"""Characters of a seed, at most: some techniques make a hundred characters of one."""


@dataclass(frozen=True, slots=True)
class NotAvailable(NotApplicable):
    """What it needs is not on this machine. Not a result: never counted as an attempt."""


def applied(
    technique: Technique, conversation: Conversation, rng: np.random.Generator, language: str = ""
) -> Conversation | NotApplicable:
    """See ``Technique.__call__``."""
    if reason := technique.missing():
        return NotAvailable(reason)
    found = seed_of(technique, conversation, rng, language)
    if isinstance(found, NotApplicable):
        return found
    assert technique.apply is not None
    made = technique.apply(found)
    return made if isinstance(made, NotApplicable) else placed(conversation, made)


def seed_of(
    technique: Technique, conversation: Conversation, rng: np.random.Generator, language: str = ""
) -> Seed | NotApplicable:
    """What ``technique`` is given of a conversation, or why it has nothing to say to it."""
    place = last_user(conversation)
    if place is None:
        return NotApplicable("there is no user message")
    message = conversation.messages[place]
    text = readable(message.text)
    if not text.strip():
        return NotApplicable("the last user message holds no text")
    if len(text) > LONGEST:
        return NotApplicable(f"the text is longer than {LONGEST:,} characters")
    if technique.scripts and not in_scripts(text, technique.scripts):
        return NotApplicable(f"works on {', '.join(sorted(technique.scripts))} letters alone")
    language = language or recognised(text)
    if technique.languages and language not in technique.languages:
        known = ", ".join(sorted(technique.languages))
        return NotApplicable(f"is there in {known}; the text is in {language or 'none that is known'}")
    others = tuple(part for part in message.parts if not is_text(part))
    return Seed(text, language, rng, others, technique.values)


def placed(conversation: Conversation, made: Made) -> Conversation | NotApplicable:
    """The conversation with ``made`` in place of its last user message (or of the text of it)."""
    place = last_user(conversation)
    assert place is not None
    assert not isinstance(made, NotApplicable)
    message = conversation.messages[place]
    tools: tuple[Tool, ...] = ()
    if isinstance(made, Conversation):
        tools, made = made.tools, made.messages
    messages = _messages(message, made)
    changed = Conversation(
        (*conversation.messages[:place], *messages, *conversation.messages[place + 1 :]),
        (*conversation.tools, *tools),
    )
    return changed if changed != conversation else NotApplicable("changes nothing here")


def _messages(message: Message, made: str | Sequence[Part] | Sequence[Message]) -> Sequence[Message]:
    others = tuple(part for part in message.parts if not is_text(part))
    if isinstance(made, str):
        return [Message(Role.USER, (*others, Part.of_text(made)))]
    whole = [item for item in made if isinstance(item, Message)]
    if whole:
        return whole
    return [Message(Role.USER, tuple(item for item in made if isinstance(item, Part)))]


def last_user(conversation: Conversation) -> int | None:
    """Where the last user message stands."""
    places = [i for i, message in enumerate(conversation.messages) if message.role is Role.USER]
    return places[-1] if places else None


def readable(text: str) -> str:
    """Lone surrogates, which no encoding takes, as U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def recognised(text: str) -> str:
    """Which of the nine languages it is in; "" where that cannot be told."""
    from octarine.evaluate.judges.language_id import identify

    found = identify(text)
    return found if found in LANGUAGES else ""
