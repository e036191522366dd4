"""Whole conversations and answers through the guard: what may pass, covered where the policy says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from octarine.core.content import Conversation, Message, Modality, Role
from octarine.core.results import Action, Completion, Verdict
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.pieces import documents_of, places, rewritten
from octarine.guard.conversations.positions import HEADS, OUTPUT, Place
from octarine.guard.scan.language import guess_language

if TYPE_CHECKING:
    from octarine.guard.guard import Guard


_ESCAPED = re.compile(r"(?<!\\)\\u003[cC]([A-Za-z0-9_]{1,300})\\u003[eE]")
"""A placeholder as encoders of JSON write it that escape HTML, Go's among them."""


class Checked(NamedTuple):
    """A verdict on one piece of a conversation: the index of its message, where it stands, what was
    decided."""

    message: int
    position: str
    verdict: Verdict


class Screened(NamedTuple):
    """A conversation on its way to a model.

    ``conversation`` has masks and placeholders where the policy wants them; ``blocked`` is the first
    verdict that blocks, or None; ``placeholders`` are those of all pieces together.
    """

    conversation: Conversation
    checks: tuple[Checked, ...]
    blocked: Verdict | None
    placeholders: Mapping[str, str]


class ScreenedAnswer(NamedTuple):
    """An answer on its way to the user; see ``Screened``."""

    completion: Completion
    verdicts: tuple[Verdict, ...]
    blocked: Verdict | None


def screen_conversation(guard: Guard, conversation: Conversation) -> Screened:
    """Every piece of a conversation, wherever the policy looks. Equal things get equal placeholders
    throughout."""
    found = [piece for piece in places(conversation) if piece.position in guard.policy.positions]
    cover = Cover()
    verdicts = guard.check_pieces(found, cover, message_language=_language(conversation))
    return Screened(
        rewritten(conversation, _changed(found, verdicts)),
        tuple(Checked(p.message, p.position, v) for p, v in zip(found, verdicts, strict=True)),
        next((verdict for verdict in verdicts if not verdict.allowed), None),
        cover.values(),
    )


def screen_answer(
    guard: Guard, completion: Completion, context: Conversation, placeholders: Mapping[str, str]
) -> ScreenedAnswer:
    """The parts of an answer and the arguments of its tool calls; then ``placeholders`` of the conversation
    are put back. Log-probabilities of a text that was changed are taken out: they would give it away."""
    answer = Conversation((Message(Role.ASSISTANT, completion.parts, completion.tool_calls),))
    pieces = [piece for piece in _of_answer(answer) if piece.position in guard.policy.positions]
    # What is covered in the answer alone must not be called as something of the conversation is.
    cover = Cover(placeholders)
    verdicts = guard.check_pieces(
        pieces,
        cover,
        prompt=context.prompt,
        message_language=_language(context),
        documents=documents_of(context),
    )
    blocked = next((verdict for verdict in verdicts if not verdict.allowed), None)
    if blocked is not None:
        return ScreenedAnswer(completion, tuple(verdicts), blocked)
    (passed,) = rewritten(answer, _changed(pieces, verdicts)).messages
    if placeholders:
        passed = _restored(guard, passed, placeholders)
    logprobs = completion.logprobs if passed.parts == completion.parts else ()
    whole = replace(completion, parts=passed.parts, tool_calls=passed.tool_calls, logprobs=logprobs)
    return ScreenedAnswer(whole, tuple(verdicts), None)


def _of_answer(answer: Conversation) -> Iterator[Place]:
    for piece in places(answer):
        if piece.part is None:
            yield piece
        else:
            yield replace(piece, position=OUTPUT, heads=HEADS[OUTPUT])


def _changed(
    pieces: Sequence[Place], verdicts: Sequence[Verdict]
) -> dict[tuple[int, int | None, int | None], str]:
    return {
        (piece.message, piece.part, piece.call): verdict.text
        for piece, verdict in zip(pieces, verdicts, strict=True)
        if verdict.action in (Action.MASK, Action.REPLACE) and piece.text is not None
    }


def _restored(guard: Guard, message: Message, placeholders: Mapping[str, str]) -> Message:
    in_json = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in placeholders.items()}
    parts = tuple(
        replace(part, text=guard.restore(placeholders, part.text)) if part.modality is Modality.TEXT else part
        for part in message.parts
    )
    calls = tuple(
        replace(call, arguments=guard.restore(in_json, _ESCAPED.sub(r"<\1>", call.arguments)))
        for call in message.tool_calls
    )
    return replace(message, parts=parts, tool_calls=calls)


def _language(conversation: Conversation) -> str:
    """The user's; empty where no user spoke."""
    return guess_language(conversation.prompt) if conversation.prompt else ""
