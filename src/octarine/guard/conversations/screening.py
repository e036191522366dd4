"""Whole conversations and answers through the guard: what may pass, covered where the policy says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from octarine.core.content import Conversation, Message, Modality, Role
from octarine.core.results import Action, Completion, Verdict
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.pieces import documents_of, places, rewritten
from octarine.guard.conversations.positions import HEADS, OUTPUT, Place
from octarine.guard.conversations.structure import restored
from octarine.guard.scan.language import guess_language

if TYPE_CHECKING:
    from octarine.guard.guard import Guard


class Checked(NamedTuple):
    """A verdict on one piece of a conversation: the index of its message (-1 for a tool on offer), where it
    stands, what was decided. Its spans are those of the piece: of a text, of the JSON text of a tool call's
    arguments, of a tool on offer written as JSON."""

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
    found = [piece for piece in places(conversation) if guard.looks_at(piece)]
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
    """The parts of an answer and its tool calls; then ``placeholders`` of the conversation are put back, in
    the arguments of tools too: the user's own data reaches them. Personal data that the model itself hands to
    a tool is masked or blocked where the policy says so; where it is to be replaced it stays readable and is
    flagged, since no one would put it back before the tool sees it. Log-probabilities of a text that was
    changed are taken out: they would give it away."""
    answer = Conversation((Message(Role.ASSISTANT, completion.parts, completion.tool_calls),))
    pieces = [piece for piece in _of_answer(answer) if guard.looks_at(piece)]
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
        if piece.call is not None and not piece.name:
            yield replace(piece, leaving=True)
        else:
            yield replace(piece, position=OUTPUT, also="", heads=piece.heads and HEADS[OUTPUT])


def _changed(pieces: Sequence[Place], verdicts: Sequence[Verdict]) -> Iterator[tuple[Place, str]]:
    for piece, verdict in zip(pieces, verdicts, strict=True):
        if verdict.action in (Action.MASK, Action.REPLACE) and piece.text is not None:
            yield piece, verdict.text


def _restored(guard: Guard, message: Message, placeholders: Mapping[str, str]) -> Message:
    parts = tuple(
        replace(part, text=guard.restore(placeholders, part.text)) if part.modality is Modality.TEXT else part
        for part in message.parts
    )
    calls = tuple(
        replace(call, arguments=restored(call.arguments, placeholders)) for call in message.tool_calls
    )
    return replace(message, parts=parts, tool_calls=calls)


def _language(conversation: Conversation) -> str:
    """The user's; empty where no user spoke."""
    return guess_language(conversation.prompt) if conversation.prompt else ""
