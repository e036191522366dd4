"""``POST /v1/guard``: Octarine's own verdicts, nothing passed on.

::

    {"input": "…" | ["…"], "position": "user"}           texts on their way into a model
    {"output": "…", "prompt": "…", "documents": ["…"]}    an answer, and what it is to rest on
    {"messages": [{"role": "user", "content": "…"}]}      a conversation, as the chat protocol writes it
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from octarine.core.codec import encode
from octarine.core.results import Verdict
from octarine.guard.chat.inspection import AnswerCheck, Inspected, Piece, hardest, inspect
from octarine.guard.chat.request import read_chat
from octarine.guard.chat.slots import Slot, bounded, text_slot
from octarine.guard.conversations.positions import HEADS, OUTPUT
from octarine.server.exchange import Exchange
from octarine.server.guard.service import Service
from octarine.server.refusals import invalid

POSITIONS = tuple(position for position in HEADS if position != OUTPUT)
_UNASKED = frozenset({"position", "model", "stream", "n", "modalities", "audio"})
"""Beside messages: what is said of an answer that nobody gives here."""
_FORMS = "Give one of 'input', 'output' and 'messages'."


class Verdicts:
    """The handler. A picture or a file has a verdict here as any other piece has."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, exchange: Exchange) -> None:
        """Serve one request."""
        body = await exchange.json()
        service = self._service
        with service.recording(exchange) as record:
            slots, prompt = self._slots(body)
            documents = _documents(body, service.config.characters)
            inspected, pieces = await service.check(
                record, "input", _checked, service.live.current, slots, prompt, documents
            )
            record.saw(inspected)
            record.inputs = tuple(pieces)
            action = hardest(pieces)
            blocked = next((one.verdict for one in pieces if one.verdict and not one.verdict.allowed), None)
            await exchange.reply_json(
                {
                    "id": exchange.id,
                    "object": "octarine.verdict",
                    "action": action.value,
                    "allowed": blocked is None,
                    "message": blocked.message if blocked else "",
                    "policy": inspected.guard.policy.id,
                    "version": inspected.guard.version,
                    "verdicts": [_shown(piece) for piece in pieces],
                }
            )

    def _slots(self, body: dict[str, Any]) -> tuple[list[Slot], str]:
        most = self._service.config.characters
        forms = [name for name in ("input", "output", "messages") if body.get(name) is not None]
        if len(forms) != 1:
            raise invalid(_FORMS)
        if forms == ["messages"]:
            # Nobody runs a tool here.
            told = {name: body[name] for name in body if name not in _UNASKED}
            request = read_chat(told, most, allowed=None)
            return request.slots, request.prompt
        given, prompt = body[forms[0]], body.get("prompt", "")
        position = body.get("position", "user") if forms == ["input"] else OUTPUT
        if forms == ["input"] and position not in POSITIONS:
            raise invalid(f"'position' must be one of {', '.join(POSITIONS)}.", "position")
        if not isinstance(prompt, str):
            raise invalid("'prompt' must be a text.", "prompt")
        texts = given if isinstance(given, list) else [given]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise invalid(f"'{forms[0]}' must be a text or a list of texts.", forms[0])
        listed = isinstance(given, list)
        slots = [
            text_slot(texts, at, f"{forms[0]}[{at}]" if listed else forms[0], position)
            for at in range(len(texts))
        ]
        return bounded(slots, most), prompt


def _documents(body: dict[str, Any], most: int) -> tuple[str, ...]:
    """What an answer is to rest on.

    Raises:
        Refusal: 400, they are no texts; 413, too long.
    """
    given = body.get("documents")
    if body.get("output") is None or given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise invalid("'documents' of an output must be a list of texts.", "documents")
    slots = [Slot("tool_results", f"documents[{at}]", text) for at, text in enumerate(given)]
    return tuple(slot.text or "" for slot in bounded(slots, most))


def _checked(
    guard: Any, slots: list[Slot], prompt: str, documents: tuple[str, ...]
) -> tuple[Inspected, list[Piece]]:
    answers = [slot for slot in slots if slot.position == OUTPUT]
    inspected = inspect(guard, [slot for slot in slots if slot.position != OUTPUT], prompt)
    if not answers:
        return inspected, list(inspected.pieces)
    check = AnswerCheck(replace(inspected, documents=documents))
    return inspected, [piece for slot in answers for piece in check.judge([slot])[0]]


def _shown(piece: Piece) -> dict[str, Any]:
    verdict = piece.verdict
    assert isinstance(verdict, Verdict)
    return {"at": piece.path, "position": piece.position, "allowed": verdict.allowed, **encode(verdict)}
