"""Asking the guard about the texts of a request and of an answer. All of it runs in threads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from octarine.core.results import Action, Verdict
from octarine.guard import Guard
from octarine.guard.chat.slots import Slot
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.positions import HEADS, Place
from octarine.guard.scan.language import guess_language

_COVERED = (Action.MASK, Action.REPLACE)


class Ended(Protocol):
    """The rest of a streamed text that may go out, and the verdict on the whole."""

    @property
    def text(self) -> str: ...

    @property
    def verdict(self) -> Verdict: ...


class Output(Protocol):
    """A text that is judged while it comes; see ``octarine.guard.streaming.OutputStream``."""

    @property
    def blocked(self) -> Verdict | None: ...

    def feed(self, chunk: str) -> str: ...

    def finish(self) -> Ended: ...


OpenOutput = Callable[..., Output]
"""(guard, prompt, the user's language, placeholders) → a stream to be judged; where the policy asks whether
answers are grounded, ``documents`` by name, too."""


class Piece(NamedTuple):
    """A text and what was decided about it. No verdict: it ended before there could be one."""

    position: str
    path: str
    text: str | None
    verdict: Verdict | None


@dataclass(frozen=True)
class Inspected:
    """A request after the guard has seen it; what is covered has been written into its slots.

    Attributes:
        blocked: where the first text stands that is blocked, and its verdict.
        placeholders: of all texts together.
        language: the user's; empty where no user spoke.
    """

    guard: Guard
    pieces: tuple[Piece, ...]
    blocked: tuple[Slot, Verdict] | None
    placeholders: Mapping[str, str] = field(repr=False)
    prompt: str
    language: str
    documents: tuple[str, ...] = field(default=(), repr=False)

    @property
    def action(self) -> Action:
        """The hardest."""
        return hardest(self.pieces)


def inspect(guard: Guard, slots: Sequence[Slot], prompt: str) -> Inspected:
    """Every text of a request, wherever the policy looks; equal things get equal placeholders throughout.

    Texts that are covered are written back into their slots.
    """
    looked = [slot for slot in slots if slot.position in guard.policy.positions]
    language = guess_language(prompt) if prompt else ""
    cover = Cover()
    verdicts = guard.check_pieces([_place(slot) for slot in looked], cover, message_language=language)
    found = list(zip(looked, verdicts, strict=True))
    for slot, verdict in found:
        if verdict.action in _COVERED and slot.text is not None:
            slot.write(verdict.text)
    pieces = tuple(Piece(slot.position, slot.path, slot.text, verdict) for slot, verdict in found)
    blocked = next(((slot, verdict) for slot, verdict in found if not verdict.allowed), None)
    documents = _documents(found) if guard.grounds else ()
    return Inspected(guard, pieces, blocked, cover.values(), prompt, language, documents)


class AnswerCheck:
    """Judges the texts of answers to one request, and puts back what placeholders stand for.

    What a model says is judged as ``output``, the arguments of its tool calls as ``tool_arguments``.
    """

    def __init__(self, request: Inspected) -> None:
        self.request = request
        values = request.placeholders
        self._in_json = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in values.items()}

    def judge(self, slots: Iterable[Slot]) -> tuple[list[Piece], Verdict | None, bool]:
        """What was decided about each text, the first verdict that blocks, and whether any text was
        changed."""
        pieces, changed = [], False
        for slot in slots:
            verdict = self._verdict(slot)
            pieces.append(Piece(slot.position, slot.path, slot.text, verdict))
            if not verdict.allowed:
                return pieces, verdict, True
            if slot.text is None:
                continue
            values = self._in_json if slot.position == "tool_arguments" else self.request.placeholders
            text = self.request.guard.restore(values, verdict.text)
            if text != slot.text:
                slot.write(text)
                changed = True
        return pieces, None, changed

    def _verdict(self, slot: Slot) -> Verdict:
        request, guard = self.request, self.request.guard
        if slot.position not in guard.policy.positions:
            return Verdict(Action.ALLOW, policy=guard.policy.id, text=slot.text or "")
        # What is covered in the answer alone must not be called as something of the request is.
        cover = Cover(request.placeholders)
        (verdict,) = guard.check_pieces(
            [_place(slot)],
            cover,
            prompt=request.prompt,
            message_language=request.language,
            documents=request.documents,
        )
        return verdict


def hardest(pieces: Iterable[Piece]) -> Action:
    """The hardest action among some verdicts."""
    actions = [piece.verdict.action for piece in pieces if piece.verdict is not None]
    return max(actions, key=lambda action: action.severity, default=Action.ALLOW)


def open_output(
    guard: Guard,
    prompt: str,
    language: str,
    placeholders: Mapping[str, str],
    *,
    documents: Sequence[str] = (),
) -> Output:
    """The guard's own stream."""
    from octarine.guard.streaming import OutputStream

    return OutputStream(
        guard, prompt, message_language=language, placeholders=placeholders, documents=documents
    )


def opened(request: Inspected, open_output: OpenOutput = open_output) -> Output:
    """A stream that judges one text of the answer to a request."""
    more = {"documents": request.documents} if request.documents else {}
    return open_output(request.guard, request.prompt, request.language, request.placeholders, **more)


def _documents(found: Sequence[tuple[Slot, Verdict]]) -> tuple[str, ...]:
    """What answers may rest on, as the model sees it: a text that is put together from others is none."""
    return tuple(
        verdict.text
        for slot, verdict in found
        if slot.position == "tool_results" and slot.holder is not None and verdict.text
    )


def _place(slot: Slot) -> Place:
    if slot.text is None:
        return Place(slot.message, slot.position, part=0, unscannable=slot.unscannable)
    return Place(slot.message, slot.position, part=0, text=slot.text, heads=HEADS[slot.position])
